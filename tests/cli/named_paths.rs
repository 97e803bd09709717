//! Files and directories that options of plugins and compilers name.

use std::os::unix::fs::symlink;

use crate::cross::{Cross, Ran};
use crate::fixture::{AARCH64, Fixture, X86_64};

/// A fixture with plugins.
fn with_plugins() -> Fixture {
    let fixture = Fixture::new();
    for name in [
        "chef",
        "deb",
        "llvm-cov",
        "mutants",
        "nextest",
        "semver-checks",
    ] {
        fixture.write(&format!("home/.cargo/bin/cargo-{name}"), "");
    }
    let tools = "home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib";
    fixture.write(&format!("{tools}/{X86_64}/bin/llvm-profdata"), "");
    fixture.write("inputs/file", "");
    fixture.directory("out");
    fixture
}

fn cross<'a>(fixture: &'a Fixture, args: &str) -> Cross<'a> {
    let (own, behind) = args.split_once(" -- ").unwrap_or((args, ""));
    let behind = match behind {
        "" => String::new(),
        words => format!(" -- {words}"),
    };
    let place = fixture.root.display().to_string();
    let args = format!("{own} --target {AARCH64}{behind}").replace("ROOT", &place);
    fixture.cross(&args)
}

fn run<'a>(fixture: &'a Fixture, args: &str) -> Ran<'a> {
    cross(fixture, args).run()
}

/// The mount of a path, as the engine gets it.
fn mount(path: &str) -> String {
    format!("--mount type=bind,source={path},target={path}")
}

#[test]
fn files_that_options_name_can_be_read() {
    let fixture = with_plugins();
    for (args, option) in [
        ("nextest run --config-file ../inputs/file", "--config-file"),
        (
            "nextest run --tool-config-file tool:ROOT/inputs/file",
            "--tool-config-file",
        ),
        (
            "nextest list --archive-file=ROOT/inputs/file",
            "--archive-file",
        ),
        ("mutants -D ../inputs/file", "--in-diff"),
        ("mutants --config ../inputs/file", "--config"),
        (
            "semver-checks --baseline-rustdoc ../inputs/file",
            "--baseline-rustdoc",
        ),
        (
            "rustdoc -- --html-in-header ../inputs/file",
            "--html-in-header",
        ),
    ] {
        let ran = run(&fixture, args);
        ran.line()
            .has(&format!("{},readonly", mount("[ROOT]/inputs/file")));
        // The message is shown once for each project and reason.
        ran.says(&format!("    Mounting [ROOT]/inputs/file (`{option}`)"));
    }
    // A whole directory is mounted if it is named, and nothing for a file that does not exist.
    run(&fixture, "semver-checks --baseline-root ../inputs")
        .line()
        .has(&format!("{},readonly", mount("[ROOT]/inputs")));
    run(&fixture, "nextest run --config-file ../inputs/none")
        .line()
        .lacks("[ROOT]/inputs");
    run(&fixture, "nextest run --user-config-file none")
        .line()
        .lacks("/none");
}

#[test]
fn directories_in_which_options_have_files_written_are_mounted() {
    let fixture = with_plugins();
    for args in [
        "nextest archive --archive-file ../out/a.tar.zst",
        "nextest run --archive-file ../inputs/file --extract-to ../out",
        "llvm-cov nextest-archive --archive-file ../out/a.tar.zst",
        "llvm-cov --lcov --output-path ROOT/out/lcov.info",
        "llvm-cov --html --output-dir ../out",
        "chef prepare --recipe-path ../out/recipe.json",
        "deb -o ../out",
        "deb --output ../out/a.deb",
        "mutants -o../out",
        "rustc -- --emit=asm=ROOT/out/x.s,link",
        "rustc -- -o ../out/x",
    ] {
        run(&fixture, args).line().has(&mount("[ROOT]/out"));
    }
}

#[test]
fn a_directory_is_made_if_the_command_would_make_it() {
    let fixture = with_plugins();
    run(&fixture, "llvm-cov --html --output-dir ../new/cov")
        .line()
        .has(&mount("[ROOT]/new/cov"));
    assert!(fixture.has("new/cov"));
    run(&fixture, "deb --output ../debs/")
        .line()
        .has(&mount("[ROOT]/debs"));
    for args in [
        "nextest archive --archive-file ../missing/a.tar.zst",
        "rustc -- --emit asm=ROOT/missing/x.s",
    ] {
        let ran = run(&fixture, args);
        let option = if args.starts_with("rustc") {
            "--emit"
        } else {
            "--archive-file"
        };
        ran.code(101).says_exactly(&format!(
            "error: the directory `[ROOT]/missing` of `{option}` does not exist\n\
             hint: create it first, or name another one\n"
        ));
        assert!(ran.calls_of("docker run").is_empty() && !fixture.has("missing"));
    }
}

