//! Files that describe the machine and its users to the container's programs: certificates, users
//! and groups, the time zone, git's configuration.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cargo::workspace::git_line;
use crate::engine::spec::{Access, Mount};
use crate::image::Image;
use crate::plan::{HOME, PlanInput, Step};
use cross_base::host::{Host, ZONES};

/// The path of the certificates that programs trust, in Debian and so in every image of cross.
pub(crate) const CA_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The users of every Debian system, as `passwd` has them without the field for the password: name,
/// uid, gid, comment, home directory, shell. From `passwd.master` of the package `base-passwd`, and
/// the user of apt.
const USERS: &[(&str, u32, u32, &str, &str, &str)] = &[
    ("root", 0, 0, "root", "/root", "/bin/bash"),
    ("daemon", 1, 1, "daemon", "/usr/sbin", NOLOGIN),
    ("bin", 2, 2, "bin", "/bin", NOLOGIN),
    ("sys", 3, 3, "sys", "/dev", NOLOGIN),
    ("sync", 4, 65534, "sync", "/bin", "/bin/sync"),
    ("games", 5, 60, "games", "/usr/games", NOLOGIN),
    ("man", 6, 12, "man", "/var/cache/man", NOLOGIN),
    ("lp", 7, 7, "lp", "/var/spool/lpd", NOLOGIN),
    ("mail", 8, 8, "mail", "/var/mail", NOLOGIN),
    ("news", 9, 9, "news", "/var/spool/news", NOLOGIN),
    ("uucp", 10, 10, "uucp", "/var/spool/uucp", NOLOGIN),
    ("proxy", 13, 13, "proxy", "/bin", NOLOGIN),
    ("www-data", 33, 33, "www-data", "/var/www", NOLOGIN),
    ("backup", 34, 34, "backup", "/var/backups", NOLOGIN),
    ("list", 38, 38, "Mailing List Manager", "/var/list", NOLOGIN),
    ("irc", 39, 39, "ircd", "/run/ircd", NOLOGIN),
    ("_apt", 42, 65534, "", "/nonexistent", NOLOGIN),
    ("nobody", 65534, 65534, "nobody", "/nonexistent", NOLOGIN),
];
const NOLOGIN: &str = "/usr/sbin/nologin";

/// A manifest for `/`, for projects with a symbolic link that leads there. To find files newer than
/// a build script cargo looks through a package and follows links, and would never come to the end
/// of `/sys`. It skips directories with a manifest, which are other packages. Cargo also looks for
/// a workspace from the project upwards, so this workspace excludes everything below.
/// <https://doc.rust-lang.org/cargo/reference/build-scripts.html#rerun-if-changed>
/// <https://doc.rust-lang.org/cargo/reference/workspaces.html#the-members-and-exclude-fields>
const NO_WORKSPACE: &str = "[workspace]\nexclude = [\"\"]\n";

/// The groups of every Debian system, from `group.master` of the package `base-passwd`.
#[rustfmt::skip]
const GROUPS: &[(&str, u32)] = &[
    ("root", 0), ("daemon", 1), ("bin", 2), ("sys", 3), ("adm", 4), ("tty", 5), ("disk", 6), ("lp", 7),
    ("mail", 8), ("news", 9), ("uucp", 10), ("man", 12), ("proxy", 13), ("kmem", 15), ("dialout", 20),
    ("fax", 21), ("voice", 22), ("cdrom", 24), ("floppy", 25), ("tape", 26), ("sudo", 27), ("audio", 29),
    ("dip", 30), ("www-data", 33), ("backup", 34), ("operator", 37), ("list", 38), ("irc", 39), ("src", 40),
    ("shadow", 42), ("utmp", 43), ("video", 44), ("sasl", 45), ("plugdev", 46), ("staff", 50), ("games", 60),
    ("users", 100), ("nogroup", 65534),
];

impl PlanInput<'_> {
    /// Mounts the certificates, the time zone, git's configuration, and the lists of users and
    /// groups with the caller.
    pub(super) fn system(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        let mut show = |source: PathBuf, target: &str| {
            mounts.push(Mount {
                source,
                target: PathBuf::from(target),
                access: Access::ReadOnly,
            });
        };
        if let Some(bundle) = self.ca_bundle {
            show(bundle.to_owned(), CA_BUNDLE);
        }
        // In an image that is not cross's, `/etc/localtime` may be a link to a zone's file. A mount
        // would then change that zone.
        if let Some(zone) = self
            .context
            .host
            .local_time
            .as_ref()
            .filter(|_| self.image.is_ours())
        {
            show(zone.clone(), "/etc/localtime");
            if let Some(name) = zone_name(zone) {
                let file = self.generated(prepare, "timezone", format!("{name}\n"));
                show(file, "/etc/timezone");
                if self.zone_of_the_machine().is_some() {
                    show(zone.clone(), &format!("{ZONES}/{name}"));
                }
            }
        }
        // The image may lack this zone, or have other rules for it. The C library would silently
        // use UTC for a zone that is not there.
        if let Some((name, file)) = self
            .context
            .host
            .zone
            .as_ref()
            .filter(|_| self.image.is_ours())
        {
            show(file.clone(), &format!("{ZONES}/{name}"));
        }
        if self.workspace.link_to_the_root.is_some() {
            let manifest = self.generated(prepare, "root.toml", NO_WORKSPACE.to_owned());
            show(manifest, "/Cargo.toml");
        }
        let mut git = git_config(&self.workspace.trusted_trees);
        // An image of the user's may have a file of its own with more in it.
        if matches!(self.image, Image::Provided { .. }) {
            let user = &self.workspace.user_git;
            for (key, text) in &user.lists {
                let target = format!("{GIT_LISTS}/{key}");
                show(self.generated(prepare, key, text.clone()), &target);
                git.extend(git_line(key, Some(&target)));
            }
            let lines = user.settings.iter();
            git.extend(lines.filter_map(|(key, value)| git_line(key, value.as_deref())));
        }
        if !git.is_empty() {
            show(self.generated(prepare, "gitconfig", git), "/etc/gitconfig");
        }
        // Root is the caller, and every image has an entry for root.
        if self.engine.maps_root_to_caller() {
            return;
        }
        for (name, text) in [
            ("passwd", passwd(self.context.host)),
            ("group", group(self.context.host)),
        ] {
            let source = self.generated(prepare, name, text);
            show(source, &format!("/etc/{name}"));
        }
    }
}

