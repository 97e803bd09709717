//! The built-in engine: runs a command in an unpacked image. It uses new user, mount and PID
//! namespaces, and an overlay of the image's layers as the root directory, with the mounts of the
//! container contract. It needs neither a daemon nor root. Signals, terminal, job control and exit
//! code are those of a plain program (`init.rs`).
//!
//! `cross` starts itself with [`WORD`] as first argument to become a sandbox, because only a
//! process with one thread can enter a user namespace. The other arguments ([`Args`]) say
//! everything, and a user can paste them.

mod args;
pub mod binfmt;
pub mod build;
mod decompress;
mod devices;
mod dir;
mod init;
mod layer;
mod loopback;
pub mod mounts;
pub mod names;
pub mod namespace;
mod owners;
pub mod registry;
mod root;
mod running;
mod seccomp;
pub mod store;
mod sum;
mod syscalls;
pub mod trial;
pub mod unpack;
pub mod users;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::mount::{MountFlags, UnmountFlags};

pub use args::{Args, Bind, Network};
use cross_base::beneath::Place;
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::process::Cmd;
use mounts::Tree;
use namespace::Processes;
use root::Root;
use seccomp::Filter;
use syscalls::attr;

/// The `PATH` for images that set none, as other engines have it.
pub const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The first argument that makes `cross` a sandbox.
pub const WORD: &str = "__sandbox";
/// The first argument that makes `cross` the process that maps a sandbox's users.
const MAPPER: &str = "__sandbox-mapper";
/// The first argument that makes `cross` the first process in a PID namespace.
const STEP: &str = "__sandbox-step";

/// The first argument that makes `cross` try out, step by step, what a sandbox can do here.
const TRIAL: &str = "__sandbox-trial";
/// The first argument that makes `cross` try to set up a whole sandbox.
const WHOLE_TRIAL: &str = "__sandbox-whole-trial";

/// The store's directory of layers.
pub const LAYERS: &str = "layers";
/// The directory in the store where a root directory is assembled, in a mount namespace of its own.
const STAGE: &str = "stage";

/// The path in the sandbox with the files that a build step copies.
const COPIED: &str = "/dev/cross-copied";
/// The path in the sandbox of apt's configuration for namespaces with no user but root.
const APT: &str = "/dev/cross-apt.conf";

/// The command that starts `program`, which is cross itself, as a sandbox.
#[must_use]
pub fn cmd(program: &Path, args: &Args) -> Cmd {
    Cmd::new(program).args(args.words())
}

/// Runs a sandbox. Returns the exit code, which is the command's.
///
/// # Errors
///
/// If the arguments are wrong, or the sandbox cannot be set up.
pub fn main(args: Vec<OsString>, host: &Host) -> Result<u8> {
    if let [word, what] = args.as_slice() {
        let path = Path::new(what);
        let done = match word.to_str() {
            Some(MAPPER) => Some(namespace::serve(&what.to_string_lossy(), host)),
            Some(owners::WORD) => Some(owners::give_back(path, host)),
            Some(TRIAL) => Some(trial::main(path, false, host)),
            Some(WHOLE_TRIAL) => Some(trial::main(path, true, host)),
            _ => None,
        };
        if let Some(done) = done {
            return done.map(|()| 0);
        }
    }
    // The command must not inherit open files: an open directory would lead to all files of the
    // host.
    close_fds::set_fds_cloexec(3, &[]);
    if args.first().is_some_and(|word| word == STEP) {
        return first(args, host);
    }
    let args = Args::parse(args)?;
    if let Some(dir) = &args.upper {
        end_with_parent(dir)?;
    }
    if args.layers.is_empty() {
        // Without layers, the command is a program of the host that makes a root directory.
        let processes = Processes::Shared;
        let others = namespace::unshare(args.network, args.other_users, processes, host)?;
        let cmd = prepare(&args, others, (host.uid, host.gid), host)?;
        return Err(cmd.exec());
    }
    namespace::unshare(args.network, args.other_users, Processes::Own, host)?;
    init::outer(&args, host)
}

/// The first process of the PID namespace.
fn first(mut words: Vec<OsString>, host: &Host) -> Result<u8> {
    if words.len() < 2 {
        return Err(Error::usage("the sandbox was told nothing"));
    }
    let caller = init::Caller::find(&words.remove(1))?;
    // This process is root in the namespace, so the caller's ids come from the outer process.
    let ids = caller.ids;
    let args = Args::parse(words)?;
    if let Some(dir) = &args.upper {
        end_with_parent(dir)?;
    } else {
        follow_parent()?;
    }
    let cmd = prepare(&args, namespace::has_other_users(), ids, host)?;
    init::first(&cmd, caller, &args).map_err(|error| {
        if args.as_root {
            error
        } else {
            error.hint(
                "`cross-util --engine sandbox images check` tells whether the image is damaged",
            )
        }
    })
}

