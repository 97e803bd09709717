//! Programs that failed build scripts did not find, and what the same error of the system may mean
//! instead.

use std::path::PathBuf;

use crate::fixture::{AARCH64, Fixture};
use crate::heard::fails;

/// The panic of a build script whose third line is a call, as Rust 1.90 writes it.
const NOT_FOUND: &str = "thread 'main' (46) panicked at build.rs:3:6:\ncalled `Result::unwrap()` on an `Err` value: \
    Os { code: 2, kind: NotFound, message: \"No such file or directory\" }\nnote: run with `RUST_BACKTRACE=1`";

/// The hint of a build whose script fails at this call.
fn at(fixture: &Fixture, call: &str) -> String {
    let source = format!("fn main() {{\n    let found = {call}\n    .unwrap();\n}}\n");
    fixture.file("build.rs", &source);
    fails(fixture, "some-sys", NOT_FOUND);
    let ran = fixture.build().run();
    let mut hints = ran.code(101).stderr.lines();
    let hint = hints.find(|line| line.starts_with("hint"));
    hint.unwrap_or_default().to_owned()
}

/// The hint of a build whose script says this.
fn said(fixture: &Fixture, said: &str) -> String {
    fails(fixture, "some-sys", said);
    let ran = fixture.build().run();
    let mut hints = ran.code(101).stderr.lines();
    let hint = hints.find(|line| line.starts_with("hint"));
    hint.unwrap_or_default().to_owned()
}

/// A project with these commands as `pre-build`, and the image that they make of one of cross's.
pub(crate) fn with_pre_build(commands: &str) -> Fixture {
    made_by(Fixture::new(), &format!("[\"{commands}\"]"))
}

/// A project with this script as `pre-build`, and the image that it makes of one of cross's.
fn with_script(name: &str, text: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.file(name, text);
    made_by(fixture, &format!("\"{name}\""))
}

/// The fixture with the image that this value of `pre-build` makes.
fn made_by(fixture: Fixture, value: &str) -> Fixture {
    let config = format!("[target.{AARCH64}]\npre-build = {value}\n");
    fixture.file("Cross.toml", &config);
    fixture.build().run().success();
    // The fake engine's image has no environment, by which cross knows its own.
    let images = fixture.root.join("images/docker");
    let names = std::fs::read_dir(&images).expect("there are images");
    let names = names.map(|entry| entry.expect("it is readable").path());
    let is_made = |path: &PathBuf| path.to_string_lossy().contains("_custom_");
    for image in names.filter(is_made) {
        let json = std::fs::read_to_string(&image).expect("it is text");
        let env = "\"Config\":{\"Env\":[\"PATH=/opt/cross/bin:/usr/bin\"],";
        std::fs::write(&image, json.replace("\"Config\":{", env)).expect("it is ours");
    }
    fixture
}

#[test]
fn a_directory_that_does_not_exist_is_not_taken_for_a_program() {
    let absent =
        "a build script starts a program in `vendor/none`, a directory that does not exist";
    for (call, hint) in [
        (
            "Command::new(\"make\").current_dir(\"vendor/none\").status()",
            absent,
        ),
        (
            "Command::new(\"tclsh\").current_dir(\"vendor/none\").status()",
            absent,
        ),
        (
            "Command::new(\"of-my-own\").current_dir(\"vendor/none\").status()",
            absent,
        ),
        // This directory exists, so the program does not.
        (
            "Command::new(\"tclsh\").current_dir(\"src\").status()",
            "no program `tclsh`",
        ),
        (
            "Command::new(\"of-my-own\").current_dir(\"src\").status()",
            "starts `of-my-own`, which",
        ),
        // The image is known not to have the one program. Of the other nothing is known.
        (
            "Command::new(\"tclsh\").current_dir(&dir).status()",
            "no program `tclsh`",
        ),
        ("Command::new(\"of-my-own\").current_dir(&dir).status()", ""),
        ("Command::new(\"make\").current_dir(&dir).status()", ""),
        // This machine has the directory.
        (
            "Command::new(\"make\").current_dir(\"../outside\").status()",
            "/outside\"]` below `[build.env]` mounts it",
        ),
    ] {
        let fixture = Fixture::new();
        fixture.directory("outside");
        let told = at(&fixture, call);
        assert!(
            told.contains(hint) && told.is_empty() == hint.is_empty(),
            "{call}: {told}"
        );
    }
}

