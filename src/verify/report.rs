//! Reports about files, and the search for the object files that use a program's symbols.

use std::collections::BTreeMap;

use serde::Serialize;

use super::archive::{self, Archive};
use super::facts::facts;
use super::version::{is_above, parts};
use super::{Facts, FileType, Need, Symbol};
use cross_base::version::Version;

/// A file with the facts about it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Report {
    /// The file's name as the user gave it.
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) content: Content,
}

#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Content {
    Object(Box<Facts>),
    Archive(Archive),
}

/// Reads a file's content.
///
/// # Errors
///
/// If the file is damaged or its format is not known.
pub(crate) fn read(file: &str, data: &[u8]) -> Result<Report, String> {
    let report = |content| Report {
        file: file.to_owned(),
        content,
    };
    if let Some(archive) = archive::read(data)? {
        return Ok(report(Content::Archive(archive)));
    }
    match facts(data)? {
        Some(facts) => Ok(report(Content::Object(Box::new(facts)))),
        None => Err("it is no program, library, object file or archive that is known".to_owned()),
    }
}

impl Report {
    /// The versions of symbols that the file needs.
    pub(crate) fn needs(&self) -> &[Need] {
        match &self.content {
            Content::Object(facts) => &facts.needs,
            Content::Archive(archive) => &archive.needs,
        }
    }

    /// The file's object, or one object of each group in an archive with the name of the group's
    /// first member.
    pub(super) fn objects(&self) -> Vec<(Option<&str>, &Facts)> {
        match &self.content {
            Content::Object(facts) => vec![(None, facts)],
            Content::Archive(archive) => archive
                .objects
                .iter()
                .map(|group| (Some(group.first.as_str()), &group.facts))
                .collect(),
        }
    }

    /// The symbol whose version of glibc is the newest above the floor, as half a sentence. None if
    /// no symbol is above it. Without a floor every version of glibc's is above.
    pub(super) fn above(&self, floor: Option<&Version>) -> Option<String> {
        let above = self.needs().iter();
        let above: Vec<&Need> = above.filter(|n| is_above(&n.version, floor)).collect();
        let newest = above.iter().max_by_key(|need| parts(&need.version).1)?;
        let version = &newest.version;
        let Some(symbol) = newest.symbols.first() else {
            return Some(format!("needs `{version}`"));
        };
        let Symbol { name, asked_by, .. } = symbol;
        let by = match asked_by.as_slice() {
            [] => String::new(),
            [one] => format!(" (for `{one}`)"),
            [one, others @ ..] => format!(" (for `{one}` and {} more)", others.len()),
        };
        let count: usize = above.iter().map(|need| need.symbols.len()).sum();
        let more = match count {
            1 => String::new(),
            2 => " and one more symbol".to_owned(),
            count => format!(" and {} more symbols", count - 1),
        };
        Some(format!("needs `{name}@{version}`{by}{more}"))
    }
}

/// For each symbol that a program or shared library needs, adds the object files and members of
/// archives among the reports that use the symbol.
pub(crate) fn name_askers(reports: &mut [Report]) {
    // The users of symbols, by machine and symbol.
    let mut askers: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for report in reports.iter() {
        let mut add = |machine: &str, symbol: &str, asker: String| {
            let key = (machine.to_owned(), symbol.to_owned());
            askers.entry(key).or_default().push(asker);
        };
        match &report.content {
            Content::Object(facts) => {
                for symbol in &facts.undefined {
                    add(&facts.machine, symbol, report.file.clone());
                }
            }
            Content::Archive(archive) => {
                // An archive with objects for several machines belongs to no program, so its first
                // machine will do.
                let machine = archive.objects.first().map(|group| &group.facts.machine);
                let Some(machine) = machine else { continue };
                for (symbol, members) in &archive.undefined {
                    for member in members {
                        add(machine, symbol, format!("{}({member})", report.file));
                    }
                }
            }
        }
    }
    for report in reports {
        let Content::Object(facts) = &mut report.content else {
            continue;
        };
        if facts.kind == FileType::ObjectFile {
            continue;
        }
        for symbol in facts.needs.iter_mut().flat_map(|need| &mut need.symbols) {
            let key = (facts.machine.clone(), symbol.name.clone());
            symbol.asked_by = askers.get(&key).cloned().unwrap_or_default();
        }
    }
}
