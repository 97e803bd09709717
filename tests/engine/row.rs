//! The rows of the target table as a user sees them. Written down again rather than taken from the
//! program, so that a slip in its table is noticed.

use object::Architecture;

/// What is promised of a target.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) triple: &'static str,
    /// `std::env::consts::ARCH` of a program for it.
    pub(crate) arch: &'static str,
    pub(crate) machine: Architecture,
    /// The size of a pointer and of `long`.
    pub(crate) pointer: u32,
    pub(crate) interpreter: &'static str,
}

/// The newest glibc that a result may need, for every row.
pub(crate) const GLIBC: (u32, u32) = (2, 31);

pub(crate) static AARCH64: Row = Row {
    triple: "aarch64-unknown-linux-gnu",
    arch: "aarch64",
    machine: Architecture::Aarch64,
    pointer: 8,
    interpreter: "/lib/ld-linux-aarch64.so.1",
};

pub(crate) static X86_64: Row = Row {
    triple: "x86_64-unknown-linux-gnu",
    arch: "x86_64",
    machine: Architecture::X86_64,
    pointer: 8,
    interpreter: "/lib64/ld-linux-x86-64.so.2",
};

static ARMV7: Row = Row {
    triple: "armv7-unknown-linux-gnueabihf",
    arch: "arm",
    machine: Architecture::Arm,
    pointer: 4,
    interpreter: "/lib/ld-linux-armhf.so.3",
};

pub(crate) static I686: Row = Row {
    triple: "i686-unknown-linux-gnu",
    arch: "x86",
    machine: Architecture::I386,
    pointer: 4,
    interpreter: "/lib/ld-linux.so.2",
};

pub(crate) static ROWS: [&Row; 4] = [&AARCH64, &ARMV7, &I686, &X86_64];
