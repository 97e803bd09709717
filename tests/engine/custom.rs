//! Images that the user's configuration makes or names, with engines that really build them. Each
//! run adds other content, so no image of an earlier run is used.

use std::process::Stdio;

use crate::elf;
use crate::engine::Engine;
use crate::images;
use crate::project::Project;
use crate::row::{AARCH64, GLIBC, X86_64, X86_64_MUSL};
use crate::run::{Outcome, Run};

crate::tests![Main:
    commands_before_the_build_change_the_image,
    a_script_before_the_build_changes_the_image,
    a_dockerfile_adds_to_the_image,
    commands_go_on_where_the_dockerfile_ended,
    a_dockerfile_starts_from_another_base,
    a_failed_command_leaves_no_image,
    an_image_of_the_users_own_is_used;
    Docker:
    an_installed_library_is_found_by_pkg_config_bindgen_and_cmake,
    an_installed_linker_is_used_and_own_libraries_count_more_than_the_systems,
    a_library_from_source_is_found_below_usr_local,
];

/// A build script that reads a file of the image; the program prints it.
const BUILD: &str = r#"fn main() {
    let added = std::fs::read_to_string("/opt/added").expect("it was added");
    println!("cargo::rustc-env=ADDED={}", added.trim_end().replace('\n', " "));
}
"#;
const MAIN: &str = "fn main() {\n    println!(\"{}\", env!(\"ADDED\"));\n}\n";

/// Removes a test's images when it is dropped.
struct Made<'a> {
    engine: &'a Engine,
    names: Vec<String>,
}

impl<'a> Made<'a> {
    fn none(engine: &'a Engine) -> Self {
        let names = Vec::new();
        Self { engine, names }
    }

    /// Runs a command that must succeed, and remembers the images that were built for it.
    #[track_caller]
    fn watch(&mut self, run: Run) -> Outcome {
        let outcome = run.output();
        self.names.extend(built(&outcome));
        outcome.code(0)
    }

