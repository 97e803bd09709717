//! The test that the folders that decide look at no file, and that only the crate `base` looks at
//! the environment.

use super::in_each_file;

/// The folders that make decisions. Their results depend on their input alone, so they look at no
/// file.
const PURE: &[&str] = &["target", "verify", "cli", "plan"];
/// The functions on files that look at none.
const PURE_FS: &[&str] = &["absolute"];
/// Methods and other calls that look at files or at what programs print.
const LOOKS: &[&str] = &[
    ".exists()",
    ".is_file()",
    ".is_dir()",
    ".is_symlink()",
    ".metadata()",
    ".symlink_metadata()",
    ".read_link()",
    ".read_dir()",
    ".canonicalize()",
    "fs_err::",
    // Of `Host`, `Toolchain`, `Place` and `Cmd`.
    ".on_path(",
    ".ca_bundle(",
    ".has_cargo()",
    ".is_offered_std(",
    ".real()",
    ".open()",
    ".view()",
    ".output()",
    ".status()",
    // A kit of the user's is looked at for these.
    "ToolchainRecipe::for_image(",
    "ToolchainRecipe::of(",
];
const OF_BASE: &[&str] = &[
    "which::which",
    "home::home_dir",
    "home::cargo_home",
    "home::rustup_home",
];

/// Every use of a function on files that may look at one.
fn of_files(text: &str) -> impl Iterator<Item = String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices("fs::").filter_map(move |(at, start)| {
        let rest = &text[at + start.len()..];
        let name = &rest[..rest.find(|c| !word(c)).unwrap_or(rest.len())];
        let is_module = !text[..at].ends_with(word);
        (is_module && !PURE_FS.contains(&name)).then(|| format!("fs::{name}"))
    })
}

/// Every forbidden call that looks at the environment or at files, as `file: call`.
fn looks(folder: &str, file: &str, text: &str) -> Vec<String> {
    let is_pure = PURE.contains(&folder);
    let pure = LOOKS.iter().filter(|_| is_pure);
    let of_base = OF_BASE.iter().filter(|_| folder != "base");
    let found = pure.chain(of_base).filter(|call| text.contains(**call));
    let found = found.map(|call| (*call).to_owned());
    let of_files = of_files(text).filter(|_| is_pure);
    let found = found.chain(of_files);
    found.map(|call| format!("{file}: {call}")).collect()
}

#[test]
fn what_decides_looks_at_nothing() {
    assert_eq!(
        looks("plan", "plan/x.rs", "if path.exists() { which::which(x) }"),
        ["plan/x.rs: .exists()", "plan/x.rs: which::which"]
    );
    assert_eq!(
        looks("plan", "x", "fs::absolute(a, b); cross_base::fs::size(c)"),
        ["x: fs::size"]
    );
    in_each_file(looks);
}