#[test]
fn a_program_that_the_image_has_is_not_missing() {
    for name in [
        "git",
        "sh",
        "cp",
        "awk",
        "cc",
        "make",
        "cargo",
        "aarch64-linux-gnu-gcc",
        "yacc",
    ] {
        let fixture = Fixture::new();
        assert_eq!(
            at(&fixture, &format!("Command::new(\"{name}\").status()")),
            ""
        );
        for text in [
            format!("sh: 1: {name}: not found\n{name} failed: exit status: 127"),
            format!("failed to run `{name}`: No such file or directory (os error 2)"),
            format!("is `{name}` not installed?"),
        ] {
            assert_eq!(said(&fixture, &text), "", "{text}");
        }
    }
    // Cargo's directory of programs is in the container too.
    let fixture = Fixture::new();
    let call = "Command::new(\"bindgen\").status()";
    assert!(at(&fixture, call).contains("no program `bindgen`"));
    fixture.write("home/.cargo/bin/bindgen", "");
    assert_eq!(at(&fixture, call), "");
}

#[test]
fn a_program_that_pre_build_installs_is_not_to_be_installed_once_more() {
    for (commands, is_told) in [
        ("", true),
        ("apt-get update && apt-get install --yes tcl", false),
        ("curl -o /usr/local/bin/tclsh https://example.com/", false),
        ("apt-get install --yes tk", true),
    ] {
        let fixture = with_pre_build(commands);
        for told in [
            at(&fixture, "Command::new(\"tclsh\").status()"),
            said(&fixture, "tclsh is required"),
            said(&fixture, "sh: 1: tclsh: not found\nexit status: 127"),
            said(&fixture, "is `tclsh` not installed?"),
        ] {
            assert_eq!(
                told.contains("no program `tclsh`"),
                is_told,
                "{commands}: {told}"
            );
            assert_eq!(told.is_empty(), !is_told, "{commands}: {told}");
        }
    }
    let fixture = with_pre_build("apt-get install --yes python3-jinja2");
    let text = "ModuleNotFoundError: No module named 'jinja2'\nexit status: 1";
    assert_eq!(said(&fixture, text), "");
}

/// A shell also reports programs that a script only tries. Its report counts without its exit code
/// if nothing but the end of the script is behind it.
#[test]
fn a_shells_report_counts_where_the_script_ends_behind_it() {
    let report = "sh: 1: xsltproc: not found";
    for (text, is_told) in [
        (report.to_owned(), true),
        (
            format!(
                "{report}\n\nthread 'main' (46) panicked at build.rs:3:6:\nassertion failed: s.success()\n\
                 note: run with `RUST_BACKTRACE=1`"
            ),
            true,
        ),
        (
            format!("{report}\nthread 'main' panicked at build.rs:3:6:\ncannot make the docs"),
            true,
        ),
        (format!("{report}\nError: \"cannot make the docs\""), true),
        (
            format!(
                "{report}\ngoing on\nthread 'main' panicked at build.rs:3:6:\nassertion failed"
            ),
            false,
        ),
        (format!("{report}\ngoing on"), false),
        (
            format!(
                "{report}\nthread 'main' panicked at build.rs:3:6:\nfailed to execute `make`: Read-only file (os error 30)"
            ),
            false,
        ),
    ] {
        let told = said(&Fixture::new(), &text);
        assert_eq!(told.contains("no program `xsltproc`"), is_told, "{text}");
        assert_eq!(told.is_empty(), !is_told, "{text}: {told}");
    }
    let told = said(&Fixture::new(), "sh: 1: of-my-own: not found");
    assert!(
        told.contains("a build script starts a program that"),
        "{told}"
    );
}

