//! Forms of `Cross.toml` in public projects, and how each changes the `run` line.

use crate::fixture::{AARCH64, Fixture};

/// The text of the file, in which `T` stands for the target, and the rows that it adds to or
/// removes from the `run` line.
const FORMS: &[(&str, &str)] = &[
    // Files without an effect.
    ("", ""),
    ("[build]\n[build.env]\n[target.T]\n", ""),
    ("[build]\nxargo = false\n[target.T]\nxargo = false\n", ""),
    ("[target.T]\nbuild-std = false\n", ""),
    ("[target.T.env]\npassthrough = []\nvolumes = []\n", ""),
    ("[build]\npre-build = []\n[target.T]\npre-build = []\n", ""),
    ("[target.x86_64-unknown-netbsd]\nimage = 'my/image'\n", ""),
    (
        "[target.riscv64gc-unknown-linux-gnu]\npre-build = ['apt-get update']\n",
        "",
    ),
    // Different notations for passing one variable.
    ("[build.env]\npassthrough = ['MINE']\n", "+ --env MINE"),
    (
        "[build.env]\npassthrough = [\n    # why\n    'MINE',\n]\n",
        "+ --env MINE",
    ),
    ("build.env.passthrough = ['MINE']\n", "+ --env MINE"),
    ("[build]\nenv.passthrough = ['MINE']\n", "+ --env MINE"),
    (
        "[build]\nenv = { passthrough = ['MINE'] }\n",
        "+ --env MINE",
    ),
    ("[target.T.env]\npassthrough = ['MINE']\n", "+ --env MINE"),
    ("[target.'T'.env]\npassthrough = ['MINE']\n", "+ --env MINE"),
    ("[target]\nT.env.passthrough = ['MINE']\n", "+ --env MINE"),
    (
        "[target.T]\nenv = { passthrough = ['MINE'] }\n",
        "+ --env MINE",
    ),
    ("target.T.env.passthrough = ['MINE']\n", "+ --env MINE"),
    ("[build.env]\npassthrough = ['MI*']\n", "+ --env MINE"),
    ("[build.env]\r\npassthrough = ['MINE']\r\n", "+ --env MINE"),
    (
        "\u{feff}[build.env]\npassthrough = ['MINE']\n",
        "+ --env MINE",
    ),
    (
        "[build.env]\npassthrough = ['MINE', 'UNSET']\n[target.T.env]\npassthrough = ['A=b c']\n",
        "+ --env MINE\n+ --env A=b c",
    ),
    (
        "[build.env]\npassthrough = ['FLAGS=-C link-arg=-s', 'EMPTY=']\n",
        "+ --env FLAGS=-C link-arg=-s\n+ --env EMPTY=",
    ),
    // Ways to run programs.
    (
        "[target.T]\nrunner = 'qemu-user'\n",
        "+ --env CROSS_RUNNER=qemu-user",
    ),
];

#[test]
fn forms_of_public_files_mean_what_they_say() {
    let fixture = Fixture::new();
    let plain = fixture.build().env("MINE", "1").run().line();
    for (text, differs) in FORMS {
        let text = text.replace("target.T", &format!("target.{AARCH64}"));
        let text = text.replace("'T'", &format!("'{AARCH64}'"));
        fixture.file(
            "Cross.toml",
            &text.replace("\nT.", &format!("\n{AARCH64}.")),
        );
        let ran = fixture.build().env("MINE", "1").run();
        ran.line().differs(&plain, differs);
        ran.says_exactly("");
    }
}