/// Sets up the sandbox around this process. `ids` are the caller's user id and group id. Returns
/// the command to start.
fn prepare(args: &Args, others: bool, ids: (u32, u32), host: &Host) -> Result<Cmd> {
    let mut cmd = command(args, host)?;
    enter(args, others, ids)?;
    if args.as_root {
        rustix::process::umask(Mode::from_raw_mode(0o022));
        if !others && !args.layers.is_empty() {
            cross_base::fs::write_if_changed(Path::new(APT), b"APT::Sandbox::User \"root\";\n")?;
            cmd = cmd.env("APT_CONFIG", APT);
        }
    }
    confine(args, others)?;
    Ok(cmd)
}

/// Lets the kernel kill this process when its parent ends. Fails if the parent has ended before: a
/// build holds the lock of the layer that it makes.
fn end_with_parent(made: &Path) -> Result<()> {
    follow_parent()?;
    if cross_base::lock::Lock::is_free(&made.join(layer::LOCK)) {
        return Err(Error::new("the build that this is a step of has ended"));
    }
    Ok(())
}

/// Lets the kernel kill this process when its parent ends.
fn follow_parent() -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)).map_err(
        |e| {
            Error::new(format!(
                "cannot ask the kernel for a signal at the parent's end: {}",
                text(e)
            ))
        },
    )
}

/// The command with only the environment variables in the arguments.
fn command(args: &Args, host: &Host) -> Result<Cmd> {
    let Some((program, rest)) = args.command.split_first() else {
        return Err(Error::usage("the sandbox was given no command"));
    };
    let mut cmd = Cmd::new(program).args(rest).clear_env();
    for (name, value) in &args.env {
        let value = value
            .as_deref()
            .or_else(|| host.env.get(name).map(OsString::as_os_str));
        if let Some(value) = value {
            cmd = cmd.env(name, value);
        }
    }
    Ok(cmd)
}

/// Changes from the host's root directory to the sandbox's, and gives up the rights that the set-up
/// needed. The process must be in the sandbox's namespaces already. `others` says whether they have
/// users besides the caller. Without layers the command keeps the host's files.
fn enter(args: &Args, others: bool, ids: (u32, u32)) -> Result<()> {
    mounts::make_private()?;
    if args.layers.is_empty() {
        return Ok(());
    }
    // The host's files are opened before the root directory changes.
    let binds = take(args)?;
    let root = root_directory(args)?;
    let system = devices::System::take(&args.store.join(STAGE))?;
    let copied = (!args.others.is_empty())
        .then(|| other_files(args))
        .transpose()?;
    pivot(&root)?;
    if args.other_users {
        owners::restore()?;
    }
    let root = Root::at(Path::new("/"))?;
    system.place(&root)?;
    if !args.as_root {
        let (path, mounts) = devices::MOUNTS;
        root.link(Path::new(path), mounts);
    }
    if let Some(tree) = copied {
        tree.place(&root, Path::new(COPIED))?;
    }
    // A directory in memory hides mounts that were made below its path before, so it is made after
    // the mounts that contain it and before those below it.
    let mut in_memory = args.tmpfs.clone();
    for (bind, tree) in binds {
        let (around, rest) = in_memory
            .into_iter()
            .partition(|dir| bind.target.starts_with(dir));
        in_memory = rest;
        place_in_memory(&root, &around)?;
        tree.place(&root, &bind.target)?;
    }
    place_in_memory(&root, &in_memory)?;
    // An image that is not built upon one of cross's has no emulator.
    let interpreter = args.binfmt.as_ref().filter(|path| root.has(path));
    if let (Some(interpreter), Some(list)) = (interpreter, system.emulators) {
        list.register(interpreter)?;
    }
    namespace::settle(others, if args.as_root { (0, 0) } else { ids })?;
    if args.as_root {
        cross_base::fs::create_dir_all(&args.workdir)?;
    }
    rustix::process::chdir(&args.workdir).map_err(|e| {
        let dir = args.workdir.display();
        Error::new(format!("cannot enter `{dir}` in the sandbox: {}", text(e)))
    })
}

/// Mounts a tmpfs at each path.
fn place_in_memory(root: &Root, dirs: &[PathBuf]) -> Result<()> {
    dirs.iter()
        .try_for_each(|dir| mounts::new_tmpfs()?.place(root, dir))
}

/// Removes rights from the command and its children that no program in a container needs.
fn confine(args: &Args, others: bool) -> Result<()> {
    let in_image = !args.layers.is_empty();
    // Commands of a build may change to another user and back to root, if there are other users.
    if !(args.as_root && others) {
        rustix::thread::set_no_new_privs(true)
            .map_err(|e| Error::new(format!("cannot give up privileges: {}", text(e))))?;
    }
    if in_image {
        // The new session keyring hides the caller's keys. If it is forbidden or there are too many
        // keyrings, the filter refuses the system calls for keys as well.
        let _ = syscalls::join_new_keyring();
    }
    let filter = Filter {
        // A program that makes a root directory on the host is the host's own, so it is not
        // confined.
        confine: in_image,
        pretend: args.as_root && !others,
    };
    if filter.confine || filter.pretend {
        seccomp::install(filter)?;
    }
    Ok(())
}