/// The user names a file, and not all that is beside it.
#[test]
fn a_directory_with_more_than_results_is_not_opened() {
    let fixture = with_plugins();
    fixture.write("other/.git/config", "");
    fixture.write("group/one/.cargo/config.toml", "");
    fixture.directory("home/results");
    for (dir, why) in [
        ("ROOT", "`[PROJECT]` is in it"),
        ("ROOT/home", "`[CARGO_HOME]/registry` is in it"),
        ("ROOT/other", "`[ROOT]/other/.git` is in it"),
        ("ROOT/group", "`[ROOT]/group/one/.cargo` is in it"),
    ] {
        let ran = run(
            &fixture,
            &format!("nextest archive --archive-file {dir}/a.zst"),
        );
        let place = dir
            .replace("ROOT", "[ROOT]")
            .replace("[ROOT]/home", "[HOME]");
        ran.code(101).says_exactly(&format!(
            "error: cross does not let containers write to `{place}` for `--archive-file`: {why}\n\
             hint: name a path in a directory for results, such as `target/out`\n"
        ));
    }
    let ran = run(&fixture, "nextest archive --archive-file /var/tmp/a.zst");
    ran.code(101).says_exactly(
        "error: `--archive-file` asks for `/var/tmp`, which is for everybody's temporary files, \
         and the container has its own\n\
         hint: `CROSS_ALLOW_MOUNTS=/var/tmp` in the environment allows it\n",
    );
    assert!(ran.calls_of("docker run").is_empty());
    let args = "nextest archive --archive-file ROOT/home/results/a.zst";
    run(&fixture, args).line().has(&mount("[HOME]/results"));
    // A directory that is named itself is opened.
    run(&fixture, "mutants --output ROOT/other")
        .line()
        .has(&mount("[ROOT]/other"));
}

#[test]
fn results_in_a_read_only_project_need_a_directory_of_their_own() {
    let fixture = with_plugins();
    fixture.directory("project/dist");
    let ran = run(&fixture, "rustc -- --emit asm=dist/x.s");
    ran.line().has(&mount("[PROJECT]/dist"));
    run(&fixture, "deb -o new/")
        .line()
        .has(&mount("[PROJECT]/new"));
    for (args, option, dir) in [
        ("rustc -- --emit=asm=x.s", "--emit", ""),
        ("rustc -- -o src/x", "-o", "/src"),
        ("deb --output a.deb", "--output", ""),
    ] {
        let ran = run(&fixture, args);
        ran.code(101).says(&format!(
            "error: cross does not let containers write to `[PROJECT]{dir}` for `{option}`: the project is read-only"
        ));
    }
    // With a writable project, and in the target directory, nothing else is needed.
    for args in [
        "nextest archive --archive-file a.zst",
        "rustc -- --emit asm=target/x/x.s",
    ] {
        run(&fixture, args)
            .line()
            .lacks("target=[PROJECT]/target/x");
    }
    // The host's results in the target directory are covered by others.
    let ran = run(
        &fixture,
        "nextest archive --archive-file target/debug/a.zst",
    );
    ran.code(101).says("`[PROJECT]/target/debug` is kept apart");
}

#[test]
fn a_link_to_a_directory_for_results_is_followed() {
    let fixture = with_plugins();
    symlink("../out", fixture.root.join("project/link")).expect("the name is free");
    let ran = run(&fixture, "rustc -- --emit asm=link/x.s");
    ran.line().has(&mount("[ROOT]/out"));
    // The user names the link, and the project says where it leads.
    fixture.directory("home/.ssh");
    symlink("../home/.ssh", fixture.root.join("project/coverage")).expect("the name is free");
    run(&fixture, "llvm-cov --html --output-dir coverage")
        .line()
        .lacks(".ssh");
    let ran = run(&fixture, "deb --output coverage/");
    ran.code(101).says("[HOME]/.ssh");
    assert!(ran.calls_of("docker run").is_empty());
}

/// The container has its own.
#[test]
fn files_of_the_system_are_no_results() {
    let fixture = with_plugins();
    for args in [
        "rustc -- --emit asm=/dev/stdout",
        "rustc -- -o /dev/null",
        "llvm-cov report --output-path /proc/self/fd/1",
    ] {
        let line = run(&fixture, args).line();
        line.lacks("target=/dev,")
            .lacks("source=/dev,")
            .lacks("source=/proc");
    }
}

#[test]
fn what_the_command_line_names_may_be_in_one_directory() {
    let fixture = with_plugins();
    fixture.write("ci/a.tar.zst", "");
    let unpack = "nextest run --archive-file ../ci/a.tar.zst --extract-to";
    run(&fixture, &format!("{unpack} ../ci"))
        .line()
        .has(&mount("[ROOT]/ci"));
    let lists = "rustc -- --emit asm=ROOT/ci/made/x.s,mir=ROOT/ci/x.mir";
    fixture.directory("ci/made");
    run(&fixture, lists).line().has(&mount("[ROOT]/ci"));
    // nextest only writes to `target` there.
    let here = run(&fixture, &format!("{unpack} . --extract-overwrite"));
    here.line().lacks("source=[PROJECT],target=[PROJECT]\n");
    fixture.directory("ci/target");
    run(&fixture, &format!("{unpack} ../ci"))
        .line()
        .has(&mount("[ROOT]/ci/target"));
}

/// nextest takes no `--target` with what was built before, and cross needs one to choose the
/// container.
#[test]
fn the_target_of_an_archive_is_for_cross_alone() {
    let fixture = with_plugins();
    let reused = [
        "nextest run --archive-file=../inputs/file -j 2",
        "nextest list --binaries-metadata ../inputs/file --cargo-metadata ../inputs/file",
    ];
    for args in reused {
        let ran = run(&fixture, args);
        let line = ran.line();
        assert!(line.command().ends_with(args), "{}", line.command());
        assert!(line.text().contains(&format!("localhost/cross/{AARCH64}")));
    }
    for args in [
        "nextest run",
        "nextest run --cargo-metadata ../inputs/file",
        "nextest archive --archive-file ../out/a",
        "nextest --manifest-path Cargo.toml archive --archive-file ../out/a",
    ] {
        let ran = run(&fixture, args);
        let with_target = format!("{args} --target {AARCH64}");
        assert!(ran.line().command().ends_with(&with_target), "{args}");
    }
}
