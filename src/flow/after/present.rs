//! The programs that images have, so that none of them is said to be missing.

use crate::target::FILES;
use include_dir::{Dir, File};

use crate::target::Row;
use crate::toolchain::debian::Debian;
use cross_base::pattern::matches;

/// The programs of the base image, sorted: what its packages have in the directories of `PATH`, by
/// `dpkg-deb --contents`, and the names that their scripts add with `update-alternatives`. Left out
/// are tools that only native programs need.
#[rustfmt::skip]
const OF_BASE: &[&str] = &[
    "[", "aclocal", "aclocal-1.17", "add-shell", "addr2line", "agetty", "apt", "apt-cache", "apt-cdrom", "apt-config", "apt-get",
    "apt-mark", "ar", "arch", "as", "autoconf", "autoheader", "autom4te", "automake", "automake-1.17", "autoreconf", "autoscan",
    "autoupdate", "awk", "b2sum", "base32", "base64", "basename", "basenc", "bash", "bashbug", "bison", "bison.yacc", "blkdiscard",
    "blkid", "blkzone", "blockdev", "bunzip2", "bzcat", "bzcmp", "bzdiff", "bzegrep", "bzexe", "bzfgrep", "bzgrep", "bzip2",
    "bzip2recover", "bzless", "bzmore", "c++", "c++filt", "c89", "c89-gcc", "c99", "c99-gcc", "c_rehash", "captoinfo", "cat", "cc",
    "chage", "chcon", "chcpu", "chfn", "chgpasswd", "chgrp", "chmem", "chmod", "choom", "chown", "chpasswd", "chroot", "chrt",
    "chsh", "cksum", "clear", "clear_console", "cmake", "cmp", "comm", "corelist", "cp", "cpan", "cpp",
    "cpp-14", "csplit", "curl", "cut", "dash", "date", "dd", "deb-systemd-helper", "deb-systemd-invoke", "debconf",
    "debconf-apt-progress", "debconf-communicate", "debconf-copydb", "debconf-escape", "debconf-set-selections", "debconf-show",
    "df", "dh_autotools-dev_restoreconfig", "dh_autotools-dev_updateconfig", "diff", "diff3", "dir", "dircolors", "dirname",
    "dmesg", "dnsdomainname", "domainname", "dpkg", "dpkg-deb", "dpkg-divert", "dpkg-maintscript-helper", "dpkg-preconfigure",
    "dpkg-query", "dpkg-realpath", "dpkg-reconfigure", "dpkg-split", "dpkg-statoverride", "dpkg-trigger", "du", "echo", "egrep",
    "elfedit", "enc2xs", "encguess", "env", "eu-addr2line", "eu-ar", "eu-elfclassify", "eu-elfcmp", "eu-elfcompress", "eu-elflint",
    "eu-findtextrel", "eu-make-debug-archive", "eu-nm", "eu-objdump", "eu-ranlib", "eu-readelf", "eu-size", "eu-srcfiles",
    "eu-stack", "eu-strings", "eu-strip", "eu-unstrip", "expand", "expiry", "expr", "factor", "faillock", "fallocate", "false",
    "fgrep", "file", "find", "findfs", "findmnt", "flex", "flex++", "flock", "fmt", "fold", "free", "fsck", "fsfreeze",
    "fstab-decode", "fstrim", "funzip", "g++", "g++-14", "gcc", "gcc-14", "gcc-ar", "gcc-ar-14", "gcc-nm", "gcc-nm-14",
    "gcc-ranlib", "gcc-ranlib-14", "gcov", "gcov-14", "gcov-dump", "gcov-dump-14", "gcov-tool", "gcov-tool-14", "gencat", "getconf",
    "getent", "getopt", "getty", "git", "git-receive-pack", "git-upload-archive", "git-upload-pack", "gmake", "gp-archive",
    "gp-collect-app", "gp-display-html", "gp-display-src", "gp-display-text", "gpasswd", "gperf", "gprof", "grep", "groupadd",
    "groupdel", "groupmod", "groups", "grpck", "grpconv", "grpunconv", "gunzip", "gzexe", "gzip", "h2ph", "h2xs", "hardlink",
    "head", "hostid", "hostname", "i386", "iconv", "iconvconfig", "id", "ifnames", "infocmp", "infotocap", "install",
    "installkernel", "instmodsh", "invoke-rc.d", "ionice", "ipcmk", "ipcrm", "ipcs", "ischroot", "isosize", "join", "json_pp",
    "kill", "killall5", "ld", "ld.bfd", "ld.so", "ldattach", "ldconfig", "ldd", "lex", "libnetcfg", "libtoolize", "link", "linux32",
    "linux64", "ln", "locale", "localedef", "logger", "login", "logname", "losetup", "ls", "lsblk", "lscpu", "lsipc", "lslocks",
    "lslogins", "lsmem", "lsns", "lzcat", "lzcmp", "lzdiff", "lzegrep", "lzfgrep", "lzgrep", "lzless", "lzma", "lzmainfo", "lzmore",
    "m4", "make", "make-first-existing-target", "mawk", "mcookie", "md5sum", "mkdir", "mkfifo", "mkfs", "mkhomedir_helper", "mknod",
    "mkswap", "mktemp", "more", "mount", "mountpoint", "mv", "namei", "nasm", "nawk", "ndisasm", "newgrp", "newusers", "nice",
    "ninja", "nisdomainname", "nl", "nm", "nohup", "nologin", "nproc", "nsenter", "numfmt", "objcopy", "objdump", "od", "openssl",
    "pager", "pam-auth-update", "pam_getenv", "pam_namespace_helper", "pam_timestamp_check", "partx", "passwd", "paste", "patch",
    "pathchk", "pdb3", "pdb3.13", "perl", "perl5.40.1", "perlbug", "perldoc", "perlivp", "perlthanks",
    "pgrep", "piconv", "pidof", "pidwait", "pinky", "pivot_root", "pkg-config", "pkgconf", "pkill", "pl2pm", "pldd", "pmap",
    "pod2html", "pod2man", "pod2text", "pod2usage", "podchecker", "pr", "prename", "printenv", "printf", "prlimit", "protoc",
    "prove", "ps", "ptar", "ptardiff", "ptargrep", "ptx", "pwck", "pwconv", "pwd", "pwdx", "pwhistory_helper", "pwunconv",
    "py3clean", "py3compile", "py3versions", "pydoc3", "pydoc3.13", "pygettext3", "pygettext3.13", "python3", "python3.13",
    "ranlib", "rbash", "readelf", "readlink", "readprofile", "realpath", "remove-shell", "rename.ul", "renice", "reset", "rev",
    "rgrep", "rm", "rmdir", "rmt", "rmt-tar", "rpcgen", "rtcwake", "run-parts", "runcon", "runuser", "savelog", "script",
    "scriptlive", "scriptreplay", "sdiff", "sed", "select-editor", "sensible-browser", "sensible-editor", "sensible-pager",
    "sensible-terminal", "seq", "service", "setarch", "setpriv", "setsid", "setterm", "sg", "sh", "sha1sum", "sha224sum",
    "sha256sum", "sha384sum", "sha512sum", "shadowconfig", "shasum", "shred", "shuf", "size", "skill", "slabtop", "sleep", "snice",
    "sort", "splain", "split", "sqv", "start-stop-daemon", "stat", "stdbuf", "streamzip", "strings", "strip", "stty", "su",
    "sulogin", "sum", "swaplabel", "swapoff", "swapon", "switch_root", "sync", "sysctl", "tabs", "tac", "tail", "tar", "tarcat",
    "taskset", "tee", "tempfile", "test", "tic", "timeout", "tini", "tini-static", "tload", "toe", "top", "touch", "tput", "tr",
    "true", "truncate", "tset", "tsort", "tty", "tzselect", "ucf", "ucfq", "ucfr", "uclampset", "umount", "uname", "uncompress",
    "unexpand", "uniq", "unix_chkpwd", "unix_update", "unlink", "unlzma", "unshare", "unxz", "unzip", "unzipsfx",
    "update-alternatives", "update-ca-certificates", "update-passwd", "update-rc.d", "update-shells", "uptime", "useradd",
    "userdel", "usermod", "users", "vdir", "vigr", "vipw", "vmstat", "w", "wall", "watch", "wc", "wcurl", "wdctl", "whereis",
    "which", "which.debianutils", "who", "whoami", "wipefs", "x86_64", "xargs", "xsubpp", "xxd", "xz", "xzcat", "xzcmp", "xzdiff",
    "xzegrep", "xzfgrep", "xzgrep", "xzless", "xzmore", "yacc", "yes", "ypdomainname", "zcat", "zcmp", "zdiff", "zdump", "zegrep",
    "zfgrep", "zforce", "zgrep", "zic", "zipdetails", "zipgrep", "zipinfo", "zless", "zmore", "znew", "zramctl",
];
/// The programs of Rust's toolchains, which each container has.
const OF_RUST: &[&str] = &["cargo", "rustc", "rustdoc"];

