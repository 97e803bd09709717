//! The table of places that projects do not get mounted: what is refused of each place, and why.

/// The paths at and below a place that are refused. A path that contains the place is refused too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The place and all below it are refused for every reason.
    All,
    /// The place is refused. A path below it is refused if it would be written to, or if nothing
    /// names it as an input ([`super::asker::Asker::is_implicit`]), such as the end of a symbolic
    /// link.
    Programs,
    /// The place is refused. A path below it is refused if it would be written to.
    Writes,
    /// The place is refused. A path below it is refused only if nothing names it as an input
    /// ([`super::asker::Asker::is_implicit`]), such as the end of a symbolic link.
    Links,
    /// The place is refused. Below it, hidden files and directories are refused if they would be
    /// written to, because shells, desktops and other programs run what such files contain. In
    /// `.cache` there are virtual environments and the like. They are refused too if nothing names
    /// them as an input ([`super::asker::Asker::is_implicit`]), because programs keep passwords in
    /// them; `.cache` and the project's own hidden directory are not.
    Hidden,
    /// Only the place itself is refused.
    Itself,
    /// The place is an exception within another place: it and all below it are allowed.
    Nothing,
}

/// A place's path, what is refused of it, and why, as the end of a sentence that begins with the
/// path.
pub(super) type Row = (&'static str, Reach, &'static str);

/// Places by absolute paths.
pub(super) const SYSTEM: &[Row] = &[
    ("/bin", Reach::Programs, CONTAINERS_OWN),
    ("/sbin", Reach::Programs, CONTAINERS_OWN),
    ("/lib", Reach::Programs, CONTAINERS_OWN),
    ("/lib32", Reach::Programs, CONTAINERS_OWN),
    ("/lib64", Reach::Programs, CONTAINERS_OWN),
    ("/libx32", Reach::Programs, CONTAINERS_OWN),
    ("/usr", Reach::Programs, CONTAINERS_OWN),
    ("/boot", Reach::All, "holds what the machine starts with"),
    // Containers that run as root could read passwords and servers' keys.
    ("/etc", Reach::All, CONTAINERS_OWN),
    ("/etc/ssl/certs", Reach::Writes, CONTAINERS_OWN),
    ("/etc/ca-certificates", Reach::Writes, CONTAINERS_OWN),
    ("/etc/pki/ca-trust", Reach::Writes, CONTAINERS_OWN),
    ("/etc/pki/tls/certs", Reach::Writes, CONTAINERS_OWN),
    ("/dev", Reach::All, CONTAINERS_OWN),
    ("/dev/shm", Reach::Itself, SHARED),
    ("/proc", Reach::All, CONTAINERS_OWN),
    ("/sys", Reach::All, CONTAINERS_OWN),
    // The directory has the sockets of docker, containerd and podman, and those of the user's
    // session.
    (
        "/run",
        Reach::All,
        "holds the sockets of services and container engines",
    ),
    // Desktops mount removable disks here.
    ("/run/media", Reach::Nothing, ""),
    ("/var", Reach::Links, CONTAINERS_OWN),
    ("/var/lib/docker", Reach::All, ENGINE),
    ("/var/lib/containerd", Reach::All, ENGINE),
    ("/var/lib/containers", Reach::All, ENGINE),
    (
        "/var/spool",
        Reach::All,
        "holds what services are told to do",
    ),
    // Projects below these directories are allowed: tests and CI machines often have them there.
    ("/tmp", Reach::Itself, SHARED),
    ("/var/tmp", Reach::Itself, SHARED),
    ("/opt", Reach::Itself, CONTAINERS_OWN),
    // Cross's images have their compilers and sysroots here; the next place is the home directory.
    ("/opt/cross", Reach::All, CONTAINERS_OWN),
    (
        CONTAINER_HOME,
        Reach::Itself,
        "is the container's home directory",
    ),
    ("/root", Reach::Hidden, HOME),
];
pub(super) const CONTAINERS_OWN: &str = "is something that the container has itself";
const SHARED: &str = "is for everybody's temporary files, and the container has its own";
const ENGINE: &str = "holds all containers";
pub(super) const HOME: &str = "is a home directory";

/// Places by paths relative to a home directory.
pub(super) const IN_HOME: &[Row] = &[
    (".ssh", Reach::All, "holds keys"),
    (".gnupg", Reach::All, "holds keys"),
    (".pki", Reach::All, "holds keys"),
    (".age", Reach::All, "holds keys"),
    (".password-store", Reach::All, "holds passwords"),
    (".local/share/keyrings", Reach::All, "holds passwords"),
    (".local/share/kwalletd", Reach::All, "holds passwords"),
    // Many programs keep tokens here: gh, gcloud, podman, browsers.
    (
        ".config",
        Reach::All,
        "holds the settings and tokens of programs",
    ),
    (".aws", Reach::All, CLOUD),
    (".azure", Reach::All, CLOUD),
    (".gcloud", Reach::All, CLOUD),
    (".oci", Reach::All, CLOUD),
    (".kube", Reach::All, CLOUD),
    (".boto", Reach::All, CLOUD),
    (".s3cfg", Reach::All, CLOUD),
    (".terraform.d", Reach::All, CLOUD),
    (".terraformrc", Reach::All, CLOUD),
    (".vault-token", Reach::All, CLOUD),
    (
        ".docker",
        Reach::All,
        "holds the passwords of image registries",
    ),
    (".netrc", Reach::All, "holds passwords"),
    (".git-credentials", Reach::All, "holds passwords"),
    (".pgpass", Reach::All, "holds passwords"),
    (".my.cnf", Reach::All, "holds passwords"),
    (".npmrc", Reach::All, PUBLISHING),
    (".pypirc", Reach::All, PUBLISHING),
    (".gem", Reach::All, PUBLISHING),
    (".m2", Reach::All, PUBLISHING),
    (".gradle", Reach::All, PUBLISHING),
    (".mozilla", Reach::All, "holds the sessions of a browser"),
    (".thunderbird", Reach::All, "holds mail"),
    (".bash_history", Reach::All, "holds what was typed"),
    (".zsh_history", Reach::All, "holds what was typed"),
    (".Xauthority", Reach::All, "opens the desktop"),
    ("bin", Reach::Writes, "is where shells look for programs"),
];
const CLOUD: &str = "holds keys of a cloud";
const PUBLISHING: &str = "holds the tokens of a package registry";

/// The home directory in containers, a file system in memory that is empty at every start.
pub(crate) const CONTAINER_HOME: &str = "/home/cross";
