//! The host's debuggers: finds one that supports the target's machine, and makes its command line.

use std::path::{Path, PathBuf};

use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::process::Cmd;

/// The names of debuggers on the caller's `PATH`. The first that supports the machine is taken.
const NAMES: &[&str] = &["gdb-multiarch", "gdb", "lldb"];

/// gdb's names of machines, by the beginnings of triples. The first row that fits counts.
/// <https://sourceware.org/git/?p=binutils-gdb.git;a=tree;f=bfd> (`cpu-*.c`)
const MACHINES: &[(&str, &str)] = &[
    ("aarch64", "aarch64"),
    ("arm", "arm"),
    ("i586", "i386"),
    ("i686", "i386"),
    ("loongarch64", "Loongarch64"),
    ("mips", "mips"),
    ("powerpc64", "powerpc:common64"),
    ("powerpc", "powerpc:common"),
    ("riscv64", "riscv:rv64"),
    ("s390x", "s390:64-bit"),
    ("sparc64", "sparc:v9"),
    ("thumb", "arm"),
    ("x86_64", "i386:x86-64"),
];

/// The debugger program, which decides the form of its command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DebuggerKind {
    Gdb,
    Lldb,
}

/// The address of a stub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Socket(PathBuf),
    Port(u16),
}

/// A debugger on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Debugger {
    kind: DebuggerKind,
    program: PathBuf,
    /// The toolchain's script `rust-gdb`, which teaches gdb Rust's types and sources, and the value
    /// of `PYTHONPATH` for it. The script adds to the caller's value, in which an empty entry would
    /// mean the project's directory.
    script: Option<(PathBuf, String)>,
}

impl Debugger {
    /// The debugger that the user named, or the first on `PATH` that supports the target's machine.
    ///
    /// # Errors
    ///
    /// When there is no such debugger.
    pub(super) fn find(
        named: Option<&Path>,
        triple: &str,
        sysroot: &Path,
        host: &Host,
    ) -> Result<Self> {
        if let Some(name) = named {
            let program = host
                .on_path(name)
                .ok_or_else(|| Error::new(format!("there is no debugger `{}`", name.display())))?;
            return Ok(Self::of(program, sysroot, host));
        }
        let found = NAMES.iter().filter_map(|name| host.on_path(name));
        let mut found = found.map(|program| Self::of(program, sysroot, host));
        found
            .find(|debugger| debugger.knows(triple))
            .ok_or_else(|| {
                let message = format!("no debugger on `PATH` knows programs of `{triple}`");
                Error::new(message).hint(
                    "install `gdb-multiarch`, or your system's `gdb` or `lldb` for all machines",
                )
            })
    }

    fn of(program: PathBuf, sysroot: &Path, host: &Host) -> Self {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let kind = if name.contains("lldb") {
            DebuggerKind::Lldb
        } else {
            DebuggerKind::Gdb
        };
        let script = sysroot.join("bin/rust-gdb");
        // The user may have named `rust-gdb` itself.
        let has_script =
            kind == DebuggerKind::Gdb && !name.starts_with("rust-") && script.is_file();
        Self {
            kind,
            script: has_script.then(|| (script, modules(host, sysroot))),
            program,
        }
    }

    /// Whether the debugger supports the target's machine. lldb supports all machines.
    fn knows(&self, triple: &str) -> bool {
        let mut rows = MACHINES.iter();
        let machine = rows.find(|(begin, _)| triple.starts_with(begin));
        let Some((_, machine)) = machine.filter(|_| self.kind == DebuggerKind::Gdb) else {
            return self.kind == DebuggerKind::Lldb;
        };
        let set = format!("set architecture {machine}");
        let cmd = Cmd::new(&self.program).args(["-nx", "-batch", "-ex", &set]);
        let said = cmd.output().map(|output| output.stdout).unwrap_or_default();
        String::from_utf8_lossy(&said).contains("is set to")
    }

