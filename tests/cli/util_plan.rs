//! `cross-util plan`.

use std::collections::BTreeMap;

use pretty_assertions::assert_eq;

use crate::cross::{Call, Ran};
use crate::fixture::{AARCH64, ARMV7, ENGINES, Fixture, text};
use crate::known::image_name;
use crate::line::{is_of_the_machine, undent};

/// Calls of programs that only ask and change nothing.
const QUESTIONS: &[&str] = &[
    "rustc",
    "cargo metadata",
    "docker image inspect",
    "podman image inspect",
];

/// The calls of a run that change something, word by word.
fn deeds(fixture: &Fixture, ran: &Ran<'_>) -> Vec<Vec<String>> {
    let calls = ran.calls.iter();
    let calls = calls.filter(|call| !QUESTIONS.contains(&call.summary().as_str()));
    let words = |call: &Call| -> Vec<String> {
        let args = call
            .args
            .iter()
            .map(|arg| fixture.generalise(&arg.to_string_lossy()));
        let mut words: Vec<String> = std::iter::once(call.program.clone()).chain(args).collect();
        if words[1] == "build" {
            // The last two words of a build name temporary paths, which differ each time.
            words.truncate(words.len() - 2);
        }
        words
    };
    calls.map(words).collect()
}

/// All files of the machine, with placeholders for its paths. Lock files are left out: `cross`
/// creates them to wait for other processes, and the shell script of a plan does not.
fn state(fixture: &Fixture) -> BTreeMap<String, String> {
    let mut listing = fixture.listing();
    listing.retain(|path, _| !path.iter().any(|part| part == "locks"));
    let general = |(path, content): (&std::path::PathBuf, &Vec<u8>)| {
        let content = String::from_utf8_lossy(content);
        let content = match path.file_name() {
            // Cargo writes the time of day into this file.
            Some(name) if name == ".global-cache" => String::new(),
            _ => fixture.generalise(&content),
        };
        (fixture.generalise(text(path)), content)
    };
    listing.iter().map(general).collect()
}

/// Runs `cross-util plan`, and expects that it changes nothing.
#[track_caller]
fn plan<'a>(fixture: &'a Fixture, words: &[&str]) -> Ran<'a> {
    let before = fixture.listing();
    let mut util = fixture.util("plan --");
    for word in words {
        util = util.arg(word);
    }
    let ran = util.run();
    ran.success().says_exactly("");
    assert_eq!(fixture.listing(), before, "{ran}");
    assert_eq!(deeds(fixture, &ran), Vec::<Vec<String>>::new(), "{ran}");
    ran
}

/// Expects that `cross` on one machine, and the plan's shell script on an equal machine, make the
/// same calls and leave the same files.
#[track_caller]
fn script_does_what_cross_does(machine: impl Fn() -> Fixture, words: &[&str]) {
    let (one, other) = (machine(), machine());
    let cross = one.cross_words(words).run();
    let script = plan(&other, words).stdout.clone();
    let shell = other.shell(&script).run();
    shell.success();
    assert_eq!(deeds(&other, &shell), deeds(&one, &cross), "{script}");
    assert!(!cross.calls.is_empty(), "{cross}");
    assert_eq!(shell.stdout, cross.success().stdout, "{script}");
    assert_eq!(state(&other), state(&one), "{script}");
}

#[test]
fn it_is_a_script_that_does_what_cross_does() {
    script_does_what_cross_does(Fixture::new, &["build", "--target", AARCH64]);
    script_does_what_cross_does(
        Fixture::new,
        &[
            "test",
            "--target",
            AARCH64,
            "--",
            "it's",
            "$HOME `id`\n",
            "",
        ],
    );
    let several = ["build", "--target", ARMV7, "--target", AARCH64];
    script_does_what_cross_does(Fixture::new, &several);
    script_does_what_cross_does(Fixture::new, &["fmt", "--check"]);
    script_does_what_cross_does(Fixture::new, &["clean"]);
}

