//! Images that the configuration makes: `dockerfile` and `pre-build`.

use std::path::Path;

use pretty_assertions::assert_eq;

use crate::cross::Ran;
use crate::fixture::{AARCH64, Fixture};

/// The calls of a build that needs no image to be built.
const WARM: &[&str] = &[
    "rustc",
    "cargo metadata",
    "docker image inspect",
    "docker run",
];

/// The image that the run's container was started from.
fn image(ran: &Ran<'_>) -> String {
    let runs = ran.success().calls_of("docker run");
    let mut words = runs[0].split_whitespace();
    let name = words.find(|word| word.starts_with("localhost/cross/"));
    name.expect("it names an image").to_owned()
}

/// The files in the context of the last build.
fn files(fixture: &Fixture) -> Vec<String> {
    let root = fixture.root.join("built");
    let listing = fixture.listing();
    let inside = listing.keys().filter(|path| path.is_file());
    let inside = inside.filter_map(|path| path.strip_prefix(&root).ok());
    inside
        .map(|path: &Path| path.display().to_string())
        .collect()
}

#[test]
fn commands_are_run_in_the_image_once() {
    let fixture = Fixture::new();
    fixture.directory("built");
    fixture.file(
        "Cross.toml",
        "[build]\npre-build = ['apt-get update', \"echo 'a b' && false\"]\n",
    );
    let first = fixture.build().run();
    let builds = first.success().calls_of("docker build");
    assert_eq!(builds.len(), 1, "{first}");
    for part in [
        "--build-arg CROSS_TARGET=aarch64-unknown-linux-gnu",
        "--build-arg CROSS_DEB_ARCH=arm64",
        "--build-arg CROSS_BASE_IMAGE=localhost/cross/aarch64-unknown-linux-gnu:",
        "--tag localhost/cross/custom/aarch64-unknown-linux-gnu:",
    ] {
        assert!(builds[0].contains(part), "{part} in {}", builds[0]);
    }
    // The commands of `pre-build` are in a file of the context, never in a command line or
    // Dockerfile.
    assert!(!builds[0].contains("apt-get"), "{}", builds[0]);
    assert!(!fixture.read("built/Dockerfile").contains("apt-get"));
    assert_eq!(files(&fixture), ["Dockerfile", "commands"]);
    first.says("Building image `localhost/cross/custom/aarch64-unknown-linux-gnu:");

    let second = fixture.build().run();
    second.called(WARM);
    second.says_exactly("");
    assert_eq!(image(&second), image(&first));
}

#[test]
fn what_is_configured_is_part_of_the_name() {
    let fixture = Fixture::new();
    let with = |text: &str| {
        fixture.file("Cross.toml", text);
        image(&fixture.build().run())
    };
    let one = with("[build]\npre-build = ['one']\n");
    let two = with("[build]\npre-build = ['two']\n");
    assert_ne!(one, two);
    assert_eq!(with("[build]\npre-build = ['one']\n# other\n"), one);
    let own = format!("localhost/cross/{AARCH64}:[VERSION]");
    assert_eq!(with("[build]\npre-build = []\n"), own);
    let other = with(&format!(
        "[build]\npre-build = ['one']\n[target.{AARCH64}]\npre-build = ['two']\n"
    ));
    assert_eq!(other, two);
}

#[test]
fn a_script_of_the_projects_gets_the_target() {
    let fixture = Fixture::new();
    fixture.directory("built");
    fixture.file("ci/prepare.sh", "#!/bin/sh\necho one\n");
    fixture.file("Cross.toml", "[build]\npre-build = './ci/prepare.sh'\n");
    let first = image(&fixture.build().run());
    assert_eq!(fixture.read("built/script"), "#!/bin/sh\necho one\n");
    assert!(
        fixture
            .read("built/Dockerfile")
            .contains("./script \"$CROSS_TARGET\"")
    );
    fixture.file("ci/prepare.sh", "#!/bin/sh\necho two\n");
    assert_ne!(image(&fixture.build().run()), first);
}