/// Opens the sources of all mounts, sorted by target: a target below another one comes later.
fn take(args: &Args) -> Result<Vec<(&Bind, Tree)>> {
    let mut sorted: Vec<&Bind> = args.binds.iter().collect();
    sorted.sort_by_key(|bind| bind.target.components().count());
    let pairs = sorted.into_iter().map(|bind| {
        let source = Place::new(&bind.source, &args.no_links_below);
        let tree = Tree::of(&source)?;
        Ok((bind, tree.restrict(attributes(bind))?))
    });
    pairs.collect()
}

/// The restrictions of a mount from the host. Device files only work if the mount names them or a
/// directory in `/dev`.
fn attributes(bind: &Bind) -> u64 {
    let source = cross_base::fs::canonical(&bind.source);
    let is_below = |places: &[&str]| places.iter().any(|place| source.starts_with(place));
    let mut attributes = attr::NOSUID;
    if !is_below(&["/dev"]) {
        attributes |= attr::NODEV;
    }
    // Writing to `/proc` or `/sys` would change the host.
    if bind.read_only || is_below(&["/proc", "/sys"]) {
        attributes |= attr::RDONLY;
    }
    attributes
}

/// Mounts an overlay of the image's layers with a writable layer on top: in a directory that is
/// kept, or in memory that is freed with the sandbox's last process.
fn root_directory(args: &Args) -> Result<PathBuf> {
    let stage = args.store.join(STAGE);
    cross_base::fs::create_dir_all(&stage)?;
    mounts::tmpfs(&stage, MountFlags::NOSUID | MountFlags::NODEV, c"mode=0755")?;
    let root = stage.join("root");
    mkdir(&root)?;
    let (upper, work) = match &args.upper {
        Some(dir) => (dir.join("tree"), dir.join("work")),
        None => (stage.join("upper"), stage.join("work")),
    };
    if args.upper.is_none() {
        mkdir(&upper)?;
        mkdir(&work)?;
    }
    // Paths are relative to the directory of layers, so that neither the length of the store's path
    // nor characters in it matter.
    let seen = |path: &Path| match path.strip_prefix(&args.store) {
        Ok(rest) => Path::new("..").join(rest),
        Err(_) => path.to_owned(),
    };
    let failed = |e| {
        let store = args.store.display();
        Error::new(format!(
            "cannot make an overlay of the layers in `{store}`: {}",
            text(e)
        ))
    };
    rustix::process::chdir(args.store.join(LAYERS)).map_err(failed)?;
    // In a build, commands may change to other users with set-user-ID programs of the image. No
    // other command needs these programs.
    let flags = match args.upper {
        Some(_) => MountFlags::NODEV,
        None => MountFlags::NODEV | MountFlags::NOSUID,
    };
    mounts::overlay(&args.layers, &seen(&upper), &seen(&work), &root, flags).map_err(failed)?;
    Ok(root)
}

/// Mounts the files of another image read-only.
fn other_files(args: &Args) -> Result<Tree> {
    let place = args.store.join(STAGE).join("others");
    mkdir(&place)?;
    mounts::read_only_overlay(&args.others, &place).map_err(|e| {
        Error::new(format!(
            "cannot make an overlay of what is copied: {}",
            text(e)
        ))
    })?;
    Tree::take(&place)?.restrict(attr::RDONLY | attr::NOSUID | attr::NODEV)
}

/// Makes a directory the root directory, and unmounts the old one.
fn pivot(root: &Path) -> Result<()> {
    let failed = |what: &str, e| {
        Error::new(format!(
            "cannot change the root directory ({what}): {}",
            text(e)
        ))
    };
    rustix::process::chdir(root).map_err(|e| failed("chdir", e))?;
    // This mounts the old root over the new one. Unmounting it uncovers the new one.
    // <https://man7.org/linux/man-pages/man2/pivot_root.2.html>
    rustix::process::pivot_root(".", ".").map_err(|e| failed("pivot_root", e))?;
    rustix::mount::unmount(".", UnmountFlags::DETACH).map_err(|e| failed("umount", e))?;
    rustix::process::chdir("/").map_err(|e| failed("chdir", e))
}

fn mkdir(path: &Path) -> Result<()> {
    match rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
        Err(e) => Err(Error::new(format!(
            "cannot create `{}`: {}",
            path.display(),
            text(e)
        ))),
    }
}

/// The system's message for an error, without the number.
fn text(errno: rustix::io::Errno) -> String {
    let text = std::io::Error::from(errno).to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

/// Whether these are arguments with which `cross` starts itself.
pub fn is_meant(args: &[OsString]) -> bool {
    let words = [WORD, MAPPER, STEP, TRIAL, WHOLE_TRIAL, owners::WORD].map(OsStr::new);
    args.first()
        .is_some_and(|arg| words.contains(&arg.as_os_str()))
}
