//! The hints about failed builds whose cause rustc's errors show.

use crate::after::leaves;
use crate::fixture::{AARCH64, Fixture, X86_64};
use crate::heard::fails_for;
use crate::programs::with_pre_build;

/// rustc's JSON message about a failed link, with this note.
pub(crate) fn link_error(text: &str) -> String {
    format!(
        "{{\"message\":\"linking with `x` failed\",\"level\":\"error\",\"children\":[{{\"message\":\"{text}\",\"level\":\"note\"}}]}}"
    )
}

#[test]
fn a_cause_that_is_known_is_named_and_any_other_is_not() {
    let print = "TARGET/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello";
    for (said, hint) in [
        (
            "/usr/bin/ld: cannot find -lasound: No such file",
            "`libasound` for the target: `pre-build = [\"dpkg --add-architecture arm64 && ",
        ),
        (
            "rust-lld: error: unable to find library -lasound",
            "apt-get install --yes libasound2-dev:arm64\"]`",
        ),
        (
            "/usr/bin/ld: cannot find -lof-my-own",
            "hint: the linker finds a library nowhere: let `pre-build` install the package of Debian's that has it, with `:arm64` behind its name",
        ),
        (
            "ld: skipping incompatible /usr/lib/x86_64-linux-gnu/libm.so when searching for -lm\\nundefined reference to `pthread_self'",
            "hint: the linker looks for libraries among those of the machine that builds: leave out",
        ),
        (
            "gcc: error: unrecognized command-line option '--as-needed'",
            "leave the flavor of the linker out",
        ),
        (
            "Scrt1.o: in function `_start':\\n(.text+0x19): undefined reference to `__libc_csu_init'",
            "hint: the linker takes another glibc than the target's: leave out the option for it",
        ),
        (
            "undefined reference to `__isoc23_strtol",
            "a library needs glibc 2.38: `--target aarch64-unknown-linux-gnu.2.38` has it, and results then may need it",
        ),
        (
            "libvendor.so: undefined reference to `pow@GLIBC_2.29'",
            "a library needs glibc 2.29: `--target aarch64-unknown-linux-gnu.2.29` has it, and results then may need it",
        ),
        (
            "a.o: relocation R_AARCH64_ADR_PREL_PG_HI21 against symbol `stderr@@GLIBC_2.17' which may bind externally can not be used",
            "",
        ),
        (
            "x.c:5: undefined reference to `strlcpy'",
            "`strlcpy` came with glibc 2.38: `--target aarch64-unknown-linux-gnu.2.38` has it, and results then need",
        ),
        (
            "rust-lld: error: undefined symbol: close_range\\n>>> referenced by x.c",
            "`close_range` came with glibc 2.34: `--target aarch64-unknown-linux-gnu.2.35` has it",
        ),
        (
            "undefined reference to `__atomic_exchange_1",
            "-C link-arg=-latomic",
        ),
        (
            "undefined reference to `__parse_hwcap_and_convert_at_platform'",
            "needs glibc 2.23: `--target aarch64-unknown-linux-gnu.2.23`",
        ),
        (
            "gcc: mold is not in this image",
            "the image has no linker `mold`",
        ),
        (
            "gcc \\\"-fuse-ld=lld\\\" cannot find 'ld'",
            "the image has no linker `lld`: `pre-build",
        ),
        (
            "gcc \\\"-fuse-ld=gold\\\" cannot find 'ld'",
            "there is no linker `gold`, which",
        ),
        ("gcc \\\"-fuse-ld=bfd\\\" cannot find 'ld'", ""),
        (
            "rust-lld: error: /t/liba.a(a.o) is incompatible with elf64-littleaarch64",
            "what is linked has objects for another machine: a build script has to compile with",
        ),
        (
            "ld: x.rcgu.o: file not recognized: file format not recognized",
            "`-C link-arg=-fuse-ld=lld` takes the toolchain's own",
        ),
        ("undefined reference to `mine", ""),
        ("linker `of-my-own` not found", ""),
    ] {
        let fixture = Fixture::new();
        leaves(&fixture, &[(print, &link_error(said))]);
        fixture.write("run-exits", "101\n");
        let ran = fixture.build().run();
        ran.code(101);
        if hint.is_empty() {
            ran.says_exactly("");
        } else {
            ran.says(hint);
        }
    }
}

/// Fails a build with this error of rustc's, and expects exactly this hint. `dir` is the directory
/// of the error in the build directory: the triple for crates of the target, `.` for crates that
/// this machine runs.
fn hint_of(target: &str, dir: &str, error: &str, hint: &str) {
    let fixture = Fixture::new();
    let print = format!("{dir}/debug/.fingerprint/some-sys-0123456789abcdef/output-lib-some");
    leaves(&fixture, &[(&print, error)]);
    fixture.write("run-exits", "101\n");
    let ran = fixture.cross(&format!("build --target {target}")).run();
    ran.code(101).says_exactly(hint);
}