    /// Runs a command twice. The first run must build this many images, the second none.
    #[track_caller]
    fn once(&mut self, builds: usize, run: impl Fn() -> Run) -> Outcome {
        let first = self.watch(run());
        let first = first
            .clone()
            .expect(built(&first).len() == builds, &format!("{builds} builds"));
        self.watch(run())
            .stdout(&first.stdout)
            .lacks("Building image")
            .lacks("Compiling");
        first
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        // An image that was built upon another one is removed first.
        for name in self.names.iter().rev() {
            let mut remove = self.engine.command();
            let _ = remove
                .args(["rmi", name])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

/// The names of the images that a run has built, in that order.
pub(crate) fn built(outcome: &Outcome) -> Vec<String> {
    let starts = outcome.stderr.split("Building image `").skip(1);
    let names = starts.filter_map(|rest| rest.split('`').next());
    names.map(str::to_owned).collect()
}

fn is_there(engine: &Engine, name: &str) -> bool {
    let mut inspect = engine.command();
    inspect.args(["image", "inspect", name]);
    let output = inspect.output().expect("the engine answers");
    output.status.success()
}

/// A project whose build script needs a file that the configuration adds to the image.
fn project<'a>(engine: &'a Engine, config: &str) -> Project<'a> {
    Project::program(engine, MAIN)
        .file("build.rs", BUILD)
        .file("Cross.toml", config)
}

/// A word that no other run has used.
fn word() -> String {
    let dir = tempfile::Builder::new().prefix("word-").tempdir();
    let dir = dir.expect("a directory");
    let name = dir.path().file_name().expect("it has a name");
    name.to_string_lossy().to_lowercase()
}

fn commands_before_the_build_change_the_image(engine: &Engine) {
    let (mut made, word) = (Made::none(engine), word());
    let config = format!(
        "[build]\npre-build = [\"echo {word} >/opt/added\", 'echo $CROSS_DEB_ARCH >>/opt/added']\n"
    );
    let project = project(engine, &config);
    made.once(1, || project.aarch64(&["run"]))
        .stdout(&format!("{word} arm64\n"));
}

fn a_script_before_the_build_changes_the_image(engine: &Engine) {
    let (mut made, word) = (Made::none(engine), word());
    let script = format!("#!/bin/sh\necho {word} \"$1\" >/opt/added\n");
    let project = project(engine, "[build]\npre-build = 'ci/prepare.sh'\n");
    let project = project.file("ci/prepare.sh", &script);
    let said = format!("{word} {}\n", AARCH64.triple);
    made.once(1, || project.aarch64(&["run"])).stdout(&said);
    // A changed script makes another image, and cargo's results from the first image are not
    // reused.
    let project = project.file("ci/prepare.sh", &script.replace(&word, "other-$$"));
    made.watch(project.aarch64(&["run"]))
        .stderr_has("Building image")
        .stdout_has("other-");
}

/// The Dockerfile uses a file of the project, a build argument, and adds a program to `PATH`.
fn a_dockerfile_adds_to_the_image(engine: &Engine) {
    let (mut made, word) = (Made::none(engine), word());
    let dockerfile = "ARG CROSS_BASE_IMAGE\nFROM $CROSS_BASE_IMAGE\nARG LEVEL\n\
                      COPY tools /opt/tools\nENV PATH=/opt/tools:$PATH\n\
                      RUN test -e \"$CROSS_SYSROOT/usr/include/stdio.h\" && \
                      test \"$CROSS_CMAKE_SYSTEM_PROCESSOR\" = aarch64 && \"${CROSS_TOOLCHAIN_PREFIX}gcc\" --version\n\
                      RUN chmod 755 /opt/tools/say && say \"$LEVEL\" >/opt/added\n";
    let config =
        "[build]\ndockerfile = { file = 'ci/Dockerfile', build-args = { LEVEL = 'a \"b\" $c' } }\n";
    let script = BUILD.replace(
        "fn main() {\n",
        "fn main() {\n    assert!(std::process::Command::new(\"say\").status().unwrap().success());\n",
    );
    let project = project(engine, config)
        .file("build.rs", &script)
        .file("ci/Dockerfile", dockerfile)
        .file("tools/say", &format!("#!/bin/sh\necho {word} \"$@\"\n"));
    made.once(1, || project.aarch64(&["run"]))
        .stdout(&format!("{word} a \"b\" $c\n"));
}

fn commands_go_on_where_the_dockerfile_ended(engine: &Engine) {
    let (mut made, word) = (Made::none(engine), word());
    let project = project(
        engine,
        "[build]\ndockerfile = 'Dockerfile'\npre-build = ['echo then >>/opt/added']\n",
    );
    let project = project.file(
        "Dockerfile",
        &format!("ARG CROSS_BASE_IMAGE\nFROM $CROSS_BASE_IMAGE\nRUN echo {word} >/opt/added\n"),
    );
    made.once(2, || project.aarch64(&["run"]))
        .stdout(&format!("{word} then\n"));
}

/// The image has neither compiler nor linker, so the crate is only checked.
fn a_dockerfile_starts_from_another_base(engine: &Engine) {
    let base = "localhost/cross-test/debian:trixie";
    if !is_there(engine, base) {
        images::copy_from_docker(engine, &[base.to_owned()]);
    }
    let (mut made, word) = (Made::none(engine), word());
    let library = format!(
        "const ADDED: &[u8] = include_bytes!(\"/opt/added\");\n\
         const _: () = assert!(ADDED.len() == {});\n",
        word.len() + 1
    );
    let project = Project::empty(engine)
        .manifest("")
        .file("src/lib.rs", &library)
        .file("Cross.toml", "[build]\ndockerfile = 'Dockerfile'\n")
        .file(
            "Dockerfile",
            &format!("FROM {base}\nRUN echo {word} >/opt/added && ! command -v cc\n"),
        );
    made.once(1, || project.aarch64(&["check"]));
}

/// The command is the same in each run, so the layers before it, which stay in the engine's cache,
/// are the same, too.
fn a_failed_command_leaves_no_image(engine: &Engine) {
    let command = "test -e /nowhere/cross-test";
    let list = format!("'true && true', '{command} && echo not-so', 'echo not-reached'");
    let commands = format!("[build]\npre-build = [{list}]\n");
    let dockerfile =
        format!("ARG CROSS_BASE_IMAGE\nFROM $CROSS_BASE_IMAGE\nRUN true\nRUN {command}\n");
    for config in [&*commands, "[build]\ndockerfile = 'Dockerfile'\n"] {
        let project = project(engine, config).file("Dockerfile", &dockerfile);
        let failed = project.aarch64(&["build"]).code(101);
        let failed = failed.stdout("").lacks("not-reached");
        let message = failed.stderr.split("error: ").nth(1).unwrap_or_default();
        let message = message.to_owned();
        let holds = message.contains(command);
        let failed = failed.expect(holds, "the command in the error");
        let said = "cross: that command of pre-build has ended with status 1";
        let is_said = message.contains(said) == (config == commands);
        let failed = failed.expect(is_said, "its status in the error");
        for name in built(&failed) {
            assert!(!is_there(engine, &name), "{name}");
        }
        // The next run builds the image again.
        let again = project.aarch64(&["build"]).code(101);
        assert_eq!(built(&again), built(&failed));
    }
}

fn an_image_of_the_users_own_is_used(engine: &Engine) {
    let (mut made, word) = (Made::none(engine), word());
    let base = images::current(engine, AARCH64.triple).expect("the row's image");
    let name = format!("localhost/cross-test/{word}:1");
    let project = project(
        engine,
        &format!("[target.{}]\nimage = '{name}'\n", AARCH64.triple),
    );
    let project = project.file(
        "Dockerfile",
        &format!("FROM {base}\nRUN echo {word} >/opt/added\n"),
    );
    let mut build = engine.command();
    build
        .args(["build", "--quiet", "--tag", &name, "."])
        .current_dir(project.root());
    let output = build.output().expect("the engine answers");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    made.names.push(name);
    made.once(0, || project.aarch64(&["run"]))
        .stdout(&format!("{word}\n"));
}

/// Debian's package comes from a newer release than the glibc that results are for. Results must
/// not need the newer glibc because of it.
fn an_installed_library_is_found_by_pkg_config_bindgen_and_cmake(engine: &Engine) {
    let mut made = Made::none(engine);
    let config = "[build]\npre-build = [\n\
                  'dpkg --add-architecture $CROSS_DEB_ARCH',\n\
                  'apt-get update && apt-get install --yes zlib1g-dev:$CROSS_DEB_ARCH',\n]\n";
    let project = Project::fixture(engine, "packages").file("Cross.toml", config);
    let outcome = project.aarch64(&["build", "--locked"]).output();
    if outcome.stderr.contains("Mirror sync in progress") {
        crate::skip("Debian's mirror is being updated, and has no packages meanwhile");
    }
    made.names.extend(built(&outcome));
    made.watch(project.aarch64(&["run", "--locked"]))
        .stdout_has("zlib 1.")
        .stdout_has("\nagreed true\n");
    let facts = elf::read(&project.path(format!("target/{}/debug/packages", AARCH64.triple)));
    assert!(facts.glibc <= GLIBC, "it needs glibc {:?}", facts.glibc);
}

/// `apt-get install` works without `apt-get update`: the lists of packages are fetched when they
/// are needed. mold writes its name into its results. The crate's library has the name of a library
/// of glibc that is empty.
fn an_installed_linker_is_used_and_own_libraries_count_more_than_the_systems(engine: &Engine) {
    const BUILD: &str = r#"use std::{env, fs, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let target = env::var("TARGET").unwrap();
    env::set_current_dir(&out).unwrap();
    fs::write("own.c", "int own(void) { return 7; }").unwrap();
    let run = |tool: &str, words: &[&str]| {
        assert!(Command::new(format!("{target}-{tool}")).args(words).status().unwrap().success());
    };
    run("gcc", &["-fPIC", "-c", "own.c"]);
    run("ar", &["crs", "libutil.a", "own.o"]);
    println!("cargo::rustc-link-search=native={out}");
    println!("cargo::rustc-link-lib=dylib=util");
}
"#;
    const MAIN: &str = "unsafe extern \"C\" {\n    safe fn own() -> i32;\n}\n\
                        fn main() {\n    println!(\"{}\", own());\n}\n";
    let mut made = Made::none(engine);
    let config = "[build]\npre-build = [\n\
                  'apt-get install --yes mold',\n\
                  'dpkg --add-architecture $CROSS_DEB_ARCH',\n\
                  'apt-get update && apt-get install --yes zlib1g-dev:$CROSS_DEB_ARCH',\n]\n";
    let project = Project::program(engine, MAIN).file("build.rs", BUILD);
    let project = project.file("Cross.toml", config);
    let run = || {
        let run = project.aarch64(&["run", "--quiet"]);
        run.env("RUSTFLAGS", "-Clink-arg=-fuse-ld=mold")
    };
    let outcome = run().output();
    if outcome.stderr.contains("Mirror sync in progress") {
        crate::skip("Debian's mirror is being updated, and has no packages meanwhile");
    }
    made.names.extend(built(&outcome));
    made.watch(run()).stdout("7\n");
    let program = project.path(format!("target/{}/debug/demo", AARCH64.triple));
    let program = fs_err::read(program).expect("it was built");
    assert!(program.windows(5).any(|bytes| bytes == b"mold "));
}

