//! The target table: one row for each target cross has an image for. Recipes, the environment in
//! the image, the runner, tests and the table in the README all read it; adding a target is adding
//! a row.

mod absent;

pub(crate) use absent::{is_bare, no_row};

pub(crate) mod image_name;

use crate::base::error::Result;

/// The recipe an image is built from: one Dockerfile in `docker/` for each family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// GNU/Linux: GCC with an old glibc, so that results run on old systems.
    LinuxGnu,
    /// Linux with musl: a static program by default, which runs on any system.
    LinuxMusl,
}

/// Everything that differs between two targets of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The target triple as rustc knows it.
    pub(crate) triple: &'static str,
    pub(crate) family: Family,
    /// The prefix of the GNU tools and of Debian's cross packages.
    pub(crate) gcc_triple: &'static str,
    /// Debian's name of the architecture.
    pub(crate) deb_arch: &'static str,
    /// Debian's multiarch directory name.
    pub(crate) multiarch: &'static str,
    /// What `uname -m` says on such a machine.
    pub(crate) machine: &'static str,
    /// The architecture in the name of QEMU's user-mode emulator; none where an `x86_64` host runs
    /// the result by itself.
    pub(crate) qemu_arch: Option<&'static str>,
    /// The name OpenSSL's `Configure` has for the target.
    pub(crate) openssl_target: &'static str,
    /// The newest glibc that a result may need; none where the C library is another.
    pub(crate) glibc_floor: Option<&'static str>,
    /// The Debian release whose compiler and C library the target gets; none: the base's own.
    pub(crate) suite: Option<&'static str>,
    /// The major version of that release's GCC.
    pub(crate) gcc_version: &'static str,
    /// Options for every call of GCC where Debian's default makes code for newer processors than
    /// rustc does (`rustc --print target-spec-json`).
    pub(crate) gcc_flags: &'static str,
    /// Whether even the parts of GCC and glibc that the linker puts into results are for newer
    /// processors in Debian, so that the image compiles its own.
    pub(crate) own_libraries: bool,
    /// An extended regular expression for what a processor of the target does not have: no line of
    /// a result's `readelf -A` and `objdump -d` may match. Empty where Debian's baseline is rustc's.
    pub(crate) above_baseline: &'static str,
    /// The dynamic loader that results name as their interpreter.
    pub(crate) loader: &'static str,
    /// The machine as `readelf -h` prints it.
    pub(crate) elf_machine: &'static str,
}

/// What most rows of GNU/Linux have in common: the release with the oldest glibc that still has a
/// compiler which can build today's C++.
const GNU: Row = Row {
    triple: "",
    family: Family::LinuxGnu,
    gcc_triple: "",
    deb_arch: "",
    multiarch: "",
    machine: "",
    qemu_arch: None,
    openssl_target: "",
    glibc_floor: Some("2.31"),
    suite: Some("bullseye"),
    gcc_version: "10",
    gcc_flags: "",
    own_libraries: false,
    above_baseline: "",
    loader: "",
    elf_machine: "",
};

/// What `ARMv6` with `VFPv2` does not have. The attributes tell what objects were compiled for; the
/// instructions are for assembly that says nothing about itself.
const ABOVE_ARMV6: &str = r"Tag_CPU_arch: v([7-9]|6[A-Z])|Tag_FP_arch: VFPv[34]|Tag_Advanced_SIMD|:\s+(mov[wt]|[su]div|d[ms]b|isb|mls|bf[ci]|[su]bfx|rbit)";
/// What `ARMv5TE` does not have.
const ABOVE_ARMV5TE: &str = r"Tag_CPU_arch: v[6-9]|Tag_FP_arch|Tag_Advanced_SIMD|:\s+(mov[wt]|[su]div|d[ms]b|isb|mls|bf[ci]|[su]bfx|rbit|ldrex|strex|rev|[su]xt)";
/// What the Pentium does not have: conditional moves, SSE and MMX, and the long no-operations.
const ABOVE_PENTIUM: &str = r":\s+([a-z0-9]+ )?(f?cmov|f?u?comip?|nop[wl]|endbr|[lms]fence|prefetch|sysenter)|%[xyz]?mm[0-7]";

