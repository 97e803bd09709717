//! Targets without a row in the table, and the errors that say what to do about them.

use super::ROWS;
use cross_base::error::{Error, closest};
use cross_base::pattern::matches;

/// Targets for which cargo and rustup's toolchain are enough: the toolchain has the linker
/// (`rust-lld`, `wasm-component-ld`) and all libraries. `rustc -Z unstable-options --print
/// target-spec-json` names a target's linker.
/// <https://doc.rust-lang.org/rustc/platform-support.html>
const BARE: &[&str] = &[
    "*-unknown-uefi",
    "aarch64*-unknown-none*",
    "arm*-none-eabi*",
    "loongarch*-unknown-none*",
    "riscv*-unknown-none-elf",
    "s390x-unknown-none-softfloat",
    "thumb*-none-eabi*",
    "wasm32-unknown-unknown",
    "wasm32-wasip1-threads",
    "wasm32-wasip2",
    "wasm32-wasip3",
    "wasm32v1-none",
    "wasm64-unknown-unknown",
    "x86_64-unknown-none",
];

/// Targets for which cross has no image because an SDK is missing or its licence forbids handing it
/// on. Each pattern has a hint that says where to build instead.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "*-apple-*",
        "Apple's SDK cannot be handed on: build on macOS, with an `image` or a `dockerfile` of yours that has the SDK, \
         or with `cargo zigbuild` and `SDKROOT`",
    ),
    (
        "*-windows-msvc",
        "Microsoft's SDK cannot be handed on: build for `x86_64-pc-windows-gnullvm`, on Windows, with an `image` or a `dockerfile` \
         of yours that has the SDK, or with `cargo xwin`",
    ),
];

/// Names of architectures and systems in GNU's, Debian's and docker's names for targets, each with
/// rustc's name. Debian's wiki, "Multiarch/Tuples";
/// <https://docs.docker.com/build/building/multi-platform/>
const OTHER_WORDS: &[(&str, &str)] = &[
    ("amd64", "x86_64"),
    ("arm64", "aarch64"),
    ("i386", "i686"),
    ("mingw32", "windows-gnu"),
    ("ppc64le", "powerpc64le"),
    ("riscv64", "riscv64gc"),
];

/// Vendor fields of triples, which [`plain`] leaves out: GNU's, Debian's and docker's names have
/// none, or others.
const VENDORS: &[&str] = &["alpine", "pc", "unknown", "w64"];

/// Names that rustc has changed since cross was first released in 2018: the old name and the new
/// one.
const RENAMED: &[(&str, &str)] = &[("x86_64-sun-solaris", "x86_64-pc-solaris")];

/// Whether the host's cargo can build for a target with rustup's toolchain alone. False for a
/// target with a row: its image has a C compiler and a runner as well.
pub(crate) fn is_bare(triple: &str) -> bool {
    let has_row = ROWS.iter().any(|row| row.triple == triple);
    !has_row && BARE.iter().any(|pattern| matches(pattern, triple))
}

/// The triple in the table for which GNU, Debian or docker use this name. None if no row matches.
pub(crate) fn called_otherwise(name: &str) -> Option<&'static str> {
    let plain_name = plain(name);
    let mut rows = ROWS.iter().map(|row| row.triple);
    rows.find(|triple| plain(triple) == plain_name)
}

/// The error for a custom target (a JSON specification of the user's) that has no image. `name` is
/// the specification's name.
pub(crate) fn no_row_of_custom(name: &str) -> Error {
    let message = format!("cross has no image for the custom target `{name}`");
    let hint = format!("name one with `image` below `[target.{name}]` in Cross.toml");
    Error::new(message).hint(hint)
}

/// The error for a target without a row. It says whether rustc knows the target, and suggests
/// similar names. `known` is the list that rustc prints.
pub(crate) fn no_row(triple: &str, known: &[&str]) -> Error {
    if known.contains(&triple) {
        let error = Error::new(format!("cross has no image for target `{triple}`"));
        let way = ELSEWHERE
            .iter()
            .find(|(pattern, _)| matches(pattern, triple));
        return match way {
            Some((_, way)) => error.hint(*way),
            None => error.hint(format!(
                "name one in Cross.toml: `[target.{triple}]` with `image = \"…\"`; \
                 `cross-util targets` lists the targets that have one"
            )),
        };
    }
    let error = Error::new(format!("unknown target `{triple}`"));
    if let Some((_, name)) = RENAMED.iter().find(|(old, _)| *old == triple) {
        return error.hint(format!("rustc calls it `{name}`"));
    }
    // A list with commas, as cargo takes for `--features`, does not work for `--target`.
    let names: Vec<&str> = triple.split(',').map(str::trim).collect();
    let is_one = |name: &&str| known.contains(name) || ROWS.iter().any(|row| row.triple == *name);
    if names.len() > 1 && names.iter().all(is_one) {
        let options = names.join(" --target ");
        return error.hint(format!(
            "each target has an option of its own: `--target {options}`"
        ));
    }
    let rows = || ROWS.iter().map(|row| row.triple);
    let plain_name = plain(triple);
    let mut same = rows().chain(known.iter().copied());
    if let Some(name) = same.find(|name| plain(name) == plain_name) {
        return error.hint(format!("rustc calls it `{name}`"));
    }
    match closest(triple, rows()).or_else(|| closest(triple, known.iter().copied())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`rustc --print target-list` shows what there is"),
    }
}

