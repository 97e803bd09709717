//! Registration of an emulator (`binfmt_misc`) for programs that other programs start, such as
//! children of tests and commands of scripts. It has an effect in this sandbox only.

use std::io::Write as _;
use std::path::Path;

use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};

use super::text;
use cross_base::error::{Error, Result};

/// The path of `binfmt_misc` below `/proc`.
const PLACE: &str = "sys/fs/binfmt_misc";

/// `EI_CLASS`, `EI_DATA` and `e_machine` in the ELF headers of an architecture's programs, by the
/// suffix of the emulator's name.
/// <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>
const MACHINES: &[(&str, u8, u8, u16)] = &[
    ("aarch64", 2, 1, 183),
    ("arm", 1, 1, 40),
    ("i386", 1, 1, 3),
    ("loongarch64", 2, 1, 258),
    ("mips", 1, 2, 8),
    ("mips64", 2, 2, 8),
    ("mips64el", 2, 1, 8),
    ("mipsel", 1, 1, 8),
    ("ppc", 1, 2, 20),
    ("ppc64", 2, 2, 21),
    ("ppc64le", 2, 1, 21),
    ("riscv64", 2, 1, 243),
    ("s390x", 2, 2, 22),
    ("sparc64", 2, 2, 43),
];

/// Whether an emulator's name tells which programs it runs, so that it can be registered.
#[must_use]
pub fn knows(emulator: &Path) -> bool {
    line(emulator).is_some()
}

/// The file `register` of the sandbox's own `binfmt_misc`, open for writing. Before Linux 6.7 there
/// is one list of emulators for all namespaces, which sandboxes must not change.
/// <https://docs.kernel.org/admin-guide/binfmt-misc.html>
#[derive(Debug)]
pub(super) struct Emulators(fs_err::File);

impl Emulators {
    /// Opens the file below a `/proc`. None if the kernel has no list for each namespace.
    pub(super) fn of(proc: &Path) -> Option<Self> {
        own_list(proc).ok()?;
        Self::open(proc).ok()
    }

    fn open(proc: &Path) -> std::io::Result<Self> {
        let file = proc.join(PLACE).join("register");
        fs_err::OpenOptions::new().write(true).open(file).map(Self)
    }

    /// Registers an emulator for programs of its architecture. The kernel opens the emulator now,
    /// by its path in the current root directory.
    ///
    /// # Errors
    ///
    /// If the kernel refuses.
    pub(super) fn register(mut self, interpreter: &Path) -> Result<()> {
        // The emulator's name tells its architecture.
        let Some(line) = line(interpreter) else {
            return Ok(());
        };
        self.0.write_all(line.as_bytes()).map_err(|e| {
            let name = interpreter.display();
            Error::new(format!(
                "cannot register `{name}` for foreign programs: {e}"
            ))
        })
    }
}

/// Registers an emulator in the current `/proc`, to find out whether that is possible.
///
/// # Errors
///
/// If the namespace cannot have a list of its own, or the kernel refuses the emulator.
pub(super) fn try_out(interpreter: &Path) -> Result<()> {
    let no_list = |e| {
        Error::new(format!(
            "the kernel gives sandboxes no list of emulators of their own, as Linux 6.7 does: {}",
            text(e)
        ))
    };
    let proc = Path::new("/proc");
    own_list(proc).map_err(no_list)?;
    Emulators::open(proc)?.register(interpreter)
}

fn own_list(proc: &Path) -> Result<(), Errno> {
    let name = c"binfmt_misc";
    mount(name, proc.join(PLACE), name, MountFlags::empty(), None)
}

/// The line for the file `register`. With the flag F the kernel opens the emulator now, so that
/// programs that change their root directory need not have it. With the flag P a program gets the
/// name by which it was called.
fn line(interpreter: &Path) -> Option<String> {
    use std::fmt::Write as _;
    let name = interpreter.file_name()?.to_str()?;
    let arch = name.strip_prefix("qemu-")?;
    let (_, class, data, machine) = MACHINES.iter().find(|(known, ..)| *known == arch)?;
    let mut magic = vec![0x7f, b'E', b'L', b'F', *class, *data, 1];
    magic.resize(16, 0);
    // The types of programs (2) and position-independent ones (3), in the architecture's byte
    // order.
    let (kind, machine) = if *data == 1 {
        ([2, 0], machine.to_le_bytes())
    } else {
        ([0, 2], machine.to_be_bytes())
    };
    magic.extend(kind);
    magic.extend(machine);
    let mut mask = vec![0xff; 7];
    // These bytes are the ABI, its version and padding, which do not matter.
    mask.extend([0; 9]);
    mask.extend(if *data == 1 {
        [0xfe, 0xff]
    } else {
        [0xff, 0xfe]
    });
    mask.extend([0xff, 0xff]);
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "\\x{byte:02x}");
            text
        })
    };
    let path = interpreter.to_str()?;
    Some(format!(
        ":{name}:M::{}:{}:{path}:PF",
        hex(&magic),
        hex(&mask)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_the_kernel_wants_it() {
        let line = line(Path::new("/opt/cross/bin/qemu-aarch64")).unwrap();
        let magic =
            r"\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00";
        let mask =
            r"\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\xfe\xff\xff\xff";
        assert_eq!(
            line,
            format!(":qemu-aarch64:M::{magic}:{mask}:/opt/cross/bin/qemu-aarch64:PF")
        );
    }
}
