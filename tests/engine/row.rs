//! Rows of the target table, as users see them. They are written down again here, so that an error
//! in the program's table is noticed.

use object::Architecture;

/// The promises for a target.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) triple: &'static str,
    /// `std::env::consts::ARCH` of the target's programs.
    pub(crate) arch: &'static str,
    pub(crate) machine: Architecture,
    /// The size of a pointer and of `long`, in bytes.
    pub(crate) pointer: u32,
    /// The program interpreter; `None` if programs are static.
    pub(crate) interpreter: Option<&'static str>,
    /// The parts that the image needs for the crate with native dependencies. Without parts the
    /// crate is built without OpenSSL, which takes minutes.
    pub(crate) parts: &'static [&'static str],
    /// The toolchain, if the default one has no standard library for the target and cannot build
    /// it.
    pub(crate) toolchain: Option<&'static str>,
}

/// The newest glibc that results may need, for every row.
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

pub(crate) static ARMV7: Row = Row {
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

/// A row with static programs, as the prebuilt standard library links them.
pub(crate) static X86_64_MUSL: Row = Row {
    triple: "x86_64-unknown-linux-musl",
    arch: "x86_64",
    machine: Architecture::X86_64,
    pointer: 8,
    interpreter: None,
    parts: &["cxx", "openssl", "libclang"],
    toolchain: None,
};

/// A row for which rustup has no standard library.
static MIPS64EL: Row = Row {
    triple: "mips64el-unknown-linux-gnuabi64",
    arch: "mips64",
    machine: Architecture::Mips64,
    pointer: 8,
    interpreter: Some("/lib64/ld.so.1"),
    parts: &[],
    toolchain: Some("+nightly"),
};

/// One row of each kind. `ci/matrix.sh` measures all rows.
pub(crate) static ROWS: [&Row; 6] = [&AARCH64, &ARMV7, &I686, &MIPS64EL, &X86_64, &X86_64_MUSL];
