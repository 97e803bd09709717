//! The database of dpkg for packages that are unpacked and not set up. `dpkg --configure --pending`
//! goes on from there, and apt later knows what is installed. The formats are described in dpkg(1),
//! deb(5) and dpkg's `doc/triggers.txt`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cross_base::error::{Error, Result};
use cross_deb::Control;

/// The directory of the database, relative to the root directory.
pub(super) const DIR: &str = "var/lib/dpkg";
/// The suffix of a configuration file's name until dpkg sets its package up.
pub(super) const NEW: &str = ".dpkg-new";
/// The file with a package's own description.
const CONTROL: &str = "control";
/// The files that list a package's configuration files, and the triggers that it waits for.
const CONFFILES: &str = "conffiles";
const TRIGGERS: &str = "triggers";

/// The facts about one package.
pub(super) struct Known {
    pub(super) control: Control,
    /// All paths of the package's archive, even those of files that the image does not have.
    pub(super) paths: Vec<String>,
}

/// A file of the database.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) content: Vec<u8>,
    pub(super) is_program: bool,
}

/// The configuration files of a package, as paths without a leading slash.
pub(super) fn configuration(control: &Control) -> Vec<String> {
    let text = control.text(CONFFILES);
    let lines = text.lines().map(str::trim);
    // Some lines have a word before the path, about a file that the package no longer has.
    let paths = lines.filter(|line| line.starts_with('/'));
    paths.map(|path| path[1..].to_owned()).collect()
}

/// The files of the database for these packages.
///
/// # Errors
///
/// When a package's description has no name.
pub(super) fn files(all: &[Known]) -> Result<Vec<File>> {
    let plain = |path: String, content: String| File {
        path: format!("{DIR}/{path}"),
        content: content.into_bytes(),
        is_program: false,
    };
    let mut status = BTreeMap::new();
    let mut files = vec![plain("info/format".to_owned(), "1\n".to_owned())];
    let mut by_path = String::new();
    let mut by_name: BTreeMap<String, String> = BTreeMap::new();
    for known in all {
        let control = &known.control;
        let about = control.text(CONTROL);
        let name = field(&about, "Package").ok_or_else(|| Error::new("a package has no name"))?;
        let is_for_many = field(&about, "Multi-Arch") == Some("same");
        let stem = match field(&about, "Architecture").filter(|_| is_for_many) {
            Some(architecture) => format!("{name}:{architecture}"),
            None => name.to_owned(),
        };
        status.insert(name.to_owned(), paragraph(&about, &configuration(control)));
        let mut list = "/.\n".to_owned();
        known.paths.iter().for_each(|path| {
            list.push('/');
            list.push_str(path);
            list.push('\n');
        });
        files.push(plain(format!("info/{stem}.list"), list));
        for (file, content) in control.files().filter(|(file, _)| *file != CONTROL) {
            files.push(File {
                path: format!("{DIR}/info/{stem}.{file}"),
                content: content.to_owned(),
                is_program: content.starts_with(b"#!"),
            });
        }
        for (awaited, wanted) in interests(&control.text(TRIGGERS)) {
            let line = format!("{stem}{}\n", if awaited { "" } else { "/noawait" });
            if wanted.starts_with('/') {
                let _ = write!(by_path, "{wanted} {line}");
            } else {
                by_name.entry(wanted).or_default().push_str(&line);
            }
        }
    }
    let named = by_name.into_iter();
    files.extend(named.map(|(name, lines)| plain(format!("triggers/{name}"), lines)));
    files.push(plain("triggers/File".to_owned(), by_path));
    let status: Vec<String> = status.into_values().collect();
    files.push(plain("status".to_owned(), status.join("\n")));
    files.push(plain("available".to_owned(), String::new()));
    Ok(files)
}

/// The value of a field of one line.
fn field<'a>(about: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = about.lines().filter_map(|line| line.split_once(": "));
    fields
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.trim())
}

/// The entry of a package in dpkg's status file.
fn paragraph(about: &str, configuration: &[String]) -> String {
    let mut lines = about.trim_end().lines();
    let mut text = format!(
        "{}\nStatus: install ok unpacked\n",
        lines.next().unwrap_or_default()
    );
    lines.for_each(|line| {
        text.push_str(line);
        text.push('\n');
    });
    if !configuration.is_empty() {
        text.push_str("Conffiles:\n");
        for path in configuration {
            let _ = writeln!(text, " /{path} newconffile");
        }
    }
    text
}

/// The triggers that a package waits for, each with whether the package that activates it has to
/// wait.
fn interests(text: &str) -> Vec<(bool, String)> {
    let one = |line: &str| {
        let mut words = line.split_whitespace();
        let awaited = match words.next()? {
            "interest" | "interest-await" => true,
            "interest-noawait" => false,
            _ => return None,
        };
        Some((awaited, words.next()?.to_owned()))
    };
    text.lines().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn known(files: &[(&str, &str)]) -> Known {
        let files = files.iter();
        let files = files.map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        Known {
            control: Control::new(files.collect()),
            paths: vec!["usr".to_owned(), "usr/lib".to_owned()],
        }
    }

    fn text(files: &[File], path: &str) -> String {
        let mut all = files.iter();
        let file = all.find(|file| file.path == format!("{DIR}/{path}"));
        String::from_utf8(file.unwrap_or_else(|| panic!("{path}")).content.clone()).unwrap()
    }

    #[test]
    fn a_package_is_unpacked_and_its_configuration_new() {
        let all = [known(&[
            (
                "control",
                "Package: a\nVersion: 1\nArchitecture: amd64\nDescription: b\n more\n",
            ),
            ("conffiles", "/etc/a\nremove-on-upgrade /etc/b\n"),
            ("postinst", "#!/bin/sh\n"),
            (
                "triggers",
                "interest-noawait ldconfig\ninterest /usr/share/x\nactivate y\n",
            ),
        ])];
        let files = files(&all).unwrap();
        assert_eq!(
            text(&files, "status"),
            "Package: a\nStatus: install ok unpacked\nVersion: 1\nArchitecture: amd64\nDescription: b\n more\n\
             Conffiles:\n /etc/a newconffile\n"
        );
        assert_eq!(text(&files, "info/a.list"), "/.\n/usr\n/usr/lib\n");
        assert_eq!(text(&files, "triggers/ldconfig"), "a/noawait\n");
        assert_eq!(text(&files, "triggers/File"), "/usr/share/x a\n");
        let script = files.iter().find(|file| file.path.ends_with("a.postinst"));
        assert!(script.unwrap().is_program);
    }

    #[test]
    fn a_package_that_can_be_there_for_many_machines_is_named_with_its_own() {
        let about = "Package: l\nMulti-Arch: same\nArchitecture: amd64\n";
        let files = files(&[known(&[("control", about)])]).unwrap();
        assert_eq!(text(&files, "info/l:amd64.list"), "/.\n/usr\n/usr/lib\n");
    }
}