#[test]
fn an_llvm_is_named_for_whom_it_is_missed() {
    let error = "{\"message\":\"No suitable version of LLVM was found system-wide or pointed\\n  to by LLVM_SYS_191_PREFIX.\\n\",\
                 \"level\":\"error\",\"children\":[]}";
    hint_of(
        AARCH64,
        AARCH64,
        error,
        "hint: the image has no LLVM that is made for the target: `volumes = [\"LLVM_SYS_191_PREFIX=PATH\"]` below `[build.env]` \
         shows one of yours, whose `llvm-config` has to run here\n",
    );
    hint_of(
        AARCH64,
        ".",
        error,
        "hint: the image lacks LLVM 19 for the programs that run at build time: \
         `pre-build = [\"apt-get update && apt-get install --yes llvm-19-dev\"]` below \
         `[target.aarch64-unknown-linux-gnu]` adds it\n",
    );
}

#[test]
fn a_libclang_that_build_scripts_cannot_link_with_can_be_loaded() {
    let error = link_error("ld: /usr/lib/libclang.so: undefined reference to `llvm::SHA1");
    hint_of(
        "x86_64-unknown-linux-gnu",
        ".",
        &error,
        "hint: build scripts cannot link with libclang where the target is of the kind of this machine, but can load it: \
         the feature `runtime` of `bindgen` or `clang-sys` does, as `clang-runtime` of `opencv`\n",
    );
    hint_of(AARCH64, ".", &error, "");
    hint_of(
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-gnu",
        &error,
        "",
    );
}

/// Projects that were built with a distribution's compilers name the sysroot of those.
#[test]
fn a_sysroot_of_another_compiler_is_to_be_left_out() {
    let hint = "hint: the image's compiler has a sysroot of its own: leave `--sysroot` out of the flags for the linker\n";
    let flag = "gcc \\\"--sysroot=/nonexistent/aarch64-linux-gnu\\\"\\n";
    let ld = "aarch64-linux-gnu-ld: cannot find /usr/aarch64-linux-gnu/lib/libc.so.6: No such file or directory";
    let lld = "rust-lld: error: cannot open /usr/aarch64-linux-gnu/lib/libc.so.6: No such file or directory";
    for (said, hint) in [
        (format!("{flag}{ld}"), hint),
        (format!("{flag}{lld}"), hint),
        (ld.to_owned(), ""),
        (
            format!("{flag}ld: cannot find /of/my/own.o: No such file"),
            "",
        ),
    ] {
        hint_of(AARCH64, AARCH64, &link_error(&said), hint);
    }
}

#[test]
fn a_linker_that_flags_name_and_the_image_lacks_is_told() {
    let fixture = Fixture::new();
    let print = "TARGET/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello";
    let error =
        "{\"message\":\"linker `of-my-own` not found\",\"level\":\"error\",\"children\":[]}";
    leaves(&fixture, &[(print, error)]);
    fixture.write("run-exits", "101\n");
    let ran = fixture.build().run();
    ran.code(101).says(
        "hint: the image has no linker of that name, which flags for rustc or an option give",
    );
}

/// Plain cargo links `x86_64` with LLD, so projects ask for what GNU's linker does not have.
#[test]
fn what_only_lld_takes_is_known() {
    const SCRIPTS: &str =
        "\\\"-Wl,--version-script=/tmp/rustc/list\\\" \\\"-Wl,--version-script=x.map\\\"";
    const TAGS: &str = "ld: anonymous version tag cannot be combined with other version tags\\ncollect2: error: ld";
    for (said, what) in [
        (
            "/usr/bin/ld: unrecognized option '--icf=all'\\n/usr/bin/ld: use the --help option for usage information",
            "has no `--icf`",
        ),
        (
            "ld: unrecognized option '--thinlto-jobs=2'",
            "has no `--thinlto-jobs`",
        ),
        ("ld: unrecognized option '--lto-O3'", "has no `--lto-O`"),
        ("ld: unrecognized option '--of-my-own'", ""),
        ("ld: unrecognized option '--icf-of-my-own'", ""),
        (
            &format!("{SCRIPTS}\\n{TAGS}"),
            "takes no version script beside rustc's own",
        ),
        // A single script is wrong for LLD as well.
        (TAGS, ""),
    ] {
        // The flags are not for build scripts.
        for (dir, is_told) in [(AARCH64, true), (".", false)] {
            let hint = format!(
                "hint: GNU's linker {what}, but LLD does: \
                 `-C link-arg=-fuse-ld=lld` beside the project's flags for rustc takes LLD\n"
            );
            let is_told = is_told && !what.is_empty();
            let hint = if is_told { &hint } else { "" };
            hint_of(AARCH64, dir, &link_error(said), hint);
        }
    }
}