#[test]
fn it_does_so_where_nothing_is_ready() {
    let bare = || {
        let fixture = Fixture::without_images();
        fixture.remove("project/Cargo.lock");
        let util = env!("CARGO_BIN_EXE_cross-util");
        fixture.program("cross-util", &format!("#!/bin/sh\nexec '{util}' \"$@\"\n"));
        fixture
    };
    let fixture = bare();
    let ran = plan(&fixture, &["build", "--target", ARMV7]);
    let text = fixture.generalise(&ran.stdout);
    let numbered = text.lines().filter_map(|line| {
        let (number, step) = line.strip_prefix("# ")?.split_once(". ")?;
        number.parse::<usize>().ok().map(|_| step)
    });
    // Some machines have no named time zone, and then lack this step.
    let steps = numbered.filter(|step| !step.contains("timezone"));
    let steps: Vec<String> = steps
        .enumerate()
        .map(|(i, step)| format!("# {}. {step}", i + 1))
        .collect();
    assert_eq!(
        steps.join("\n") + "\n",
        undent(
            "
            # 1. install the standard library for `armv7-unknown-linux-gnueabihf`
            # 2. build the image `localhost/cross/armv7-unknown-linux-gnueabihf:[VERSION]`
            # 3. create the target directory `[PROJECT]/target`
            # 4. create the target directory `[CACHE]/build/[TARGET]/[RECIPE]`
            # 5. create the target directory `[PROJECT]/target/armv7-unknown-linux-gnueabihf`
            # 6. create `[PROJECT]/target/release`
            # 7. create `[PROJECT]/target/armv7-unknown-linux-gnueabihf/debug/.fingerprint`
            # 8. create `[PROJECT]/target/.rustc_info.json`
            # 9. cover `[PROJECT]/target/debug` by `[CACHE]/build/[TARGET]/[RECIPE]/debug`
            # 10. create `[CARGO_HOME]/registry`
            # 11. create `[CARGO_HOME]/git`
            # 12. create `[CARGO_HOME]/.package-cache`
            # 13. create `[CARGO_HOME]/.package-cache-mutate`
            # 14. write the program `[CACHE]/files/cargo`
            # 15. write the program `[CACHE]/files/rustup`
            # 16. write `[CACHE]/files/passwd`
            # 17. write `[CACHE]/files/group`
            # 18. write `[PROJECT]/Cargo.lock`
            # 19. fetch what the lock file asks for
            # 20. cargo in a container of `localhost/cross/armv7-unknown-linux-gnueabihf:[VERSION]`
            "
        )
    );
    script_does_what_cross_does(bare, &["build", "--target", ARMV7]);
}

#[test]
fn odd_names_stay_what_they_are() {
    let odd = || {
        let mut fixture = Fixture::new();
        let name = "it's a $(dir), \"so\"\nto say";
        fixture.krate(name, "hello", "");
        fixture.lock(name, "hello");
        fixture.project = fixture.root.join(name);
        fixture.file(
            "Cross.toml",
            "[build.env]\npassthrough = ['A=`id` \\n$B']\n",
        );
        fixture
    };
    script_does_what_cross_does(odd, &["build", "--target", AARCH64]);
}

#[test]
fn the_engines_command_has_an_option_a_line() {
    let fixture = Fixture::new();
    let script = plan(&fixture, &["build", "--target", AARCH64])
        .stdout
        .clone();
    let line = fixture.build().run().line();
    let start = format!("{} ", text(&fixture.root.join("bin/docker")));
    let (_, command) = script.split_once(&start).expect("it is there");
    let rows = command
        .lines()
        .map(|row| row.trim_start().trim_end_matches(" \\").replace('\'', ""));
    let rows: Vec<String> = rows.filter(|row| !is_of_the_machine(row)).collect();
    let rows = fixture.generalise(&format!("docker {}", rows.join("\n")));
    let rows = rows.replace("[SYSROOT]/bin/cargo ", "cargo ");
    let user = rows
        .lines()
        .find(|row| row.starts_with("--user "))
        .expect("it is there");
    assert_eq!(
        rows.replace(user, "--user [USER]"),
        line.text().replace('\'', "")
    );
}

