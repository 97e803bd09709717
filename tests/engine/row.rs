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
    /// None where programs are static.
    pub(crate) interpreter: Option<&'static str>,
    /// The parts that an image has for the crate with native dependencies; nothing where it goes
    /// without, as OpenSSL takes minutes.
    pub(crate) parts: &'static [&'static str],
    /// The toolchain, if the default one has no standard library for it and cannot build one.
    pub(crate) toolchain: Option<&'static str>,
}

/// The newest glibc that a result may need, for every row.
pub(crate) const GLIBC: (u32, u32) = (2, 31);

pub(crate) static AARCH64: Row = Row {
    triple: "aarch64-unknown-linux-gnu",
    arch: "aarch64",
    machine: Architecture::Aarch64,
    pointer: 8,
    interpreter: Some("/lib/ld-linux-aarch64.so.1"),
    parts: &["libclang"],
    toolchain: None,
};

pub(crate) static X86_64: Row = Row {
    triple: "x86_64-unknown-linux-gnu",
    arch: "x86_64",
    machine: Architecture::X86_64,
    pointer: 8,
    interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
    parts: &["libclang"],
    toolchain: None,
};

static ARMV7: Row = Row {
    triple: "armv7-unknown-linux-gnueabihf",
    arch: "arm",
    machine: Architecture::Arm,
    pointer: 4,
    interpreter: Some("/lib/ld-linux-armhf.so.3"),
    parts: &[],
    toolchain: None,
};

pub(crate) static I686: Row = Row {
    triple: "i686-unknown-linux-gnu",
    arch: "x86",
    machine: Architecture::I386,
    pointer: 4,
    interpreter: Some("/lib/ld-linux.so.2"),
    parts: &["libclang"],
    toolchain: None,
};

/// A static program, in the prebuilt standard library's own way.
static X86_64_MUSL: Row = Row {
    triple: "x86_64-unknown-linux-musl",
    arch: "x86_64",
    machine: Architecture::X86_64,
    pointer: 8,
    interpreter: None,
    parts: &["openssl", "libclang"],
    toolchain: None,
};

/// rustup has no standard library for it.
static MIPS64EL: Row = Row {
    triple: "mips64el-unknown-linux-gnuabi64",
    arch: "mips64",
    machine: Architecture::Mips64,
    pointer: 8,
    interpreter: Some("/lib64/ld.so.1"),
    parts: &[],
    toolchain: Some("+nightly"),
};

/// One row of each kind. `ci/matrix.sh` measures all of them.
pub(crate) static ROWS: [&Row; 6] = [&AARCH64, &ARMV7, &I686, &MIPS64EL, &X86_64, &X86_64_MUSL];