/// musl's functions are in an archive, which libatomic's needs behind itself.
#[test]
fn libatomic_for_musl_has_the_c_library_behind_it() {
    const MUSL: &str = "x86_64-unknown-linux-musl";
    let lock = "ld: x/libatomic.a(lock.o): in function `libat_lock_1':\\n\
        lock.c:(.text.libat_lock_1+0x15): undefined reference to `pthread_mutex_lock'";
    let hint = "hint: C code needs libatomic for atomics that this processor lacks: \
        `CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS=\"-C link-arg=-latomic -C link-arg=-lc\"`\n";
    for (said, hint) in [
        ("x.c:3: undefined reference to `__atomic_load'", hint),
        (lock, hint),
        (
            "x.o: in function `f': undefined reference to `pthread_mutex_lock'",
            "",
        ),
    ] {
        let fixture = Fixture::new();
        fixture.directory(&format!(
            "home/.rustup/toolchains/stable-{X86_64}/lib/rustlib/{MUSL}/lib"
        ));
        // An image of the user's that starts from cross's own.
        let image = "[{\"Id\":\"sha256:cd\",\"Size\":7,\"Config\":{\"Env\":[\"PATH=/opt/cross/bin:/usr/bin\"]}}]";
        fixture.write("images/docker/own:1", image);
        fixture.file(
            "Cross.toml",
            &format!("[target.{MUSL}]\nimage = \"own:1\"\n"),
        );
        let print = format!("{MUSL}/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello");
        leaves(&fixture, &[(&print, &link_error(said))]);
        fixture.write("run-exits", "101\n");
        let ran = fixture.cross(&format!("build --target {MUSL}")).run();
        ran.code(101).says_exactly(hint);
    }
}

/// With musl, the library of C++ is only compiled for projects whose crates call a compiler.
#[test]
fn the_library_of_c_plus_plus_is_named_where_it_was_left_out() {
    const MUSL: &str = "x86_64-unknown-linux-musl";
    let hint = "hint: the image was made without the part `cxx`, which this needs: \
        `parts = [\"cxx\"]` below `[target.x86_64-unknown-linux-musl]` adds it\n";
    let print = format!("{MUSL}/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello");
    let library = |fixture: &Fixture| {
        let error = link_error("ld: cannot find -lstdc++: No such file or directory");
        leaves(fixture, &[(&print, &error)]);
        fixture.write("run-exits", "101\n");
    };
    let header = |fixture: &Fixture| {
        let said = "a.cc:1:10: fatal error: string: No such file or directory\n\
                    error occurred in cc-rs: command did not execute successfully";
        fails_for(MUSL, fixture, "some-sys", said);
    };
    let nowhere = "hint: the linker finds a library nowhere, ";
    for (is_link, parts, hint) in [
        (true, "[]", hint),
        (false, "[]", hint),
        (true, "['cxx']", nowhere),
    ] {
        let fixture = Fixture::new();
        fixture.directory(&format!(
            "home/.rustup/toolchains/stable-{X86_64}/lib/rustlib/{MUSL}/lib"
        ));
        fixture.file("Cross.toml", &format!("[build]\nparts = {parts}\n"));
        if is_link {
            library(&fixture);
        } else {
            header(&fixture);
        }
        let ran = fixture.cross(&format!("build --target {MUSL}")).run();
        ran.code(101).says(hint);
    }
}

/// Few of Debian's packages have a static library beside the shared one.
#[test]
fn a_package_that_is_installed_is_not_to_be_installed_once_more() {
    const MISSED: &str = "ld: cannot find -lasound: No such file or directory";
    const STATIC: &str = "\\nld: have you installed the static version of the asound library ?";
    let print = "TARGET/debug/.fingerprint/hello-0123456789abcdef/output-bin-hello";
    for (pre_build, behind, hint) in [
        (
            "",
            STATIC,
            "hint: the image lacks `libasound` for the target: `pre-build",
        ),
        (
            "apt-get install --yes libasound2-dev:arm64",
            STATIC,
            "hint: Debian's `libasound2-dev`, which `pre-build` installs, has no static `libasound`: link the shared one, as features of crates let you",
        ),
        ("apt-get install --yes libasound2-dev:arm64", "", ""),
    ] {
        let fixture = with_pre_build(pre_build);
        leaves(
            &fixture,
            &[(print, &link_error(&format!("{MISSED}{behind}")))],
        );
        fixture.write("run-exits", "101\n");
        let ran = fixture.build().run();
        let mut hints = ran.code(101).stderr.lines();
        let told = hints
            .find(|line| line.starts_with("hint"))
            .unwrap_or_default();
        assert!(
            told.starts_with(hint) && told.is_empty() == hint.is_empty(),
            "{pre_build}: {ran}"
        );
    }
}
