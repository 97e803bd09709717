//! A target that rustc does not know, specified by a file.
//! <https://doc.rust-lang.org/rustc/targets/custom.html>

use std::path::PathBuf;
use std::process::Command;

use crate::engine::{Candidate, Engine};
use crate::images;
use crate::project::Project;
use crate::row::AARCH64;

crate::tests![Docker: a_target_of_the_users_own_is_built_and_run unless lacks_nightly_source];

/// The reason why the test cannot run: it needs an option of nightly toolchains, and the source of
/// the standard library.
pub(crate) fn lacks_nightly_source(_: &Candidate) -> Option<String> {
    let mut rustc = Command::new("rustc");
    rustc
        .args(["+nightly", "--print", "sysroot"])
        .env("RUSTUP_AUTO_INSTALL", "0");
    let sysroot = rustc.output().ok().filter(|o| o.status.success());
    let source = sysroot.map(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        PathBuf::from(sysroot).join("lib/rustlib/src/rust/library")
    });
    let missing = !source.is_some_and(|dir| dir.exists());
    missing.then(|| "there is no nightly toolchain with `rust-src`".to_owned())
}

/// The program does without `std`, which takes half a minute to build. The specification is outside
/// of the project, and so is the working directory.
fn a_target_of_the_users_own_is_built_and_run(engine: &Engine) {
    let main = r#"#![no_std]
#![no_main]

#[link(name = "c")]
unsafe extern "C" {
    fn puts(text: *const core::ffi::c_char) -> i32;
}

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    unsafe { puts(c"hello from my board".as_ptr()) };
    0
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
"#;
    let image = images::current(engine, AARCH64.triple).expect("the row's image");
    let config = format!(
        "[target.my-board]\nimage = '{image}'\nbuild-std = ['core']\nenv.passthrough = [\
         'CARGO_TARGET_MY_BOARD_LINKER=aarch64-unknown-linux-gnu-gcc', \
         'CARGO_TARGET_MY_BOARD_RUNNER=/opt/cross/bin/cross-runner']\n"
    );
    let project = Project::program(engine, main)
        .manifest("[profile.dev]\npanic = 'abort'\n")
        .file("Cross.toml", &config);
    let print = ["+nightly", "--print", "target-spec-json"];
    let print = project.host("rustc", &print);
    let print = print.args(["-Zunstable-options", "--target", AARCH64.triple]);
    let project = project.file("../specs/my-board.json", &print.ok().stdout);
    let manifest = project.path("Cargo.toml").display().to_string();
    let args = ["+nightly", "run", "-Zjson-target-spec", "--manifest-path"];
    let run = project.cross_in(&project.path("../specs"), &args);
    run.args([&manifest, "--target", "my-board.json"])
        .ok()
        .stdout("hello from my board\n");
    assert!(project.path("target/my-board/debug/demo").exists());
}