    /// Whether the debugger should get a TCP port rather than the path of a socket.
    pub(super) fn wants_port(&self) -> bool {
        self.kind == DebuggerKind::Lldb
    }

    /// The command that connects the debugger to a stub, and then gives it the user's commands.
    pub(super) fn command(
        &self,
        address: &Address,
        program: Option<&Path>,
        commands: &[String],
        batch: bool,
    ) -> Cmd {
        let at = match address {
            Address::Socket(path) => path.display().to_string(),
            Address::Port(port) => format!("127.0.0.1:{port}"),
        };
        let (mut cmd, connect, flag, ends) = match self.kind {
            DebuggerKind::Gdb => {
                let cmd = match &self.script {
                    Some((script, modules)) => Cmd::new(script)
                        .env("RUST_GDB", &self.program)
                        .env("PYTHONPATH", modules),
                    None => Cmd::new(&self.program),
                };
                // The target's libraries are in the container, so gdb reads them through the stub.
                let cmd = cmd.args(["-q", "-iex", "set sysroot target:"]);
                (cmd, format!("target remote {at}"), "-ex", "-batch")
            }
            DebuggerKind::Lldb => {
                let cmd = Cmd::new(&self.program);
                (cmd, format!("gdb-remote {at}"), "-o", "--batch")
            }
        };
        if batch {
            cmd = cmd.arg(ends);
        }
        for command in [connect].iter().chain(commands) {
            cmd = cmd.args([flag, command.as_str()]);
        }
        program.into_iter().fold(cmd, Cmd::arg)
    }
}

/// The caller's `PYTHONPATH` without entries that mean the working directory. If nothing remains,
/// the directory of the toolchain's own modules.
fn modules(host: &Host, sysroot: &Path) -> String {
    let entries = host.text("PYTHONPATH").unwrap_or_default().split(':');
    let entries: Vec<&str> = entries.filter(|entry| entry.starts_with('/')).collect();
    if entries.is_empty() {
        let own = sysroot.join("lib/rustlib/etc");
        return own.to_string_lossy().into_owned();
    }
    entries.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::ROWS;

    fn debugger(name: &str) -> Debugger {
        Debugger::of(name.into(), Path::new("/nowhere"), &Host::default())
    }

    #[test]
    fn gdb_knows_a_name_for_the_machine_of_each_row_that_an_emulator_runs() {
        for row in ROWS {
            if row.runner().is_some_and(|runner| runner.emulator.is_some()) {
                let mut rows = MACHINES.iter();
                let triple = row.triple;
                assert!(rows.any(|(begin, _)| triple.starts_with(begin)), "{triple}");
            }
        }
    }

    #[test]
    fn each_debugger_is_told_in_its_own_words() {
        let commands = ["bt".to_owned()];
        let program = Path::new("/t/tool");
        let gdb = debugger("/bin/gdb-multiarch").command(
            &Address::Socket("/d/gdb".into()),
            Some(program),
            &commands,
            true,
        );
        assert_eq!(
            gdb.to_string(),
            "`/bin/gdb-multiarch -q -iex 'set sysroot target:' -batch -ex 'target remote /d/gdb' -ex bt /t/tool`"
        );
        let lldb = debugger("/bin/lldb-19").command(&Address::Port(7), None, &commands, false);
        assert_eq!(
            lldb.to_string(),
            "`/bin/lldb-19 -o 'gdb-remote 127.0.0.1:7' -o bt`"
        );
    }

    #[test]
    fn python_never_looks_for_modules_in_the_project() {
        let with = |value: Option<&str>| {
            let mut host = Host::default();
            if let Some(value) = value {
                host.env.insert("PYTHONPATH".into(), value.into());
            }
            modules(&host, Path::new("/t"))
        };
        assert_eq!(with(None), "/t/lib/rustlib/etc");
        assert_eq!(with(Some(":.:lib")), "/t/lib/rustlib/etc");
        assert_eq!(with(Some(":/a::/b:")), "/a:/b");
    }
}
