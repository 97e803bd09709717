//! Being root where nobody else exists: packages give files to other users while they are installed, and
//! a user namespace of a single user has no others. As tools for high-performance computing do, the kernel is
//! told to answer such calls with success and to do nothing; the files then are root's.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use crate::error::{Error, Result};

/// The calls that change an owner, or the user. Numbers for x86-64.
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
];
/// The calls that make something of a kind, and which of their arguments says what: only devices are pretended.
const MAKING: &[(&str, i64, u8)] = &[("mknod", 133, 1), ("mknodat", 259, 2)];
/// Devices, among kinds of files. <https://man7.org/linux/man-pages/man7/inode.7.html>
const KIND: u64 = 0o170_000;
const DEVICES: [u64; 2] = [0o020_000, 0o060_000];

/// The filter's instructions that compare machines, and what they are made of.
/// <https://docs.kernel.org/userspace-api/seccomp_filter.html>
const PROLOGUE: usize = 3;
const RETURN: u16 = 0x06;
const KILL: u32 = 0x8000_0000;
const ALLOW: u32 = 0x7fff_0000;

/// Answers these calls from now on, in this process and all that it starts.
pub(super) fn install() -> Result<()> {
    let failed = |e: &dyn std::fmt::Display| Error::new(format!("cannot pretend other users: {e}"));
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for (_, number) in ANSWERED {
        rules.insert(*number, Vec::new());
    }
    for (_, number, argument) in MAKING {
        let device = |kind| {
            let is_kind = SeccompCmpOp::MaskedEq(KIND);
            let condition =
                SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, is_kind, kind)?;
            SeccompRule::new(vec![condition])
        };
        let devices: Result<Vec<_>, _> = DEVICES.into_iter().map(device).collect();
        rules.insert(*number, devices.map_err(|e| failed(&e))?);
    }
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(0),
        TargetArch::x86_64,
    )
    .map_err(|e| failed(&e))?;
    let mut program: BpfProgram = filter
        .try_into()
        .map_err(|e: seccompiler::BackendError| failed(&e))?;
    // The filter's beginning ends programs for other machines. Those for 32 bits are let through: their numbers
    // are others, and they hardly give files away.
    for instruction in program.iter_mut().take(PROLOGUE) {
        if (instruction.code, instruction.k) == (RETURN, KILL) {
            instruction.k = ALLOW;
        }
    }
    seccompiler::apply_filter(&program).map_err(|e| failed(&e))
}
