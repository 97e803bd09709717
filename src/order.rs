//! Tests of the order of crates and folders: code uses only those in front of its own in this list.
//!
//! For the crates in `crates/`, cargo enforces the order. The other rules in this file apply to
//! them as well.

mod methods;
mod purity;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use walkdir::WalkDir;

use crate::engine::table;
use crate::target::HOST;

/// The crates in `crates/`, each followed by those that use it. `docs/architecture.md` shows the
/// same list.
const CRATES: &[&str] = &["base", "deb", "dockerfile", "sandbox"];

/// The folders of `src/`, each followed by those that use it. All may use the crates.
const ORDER: &[&str] = &[
    "target",
    "verify",
    "cli",
    "config",
    "bounds",
    "cargo",
    "toolchain",
    "engine",
    "image",
    "plan",
    "flow",
    "util",
];

/// The folders at the beginning of each `crate::…` path in a source text, also in `crate::{…}`.
fn uses(text: &str) -> impl Iterator<Item = &str> {
    let paths = text.split("crate::").skip(1);
    paths.flat_map(|rest| {
        let list = rest
            .strip_prefix('{')
            .and_then(|list| list.split_once("};"));
        let all = list.map_or(rest, |(names, _)| names);
        let count = if list.is_some() { usize::MAX } else { 1 };
        all.split(',').take(count).map(|name| {
            let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
            let name = name.trim_start();
            &name[..name.find(|c| !is_name(c)).unwrap_or(name.len())]
        })
    })
}

/// The text of a file without its tests, which may use anything.
fn without_tests(text: &str) -> &str {
    let end = text.find("#[cfg(test)]\nmod tests {");
    &text[..end.unwrap_or(text.len())]
}

/// Every use of a later folder, as `file: folder`.
fn upward(folder: &str, file: &str, text: &str) -> Vec<String> {
    let place = |name: &str| ORDER.iter().position(|other| *other == name);
    let own = place(folder);
    let named = uses(text).filter(|name| place(name) > own);
    named.map(|name| format!("{file}: {name}")).collect()
}

/// Every source file below a directory of the package: its path relative to that directory, and its
/// text without tests.
fn files(dir: &str) -> Vec<(String, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
    let entries = WalkDir::new(&dir).into_iter().map(Result::unwrap);
    let files = entries.filter_map(|entry| {
        let name = entry
            .path()
            .strip_prefix(&dir)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let is_code = entry
            .path()
            .extension()
            .is_some_and(|ending| ending == "rs");
        if !is_code || name.contains("tests") {
            return None;
        }
        let text = cross_base::fs::read_if_exists(entry.path()).unwrap();
        Some((name, without_tests(&text.unwrap()).to_owned()))
    });
    files.collect()
}

/// The names of the crates in `crates/`. Empty in a published package, which does not have the
/// directory.
fn crates() -> Vec<String> {
    cross_base::fs::names_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("crates"))
}

#[test]
fn the_list_has_every_crate() {
    let mut found = crates();
    found.sort();
    assert!(found.is_empty() || found == CRATES, "{found:?}");
}

/// The folders that may use three of the crates. Other folders ask an engine, and read neither
/// Dockerfiles nor packages. `config` only reads names of images.
const USERS: &[(&str, &[&str])] = &[
    ("cross_deb::", &["toolchain"]),
    ("cross_dockerfile::", &["sandbox", "image"]),
    ("cross_sandbox::", &["config", "engine", "image", "util"]),
];

/// Every crate that a folder uses and must not use, as `file: crate`.
fn crates_used(folder: &str, file: &str, text: &str) -> Vec<String> {
    let others = USERS.iter().filter(|(_, users)| !users.contains(&folder));
    let used = others.filter(|(name, _)| text.contains(name));
    used.map(|(name, _)| format!("{file}: {name}")).collect()
}

#[test]
fn crates_are_used_where_they_belong() {
    assert_eq!(
        crates_used("plan", "plan/x.rs", "use cross_sandbox::Args;"),
        ["plan/x.rs: cross_sandbox::"]
    );
    in_each_file(crates_used);
}

