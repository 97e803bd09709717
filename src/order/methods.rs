//! Functions of one type in several files: their files use each other through `self`, which no path
//! shows.

use std::collections::{BTreeMap, BTreeSet};

use super::{circles, in_each_file, parts};

/// The functions in a file's `impl` blocks, by the name of the type.
fn functions(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut of = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("impl") {
            // `impl<'a> Name<'a> {`, but no trait's.
            let rest = match rest.split_once("> ") {
                Some((_, rest)) if line.starts_with("impl<") => rest,
                _ => rest.trim_start(),
            };
            let end = rest.find(['<', ' ']).unwrap_or(rest.len());
            of = (!line.contains(" for ")).then(|| &rest[..end]);
        } else if line == "}" {
            of = None;
        } else if let Some((of, (before, rest))) = of.zip(line.split_once("fn ")) {
            let is_head = line.starts_with("    ") && !line.starts_with("     ");
            let words = ["pub", "pub(crate)", "pub(super)", "const", "async"];
            if is_head && before.split_whitespace().all(|word| words.contains(&word)) {
                let end = rest.find(['(', '<']).unwrap_or(rest.len());
                found.push((of, &rest[..end]));
            }
        }
    }
    found
}

/// The functions of a type that a file calls through `self` or by the type's name.
fn called<'a>(of: &str, text: &'a str) -> BTreeSet<&'a str> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let by_name = format!("{of}::");
    let code = code.flat_map(|line| {
        // A function that is a value has no parentheses.
        let values = ["Self::", &by_name].map(|start| line.split(start).skip(1).collect());
        let values: [Vec<&str>; 2] = values;
        let values = values.into_iter().flatten().map(|rest| (rest, true));
        // A call in a chain begins its own line.
        let chained = line.trim_start().strip_prefix('.').into_iter();
        let calls = line.split("self.").skip(1).chain(chained);
        values.chain(calls.map(|rest| (rest, false)))
    });
    let names = code.filter_map(|(rest, is_value)| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        (is_value || rest[end..].starts_with('(')).then_some(&rest[..end])
    });
    names.collect()
}

/// The files of a type whose functions stand in several files, each with those whose functions it
/// calls.
fn by_functions(of: &str, files: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut places: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, text) in files {
        let own = functions(text).into_iter();
        places.extend(
            own.filter(|(other, _)| *other == of)
                .map(|(_, f)| (f, name.as_str())),
        );
    }
    let with_type = files
        .iter()
        .filter(|(_, text)| functions(text).iter().any(|f| f.0 == of));
    let uses = with_type.map(|(name, text)| {
        let used = called(of, text).into_iter().filter_map(|f| places.get(f));
        let used = used
            .filter(|other| **other != name)
            .map(|other| (*other).to_owned());
        (name.clone(), used.collect())
    });
    uses.collect()
}

#[test]
fn no_two_files_of_a_folder_use_each_other_through_self() {
    let mut folders: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    in_each_file(|folder, file, text| {
        let part = file.split('/').nth(1).unwrap_or_default();
        let part = part.trim_end_matches(".rs").to_owned();
        if !["mod", "lib"].contains(&&*part) {
            let files = folders.entry(folder.to_owned()).or_default();
            files.entry(part).or_default().push_str(text);
        }
        Vec::new()
    });
    let mut found = BTreeMap::new();
    for (folder, files) in &folders {
        let types = files.values().flat_map(|text| functions(text));
        let types: BTreeSet<&str> = types.map(|(of, _)| of).collect();
        for of in types {
            let mut uses = by_functions(of, files);
            for (name, used) in &mut uses {
                used.extend(parts(folder, &format!("{folder}/{name}.rs"), &files[name]));
                used.remove(name);
            }
            let uses = uses
                .into_iter()
                .map(|(name, used)| (name, used.into_iter().collect()));
            let circle = circles(uses.collect());
            if !circle.is_empty() {
                found.insert(format!("{folder}: {of}"), circle);
            }
        }
    }
    assert_eq!(found, BTreeMap::new());
}

#[test]
fn a_circle_through_self_is_found() {
    let texts = [
        (
            "a",
            "impl Input<'_> {\n    fn one(&self) {\n        self.two();\n    }\n}\n",
        ),
        (
            "b",
            "impl Input<'_> {\n    pub(crate) fn two(&self) {\n        // self.one()\n    }\n}\n",
        ),
        (
            "c",
            "impl Input<'_> {\n    fn three(&self) {\n        let x = self\n            .one();\n    }\n}\n",
        ),
    ];
    let files = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let uses = by_functions("Input", &files.into());
    let uses = uses
        .into_iter()
        .map(|(name, used)| (name, used.into_iter().collect()));
    let uses: BTreeMap<String, Vec<String>> = uses.collect();
    assert_eq!(
        (&uses["a"], &uses["c"]),
        (&vec!["b".to_owned()], &vec!["a".to_owned()])
    );
    assert!(uses["b"].is_empty());
}
