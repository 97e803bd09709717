//! `cross-util env`.

use std::os::unix::fs::symlink;

use pretty_assertions::assert_eq;

use crate::fixture::{AARCH64, Fixture};

const ENV: &str = "env --target aarch64-unknown-linux-gnu";

#[test]
fn it_is_what_the_image_sets_and_what_the_container_is_told() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[build.env]\npassthrough = ['MODE=test', 'MINE']\n",
    );
    let set = |cross: crate::cross::Cross<'_>| {
        let cross = cross.env("MINE", "a b").env("OTHER", "x");
        let ran = cross.env("CARGO_INCREMENTAL", "0").run();
        (ran.success().stdout.clone(), ran.calls_of("docker run"))
    };
    let (text, _) = set(fixture.util(ENV));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.is_sorted(), "{text}");
    for line in [
        "CC_aarch64_unknown_linux_gnu=aarch64-unknown-linux-gnu-gcc",
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=/opt/cross/bin/cross-runner",
        "HOME=/home/cross",
        "MODE=test",
        "MINE='a b'",
        "CARGO_INCREMENTAL=0",
    ] {
        assert!(lines.contains(&line), "no {line} in\n{text}");
    }
    assert!(!text.contains("OTHER"), "{text}");
    // All variables that the container gets are listed.
    let (_, runs) = set(fixture.build());
    let words = runs[0].split(" --env ").skip(1);
    for word in words {
        let name = word.split(['=', ' ']).next().expect("a word");
        let start = format!("{name}=");
        assert!(
            lines.iter().any(|line| line.starts_with(&start)),
            "no {name} in\n{text}"
        );
    }
}

#[test]
fn secrets_are_not_shown() {
    let fixture = Fixture::new();
    let names = [
        "CARGO_REGISTRY_TOKEN",
        "CARGO_REGISTRIES_MINE_TOKEN",
        "CARGO_REGISTRIES_MINE_CREDENTIAL_PROVIDER",
        "MY_TOKEN",
        "db_password",
        "AWS_SECRET_ACCESS_KEY",
        "OPENAI_API_KEY",
    ];
    // Most of these variables are passed on because the configuration names them.
    let text = format!(
        "[build.env]\npassthrough = ['{}', '{}=hunter2', '{}', 'DATABASE_URL=postgres://u:hunter2@h/db']\n",
        names[0],
        names[1],
        names[3..].join("', '")
    );
    fixture.file("Cross.toml", &text);
    for args in [ENV.to_owned(), format!("{ENV} -v")] {
        let util = names
            .iter()
            .fold(fixture.util(&args), |util, name| util.env(name, "hunter2"));
        let ran = util.run();
        ran.success();
        assert!(
            !format!("{}{}", ran.stdout, ran.stderr).contains("hunter2"),
            "{ran}"
        );
        assert!(
            ran.stdout
                .contains("# CARGO_REGISTRY_TOKEN is there, and its value is not shown\n"),
            "{ran}"
        );
    }
}

#[test]
fn a_shell_reads_back_what_was_meant() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build.env]\npassthrough = ['MINE', 'E=']\n");
    let odd = "it's $HOME\n`id` \"$(id)\" \\ # !";
    for args in [ENV.to_owned(), format!("{ENV} --verbose")] {
        let ran = fixture.util(&args).env("MINE", odd).run();
        let script = format!("{}\nprintf '%s' \"$MINE$E\"", ran.success().stdout);
        let shell = fixture.shell(&script).run();
        assert_eq!(shell.success().stdout, odd);
    }
}

/// Names of links are a project's, names of variables an image's.
#[test]
fn a_shell_that_reads_the_output_runs_nothing_of_the_projects() {
    let fixture = Fixture::new();
    let write = |name: &str| format!("\n: >{name} #");
    let link = fixture.project.join(write("LINK"));
    symlink("/etc", link).expect("a link");
    fixture.file(
        "Cross.toml",
        &format!(
            "[build.env]\npassthrough = ['PROMPT_COMMAND=id', 'BASH_ENV=evil', 'PS4=$(id)', 'IFS=x', 'LD_PRELOAD=evil', 'MINE=1', \
             'PS=1', 'ENVIRONMENT=test', 'ODD-NAME=1']\n[target.{AARCH64}]\nimage = 'mine'\n"
        ),
    );
    let odd = write("IMAGE").replace('\n', "\\n");
    let json = format!(
        r#"[{{"Id":"sha256:ab","Config":{{"Env":["A{odd}=1","TOKEN{odd}=1","=id","LEVEL=3"]}}}}]"#
    );
    fixture.write("images/docker/mine", &json);
    let ran = fixture.util(&format!("{ENV} --verbose")).run();
    let text = &ran.success().stdout;
    assert!(text.contains("(the link `"), "{ran}");
    let is_read = |line: &&str| !line.starts_with("# ");
    for line in text.lines().filter(is_read) {
        let name = line.split('=').next().expect("a word");
        for obeyed in ["PROMPT_COMMAND", "BASH_ENV", "PS4", "IFS", "LD_PRELOAD", ""] {
            assert_ne!(name, obeyed, "{ran}");
        }
    }
    for line in [
        "# PROMPT_COMMAND=id #",
        "# ODD-NAME=1 #",
        "MINE=1 #",
        "PS=1 #",
        "ENVIRONMENT=test #",
        "LEVEL=3 #",
    ] {
        assert!(text.contains(&format!("\n{line}")), "no {line}\n{ran}");
    }
    fixture.shell(text).run().success().says_exactly("");
    for made in ["LINK", "IMAGE"] {
        assert!(!fixture.has(&format!("project/{made}")), "{made}: {ran}");
    }
}

#[test]
fn where_a_variable_comes_from_is_said_when_asked() {
    let fixture = Fixture::new();
    let util = fixture.util(&format!("{ENV} -v"));
    let ran = util.env("CI", "1").env("RUSTC_WRAPPER", "sccache").run();
    for line in [
        "CI=1 # the caller\n",
        "AR_aarch64_unknown_linux_gnu=aarch64-unknown-linux-gnu-ar # the image\n",
        "HOME=/home/cross # cross and its configuration\n",
        "# without the variable `RUSTC_WRAPPER`: it names a program of the host\n",
    ] {
        assert!(ran.success().stdout.contains(line), "no {line}\n{ran}");
    }
}

#[test]
fn an_image_of_the_users_is_asked() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nimage = 'mine'\n"),
    );
    let before = fixture.listing();
    let ran = fixture.util(ENV).run();
    ran.success().says_exactly(
        "warning: the image `mine` is not there yet, so what it sets itself is not known",
    );
    assert_eq!(fixture.listing(), before);
    let json = r#"[{"Id":"sha256:ab","Config":{"Env":["PATH=/mine","LEVEL=3"]}}]"#;
    fixture.write("images/docker/mine", json);
    let ran = fixture.util(ENV).run();
    ran.success().says_exactly("");
    assert!(ran.stdout.contains("\nLEVEL=3\n"), "{ran}");
    assert!(ran.stdout.contains("bin:/mine:"), "{ran}");
}

#[test]
fn what_a_build_would_refuse_is_refused() {
    let fixture = Fixture::new();
    fixture
        .util("env --target aarch64-unknown-linux-gun")
        .refuses(
            101,
            "
        error: unknown target `aarch64-unknown-linux-gun`
        hint: did you mean `aarch64-unknown-linux-gnu`?
        ",
        );
    fixture.util("env").run().code(2);
}
