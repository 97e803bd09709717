//! Programs for BSD systems, which are built but not run.

use crate::engine::Engine;
use crate::images;
use crate::project::Project;

crate::tests![BuiltIn: a_program_for_freebsd_with_c_cplusplus_and_openssl_builds];

const FREEBSD: &str = "x86_64-unknown-freebsd";

fn a_program_for_freebsd_with_c_cplusplus_and_openssl_builds(engine: &Engine) {
    // OpenSSL is only built on demand. Building the image takes minutes as well, because of the C++
    // library.
    if !images::has_openssl(engine, FREEBSD) {
        crate::skip(&format!("no image of {FREEBSD} with OpenSSL is there"));
    }
    let project = Project::fixture(engine, "native");
    let cross = |args: &[&str]| {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        project.cross(&[&[subcommand, "--locked", "--target", FREEBSD], rest].concat())
    };
    cross(&["build"]).ok();
    let program = project.path(format!("target/{FREEBSD}/debug/native"));
    assert_eq!(
        crate::elf::read(&program).interpreter,
        "/libexec/ld-elf.so.1"
    );
    cross(&["run"])
        .code(101)
        .stderr_has("there is no runner for programs of `x86_64-unknown-freebsd`");

    let project = project
        .file(
            "ci/vm.sh",
            "#!/bin/sh\nhead -c 4 \"$1\" | tail -c 3\necho \" $2\"\n",
        )
        .file(
            ".cargo/config.toml",
            &format!("[target.{FREEBSD}]\nrunner = [\"sh\", \"ci/vm.sh\"]\n"),
        );
    let run = project.cross(&["run", "--quiet", "--target", FREEBSD, "--", "there"]);
    run.ok().stdout("ELF there\n");
}
