//! `cross-util`.

use crate::fixture::{AARCH64, Fixture, X86_64};
use crate::known::image_name;

#[test]
fn images_are_listed_with_their_state() {
    let fixture = Fixture::without_images();
    let list = |fixture: &Fixture| fixture.util("images list").run().success().stdout.clone();
    let line = |text: &str| {
        let line = text.lines().find(|line| line.starts_with(AARCH64));
        line.expect("each row has a line").to_owned()
    };
    assert!(line(&list(&fixture)).ends_with("not built"));
    let ran = fixture.util(&format!("images build {AARCH64}")).run();
    ran.success().says("Finished image");
    assert!(line(&list(&fixture)).contains(" current"));
    fixture.build().run().called(&[
        "rustc",
        "cargo metadata",
        "docker image inspect",
        "docker run",
    ]);
}

#[test]
fn a_removed_image_is_gone() {
    let fixture = Fixture::new();
    let ran = fixture.util(&format!("images remove {AARCH64}")).run();
    ran.success()
        .says("Removed `localhost/cross/aarch64-unknown-linux-gnu:[VERSION]`");
    assert!(!fixture.has(&format!(
        "images/docker/{}",
        image_name(AARCH64).replace('/', "_")
    )));
    let again = fixture.util(&format!("images remove {AARCH64}")).run();
    again
        .success()
        .says("Absent `localhost/cross/aarch64-unknown-linux-gnu:[VERSION]`");
}

#[test]
fn a_misspelt_target_stops_it_before_anything_is_done() {
    let fixture = Fixture::new();
    for command in ["build", "remove"] {
        fixture
            .util(&format!(
                "images {command} {AARCH64} aarch64-unknown-linux-gun"
            ))
            .refuses(
                101,
                "
            error: unknown target `aarch64-unknown-linux-gun`
            hint: did you mean `aarch64-unknown-linux-gnu`?
            ",
            );
    }
}

#[test]
fn a_mistake_in_its_own_words_has_code_2() {
    let fixture = Fixture::new();
    let ran = fixture.util("images biuld x").run();
    ran.code(2).says("error: unrecognized subcommand 'biuld'");
    assert!(ran.calls.is_empty(), "{ran}");
    fixture.util("--version").run().success().says_exactly("");
}

#[test]
fn the_engine_can_be_named() {
    let fixture = Fixture::new();
    let ran = fixture.util("--engine podman images list").run();
    assert!(
        ran.success()
            .calls
            .iter()
            .all(|call| call.program == "podman"),
        "{ran}"
    );
    fixture.util("--engine gone images list").refuses(
        101,
        "
        error: the container engine `gone` does not exist
        hint: it was named by `--engine`
        ",
    );
}

#[test]
fn the_targets_are_listed_without_an_engine() {
    let fixture = Fixture::without_images();
    let list = fixture.util("targets").run();
    assert!(list.success().stdout.contains(AARCH64), "{list}");
    assert!(list.calls.is_empty(), "{list}");
    let json = fixture.util("targets --json").run();
    let rows: serde_json::Value = serde_json::from_str(&json.success().stdout).expect("JSON");
    assert_eq!(
        rows[0]["image"],
        image_name(rows[0]["triple"].as_str().expect("a name"))
    );
}

#[test]
fn images_that_a_configuration_has_made_are_listed_and_removed_with_the_targets() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[build]\ndockerfile = 'Dockerfile'\npre-build = ['x']\n",
    );
    fixture.file("Dockerfile", "FROM debian\n");
    for target in [AARCH64, X86_64] {
        fixture
            .cross(&format!("build --target {target}"))
            .run()
            .success();
    }
    let made = || -> Vec<String> {
        let list = fixture.util("images list").run();
        // One call of the engine lists all names.
        let asked = list.success().calls_of("docker image ls");
        assert_eq!(asked.len(), 1, "{list}");
        let lines = list.stdout.lines().filter(|line| line.contains("/custom/"));
        lines
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    };
    let before = made();
    assert_eq!(before.len(), 4, "{before:?}");
    let own = |line: &&String| line.starts_with(AARCH64);
    assert_eq!(before.iter().filter(own).count(), 2, "{before:?}");
    assert!(
        before[0].ends_with("made by configuration, 0 MB"),
        "{before:?}"
    );
    // The image's name cannot have the triple's underscore. The list shows the triple as it is.
    assert!(before[2].starts_with(X86_64), "{before:?}");
    let ran = fixture.util(&format!("images remove {AARCH64}")).run();
    let removed = ran.success().calls_of("docker image rm");
    assert_eq!(removed.len(), 3, "{ran}");
    assert!(!removed[2].contains("/custom/"), "{removed:?}");
    let after = made();
    assert_eq!(after, before[2..]);
    // A single image can be removed by the name that the list shows.
    let name = after[0].split(' ').nth(1).expect("a name");
    let ran = fixture.util(&format!("images remove {name}")).run();
    ran.success().says(&format!("Removed `{name}`"));
    assert_eq!(made(), after[1..]);
}