/// Whether an image of cross's has a program, which one of Debian's packages has.
pub(super) fn in_image(row: &'static Row, name: &str, package: Option<&str>) -> bool {
    let is_in_base = |package| Debian::new().is_ok_and(|base| base.installs(package));
    OF_BASE.binary_search(&name).is_ok()
        || OF_RUST.contains(&name)
        || is_of_toolchain(row, name)
        || package.is_some_and(|package| is_in_base(package) || is_installed(row, package))
}

/// Whether a program is of the target's toolchain: a compiler or a tool with the target's name
/// before its own, or one that the family names.
fn is_of_toolchain(row: &'static Row, name: &str) -> bool {
    let values = row.parameters().map(|(_, value)| value);
    let mut prefixes = values.chain([row.triple]).filter(|it| it.contains('-'));
    let mut patterns = row.family().programs.iter();
    prefixes.any(|prefix| {
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.starts_with('-'))
    }) || patterns.any(|pattern| matches(pattern, name))
}

/// Whether the scripts that make a row's image install a package. What other stages of its
/// Dockerfile install is not in the image.
fn is_installed(row: &'static Row, package: &str) -> bool {
    let dockerfile = FILES.get_file(&row.family().dockerfile);
    let dockerfile = dockerfile.and_then(File::contents_utf8).unwrap_or_default();
    let stages = stages_of_image(dockerfile);
    let is_run = |file: &&File<'_>| {
        let path = file.path().to_str().unwrap_or_default();
        stages.iter().any(|stage| stage.contains(path))
    };
    let named = row.family().files.iter();
    // A name may be a directory's.
    let files = named.flat_map(|name| {
        let below = FILES.get_dir(name).into_iter().flat_map(Dir::files);
        FILES.get_file(name).into_iter().chain(below)
    });
    let texts = files.filter(is_run).filter_map(File::contents_utf8);
    let mut commands = texts.flat_map(|text| {
        let joined = text.replace("\\\n", " ");
        let lines = joined.lines().map(str::trim_start);
        let lines = lines.filter(|line| !line.starts_with('#') && line.contains(" install "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    });
    commands.any(|command| command.split_whitespace().any(|word| word == package))
}

/// The texts of the last stage of a Dockerfile and of those that it starts from, each without
/// `FROM `.
fn stages_of_image(dockerfile: &str) -> Vec<&str> {
    let mut above: Vec<&str> = dockerfile.split("\nFROM ").skip(1).collect();
    let mut stages = Vec::new();
    let mut next = above.pop();
    while let Some(stage) = next {
        stages.push(stage);
        let base = stage.split_whitespace().next().unwrap_or_default();
        let is_base = |stage: &&str| stage.split_whitespace().nth(2) == Some(base);
        next = above.iter().copied().find(is_base);
    }
    stages
}

/// Whether commands name a program or its package, whatever else they do: `apt-get install`,
/// `pip install`, or a download.
pub(super) fn in_commands(commands: &[String], name: &str, package: Option<&str>) -> bool {
    let is_between = |c: char| c.is_whitespace() || "'\"`;&|()$<>".contains(c);
    // Behind these come an architecture, a version or a release of Debian's.
    let is_end = |c: char| ":=@~![".contains(c);
    let is_it = |word: &str| word == name || Some(word) == package;
    let mut words = commands.iter().flat_map(|line| line.split(is_between));
    words.any(|word| {
        let bare = word.split(is_end).next().unwrap_or_default();
        let mut parts = bare.split('/');
        let (first, last) = (parts.next().unwrap_or_default(), parts.next_back());
        is_it(first) || last.is_some_and(is_it)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tables::PROGRAMS;
    use super::*;
    use crate::target::find;

    #[test]
    fn the_table_and_the_packages_of_the_base_image_say_the_same() {
        assert!(OF_BASE.is_sorted());
        let base = Debian::new().unwrap();
        for (name, package) in PROGRAMS {
            let is_listed = OF_BASE.binary_search(name).is_ok();
            assert_eq!(is_listed, base.installs(package), "{name}");
        }
    }

    #[test]
    fn an_image_has_what_its_packages_and_its_toolchain_have() {
        for (triple, name, package, is_there) in [
            ("aarch64-unknown-linux-gnu", "git", None, true),
            ("aarch64-unknown-linux-gnu", "cc", None, true),
            ("aarch64-unknown-linux-gnu", "cargo", None, true),
            ("aarch64-unknown-linux-gnu", "cmake", Some("cmake"), true),
            (
                "aarch64-unknown-linux-gnu",
                "aarch64-linux-gnu-gcc",
                None,
                true,
            ),
            (
                "aarch64-unknown-linux-gnu",
                "aarch64-unknown-linux-gnu-ar",
                None,
                true,
            ),
            (
                "aarch64-unknown-linux-gnu",
                "aarch64-linux-gnugcc",
                None,
                false,
            ),
            ("aarch64-unknown-linux-gnu", "node", Some("nodejs"), false),
            // Only a stage has it in which libraries are built.
            ("aarch64-unknown-linux-gnu", "gawk", Some("gawk"), false),
            (
                "aarch64-unknown-linux-gnu",
                "wasm-opt",
                Some("binaryen"),
                false,
            ),
            ("aarch64-unknown-linux-gnu", "of-my-own", None, false),
            ("wasm32-unknown-emscripten", "node", Some("nodejs"), true),
            (
                "wasm32-unknown-emscripten",
                "wasm-opt",
                Some("binaryen"),
                true,
            ),
            ("wasm32-unknown-emscripten", "emcc", None, true),
            ("wasm32-unknown-emscripten", "swig", Some("swig"), false),
        ] {
            let row = find(triple).unwrap();
            assert_eq!(in_image(row, name, package), is_there, "{triple}: {name}");
        }
    }

    #[test]
    fn commands_that_name_a_program_bring_it() {
        for (line, is_named) in [
            ("apt-get update && apt-get install --yes nodejs", true),
            ("apt-get install -y nodejs=18.1-1 curl", true),
            ("apt-get install -y nodejs/trixie-backports", true),
            ("apt-get install -y nodejs:amd64", true),
            (
                "sh -c 'curl -o /usr/local/bin/node https://example.com/'",
                true,
            ),
            ("pip install node==1.2", true),
            ("apt-get install -y nodejs-doc", false),
            ("apt-get install -y libnode-dev", false),
            ("curl https://example.com/node.tar.gz", false),
        ] {
            let commands = ["true".to_owned(), line.to_owned()];
            assert_eq!(
                in_commands(&commands, "node", Some("nodejs")),
                is_named,
                "{line}"
            );
        }
        assert!(!in_commands(&[], "node", None));
    }
}
