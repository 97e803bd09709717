//! Foreign programs that are started by others, as a child of a test or by a script: the kernel
//! hands them to the emulator, in this sandbox and nowhere else.

use std::io::Write as _;
use std::path::Path;

use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};

use super::text;
use cross_base::error::{Error, Result};

/// Where the list of emulators is, in `/proc`.
const PLACE: &str = "sys/fs/binfmt_misc";

/// How a program for a machine begins: `EI_CLASS`, `EI_DATA` and `e_machine` of the ELF header, by
/// the ending of the emulator's name. <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>
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

/// Whether the kernel can be told which programs an emulator runs.
#[must_use]
pub fn knows(emulator: &Path) -> bool {
    line(emulator).is_some()
}

/// The sandbox's own list of emulators, while it can be written to. A kernel before 6.7 has one
/// list for all, which is not ours to change: it is left as it is.
/// <https://docs.kernel.org/admin-guide/binfmt-misc.html>
#[derive(Debug)]
pub(super) struct Emulators(fs_err::File);

impl Emulators {
    /// The list in a `/proc`, if the kernel gives us one of our own.
    pub(super) fn of(proc: &Path) -> Option<Self> {
        own_list(proc).ok()?;
        Self::open(proc).ok()
    }

    fn open(proc: &Path) -> std::io::Result<Self> {
        let file = proc.join(PLACE).join("register");
        fs_err::OpenOptions::new().write(true).open(file).map(Self)
    }

    /// Enters an emulator for the programs of its machine. The kernel opens it now, in what is the
    /// root directory now.
    ///
    /// # Errors
    ///
    /// When the kernel does not take it.
    pub(super) fn register(mut self, interpreter: &Path) -> Result<()> {
        // Which emulator there is follows from its name.
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

/// Registers an emulator in the current `/proc`, to find out what keeps it from having an effect.
///
/// # Errors
///
/// When there can be no list of the namespace's own, or nothing can be entered there.
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

/// What is written to `register`. Flag F: the emulator is opened now, so that it need not be
/// visible where a program has changed its root directory. Flag P: a program is told the name by
/// which it was called.
fn line(interpreter: &Path) -> Option<String> {
    use std::fmt::Write as _;
    let name = interpreter.file_name()?.to_str()?;
    let arch = name.strip_prefix("qemu-")?;
    let (_, class, data, machine) = MACHINES.iter().find(|(known, ..)| *known == arch)?;
    let mut magic = vec![0x7f, b'E', b'L', b'F', *class, *data, 1];
    magic.resize(16, 0);
    // Programs (2) and those that can be loaded anywhere (3); the byte order is the machine's.
    let (kind, machine) = if *data == 1 {
        ([2, 0], machine.to_le_bytes())
    } else {
        ([0, 2], machine.to_be_bytes())
    };
    magic.extend(kind);
    magic.extend(machine);
    let mut mask = vec![0xff; 7];
    // The system's name, its version, and padding.
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