#[test]
fn images_for_a_target_without_a_row_can_be_removed() {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &["aarch64-apple-darwin"]);
    let text = "[target.aarch64-apple-darwin]\ndockerfile = 'Dockerfile'\n";
    fixture.file("Cross.toml", text);
    fixture.file("Dockerfile", "FROM debian\n");
    let build = "build --target aarch64-apple-darwin";
    fixture.cross(build).run().success();
    let list = fixture.util("images list").run();
    let mut lines = list.success().stdout.lines();
    assert!(lines.any(|line| line.starts_with("another ")), "{list}");
    let remove = "images remove aarch64-apple-darwin";
    let ran = fixture.util(remove).run();
    ran.success()
        .says("Removed `localhost/cross/custom/aarch64-apple-darwin:");
    fixture
        .util(remove)
        .run()
        .code(101)
        .says("error: unknown target `aarch64-apple-darwin`");
}

#[test]
fn images_of_other_versions_and_those_that_targets_share_are_listed_and_removed_by_name() {
    let fixture = Fixture::new();
    let old = "localhost/cross/aarch64-unknown-linux-gnu:0.0.1";
    let base = format!("localhost/cross/base:{}", env!("CARGO_PKG_VERSION"));
    for name in [old, &base, "localhost/other:1"] {
        let file = |name: &str| format!("images/docker/{}", name.replace('/', "_"));
        let image = fixture.read(&file(&image_name(AARCH64)));
        fixture.write(&file(name), &image);
    }
    let list = || fixture.util("images list").run().success().stdout.clone();
    let listed = list();
    let state = |name: &str| {
        let line = listed.lines().find(|line| line.contains(name));
        line.unwrap_or_default()
            .split_once(name)
            .unwrap_or_default()
            .1
            .trim()
            .to_owned()
    };
    assert_eq!(state(old), "of another version, 0 MB", "{listed}");
    assert_eq!(state(&base), "shared by targets, 0 MB", "{listed}");
    assert!(!listed.contains("localhost/other"), "{listed}");
    let ran = fixture.util(&format!("images remove {old}")).run();
    ran.success()
        .says_exactly(&format!("     Removed `{old}`\n"));
    assert!(!list().contains(old));
    // One image of a target's, by its name.
    let own = image_name(AARCH64);
    let remove = || fixture.util(&format!("images remove {own}")).run();
    for word in ["Removed", "Absent"] {
        let ran = remove();
        assert!(ran.success().stderr.contains(&format!(" {word} `{own}`\n")));
    }
    let others = fixture.util("images remove localhost/other:1").run();
    others.code(101).says("unknown target `localhost/other:1`");
}

#[test]
fn images_are_those_of_the_engine_that_is_configured() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\nengine = 'podman'\n");
    let ran = fixture.util(&format!("images remove {AARCH64}")).run();
    assert_eq!(ran.success().calls_of("podman image rm").len(), 1, "{ran}");
}

#[test]
fn the_built_in_engines_images_of_others_are_listed_and_removed_by_name() {
    let fixture = Fixture::new();
    let name = "docker.io/library/debian:12";
    let image = format!(
        r#"{{"name":"{name}","layers":["0123456789abcdef"],"env":[],"labels":{{}},"workdir":null}}"#
    );
    let store = "home/.cache/cross/store";
    let layer = format!("{store}/layers/0123456789abcdef");
    fixture.write(&format!("{layer}/file"), "12345");
    let sum = r#"{"name":"0123456789abcdef","entries":1,"bytes":5000000}"#;
    fixture.write(&format!("{layer}.json"), sum);
    fixture.write(
        &format!("{store}/images/docker.io_library_debian:12.json"),
        &image,
    );

    let list = || fixture.util("--engine sandbox images list").run();
    let listed = list();
    let mut lines = listed.success().stdout.lines();
    let line = lines.find(|line| line.contains(name)).expect("its line");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words, ["-", name, "fetched", "or", "imported,", "5", "MB"]);

    let remove = format!("--engine sandbox images remove {name}");
    fixture
        .util(&remove)
        .run()
        .success()
        .says_exactly(&format!("     Removed `{name}`\n"));
    assert!(!list().stdout.contains(name));
    assert!(!fixture.has(&layer), "its layer is gone");
    let again = fixture.util(&remove).run();
    again.code(101).says("unknown target");
}