/// Calls `look` with the folder, the name and the text without tests of every file. Fails if it
/// returns mistakes.
fn in_each_file(mut look: impl FnMut(&str, &str, &str) -> Vec<String>) {
    let of_src = files("src").into_iter();
    let of_crates = crates().into_iter().flat_map(|name| {
        let files = files(&format!("crates/{name}/src")).into_iter();
        files.map(move |(file, text)| (format!("{name}/{file}"), text))
    });
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (name, text) in of_src.chain(of_crates) {
        let Some((folder, _)) = name.split_once('/') else {
            continue;
        };
        if ORDER.contains(&folder) || CRATES.contains(&folder) {
            wrong.extend(look(folder, &name, &text));
            seen += 1;
        }
    }
    assert!(seen > 80, "only {seen} files were looked at");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_folder_uses_only_those_above_it() {
    in_each_file(upward);
}

/// The modules in its own directory that a file uses, by paths that begin with `super::` or with
/// the directory's full path.
fn neighbours(folder: &str, file: &str, text: &str) -> Vec<String> {
    let dir = Path::new(file)
        .parent()
        .map(|dir| dir.to_string_lossy().replace('/', "::"));
    let mut own = format!("crate::{}::", dir.unwrap_or(folder.to_owned()));
    if CRATES.contains(&folder) {
        // In `crates/`, the folder is the crate itself.
        own = own.replacen(&format!("{folder}::"), "", 1);
    }
    behind([own.as_str(), "super::"], text)
}

/// The modules directly behind one of these beginnings of paths: with a path of their own, in a
/// list, or at the end of a `use`.
fn behind<'a>(starts: impl IntoIterator<Item = &'a str>, text: &str) -> Vec<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: Vec<&str> = code.collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for start in starts {
        // `super::super::` leads out of the directory.
        let parts = code.split(start).zip(code.split(start).skip(1));
        let parts = parts.filter(|(before, _)| !before.is_empty());
        for (_, rest) in parts {
            let names = match rest.strip_prefix('{') {
                Some(list) => list
                    .split('}')
                    .next()
                    .unwrap_or_default()
                    .split(',')
                    .collect(),
                None => vec![rest],
            };
            for name in names {
                let name = name.trim_start();
                let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '_');
                let (name, behind) = name.split_at(end.unwrap_or(name.len()));
                let is_path = behind.starts_with("::") || behind.starts_with(';');
                if is_path || rest.starts_with('{') {
                    found.insert(name.to_owned());
                }
            }
        }
    }
    found.into_iter().filter(|name| !name.is_empty()).collect()
}

/// The modules that use each other in circles. `uses` has the modules that each module uses.
fn circles(mut uses: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    loop {
        let before = uses.len();
        let names: Vec<String> = uses.keys().cloned().collect();
        for used in uses.values_mut() {
            used.retain(|name| names.contains(name));
        }
        uses.retain(|_, used| !used.is_empty());
        if uses.len() == before {
            return uses;
        }
    }
}

#[test]
fn no_two_files_of_a_folder_use_each_other() {
    let mut folders: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    in_each_file(|folder, file, text| {
        let path = Path::new(file);
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !["mod", "lib"].contains(&&*name) {
            let dir = path.parent().unwrap_or(path).display().to_string();
            let used = neighbours(folder, file, text);
            folders.entry(dir).or_default().insert(name, used);
        }
        Vec::new()
    });
    let found = folders.into_iter().map(|(dir, uses)| (dir, circles(uses)));
    let found: BTreeMap<_, _> = found.filter(|(_, circle)| !circle.is_empty()).collect();
    assert_eq!(found, BTreeMap::new());
}

/// The parts of its top folder that a file uses. A part is a file, or a directory with everything
/// in it.
fn parts(folder: &str, file: &str, text: &str) -> Vec<String> {
    let own = format!("crate::{folder}::");
    // `mod.rs` counts as its directory.
    let depth = file.trim_end_matches("/mod.rs").matches('/').count();
    behind([own.as_str(), &"super::".repeat(depth)], text)
}

#[test]
fn no_two_parts_of_a_folder_use_each_other() {
    let mut folders: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    in_each_file(|folder, file, text| {
        let mut names = file.split('/').skip(1);
        let part = names.next().unwrap_or_default().trim_end_matches(".rs");
        // `mod.rs` has what all parts of a folder share. The crates are checked by another test.
        if part != "mod" && !CRATES.contains(&folder) {
            let parts_of = folders.entry(folder.to_owned()).or_default();
            let used = parts(folder, file, text);
            let used = used.into_iter().filter(|name| name != part);
            parts_of.entry(part.to_owned()).or_default().extend(used);
        }
        Vec::new()
    });
    let found = folders.into_iter().map(|(folder, parts)| {
        let parts = parts.into_iter();
        let parts = parts.map(|(name, used)| (name, used.into_iter().collect()));
        (folder, circles(parts.collect()))
    });
    let found: BTreeMap<_, _> = found.filter(|(_, circle)| !circle.is_empty()).collect();
    assert_eq!(found, BTreeMap::new());
}

#[test]
fn a_circle_is_found() {
    let text = "use super::b::{B, c};\n//! [`super::d`]\nuse crate::x::y::e::E;\nuse super::super::f::F;\nuse super::{g, h::H};";
    assert_eq!(neighbours("x", "x/y/a.rs", text), ["b", "e", "g", "h"]);
    assert_eq!(parts("x", "x/y/a.rs", text), ["f", "y"]);
    let text = "use super::b::B;\nuse crate::x::{c, d::D};";
    assert_eq!(parts("x", "x/y/mod.rs", text), ["b", "c", "d"]);
    assert_eq!(neighbours("x", "x/y/a.rs", "use super::b;"), ["b"]);
    let uses = |pairs: &[(&str, &[&str])]| -> BTreeMap<String, Vec<String>> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, used)| {
                (
                    (*name).to_owned(),
                    used.iter().map(|u| (*u).to_owned()).collect(),
                )
            })
            .collect()
    };
    let found = circles(uses(&[
        ("a", &["b"]),
        ("b", &["c", "d"]),
        ("c", &["a"]),
        ("d", &[]),
    ]));
    assert_eq!(found.into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
}