#[test]
fn a_dockerfile_is_given_what_it_copies_and_no_more() {
    let fixture = Fixture::new();
    fixture.directory("built");
    let dockerfile = "ARG CROSS_BASE_IMAGE\nFROM debian AS other\nCOPY tools/*.sh /opt/\n\
                      FROM $CROSS_BASE_IMAGE\nCOPY --from=other /opt /opt\nADD data /data\n";
    fixture.file("docker/Dockerfile", dockerfile);
    for file in [
        "tools/a.sh",
        "data/x",
        "data/y.log",
        "data/deep/z.log",
        "data/keep.log",
    ] {
        fixture.file(file, file);
    }
    fixture.file(".dockerignore", "# logs\n**/*.log\n!data/keep.log\n");
    fixture.file("Cross.toml", "[build]\ndockerfile = 'docker/Dockerfile'\n");
    let first = image(&fixture.build().run());
    assert_eq!(
        files(&fixture),
        ["Dockerfile", "data/keep.log", "data/x", "tools/a.sh"]
    );
    for file in ["src/lib.rs", "data/y.log", "target/debug/x"] {
        fixture.file(file, "changed");
        let ran = fixture.build().run();
        ran.called(WARM);
        assert_eq!(image(&ran), first, "{file}");
    }
    for file in ["data/x", "data/new", "tools/a.sh", "docker/Dockerfile"] {
        let before = image(&fixture.build().run());
        fixture.file(file, &format!("{dockerfile}# {file}"));
        let ran = fixture.build().run();
        assert_ne!(image(&ran), before, "{file}");
        assert_eq!(ran.calls_of("docker build").len(), 1, "{ran}");
    }
}

#[test]
fn the_target_directory_is_part_of_no_context() {
    let fixture = Fixture::new();
    fixture.directory("built");
    fixture.file("Dockerfile", "FROM debian\nCOPY . /project\n");
    fixture.file("Cross.toml", "[build]\ndockerfile = 'Dockerfile'\n");
    fixture.file("out/debug/x", "");
    let ran = fixture.build().env("CARGO_TARGET_DIR", "out").run();
    ran.success();
    let files = files(&fixture);
    assert!(files.contains(&"src/lib.rs".to_owned()), "{files:?}");
    assert!(
        !files.iter().any(|file| file.starts_with("out")),
        "{files:?}"
    );
}

#[test]
fn a_dockerfile_may_have_a_context_and_arguments() {
    let fixture = Fixture::new();
    fixture.directory("built");
    fixture.file("docker/a/Dockerfile", "FROM debian\nARG LEVEL\nCOPY x /\n");
    fixture.file("docker/x", "");
    fixture.file(
        "Cross.toml",
        "[build]\ndockerfile = { file = 'docker/a/Dockerfile', context = 'docker', \
         build-args = { LEVEL = '$(id) 2' } }\n",
    );
    let ran = fixture.build().run();
    let builds = ran.success().calls_of("docker build");
    assert!(
        builds[0].contains("--build-arg LEVEL=$(id) 2 "),
        "{}",
        builds[0]
    );
    // The Dockerfile starts from Debian, so the build is not told of the row's image.
    assert!(!builds[0].contains("CROSS_BASE_IMAGE"), "{}", builds[0]);
    assert_eq!(files(&fixture), ["Dockerfile", "x"]);
    let first = image(&ran);
    let other = fixture
        .build()
        .env("CROSS_BUILD_DOCKERFILE_BUILD_ARGS", "LEVEL=3");
    assert_ne!(image(&other.run()), first);
}

#[test]
fn only_a_dockerfile_that_starts_from_cross_lets_the_rows_image_be_built() {
    let fixture = Fixture::without_images();
    fixture.file("Cross.toml", "[build]\ndockerfile = 'Dockerfile'\n");
    fixture.file("Dockerfile", "FROM debian\n");
    let ran = fixture.build().run();
    assert_eq!(ran.success().calls_of("docker build").len(), 1, "{ran}");
    fixture.file(
        "Dockerfile",
        "ARG CROSS_BASE_IMAGE\nFROM ${CROSS_BASE_IMAGE}\n",
    );
    let ran = fixture.build().run();
    assert_eq!(ran.success().calls_of("docker build").len(), 3, "{ran}");
}

#[test]
fn commands_are_run_on_top_of_the_dockerfile() {
    let fixture = Fixture::new();
    fixture.file("Dockerfile", "FROM debian\n");
    fixture.file(
        "Cross.toml",
        "[build]\ndockerfile = 'Dockerfile'\npre-build = ['x']\n",
    );
    let ran = fixture.build().run();
    let builds = ran.success().calls_of("docker build");
    assert_eq!(builds.len(), 2, "{ran}");
    let base = "--build-arg CROSS_BASE_IMAGE=localhost/cross/custom/aarch64-unknown-linux-gnu:";
    assert!(builds[1].contains(base), "{}", builds[1]);
    fixture.build().run().called(WARM);
}