#[test]
fn what_an_earlier_version_has_left_is_listed_and_removed_by_its_path() {
    let fixture = Fixture::new();
    let store = "home/.cache/cross/sandbox";
    fixture.write(&format!("{store}/layers/0123/file"), "12345");
    let sum = r#"{"entries":1,"bytes":7000000}"#;
    fixture.write(&format!("{store}/layers/0123.json"), sum);
    let path = fixture.root.join(store).display().to_string();
    let list = || fixture.util("--engine sandbox images list").run();
    let listed = list();
    let mut lines = listed.success().stdout.lines();
    let line = lines.find(|line| line.contains(&path)).expect("its line");
    assert!(
        line.ends_with(" left by an earlier version, 7 MB"),
        "{line}"
    );
    let remove = format!("--engine sandbox images remove {path}");
    let removed = fixture.util(&remove).run();
    removed.success().says("Removed");
    assert!(!fixture.has(store));
    assert!(!list().stdout.contains(&path));
}

#[test]
fn an_engine_that_cannot_list_images_is_named() {
    let fixture = Fixture::new();
    fixture.write("list-fails", "Error: the store is locked\n");
    let ran = fixture.util("images list").run();
    ran.code(101)
        .says_exactly("error: docker cannot list images: the store is locked");
}

#[test]
fn shells_get_their_completions() {
    let fixture = Fixture::new();
    for (shell, word) in [
        ("bash", "default cross-util\n"),
        ("zsh", "#compdef cross-util"),
        ("fish", "complete -c cross-util"),
    ] {
        let ran = fixture.util(&format!("completions {shell}")).run();
        ran.success().says_exactly("").called(&[]);
        assert!(ran.stdout.contains(word), "{ran}");
        assert!(ran.stdout.contains("verify"), "{ran}");
    }
    fixture.util("completions tcsh").run().code(2);
}

/// fish carries out what stands in its double quotes, also if that is a description.
#[test]
fn a_description_is_no_command_for_fish() {
    let fixture = Fixture::new();
    for program in ["cross", "cross-util"] {
        let ran = fixture.util(&format!("completions fish {program}")).run();
        let lines = ran.success().stdout.lines();
        let descriptions = lines.filter_map(|line| line.split_once("\\t'"));
        for (value, description) in descriptions {
            let inside = description.trim_end_matches('"');
            assert!(!inside.contains(['$', '"']), "{value}: {description}");
        }
    }
}

#[test]
fn shells_complete_the_command_line_of_cross() {
    let fixture = Fixture::new();
    let of = |shell: &str| {
        let ran = fixture.util(&format!("completions {shell} cross")).run();
        ran.success().says_exactly("").called(&[]);
        ran.stdout
    };
    // This bash reads no other files, and the arguments are the words of the command line.
    let script = format!(
        "{}\ncomplete_words() {{\n\
            COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMPREPLY=()\n\
            _cross \"$1\" \"${{@: -1}}\" \"${{@: -2:1}}\" 2>/dev/null\n\
            echo \"${{COMPREPLY[*]}}\"\n\
         }}\n",
        of("bash")
    );
    fixture.write("cross.bash", &script);
    for (line, expected) in [
        ("cross bui", "build"),
        ("cross +nightly tes", "test"),
        (
            "cross build --target armv7-unknown-linux-gnueabih",
            "armv7-unknown-linux-gnueabihf",
        ),
        (
            "cross +nightly t --target s390x-unknown-linux-m",
            "s390x-unknown-linux-musl",
        ),
        ("cross build --ver", "--verify --verbose"),
        ("cross nextest run --cargo-pro", "--cargo-profile"),
        ("cross bench --color n", "never"),
        ("cross tree --charse", "--charset"),
        ("cross build --charse", ""),
        // A command that cross does not run.
        ("cross zigbui", ""),
    ] {
        let words = line.replace(' ', "' '");
        let script =
            format!("exec bash --norc -c '. ../cross.bash; complete_words \"$@\"' it '{words}'");
        let ran = fixture.shell(&script).run();
        assert_eq!(ran.success().stdout.trim_end(), expected, "{line}");
    }
    // A toolchain before the command is passed over there as well.
    for (shell, passed) in [
        ("zsh", "_cross() {\n    if [[ $words[2] == +* ]]"),
        (
            "fish",
            "set -e cmd[1]\n    if string match -q -- '+*' $cmd[1]\n",
        ),
    ] {
        let text = of(shell);
        assert!(
            text.contains(passed) && text.contains("s390x-unknown-linux-musl"),
            "{shell}"
        );
    }
}