#[test]
fn images_of_the_users_are_named_and_not_made() {
    let fixture = Fixture::without_images();
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nimage = 'my/image:1'\n[target.{ARMV7}]\npre-build = ['x']\n"),
    );
    let ran = plan(&fixture, &["build", "--target", AARCH64]);
    let docker = text(&fixture.root.join("bin/docker")).to_owned();
    let start =
        format!("# 1. get the image `my/image:1`\n{docker} pull --quiet 'my/image:1'\n# note: ");
    assert!(ran.stdout.starts_with(&start), "{ran}");
    let ran = plan(&fixture, &["build", "--target", ARMV7]);
    let own = image_name(ARMV7);
    let start = format!(
        "# 1. build the image `{own}`\ncross-util --engine {docker} images build {ARMV7}\n\
         # 2. build the image `localhost/cross/custom/{ARMV7}:"
    );
    assert!(ran.stdout.starts_with(&start), "{ran}");
    assert!(
        ran.stdout
            .contains("` as the configuration says: only `cross` itself can\n# note: "),
        "{ran}"
    );
}

#[test]
fn a_toolchain_that_is_missing_is_not_installed() {
    let fixture = Fixture::new();
    for words in ["build --target aarch64-unknown-linux-gnu", "build"] {
        fixture.write("toolchain-missing", "");
        let ran = fixture.util(&format!("plan -- {words}")).run();
        ran.code(1)
            .says("error: toolchain 'stable' is not installed");
        assert!(fixture.has("toolchain-missing"), "{ran}");
        assert_eq!(ran.stdout, "");
    }
    // A command of the host's cargo is asked for the place of its files only, which needs no
    // toolchain.
    let ran = fixture.util("plan -- clean -v").run();
    assert!(ran.success().stdout.contains("\ncargo clean -v\n"), "{ran}");
    assert!(fixture.has("toolchain-missing"), "{ran}");
}

#[test]
fn what_cross_refuses_is_refused_in_the_same_words() {
    let fixture = Fixture::new();
    for (words, code) in [
        ("build --target aarch64-unknown-linux-gun", 101),
        ("biuld", 101),
        ("build --message-format", 1),
        ("install x --target aarch64-unknown-linux-gnu", 101),
    ] {
        let cross = fixture.cross(words).run();
        let said = fixture.generalise(&cross.code(code).stderr);
        fixture
            .util(&format!("plan -- {words}"))
            .refuses(code, &said);
    }
}

#[test]
fn the_engine_can_be_named_here_too() {
    let fixture = Fixture::new();
    for engine in ENGINES {
        let args = format!("--engine {engine} plan -- build --target {AARCH64}");
        let ran = fixture.util(&args).run();
        let start = format!(
            "\n{} run \\\n",
            text(&fixture.root.join("bin").join(engine))
        );
        assert!(ran.success().stdout.contains(&start), "{ran}");
    }
    fixture.util("--engine gone plan -- build").refuses(
        101,
        "
        error: the container engine `gone` does not exist
        hint: it was named by `--engine`
        ",
    );
}

#[test]
#[ignore = "needs `script` of util-linux: ci/test.sh runs it"]
fn it_plans_for_the_terminal_it_is_looked_at_in() {
    let fixture = Fixture::new();
    let util = |shell: &str| fixture.util("").run_on_a_terminal(shell);
    let words = format!("plan -- test --target {AARCH64}");
    let ran = util(&format!("cross {words} >out"));
    let ran = ran.expect("`script` of util-linux is not installed");
    ran.success();
    assert!(fixture.read("project/out").contains(" --tty "), "{ran}");
    util(&format!("cross {words} >out </dev/null"));
    assert!(!fixture.read("project/out").contains(" --tty "), "{ran}");
}

#[test]
fn notes_are_for_who_asks_for_them() {
    let fixture = Fixture::new();
    let run = |words: &str| {
        let util = fixture.util(&format!("plan -- {words} --target {AARCH64}"));
        util.env("RUSTC_WRAPPER", "sccache")
            .run()
            .success()
            .stdout
            .clone()
    };
    let note = "\n# note: without the variable `RUSTC_WRAPPER`: it names a program of the host\n";
    assert!(!run("build").contains(note));
    assert!(run("-v build").contains(note));
}

/// There is no command line that makes the built-in engine fetch an image.
#[test]
fn an_image_that_the_built_in_engine_fetches_is_named_without_a_command() {
    let fixture = Fixture::without_images();
    fixture.file(
        "Cross.toml",
        &format!("[build]\nengine = 'sandbox'\n[target.{AARCH64}]\nimage = 'my/image:1'\n"),
    );
    let ran = plan(&fixture, &["build", "--target", AARCH64]);
    let start = "# 1. get the image `my/image:1`: only `cross` itself can\n# note: ";
    assert!(ran.stdout.starts_with(start), "{ran}");
}
