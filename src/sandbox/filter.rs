//! Being root where nobody else exists: packages give files to other users while they are installed, and
//! a user namespace of a single user has no others. As tools for high-performance computing do, the kernel is
//! told to answer such calls with success and to do nothing; the files then are root's.

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use crate::error::{Error, Result};

/// The calls that change an owner, or make a device. Numbers for x86-64.
/// <https://github.com/torvalds/linux/blob/master/arch/x86/entry/syscalls/syscall_64.tbl>
const ANSWERED: &[(&str, i64)] = &[
    ("chown", 92),
    ("fchown", 93),
    ("lchown", 94),
    ("fchownat", 260),
    ("setuid", 105),
    ("setgid", 106),
    ("setreuid", 113),
    ("setregid", 114),
    ("setgroups", 116),
    ("setresuid", 117),
    ("setresgid", 119),
    ("setfsuid", 122),
    ("setfsgid", 123),
    ("mknod", 133),
    ("mknodat", 259),
];

/// Answers these calls from now on, in this process and all that it starts.
pub(super) fn install() -> Result<()> {
    let failed = |e: &dyn std::fmt::Display| Error::new(format!("cannot pretend other users: {e}"));
    let rules = ANSWERED.iter().map(|(_, number)| (*number, Vec::new()));
    let filter = SeccompFilter::new(
        rules.collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(0),
        TargetArch::x86_64,
    )
    .map_err(|e| failed(&e))?;
    let program: BpfProgram = filter
        .try_into()
        .map_err(|e: seccompiler::BackendError| failed(&e))?;
    seccompiler::apply_filter(&program).map_err(|e| failed(&e))
}
