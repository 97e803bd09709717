//! Targets that have no row: those that need none, and those that have to be built elsewhere.

use super::ROWS;
use cross_base::error::{Error, closest};
use cross_base::pattern::matches;

/// Targets for which a toolchain of Rust's is all that is needed: it has their linker (`rust-lld`, `wasm-component-ld`)
/// and what they link with. `rustc -Z unstable-options --print target-spec-json` names the linker.
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

/// Targets for which what a build needs can not be fetched, or whose makers let nobody hand it on, and the ways that there are.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "*-apple-*",
        "Apple's SDK cannot be handed on: build on macOS, with an `image` or a `dockerfile` of yours that has the SDK, \
         or with `cargo zigbuild` and `SDKROOT`",
    ),
    (
        "*-solaris",
        "nothing that cross can fetch has Oracle's headers and libraries: name an `image` or a `dockerfile` of yours that has them, with a compiler \
         for the target, in Cross.toml",
    ),
    (
        "*-dragonfly",
        "nothing that cross can fetch has DragonFly's headers and libraries: name an `image` or a `dockerfile` of yours that has them, with a \
         compiler for the target, in Cross.toml",
    ),
    (
        "*-windows-msvc",
        "Microsoft's SDK cannot be handed on: build for `x86_64-pc-windows-gnu`, on Windows, with an `image` or a `dockerfile` of yours that has the \
         SDK, or with `cargo xwin`",
    ),
];

/// Names that targets had in 2018, when cross came to be, and what rustc calls them.
const RENAMED: &[(&str, &str)] = &[("x86_64-sun-solaris", "x86_64-pc-solaris")];

/// Whether the host's cargo builds for a target with nothing but what rustup installs. A row has more: a compiler for C,
/// and what runs the results.
pub(crate) fn is_bare(triple: &str) -> bool {
    let has_row = ROWS.iter().any(|row| row.triple == triple);
    !has_row && BARE.iter().any(|pattern| matches(pattern, triple))
}

/// Says why there is no image for a target: because rustc has never heard of it, or because cross
/// has no row for it. `known` is rustc's own list.
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
    // As features are listed, but targets are not.
    let names: Vec<&str> = triple.split(',').map(str::trim).collect();
    let is_one = |name: &&str| known.contains(name) || ROWS.iter().any(|row| row.triple == *name);
    if names.len() > 1 && names.iter().all(is_one) {
        let options = names.join(" --target ");
        return error.hint(format!(
            "each target has an option of its own: `--target {options}`"
        ));
    }
    let rows = || ROWS.iter().map(|row| row.triple);
    match closest(triple, rows()).or_else(|| closest(triple, known.iter().copied())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`rustc --print target-list` shows what there is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("aarch64-pc-windows-msvc", "`cargo xwin`"),
            ("sparcv9-sun-solaris", "Oracle's headers"),
            ("x86_64-pc-solaris", "Oracle's headers"),
            ("x86_64-unknown-dragonfly", "DragonFly's headers"),
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
