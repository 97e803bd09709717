//! The places that projects do not get, with what is refused of each and why.

/// What of a place is refused. Whatever contains a place is refused with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of it, to everybody.
    All,
    /// The place itself; what is in it where it would be written to, and to links.
    Programs,
    /// The place itself; what is in it where it would be written to.
    Writes,
    /// The place itself; what is in it to links, which are no wish but happen to be there.
    Links,
    /// The place itself; what is hidden in it where it would be written to: shells and desktops
    /// start what such files say.
    Hidden,
    /// The place itself.
    Itself,
    /// Nothing: an exception within another place.
    Nothing,
}

/// A row of the table.
pub(super) type Row = (&'static str, Reach, &'static str);

/// Places by their absolute paths.
pub(super) const SYSTEM: &[Row] = &[
    ("/bin", Reach::Programs, CONTAINERS_OWN),
    ("/sbin", Reach::Programs, CONTAINERS_OWN),
    ("/lib", Reach::Programs, CONTAINERS_OWN),
    ("/lib32", Reach::Programs, CONTAINERS_OWN),
    ("/lib64", Reach::Programs, CONTAINERS_OWN),
    ("/libx32", Reach::Programs, CONTAINERS_OWN),
    ("/usr", Reach::Programs, CONTAINERS_OWN),
    ("/boot", Reach::All, "holds what the machine starts with"),
    // Root can read what others cannot: passwords, keys of servers.
    ("/etc", Reach::All, CONTAINERS_OWN),
    ("/etc/ssl/certs", Reach::Writes, CONTAINERS_OWN),
    ("/etc/ca-certificates", Reach::Writes, CONTAINERS_OWN),
    ("/etc/pki/ca-trust", Reach::Writes, CONTAINERS_OWN),
    ("/etc/pki/tls/certs", Reach::Writes, CONTAINERS_OWN),
    ("/dev", Reach::All, CONTAINERS_OWN),
    ("/dev/shm", Reach::Itself, SHARED),
    ("/proc", Reach::All, CONTAINERS_OWN),
    ("/sys", Reach::All, CONTAINERS_OWN),
    // The sockets of docker, containerd and podman are here, and those of the user's session.
    (
        "/run",
        Reach::All,
        "holds the sockets of services and container engines",
    ),
    // Where desktops mount disks.
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
    // Not a project below them: many stand there in tests and on machines for CI.
    ("/tmp", Reach::Itself, SHARED),
    ("/var/tmp", Reach::Itself, SHARED),
    ("/opt", Reach::Itself, CONTAINERS_OWN),
    // The compilers and sysroots of cross's images, and the container's home directory.
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

/// Places below a home directory.
pub(super) const IN_HOME: &[Row] = &[
    (".ssh", Reach::All, "holds keys"),
    (".gnupg", Reach::All, "holds keys"),
    (".pki", Reach::All, "holds keys"),
    (".age", Reach::All, "holds keys"),
    (".password-store", Reach::All, "holds passwords"),
    (".local/share/keyrings", Reach::All, "holds passwords"),
    (".local/share/kwalletd", Reach::All, "holds passwords"),
    // What most programs keep there includes tokens: gh, gcloud, containers, browsers.
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

/// The home directory in a container: writable, and empty at every start.
pub(crate) const CONTAINER_HOME: &str = "/home/cross";