/// Words that only some folders may use: engines' names, the fact that the built-in engine stores
/// images itself, and the name of a subcommand as it was typed. Other folders ask an engine, or the
/// table of subcommands, about such properties. (The names in that table are for messages only,
/// which their type says.)
fn known_in() -> Vec<(Vec<&'static str>, Vec<String>)> {
    let last = table::last_resort().name;
    let names = table::ENGINES.iter().map(|engine| engine.name);
    // The word `host` has other meanings as well.
    let clients = names.filter(|name| *name != last && *name != "host");
    let of_engines = clients.map(|name| format!("\"{name}\""));
    let types = ["Implementation", "Dialect", "BuiltIn"].map(str::to_owned);
    let built_in = vec![format!("\"{last}\""), ".store".to_owned()];
    vec![
        (vec!["engine"], of_engines.chain(types).collect()),
        (vec!["engine", "sandbox"], built_in),
        (vec!["cli"], vec![".typed".to_owned()]),
    ]
}

/// Every word that a folder must not use, as `file: word`.
fn too_well_known(folder: &str, file: &str, text: &str) -> Vec<String> {
    let others = known_in().into_iter();
    let others = others.filter(|(in_, _)| !in_.contains(&folder));
    let words = others.flat_map(|(_, words)| words);
    let found = words.filter(|word| text.contains(word.as_str()));
    found.map(|word| format!("{file}: {word}")).collect()
}

#[test]
fn only_the_engines_know_which_ones_there_are() {
    in_each_file(too_well_known);
}

/// Every name of a family in a file, as `file: name`: the whole name, or its last word on its own.
fn families(folder: &str, file: &str, text: &str) -> Vec<String> {
    if folder == "target" {
        return Vec::new();
    }
    // Comments may name a family as an example. The name of the machine that cross itself runs on
    // may contain a family's.
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let text = code.collect::<Vec<_>>().join("\n").replace(HOST, "");
    let last = |name: &'static str| name.rsplit('-').next().filter(|word| word.len() > 3);
    let names = crate::target::families().flat_map(|name| [Some(name), last(name)]);
    // A name inside a longer word, as in `libsdl2`, does not count.
    let is_there = |name: &&str| {
        let mut around = text.match_indices(*name).map(|(at, _)| {
            let before = text[..at].chars().next_back();
            (before, text[at + name.len()..].chars().next())
        });
        let is_end = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        around.any(|(before, behind)| is_end(before) && is_end(behind))
    };
    let found = names.flatten().filter(is_there);
    let found: BTreeSet<&str> = found.collect();
    found.iter().map(|name| format!("{file}: {name}")).collect()
}

#[test]
fn no_other_folder_knows_which_families_there_are() {
    in_each_file(families);
}

#[test]
fn the_measurement_knows_no_family() {
    let found = files("tests/matrix").into_iter();
    let found = found.flat_map(|(name, text)| families("tests", &name, &text));
    assert_eq!(found.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_name_of_a_family_is_found() {
    let text = "// as on linux-gnu\nlet host = \"x86_64-unknown-linux-gnu\";\nif triple.contains(\"musl\") {}";
    assert_eq!(families("plan", "plan/x.rs", text), ["plan/x.rs: musl"]);
    assert!(families("target", "target/x.rs", text).is_empty());
}

#[test]
fn the_name_of_an_engine_is_found() {
    let name = table::ENGINES[0].name;
    let text = format!("if engine.name() == \"{name}\" || engine.store.is_none() {{}}");
    let found = |folder: &str| too_well_known(folder, "x.rs", &text);
    let named = format!("x.rs: \"{name}\"");
    assert_eq!(found("plan"), [named.as_str(), "x.rs: .store"]);
    assert_eq!(found("sandbox"), [named.as_str()]);
    assert!(found("engine").is_empty());
    let text = "if invocation.typed == Some(\"run\".into()) {}";
    assert_eq!(too_well_known("plan", "x.rs", text), ["x.rs: .typed"]);
}

#[test]
fn an_upward_use_is_found() {
    let text = "use cross_base::error::Error;\nuse crate::plan::Plan;\n#[cfg(test)]\nmod tests {\nuse crate::util;\n}";
    let text = without_tests(text);
    assert_eq!(upward("cli", "cli/x.rs", text), ["cli/x.rs: plan"]);
    let list = "use crate::{\n    target, plan::Plan,\n    util,\n};";
    assert_eq!(upward("cli", "x", list), ["x: plan", "x: util"]);
}

#[test]
fn the_page_for_developers_shows_the_order() {
    let page = include_str!("../docs/architecture.md");
    let order = [CRATES, ORDER].concat().join(" → ");
    assert!(
        page.contains(&order),
        "docs/architecture.md does not show `{order}`"
    );
}