impl PlanInput<'_> {
    /// The name of the machine's time zone for the variable `TZ`. None if the caller or the
    /// configuration says the variable. `/etc/localtime` is no link in the container, and some
    /// programs know a zone's name by the link alone.
    pub(super) fn zone_of_the_machine(&self) -> Option<&str> {
        let host = self.context.host;
        let is_said =
            host.var(ZONE).is_some() || self.is_named(ZONE) || self.image.has_variable(ZONE);
        let is_said = is_said || !self.image.is_ours();
        zone_name(host.local_time.as_ref().filter(|_| !is_said)?)
    }
}

/// The variable with the name of the time zone.
pub(super) const ZONE: &str = "TZ";

/// The directory of git's lists of ignored files and attributes.
const GIT_LISTS: &str = "/opt/cross/git";

/// The lines of `/etc/gitconfig` with which git accepts working trees of another user. It is a file
/// because libgit2 ignores git's variables. It is not in the home directory, where programs may
/// want to write their own.
fn git_config(trees: &BTreeSet<PathBuf>) -> String {
    let line = |tree: &PathBuf| git_line("safe.directory", Some(&tree.display().to_string()));
    trees.iter().filter_map(line).collect()
}

/// The name of a time zone, from the path of its file.
fn zone_name(file: &Path) -> Option<&str> {
    let (_, name) = file.to_str()?.rsplit_once("/zoneinfo/")?;
    let name = name.strip_prefix("posix/").unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

/// The text of `/etc/passwd`: the caller, and Debian's users less the one that has the caller's
/// name or uid. <https://man7.org/linux/man-pages/man5/passwd.5.html>
fn passwd(host: &Host) -> String {
    let (uid, gid, name) = (host.uid, host.gid, host.user_name());
    let mut text = format!("{name}:x:{uid}:{gid}::{HOME}:/bin/sh\n");
    let others = USERS.iter().filter(|user| user.0 != name && user.1 != uid);
    for (name, uid, gid, comment, home, shell) in others {
        let _ = writeln!(text, "{name}:x:{uid}:{gid}:{comment}:{home}:{shell}");
    }
    text
}

/// The text of `/etc/group`: the caller's group, and Debian's less the one that has the caller's
/// name or gid.
fn group(host: &Host) -> String {
    let (gid, name) = (host.gid, host.user_name());
    let mut text = format!("{name}:x:{gid}:\n");
    let others = GROUPS
        .iter()
        .filter(|group| group.0 != name && group.1 != gid);
    for (name, gid) in others {
        let _ = writeln!(text, "{name}:x:{gid}:");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn host(name: &str, uid: u32, gid: u32) -> Host {
        Host {
            env: [("USER".into(), name.into())].into(),
            uid,
            gid,
            ..Host::default()
        }
    }

    /// Whether every name and every number is in the text only once.
    fn is_unambiguous(text: &str) -> bool {
        let field = |i| {
            text.lines()
                .map(move |line| line.split(':').nth(i).unwrap())
        };
        [0, 2].into_iter().all(|i| {
            let values: BTreeSet<_> = field(i).collect();
            values.len() == text.lines().count()
        })
    }

    #[test]
    fn the_caller_is_one_of_debians_users() {
        let text = passwd(&host("tester", 1234, 1234));
        assert!(
            text.starts_with(
                "tester:x:1234:1234::/home/cross:/bin/sh\nroot:x:0:0:root:/root:/bin/bash\n"
            ),
            "{text}"
        );
        for line in [
            "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
            "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin",
        ] {
            assert!(text.lines().any(|l| l == line), "{text}");
        }
        let text = group(&host("tester", 1234, 1234));
        assert!(text.starts_with("tester:x:1234:\nroot:x:0:\n"), "{text}");
        for line in ["nogroup:x:65534:", "tty:x:5:"] {
            assert!(text.lines().any(|l| l == line), "{text}");
        }
    }

    #[test]
    fn the_callers_name_and_numbers_count_more_than_debians() {
        for (name, uid, gid) in [
            ("root", 0, 0),
            ("alice", 0, 0),
            ("games", 1000, 100),
            ("bob", 65534, 65534),
        ] {
            let host = host(name, uid, gid);
            let (passwd, group) = (passwd(&host), group(&host));
            assert!(
                passwd.starts_with(&format!("{name}:x:{uid}:{gid}:")),
                "{passwd}"
            );
            assert!(group.starts_with(&format!("{name}:x:{gid}:")), "{group}");
            assert!(
                is_unambiguous(&passwd) && is_unambiguous(&group),
                "{passwd}\n{group}"
            );
        }
    }

    #[test]
    fn a_zone_is_named_by_the_place_of_its_file() {
        let name = |file| zone_name(Path::new(file));
        assert_eq!(name("/usr/share/zoneinfo/Asia/Tokyo"), Some("Asia/Tokyo"));
        assert_eq!(name("/usr/share/zoneinfo/posix/UTC"), Some("UTC"));
        assert_eq!(name("/etc/localtime"), None);
    }
}