/// Normalizes a target's name for comparison: lower case, rustc's names of architectures, no vendor
/// field.
fn plain(triple: &str) -> String {
    let name = triple.trim().to_lowercase();
    // Docker's names of platforms, such as `linux/arm64`.
    let name = match name.split_once('/') {
        Some(("linux", "arm/v7")) => "armv7-linux-gnueabihf".to_owned(),
        Some(("linux", "386")) => "i686-linux-gnu".to_owned(),
        Some(("linux", arch)) => format!("{arch}-linux-gnu"),
        // Two targets match Debian's `arm-linux-gnueabihf`. Debian's architecture `armhf` is ARMv7.
        _ if name == "arm-linux-gnueabihf" => "armv7-linux-gnueabihf".to_owned(),
        _ => name,
    };
    let words = name.split('-').filter(|word| !VENDORS.contains(word));
    let words = words.map(|word| {
        let other = OTHER_WORDS.iter().find(|(theirs, _)| *theirs == word);
        other.map_or(word, |(_, ours)| ours)
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_tools_is_told_rustcs() {
        for (theirs, name) in [
            ("aarch64-linux-gnu", "aarch64-unknown-linux-gnu"),
            ("arm-linux-gnueabihf", "armv7-unknown-linux-gnueabihf"),
            ("linux/arm/v7", "armv7-unknown-linux-gnueabihf"),
            ("linux/386", "i686-unknown-linux-gnu"),
            ("i386-linux-gnu", "i686-unknown-linux-gnu"),
            ("linux/arm64", "aarch64-unknown-linux-gnu"),
            ("powerpc64le-linux-gnu", "powerpc64le-unknown-linux-gnu"),
            ("riscv64-linux-gnu", "riscv64gc-unknown-linux-gnu"),
            ("x86_64-alpine-linux-musl", "x86_64-unknown-linux-musl"),
            ("x86_64-linux-musl", "x86_64-unknown-linux-musl"),
            ("x86_64-w64-mingw32", "x86_64-pc-windows-gnu"),
            ("x86_64-windows-msvc", "x86_64-pc-windows-msvc"),
            ("AARCH64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"),
            // The name was read from a file with Windows' line ends.
            ("aarch64-unknown-linux-gnu\r", "aarch64-unknown-linux-gnu"),
        ] {
            let error = no_row(theirs, &["aarch64-linux-android", "x86_64-pc-windows-msvc"]);
            let hint = format!("rustc calls it `{name}`");
            assert_eq!(error.hint_text(), Some(hint.as_str()), "{theirs}");
        }
        // The name `arm64` does not say which system, so no target is suggested.
        let error = no_row("arm64", &["aarch64-linux-android"]);
        assert!(
            error.hint_text().unwrap().contains("target-list"),
            "{error}"
        );
    }

    #[test]
    fn a_misspelt_triple_is_told_what_was_meant() {
        assert_eq!(
            no_row("aarch64-unkown-linux-gnu", &["aarch64-unknown-linux-gnu"]),
            Error::new("unknown target `aarch64-unkown-linux-gnu`")
                .hint("did you mean `aarch64-unknown-linux-gnu`?")
        );
    }

    #[test]
    fn a_target_that_only_rustc_knows_needs_an_image() {
        let error = no_row("avr-none", &["avr-none"]);
        assert_eq!(error.message(), "cross has no image for target `avr-none`");
    }

    #[test]
    fn a_target_that_has_to_be_built_elsewhere_is_told_where() {
        for (triple, way) in [
            ("aarch64-apple-darwin", "`cargo zigbuild` and `SDKROOT`"),
            ("aarch64-pc-windows-msvc", "`x86_64-pc-windows-gnullvm`"),
            ("x86_64-pc-windows-msvc", "`cargo xwin`"),
        ] {
            let error = no_row(triple, &[triple]);
            let hint = error.hint_text().unwrap();
            assert!(
                hint.contains(way) && hint.contains("`dockerfile`"),
                "{hint}"
            );
        }
    }

    #[test]
    fn an_old_name_is_told_the_new_one() {
        assert_eq!(
            no_row("x86_64-sun-solaris", &["x86_64-pc-solaris"]),
            Error::new("unknown target `x86_64-sun-solaris`")
                .hint("rustc calls it `x86_64-pc-solaris`")
        );
    }

    #[test]
    fn targets_in_a_list_are_told_apart() {
        let known = ["avr-none", "bpfeb-unknown-none"];
        let error = no_row("avr-none,bpfeb-unknown-none", &known);
        let hint = error.hint_text().unwrap();
        assert!(
            hint.ends_with("`--target avr-none --target bpfeb-unknown-none`"),
            "{hint}"
        );
    }

    #[test]
    fn only_what_links_by_itself_is_left_to_the_hosts_cargo() {
        assert!(BARE.is_sorted());
        for triple in [
            "wasm32-wasip2",
            "riscv32imac-unknown-none-elf",
            "aarch64-unknown-none-softfloat",
            "armv7r-none-eabihf",
            "x86_64-unknown-uefi",
        ] {
            assert!(is_bare(triple), "{triple}");
        }
        for triple in [
            "avr-none",
            "msp430-none-elf",
            "wasm32-unknown-emscripten",
            "xtensa-esp32-none-elf",
            "aarch64-unknown-linux-gnu",
        ] {
            assert!(!is_bare(triple), "{triple}");
        }
    }
}