/// A script that puts a library into the image as `make install` would: a shared one for glibc, a
/// static one for musl. Beside it is a library of the same name for the machine that builds, which
/// the linker must not take.
const FROM_SOURCE: &str = "#!/bin/sh
set -e
lib=/usr/local/lib include=/usr/local/include packages=/usr/local/lib/pkgconfig
case $1 in
aarch64-*) packages=/usr/local/lib/aarch64-linux-gnu/pkgconfig ;;
*-musl) lib=/usr/local/lib/x86_64-linux-musl include=/usr/local/include/x86_64-linux-musl packages=$lib/pkgconfig ;;
esac
mkdir -p $lib $include $packages
cd /tmp
echo '#define ADDED 1' >$include/added.h
echo 'int added(void) { return 5; }' >added.c
case $1 in
*-musl)
	$1-gcc -c added.c
	$1-ar crs $lib/libadded.a added.o
	;;
*)
	$1-gcc -shared -fPIC -Wl,-soname,libadded.so.1 -o $lib/libadded.so.1 added.c
	ln -s libadded.so.1 $lib/libadded.so
	ldconfig
	;;
esac
if [ $1 != x86_64-unknown-linux-gnu ]; then
	echo 'int added(void) { return 7; }' >added.c
	/usr/bin/gcc -c added.c
	ar crs /usr/local/lib/libadded.a added.o
	echo '#error for the machine that builds' >/usr/local/include/stdio.h
