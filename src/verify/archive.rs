//! Archives of object files: `libx.a`, `libx.rlib`.

use std::collections::BTreeMap;

use object::read::archive::ArchiveFile;
use serde::Serialize;

use super::{Facts, Need, facts::facts, name};

/// The content of an archive.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Archive {
    /// The objects, grouped by what their headers say, in the order of each group's first member.
    pub(crate) objects: Vec<Group>,
    /// The number of members that are not objects.
    pub(crate) others: usize,
    /// The versions of symbols that objects name themselves. The versions of all other symbols are
    /// chosen when a program is linked.
    pub(crate) needs: Vec<Need>,
    /// Undefined symbols, each with the members that use it.
    #[serde(skip)]
    pub(super) undefined: BTreeMap<String, Vec<String>>,
}

/// Members of an archive with equal facts.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Group {
    pub(crate) count: usize,
    /// The name of the first such member.
    pub(crate) first: String,
    #[serde(flatten)]
    pub(crate) facts: Facts,
}

/// Reads an archive. None if the data is not an archive.
///
/// # Errors
///
/// If the archive or one of its members is damaged, or if it is a thin archive.
pub(super) fn read(data: &[u8]) -> Result<Option<Archive>, String> {
    if !data.starts_with(b"!<arch>\n") && !data.starts_with(b"!<thin>\n") {
        return Ok(None);
    }
    let file = ArchiveFile::parse(data).map_err(|error| error.to_string())?;
    if file.is_thin() {
        return Err("it is a thin archive, whose members are files of their own".to_owned());
    }
    let mut archive = Archive::default();
    for member in file.members() {
        let member = member.map_err(|error| error.to_string())?;
        let name = name(member.name());
        let content = member.data(data).map_err(|error| error.to_string())?;
        match facts(content).map_err(|error| format!("its member `{name}`: {error}"))? {
            Some(facts) => archive.add(name, facts),
            None => archive.others += 1,
        }
    }
    Ok(Some(archive))
}

impl Archive {
    fn add(&mut self, member: String, mut facts: Facts) {
        for symbol in std::mem::take(&mut facts.undefined) {
            let members = self.undefined.entry(symbol).or_default();
            members.push(member.clone());
        }
        for need in std::mem::take(&mut facts.needs) {
            self.add_need(&member, need);
        }
        match self.objects.iter_mut().find(|group| group.facts == facts) {
            Some(group) => group.count += 1,
            None => self.objects.push(Group {
                count: 1,
                first: member,
                facts,
            }),
        }
    }

    fn add_need(&mut self, member: &str, mut need: Need) {
        let known = self.needs.iter_mut().find(|n| n.version == need.version);
        for symbol in &mut need.symbols {
            symbol.asked_by.push(member.to_owned());
        }
        match known {
            Some(known) => {
                for symbol in need.symbols {
                    let same = known.symbols.iter_mut().find(|s| s.name == symbol.name);
                    match same {
                        Some(same) => same.asked_by.extend(symbol.asked_by),
                        None => known.symbols.push(symbol),
                    }
                }
            }
            None => self.needs.push(need),
        }
    }
}
