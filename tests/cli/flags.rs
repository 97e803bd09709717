//! Files outside the project that flags for rustc name, and that the container therefore lacks.

use crate::after::leaves;
use crate::fixture::Fixture;

#[test]
fn a_file_outside_the_project_that_flags_name_is_told() {
    let print = "TARGET/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello";
    let run = |path: &str, flags: &str, error: Option<&str>| {
        let fixture = Fixture::new();
        fixture.write(path, "");
        let place = |text: &str| text.replace("ROOT", &fixture.root.display().to_string());
        let message = error.map(|error| {
            let message = place(error).replace('\n', "\\n");
            format!("{{\"message\":\"{message}\",\"level\":\"error\",\"children\":[]}}")
        });
        if let Some(message) = &message {
            leaves(&fixture, &[(print, message)]);
        }
        fixture.write("run-exits", "101\n");
        let ran = fixture.build().env("RUSTFLAGS", place(flags)).run();
        ran.code(101).stderr.replace(&place("ROOT"), "[ROOT]")
    };
    let told = |name: &str| {
        format!(
            "hint: the container has no `[ROOT]/outside{name}`, which flags for rustc name: \
             `volumes = [\"DATA=[ROOT]/outside{name}\"]` below `[build.env]` mounts it\n"
        )
    };
    // With such a flag, cargo's first question to rustc fails, before anything is compiled.
    let flags = "-C profile-use=ROOT/outside/x.profdata";
    assert_eq!(run("outside/x.profdata", flags, None), told("/x.profdata"));
    let flags = "@ROOT/outside/flags";
    assert_eq!(run("outside/flags", flags, None), told("/flags"));
    // Without an error that mentions it, the file need not be the cause of the failure.
    assert_eq!(run("outside/a@b", "-Lnative=ROOT/outside/a@b", None), "");
    let flags = "-Clink-arg=-Wl,--version-script=ROOT/outside/x.map";
    let command = "linking failed\nld --version-script=ROOT/outside/x.map\n";
    let error = format!("{command}ld: cannot open ROOT/outside/x.map: No such file or directory");
    assert_eq!(run("outside/x.map", flags, Some(&error)), told("/x.map"));
    // It is not enough that the linker's command names the file. A file that does not exist on the
    // host would be missing with a mount, too.
    assert_eq!(run("outside/x.map", flags, Some(command)), "");
    assert_eq!(run("outside/y.map", flags, Some(&error)), "");
    let error = "linking failed\nld: cannot find -lmine: No such file or directory";
    let flags = "-L native=ROOT/outside -lmine";
    assert_eq!(run("outside/libmine.a", flags, Some(error)), told(""));
    let other = run("outside/libother.a", flags, Some(error));
    assert!(
        other.starts_with("hint: the linker finds a library nowhere"),
        "{other}"
    );
}