fi
printf 'Name: added\\nDescription: added\\nVersion: 1\\nLibs: -ladded\\n' >$packages/added.pc
";

/// A build script that compiles C with that library's header.
const USES_IT: &str = r#"use std::{env, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let target = env::var("TARGET").unwrap();
    let run = |tool: &str, words: &[&str]| {
        assert!(Command::new(format!("{target}-{tool}")).args(words).status().unwrap().success());
    };
    let (object, archive) = (format!("{out}/own.o"), format!("{out}/libown.a"));
    run("gcc", &["-fPIC", "-c", "src/own.c", "-o", &object]);
    run("ar", &["crs", &archive, &object]);
    run("pkg-config", &["--exists", "added"]);
    println!("cargo::rustc-link-search=native={out}");
    println!("cargo::rustc-link-lib=static=own");
    println!("cargo::rustc-link-lib=added");
}
"#;

fn a_library_from_source_is_found_below_usr_local(engine: &Engine) {
    const C: &str = "#include <added.h>\n#include <stdio.h>\nint added(void);\n\
                     int own(void) { return added() + ADDED; }\n";
    const MAIN: &str = "unsafe extern \"C\" {\n    safe fn own() -> i32;\n}\n\
                        fn main() {\n    println!(\"{}\", own());\n}\n";
    let mut made = Made::none(engine);
    let project = Project::program(engine, MAIN)
        .file("build.rs", USES_IT)
        .file("src/own.c", C)
        .file("from-source.sh", FROM_SOURCE)
        .file("Cross.toml", "[build]\npre-build = 'from-source.sh'\n");
    for row in [&AARCH64, &X86_64, &X86_64_MUSL] {
        made.watch(project.cross_for(row.triple, &["run", "--quiet"]))
            .stdout("6\n");
    }
}
