//! The hints about build scripts that write to the project.

use crate::fixture::Fixture;
use crate::heard::fails;

const PROJECT: &str = "hint: the container cannot write to sources: `read-only = false`";

#[test]
fn a_directory_that_a_variable_names_can_be_mounted_by_itself() {
    let by_source = "thread 'main' (1) panicked at build.rs:2:63:\ncalled `Result::unwrap()` on an `Err` value: \
         Os { code: 30, kind: ReadOnlyFilesystem, message: \"Read-only file system\" }";
    let by_path = "sh: 1: cannot create [DIR]/data/x: Read-only file system";
    let elsewhere = "sh: 1: cannot create [DIR]/src/x: Read-only file system";
    let of_another = by_source.replace(":2:63:", ":3:61:");
    for (said, passed, is_told) in [
        (by_source, "DATA", true),
        // Only what is written is the variable's.
        (&*of_another, "DATA", false),
        (by_path, "DATA", true),
        (elsewhere, "DATA", false),
        (by_path, "OTHER", false),
        // The caller's own value is not used.
        (by_path, "DATA=/elsewhere", false),
    ] {
        let fixture = Fixture::new();
        let dir = fixture.directory("project/data");
        let project = fixture.project.display().to_string();
        fixture.file(
            "Cross.toml",
            &format!("[build.env]\npassthrough = ['{passed}']\n"),
        );
        fixture.file(
            "build.rs",
            "fn main() {\n    std::fs::write(std::env::var(\"DATA\").unwrap() + \"/x\", \"\").unwrap();\n    \
             std::fs::write(\"src/x\", std::env::var(\"DATA\").unwrap()).unwrap();\n}\n",
        );
        fails(&fixture, "hello", &said.replace("[DIR]", &project));
        let ran = fixture.build().env("DATA", dir.to_str().unwrap()).run();
        let hint = "hint: the container cannot write to the directory in `DATA`: `volumes = [\"DATA\"]` below `[build.env]` lets it\n";
        ran.code(101).says(if is_told { hint } else { PROJECT });
        assert_eq!(ran.stderr.matches("hint: ").count(), 1, "{said}: {ran}");
    }
}