/// What the rows of musl have in common.
const MUSL: Row = Row {
    family: Family::LinuxMusl,
    glibc_floor: None,
    suite: None,
    gcc_version: "14",
    ..GNU
};

/// The rows, in the order of the README.
pub(crate) const ROWS: &[Row] = &[
    Row {
        triple: "aarch64-unknown-linux-gnu",
        gcc_triple: "aarch64-linux-gnu",
        deb_arch: "arm64",
        multiarch: "aarch64-linux-gnu",
        machine: "aarch64",
        qemu_arch: Some("aarch64"),
        openssl_target: "linux-aarch64",
        loader: "/lib/ld-linux-aarch64.so.1",
        elf_machine: "AArch64",
        ..GNU
    },
    Row {
        triple: "aarch64-unknown-linux-musl",
        gcc_triple: "aarch64-linux-gnu",
        deb_arch: "arm64",
        multiarch: "aarch64-linux-musl",
        machine: "aarch64",
        qemu_arch: Some("aarch64"),
        openssl_target: "linux-aarch64",
        loader: "/lib/ld-musl-aarch64.so.1",
        elf_machine: "AArch64",
        ..MUSL
    },
    Row {
        triple: "arm-unknown-linux-gnueabi",
        gcc_triple: "arm-linux-gnueabi",
        deb_arch: "armel",
        multiarch: "arm-linux-gnueabi",
        machine: "armv6l",
        qemu_arch: Some("arm"),
        openssl_target: "linux-armv4",
        gcc_flags: "-march=armv6",
        above_baseline: ABOVE_ARMV6,
        loader: "/lib/ld-linux.so.3",
        elf_machine: "ARM",
        ..GNU
    },
    Row {
        triple: "arm-unknown-linux-gnueabihf",
        gcc_triple: "arm-linux-gnueabihf",
        deb_arch: "armhf",
        multiarch: "arm-linux-gnueabihf",
        machine: "armv6l",
        qemu_arch: Some("arm"),
        openssl_target: "linux-armv4",
        gcc_flags: "-march=armv6+fp -mfpu=auto -marm",
        own_libraries: true,
        above_baseline: ABOVE_ARMV6,
        loader: "/lib/ld-linux-armhf.so.3",
        elf_machine: "ARM",
        ..GNU
    },
    Row {
        triple: "arm-unknown-linux-musleabi",
        gcc_triple: "arm-linux-gnueabi",
        deb_arch: "armel",
        multiarch: "arm-linux-musleabi",
        machine: "armv6l",
        qemu_arch: Some("arm"),
        openssl_target: "linux-armv4",
        gcc_flags: "-march=armv6",
        above_baseline: ABOVE_ARMV6,
        loader: "/lib/ld-musl-arm.so.1",
        elf_machine: "ARM",
        ..MUSL
    },
    Row {
        triple: "armv5te-unknown-linux-gnueabi",
        gcc_triple: "arm-linux-gnueabi",
        deb_arch: "armel",
        multiarch: "arm-linux-gnueabi",
        machine: "armv5tel",
        qemu_arch: Some("arm"),
        openssl_target: "linux-armv4",
        above_baseline: ABOVE_ARMV5TE,
        loader: "/lib/ld-linux.so.3",
        elf_machine: "ARM",
        ..GNU
    },
    Row {
        triple: "armv7-unknown-linux-gnueabihf",
        gcc_triple: "arm-linux-gnueabihf",
        deb_arch: "armhf",
        multiarch: "arm-linux-gnueabihf",
        machine: "armv7l",
        qemu_arch: Some("arm"),
        openssl_target: "linux-armv4",
        loader: "/lib/ld-linux-armhf.so.3",
        elf_machine: "ARM",
        ..GNU
    },
    Row {
        triple: "armv7-unknown-linux-musleabihf",
        gcc_triple: "arm-linux-gnueabihf",
        deb_arch: "armhf",
        multiarch: "arm-linux-musleabihf",
        machine: "armv7l",
        qemu_arch: Some("arm"),
        openssl_target: "linux-armv4",
        loader: "/lib/ld-musl-armhf.so.1",
        elf_machine: "ARM",
        ..MUSL
    },
    Row {
        triple: "i586-unknown-linux-gnu",
        gcc_triple: "i686-linux-gnu",
        deb_arch: "i386",
        multiarch: "i386-linux-gnu",
        machine: "i586",
        // OpenSSL's assembly for x86 has SSE and conditional moves in it for VIA's PadLock, and tables
        // among its instructions that nobody can tell from them.
        openssl_target: "linux-generic32",
        gcc_flags: "-march=pentium",
        own_libraries: true,
        above_baseline: ABOVE_PENTIUM,
        loader: "/lib/ld-linux.so.2",
        elf_machine: "Intel 80386",
        ..GNU
    },
    Row {
        triple: "i686-unknown-linux-gnu",
        gcc_triple: "i686-linux-gnu",
        deb_arch: "i386",
        multiarch: "i386-linux-gnu",
        machine: "i686",
        openssl_target: "linux-x86",
        loader: "/lib/ld-linux.so.2",
        elf_machine: "Intel 80386",
        ..GNU
    },
    Row {
        triple: "i686-unknown-linux-musl",
        gcc_triple: "i686-linux-gnu",
        deb_arch: "i386",
        multiarch: "i386-linux-musl",
        machine: "i686",
        openssl_target: "linux-x86",
        loader: "/lib/ld-musl-i386.so.1",
        elf_machine: "Intel 80386",
        ..MUSL
    },
    Row {
        triple: "loongarch64-unknown-linux-gnu",
        gcc_triple: "loongarch64-linux-gnu",
        deb_arch: "loong64",
        multiarch: "loongarch64-linux-gnu",
        machine: "loongarch64",
        qemu_arch: Some("loongarch64"),
        openssl_target: "linux64-loongarch64",
        glibc_floor: Some("2.41"),
        suite: Some("trixie"),
        gcc_version: "14",
        loader: "/lib64/ld-linux-loongarch-lp64d.so.1",
        elf_machine: "LoongArch",
        ..GNU
    },
    Row {
        triple: "mips-unknown-linux-gnu",
        gcc_triple: "mips-linux-gnu",
        deb_arch: "mips",
        multiarch: "mips-linux-gnu",
        machine: "mips",
        qemu_arch: Some("mips"),
        openssl_target: "linux-mips32",
        loader: "/lib/ld.so.1",
        elf_machine: "MIPS R3000",
        ..GNU
    },
    Row {
        triple: "mips64-unknown-linux-gnuabi64",
        gcc_triple: "mips64-linux-gnuabi64",
        deb_arch: "mips64",
        multiarch: "mips64-linux-gnuabi64",
        machine: "mips64",
        qemu_arch: Some("mips64"),
        openssl_target: "linux64-mips64",
        loader: "/lib64/ld.so.1",
        elf_machine: "MIPS R3000",
        ..GNU
    },
    Row {
        triple: "mips64el-unknown-linux-gnuabi64",
        gcc_triple: "mips64el-linux-gnuabi64",
        deb_arch: "mips64el",
        multiarch: "mips64el-linux-gnuabi64",
        machine: "mips64",
        qemu_arch: Some("mips64el"),
        openssl_target: "linux64-mips64",
        loader: "/lib64/ld.so.1",
        elf_machine: "MIPS R3000",
        ..GNU
    },
    Row {
        triple: "mipsel-unknown-linux-gnu",
        gcc_triple: "mipsel-linux-gnu",
        deb_arch: "mipsel",
        multiarch: "mipsel-linux-gnu",
        machine: "mips",
        qemu_arch: Some("mipsel"),
        openssl_target: "linux-mips32",
        loader: "/lib/ld.so.1",
        elf_machine: "MIPS R3000",
        ..GNU
    },
    Row {
        triple: "powerpc-unknown-linux-gnu",
        gcc_triple: "powerpc-linux-gnu",
        deb_arch: "powerpc",
        multiarch: "powerpc-linux-gnu",
        machine: "ppc",
        qemu_arch: Some("ppc"),
        openssl_target: "linux-ppc",
        loader: "/lib/ld.so.1",
        elf_machine: "PowerPC",
        ..GNU
    },
    Row {
        triple: "powerpc64-unknown-linux-gnu",
        gcc_triple: "powerpc64-linux-gnu",
        deb_arch: "ppc64",
        multiarch: "powerpc64-linux-gnu",
        machine: "ppc64",
        qemu_arch: Some("ppc64"),
        openssl_target: "linux-ppc64",
        loader: "/lib64/ld64.so.1",
        elf_machine: "PowerPC64",
        ..GNU
    },
    Row {
        triple: "powerpc64le-unknown-linux-gnu",
        gcc_triple: "powerpc64le-linux-gnu",
        deb_arch: "ppc64el",
        multiarch: "powerpc64le-linux-gnu",
        machine: "ppc64le",
        qemu_arch: Some("ppc64le"),
        openssl_target: "linux-ppc64le",
        loader: "/lib64/ld64.so.2",
        elf_machine: "PowerPC64",
        ..GNU
    },
    Row {
        triple: "riscv64gc-unknown-linux-gnu",
        gcc_triple: "riscv64-linux-gnu",
        deb_arch: "riscv64",
        multiarch: "riscv64-linux-gnu",
        machine: "riscv64",
        qemu_arch: Some("riscv64"),
        openssl_target: "linux64-riscv64",
        loader: "/lib/ld-linux-riscv64-lp64d.so.1",
        elf_machine: "RISC-V",
        ..GNU
    },
    Row {
        triple: "s390x-unknown-linux-gnu",
        gcc_triple: "s390x-linux-gnu",
        deb_arch: "s390x",
        multiarch: "s390x-linux-gnu",
        machine: "s390x",
        qemu_arch: Some("s390x"),
        openssl_target: "linux64-s390x",
        gcc_flags: "-march=z10",
        loader: "/lib/ld64.so.1",
        elf_machine: "IBM S/390",
        ..GNU
    },
    Row {
        triple: "sparc64-unknown-linux-gnu",
        gcc_triple: "sparc64-linux-gnu",
        deb_arch: "sparc64",
        multiarch: "sparc64-linux-gnu",
        machine: "sparc64",
        qemu_arch: Some("sparc64"),
        openssl_target: "linux64-sparcv9",
        loader: "/lib64/ld-linux.so.2",
        elf_machine: "Sparc v9",
        ..GNU
    },
    Row {
        triple: "x86_64-unknown-linux-gnu",
        gcc_triple: "x86_64-linux-gnu",
        deb_arch: "amd64",
        multiarch: "x86_64-linux-gnu",
        machine: "x86_64",
        openssl_target: "linux-x86_64",
        loader: "/lib64/ld-linux-x86-64.so.2",
        elf_machine: "Advanced Micro Devices X86-64",
        ..GNU
    },
    Row {
        triple: "x86_64-unknown-linux-musl",
        gcc_triple: "x86_64-linux-gnu",
        deb_arch: "amd64",
        multiarch: "x86_64-linux-musl",
        machine: "x86_64",
        openssl_target: "linux-x86_64",
        loader: "/lib/ld-musl-x86_64.so.1",
        elf_machine: "Advanced Micro Devices X86-64",
        ..MUSL
    },
];

/// Looks a target up by its exact triple.
pub(crate) fn find(triple: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.triple == triple)
}

/// Looks up rows by name for `cross-util`, where only rows of the table make sense.
pub(crate) fn require(triple: &str) -> Result<&'static Row> {
    find(triple).ok_or_else(|| no_row(triple, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_a_triple_once() {
        assert!(ROWS.is_sorted_by(|one, next| one.triple < next.triple));
    }
}