#[test]
fn commands_are_run_on_top_of_a_named_image() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        &format!("[target.{AARCH64}]\nimage = 'my/image:1'\npre-build = ['x']\n"),
    );
    let ran = fixture.build().run();
    assert_eq!(ran.success().calls_of("docker pull").len(), 1, "{ran}");
    let builds = ran.calls_of("docker build");
    assert!(
        builds[0].contains("CROSS_BASE_IMAGE=my/image:1"),
        "{}",
        builds[0]
    );
}

#[test]
fn toolchains_that_an_image_is_said_to_be_for_have_no_effect() {
    let fixture = Fixture::new();
    let config = |more: &str| {
        let text = format!("[target.'*-gnu']\nimage = {{ name = 'my/image:1'{more} }}\n");
        fixture.file("Cross.toml", &text);
    };
    config("");
    // The first run pulls the image.
    fixture.build().run().success();
    fixture.build().run().says_exactly("");
    config(", toolchain = ['x86_64-unknown-linux-gnu']");
    let warning = "warning: `toolchain` in `target.*-gnu.image` in `[PROJECT]/Cross.toml` has no \
                   effect: the toolchain is always the host's own\n";
    fixture.build().run().success().says_exactly(warning);
    // A run for two targets warns once about the same place in the configuration.
    let both = fixture.build().arg("--target=x86_64-unknown-linux-gnu");
    both.run().success().says_exactly(warning);
    fixture.build().arg("-q").run().says_exactly("");
}

#[test]
fn a_dockerfile_makes_an_image_for_a_target_that_cross_has_none_for() {
    let fixture = Fixture::new();
    fixture.toolchain("stable", &["aarch64-apple-darwin"]);
    fixture.file("Dockerfile", "FROM debian\n");
    let text = "[target.aarch64-apple-darwin]\ndockerfile = 'Dockerfile'\n";
    fixture.file("Cross.toml", text);
    let ran = fixture.cross("build --target aarch64-apple-darwin").run();
    assert!(image(&ran).starts_with("localhost/cross/custom/aarch64-apple-darwin:"));
    fixture.file(
        "Dockerfile",
        "ARG CROSS_BASE_IMAGE\nFROM $CROSS_BASE_IMAGE\n",
    );
    fixture.cross("build --target aarch64-apple-darwin").refuses(
        101,
        "error: cross has no image for `aarch64-apple-darwin` that `[PROJECT]/Dockerfile` could start from\n\
         hint: name one with `image`, or one of yours in `FROM`",
    );
}

#[test]
fn a_build_that_failed_leaves_no_image() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\npre-build = ['false']\n");
    fixture.write("custom-build-fails", "+ false\nThe command returned 1\n");
    let ran = fixture.build().run();
    ran.code(101).says("+ false");
    assert!(ran.calls_of("docker run").is_empty(), "{ran}");
    fixture.remove("custom-build-fails");
    let again = fixture.build().run();
    assert_eq!(again.success().calls_of("docker build").len(), 1, "{again}");
}

#[test]
fn what_is_named_must_be_there() {
    let fixture = Fixture::new();
    let refuses = |text: &str, message: &str| {
        fixture.file("Cross.toml", text);
        fixture.build().refuses(101, message);
    };
    refuses(
        "[build]\ndockerfile = 'docker/Dockerfil'\n",
        "error: the file `[PROJECT]/docker/Dockerfil` does not exist\n\
         hint: it was named by `build.dockerfile` in `[PROJECT]/Cross.toml`",
    );
    refuses(
        "[build]\npre-build = 'ci/x.sh'\n",
        "error: the file `[PROJECT]/ci/x.sh` does not exist\n\
         hint: it was named by `build.pre-build` in `[PROJECT]/Cross.toml`",
    );
    refuses(
        "[build]\npre-build = 'apt-get update'\n",
        "error: the file `[PROJECT]/apt-get update` does not exist\n\
         hint: a command stands in brackets: `pre-build = [\"apt-get update\"]`",
    );
    refuses(
        "[build]\npre-build = '''\napt-get update\napt-get install x\n'''\n",
        "error: the file `[PROJECT]/apt-get update\napt-get install x\n` does not exist\n\
         hint: a command stands in brackets: `pre-build = [\"apt-get update\", \"apt-get install x\"]`",
    );
    fixture.file("ci/y.sh", "");
    refuses(
        "[build]\npre-build = 'ci/y.sh --fast'\n",
        "error: the file `[PROJECT]/ci/y.sh --fast` does not exist\n\
         hint: `ci/y.sh` takes no arguments there: it is called with the target's name, and a script of yours can call it otherwise",
    );
    fixture.file("Dockerfile", "FROM debian\n");
    refuses(
        "[build]\ndockerfile = { file = 'Dockerfile', context = 'nowhere' }\n",
        "error: the directory `[PROJECT]/nowhere` does not exist\n\
         hint: it was named by `build.dockerfile` in `[PROJECT]/Cross.toml`",
    );
}

