//! Scripts in the recipes of systems whose files come as one archive. The tests run them as the
//! builds of images do.

use crate::cross::Ran;
use crate::fixture::Fixture;

/// Runs a script in a fixture's root directory.
fn run<'a>(fixture: &'a Fixture, script: &str) -> Ran<'a> {
    let script = format!("cd '{}'\n{script}", fixture.root.display());
    fixture.shell(&script).run()
}

#[test]
fn the_directories_of_a_system_are_taken_out_of_an_archive_or_of_files() {
    let fixture = Fixture::without_images();
    fixture.write("files/usr/lib/crt1.o", "start\n");
    fixture.write("files/lib/libc.so.8", "libc\n");
    fixture.write("files/boot/kernel", "");
    fixture.directory("kit");
    // The fake `apt-get` installs nothing, and `tar` stands in for the program `bsdtar`.
    fixture.program("apt-get", "#!/bin/sh\n");
    fixture.program(
        "bsdtar",
        "#!/bin/sh\nwhile [ \"$1\" != -x ]; do shift; done\nexec tar \"$@\"\n",
    );
    let make = "ln -s /lib/libc.so.8 files/usr/lib/libc.so\nln -s libc.so files/usr/lib/libcc.so\n\
                tar -cf kit/archive -C files .\n";
    run(&fixture, make).success();
    let unpack = |words: &str| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/kit/unpack.sh");
        run(&fixture, &format!("sh '{script}' {words}\n"))
    };
    for kit in ["files", "kit"] {
        let to = format!("from-{kit}");
        unpack(&format!("{kit} {to} lib usr/lib")).success();
        let at = fixture.root.join(&to).join("usr/lib");
        let said = std::fs::read_link(at.join("libc.so")).unwrap();
        assert_eq!(said.to_str(), Some("../../lib/libc.so.8"), "{kit}");
        assert_eq!(fixture.read(&format!("{to}/usr/lib/libcc.so")), "libc\n");
        assert!(!fixture.has(&format!("{to}/boot")), "{kit}");
    }
    unpack("kit other usr/include")
        .code(1)
        .says("cross: there is no directory usr/include in kit/archive\n");
}

#[test]
fn what_rustc_says_to_the_systems_own_linker_is_said_in_gnus_words() {
    let fixture = Fixture::without_images();
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/solaris/compiler.in");
    let template = std::fs::read_to_string(template).unwrap();
    let program = "/opt/cross/@TRIPLE@/bin/@GCC_TRIPLE@-@COMMAND@";
    assert!(template.contains(program));
    fixture.program("compiler", &template.replace(program, "printf '%s\\n'"));
    let words = "-m64 'a b.o' -Wl,-z,ignore -Wl,-z,now -shared";
    let ran = run(&fixture, &format!("compiler {words}\n"));
    assert_eq!(
        ran.success().stdout,
        "-m64\na b.o\n-Wl,--as-needed\n-Wl,-z,now\n-shared\n"
    );
}
