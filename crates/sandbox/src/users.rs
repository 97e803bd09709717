//! Users other than root in a sandbox of a caller who is not root. They are the caller's
//! subordinate ids from the system's administrator (`/etc/subuid`, `/etc/subgid`), mapped by
//! set-user-ID programs (`newuidmap`, `newgidmap`).
//! <https://man7.org/linux/man-pages/man5/subuid.5.html>

use std::path::{Path, PathBuf};

use super::{Args, cmd};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::{Cmd, reason};

/// The first id on the host, and the number of ids.
type Range = (u64, u64);

/// For users and for groups: the file with subordinate ids, and the program that maps them.
const KINDS: [(&str, &str); 2] = [("/etc/subuid", "newuidmap"), ("/etc/subgid", "newgidmap")];

/// Whether commands of a build can have other users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Others {
    /// They can: the caller has subordinate ids, and mapping them works.
    There,
    /// The caller has no subordinate ids, or is real root, who needs none.
    None,
    /// The caller has subordinate ids, but mapping them fails for this reason.
    Refused(String),
}

/// Finds out whether a sandbox can have other users, by starting one.
#[must_use]
pub fn others(host: &Host) -> Others {
    if host.uid == 0 || KINDS.iter().any(|(file, _)| ranges(file, host).is_empty()) {
        return Others::None;
    }
    let trial = Args {
        as_root: true,
        other_users: true,
        workdir: PathBuf::from("/"),
        command: vec!["true".into()],
        ..Args::default()
    };
    match cmd(&host.program, &trial).output() {
        Ok(output) if output.status.success() => Others::There,
        Ok(output) => Others::Refused(reason(&output)),
        Err(error) => Others::Refused(error.message().to_owned()),
    }
}

/// Maps root to the caller and the ids behind it to the caller's subordinate ids, in another
/// process's namespace.
pub(super) fn map(process: &str, host: &Host) -> Result<()> {
    for ((file, program), own) in KINDS.into_iter().zip([host.uid, host.gid]) {
        let found = host.on_path(program);
        let found = found.ok_or_else(|| {
            // This is the package in Debian. Other distributions have the program in the package of
            // `useradd`.
            Error::new(format!("there is no `{program}` (package `uidmap`)"))
        })?;
        let words = words(own, &ranges(file, host));
        let cmd = Cmd::new(found).arg(process).args(words);
        let output = cmd.output()?;
        if !output.status.success() {
            return Err(Error::new(format!("{cmd} failed: {}", reason(&output))));
        }
    }
    Ok(())
}

/// The arguments for the mapping programs: for each range the first id inside, the first id
/// outside, and the number of ids.
fn words(own: u32, ranges: &[Range]) -> Vec<String> {
    let mut words = vec!["0".to_owned(), own.to_string(), "1".to_owned()];
    let mut inside = 1;
    for (first, count) in ranges {
        words.extend([inside, *first, *count].map(|number| number.to_string()));
        inside += count;
    }
    words
}

/// The caller's ranges in one of the files. The file names the caller by name or number.
fn ranges(file: &str, host: &Host) -> Vec<Range> {
    let read = |path: &str| fs::read_if_exists(Path::new(path)).ok().flatten();
    let names = read("/etc/passwd").unwrap_or_default();
    let name = name(&names, host.uid).unwrap_or(host.user_name());
    parse(&read(file).unwrap_or_default(), name, host.uid)
}

fn parse(text: &str, name: &str, uid: u32) -> Vec<Range> {
    let uid = uid.to_string();
    let mut found = Vec::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        if fields.next().is_some_and(|who| who == name || who == uid) {
            let mut number = || fields.next()?.trim().parse::<u64>().ok();
            if let (Some(first), Some(count @ 1..)) = (number(), number()) {
                // The kernel has no ids beyond 32 bits.
                if u32::try_from(first.saturating_add(count)).is_ok() {
                    found.push((first, count));
                }
            }
        }
    }
    found
}

/// The name of a user in `/etc/passwd`.
fn name(passwd: &str, uid: u32) -> Option<&str> {
    let uid = uid.to_string();
    let mut lines = passwd.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)? == uid).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn ranges_are_found_by_name_and_by_number() {
        let text = "other:1:2\nme:100000:65536\n# me:3:4\n1000:200000:10\nme:5\nme:5:x\nme:7:0\nme:1:99999999999\n";
        let found = parse(text, "me", 1000);
        assert_eq!(found, [(100_000, 65_536), (200_000, 10)]);
        assert_eq!(parse(text, "nobody", 1), []);
        let words = words(1000, &found).join(" ");
        assert_eq!(words, "0 1000 1 1 100000 65536 65537 200000 10");
    }

    #[test]
    fn a_users_name_is_the_first_field_of_the_line_with_the_number() {
        let passwd = "root:x:0:0::/root:/bin/sh\nbroken\nme:x:1000:5::/home/me:/bin/sh\n";
        assert_eq!(name(passwd, 1000), Some("me"));
        assert_eq!(name(passwd, 5), None);
    }
}