#[test]
fn variables_say_the_same() {
    let fixture = Fixture::new();
    fixture.directory("built");
    let name = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_PRE_BUILD";
    let ran = fixture.build().env(name, "one\ntwo a b").run();
    ran.success();
    assert_eq!(files(&fixture), ["Dockerfile", "commands"]);
    let commands = fixture.read("built/commands");
    assert!(commands.contains("\none\n") && commands.contains("\ntwo a b\n"));
    fixture.file("D", "FROM debian\nCOPY f /\n");
    fixture.file("sub/f", "");
    let ran = fixture
        .build()
        .env("CROSS_BUILD_DOCKERFILE", "D")
        .env("CROSS_BUILD_DOCKERFILE_CONTEXT", "sub")
        .run();
    ran.success();
    assert_eq!(files(&fixture), ["Dockerfile", "f"]);
}

#[test]
fn xargo_runs_where_it_is_asked_for() {
    let fixture = Fixture::new();
    fixture.source("stable");
    fixture.file("Cross.toml", "[build]\nxargo = true\n");
    fixture.build().refuses(
        101,
        "error: `build.xargo` in `[PROJECT]/Cross.toml` asks for `xargo`, which is not installed\n\
         hint: use `build-std` instead: Rust 1.89 and newer cannot compile xargo's last release",
    );
    fixture.write("home/.cargo/bin/xargo", "");
    let line = fixture.build().run().line();
    assert_eq!(
        line.command(),
        "xargo build --target aarch64-unknown-linux-gnu"
    );
    // xargo looks for the library that it built in its own target directory, so the build directory
    // is not set.
    line.has("--env XARGO_HOME=[PROJECT]/target/cross/[RECIPE]/xargo")
        .has("--mount type=bind,source=[CACHE]/build/[TARGET]/registry,target=[CARGO_HOME]/registry")
        .has("--mount type=bind,source=[CACHE]/build/[TARGET]/[RECIPE]/debug,target=[PROJECT]/target/debug")
        .lacks("CARGO_BUILD_BUILD_DIR");
    let cargo = fixture
        .build()
        .env("CROSS_BUILD_XARGO", "false")
        .run()
        .line();
    assert!(cargo.command().starts_with("cargo "), "{}", cargo.command());
}

/// The engine decides whether an instruction is valid, so unknown instructions are not refused.
#[test]
fn what_only_the_engine_can_read_is_left_to_the_engine() {
    for instruction in [
        "RUN mkdir x && cat <<'EOF' >y\nunknown to all\nEOF\n",
        "RUN <<EOF\necho a\nEOF\n",
        "RUN --mount=type=cache,target=/c --mount=type=bind,target=/p true\n",
        "COPY --chmod=755 <<EOF /run.sh\n#!/bin/sh\nEOF\n",
        "ONBUILD RUN true\nUSER nobody\n",
        "INSTRUCTION of next year\n",
    ] {
        let fixture = Fixture::new();
        fixture.directory("built");
        fixture.file(".dockerignore", "*.log\n");
        fixture.file("a.log", "");
        let dockerfile = format!("FROM debian\n{instruction}COPY data /\n");
        fixture.file("Dockerfile", &dockerfile);
        fixture.file("data", "1");
        fixture.file("Cross.toml", "[build]\ndockerfile = 'Dockerfile'\n");
        let first = fixture.build().run();
        assert_eq!(first.success().calls_of("docker build").len(), 1, "{first}");
        assert_eq!(fixture.read("built/Dockerfile"), dockerfile);
        let found = files(&fixture);
        assert!(found.iter().any(|file| file == "data"), "{found:?}");
        assert!(!found.iter().any(|file| file == "a.log"), "{found:?}");
        fixture.build().run().called(WARM);
        fixture.file("data", "2");
        assert_ne!(
            image(&fixture.build().run()),
            image(&first),
            "{instruction}"
        );
    }
}