/// A list in place of a script's path would take what the script installs away.
#[test]
fn a_script_that_pre_build_names_is_where_a_package_is_added() {
    let (script, text) = (
        "ci/pre-build.sh",
        "#!/bin/sh\n# no tcl\napt-get install --yes swig\n",
    );
    for (text, program, hint) in [
        (
            text,
            "tclsh",
            "hint: the image has no program `tclsh`: `apt-get update && apt-get install --yes tcl` in `ci/pre-build.sh` adds it",
        ),
        (text, "swig", ""),
        (
            text,
            "of-my-own",
            "hint: a build script starts `of-my-own`, which the image has not: `ci/pre-build.sh` can install the package of Debian's that has it",
        ),
    ] {
        let fixture = with_script(script, text);
        let call = format!("Command::new(\"{program}\").status()");
        assert_eq!(at(&fixture, &call), hint, "{program}");
    }
    let told = said(
        &with_script(script, text),
        "Package libusb-1.0 was not found in the pkg-config search path.",
    );
    assert!(
        told.contains("`dpkg --add-architecture arm64 && apt-get update && apt-get install --yes libusb-1.0-0-dev:arm64` in `ci/"),
        "{told}"
    );
}

/// The hint of a build whose script is this, with the mark `|` at which it panics.
fn panics(source: &str, message: &str) -> String {
    let before = &source[..source.find('|').expect("a mark")];
    let line = before.lines().count();
    let column = before.lines().last().expect("a line").chars().count() + 1;
    let fixture = Fixture::new();
    fixture.file("build.rs", &source.replacen('|', "", 1));
    let text = format!(
        "thread 'main' (46) panicked at build.rs:{line}:{column}:\n{message}\nnote: run with `RUST_BACKTRACE=1`"
    );
    said(&fixture, &text)
}

#[test]
fn a_program_that_a_script_looks_for_is_named_by_its_source() {
    let message = "called `Result::unwrap()` on an `Err` value: CannotFindBinaryPath";
    let gawk = "hint: the image has no program `gawk`: `pre-build = [\"apt-get update && apt-get install --yes gawk\"]` below";
    for (call, hint) in [
        ("which::which(\"gawk\").|unwrap();", gawk),
        (
            "let awk = which(\"gawk\")\n        .|expect(\"it is needed\");",
            gawk,
        ),
        (
            "if which(\"gawk\").is_err() {\n        |panic!();\n    }",
            gawk,
        ),
        (
            "which::which(\"of-my-own\").|unwrap();",
            "hint: a build script looks for `of-my-own`, which the image has not: `pre-build` below",
        ),
        // The image has this one, so it was not looked for where it is.
        ("which::which(\"make\").|unwrap();", ""),
        (
            "which::which(name).|unwrap();",
            "hint: a build script looks for a program that the image has not: `pre-build` below",
        ),
        ("which::which(\"gawk\").unwrap().parent().|unwrap();", ""),
    ] {
        let told = panics(&format!("fn main() {{\n    {call}\n}}\n"), message);
        assert!(
            told.starts_with(hint) && told.is_empty() == hint.is_empty(),
            "{call}: {told}"
        );
    }
}

#[test]
fn a_script_that_ends_with_a_search_in_vain_is_told_so() {
    for error in ["CannotFindBinaryPath", "cannot find binary path"] {
        let told = said(&Fixture::new(), &format!("Error: {error}"));
        let hint =
            "hint: a build script looks for a program that the image has not: `pre-build` below";
        assert!(told.starts_with(hint), "{told}");
    }
}

#[test]
fn a_script_that_panics_because_a_call_has_failed_names_the_program_too() {
    let message = "No such file or directory (os error 2)";
    for (body, is_told) in [
        (
            "if let Err(e) = Command::new(\"msgfmt\").status() {\n        |panic!(\"{e}\");\n    }",
            true,
        ),
        (
            "match Command::new(\"msgfmt\").status() {\n        Ok(_) => {}\n        Err(e) => |panic!(\"{e}\"),\n    }",
            true,
        ),
        (
            "if let Err(e) = Command::new(\"make\").status() {\n        |panic!(\"{e}\");\n    }",
            false,
        ),
        (
            "if Command::new(\"msgfmt\").status().unwrap().success() {\n        |panic!(\"{e}\");\n    }",
            false,
        ),
    ] {
        let told = panics(&format!("fn main() {{\n    {body}\n}}\n"), message);
        assert_eq!(
            told.contains("no program `msgfmt`"),
            is_told,
            "{body}: {told}"
        );
        assert_eq!(told.is_empty(), !is_told, "{body}: {told}");
    }
}
