//! Rows of all other systems, and of machines without a system.

use super::super::RUNNER;
use super::Row;

// The families, by the names of their folders in `docker/`.
const ANDROID: &str = "android";
const ARM_NEWLIB: &str = "arm-newlib";
const BSD: &str = "bsd";
const DRAGONFLY: &str = "dragonfly";
const EMSCRIPTEN: &str = "emscripten";
const SOLARIS: &str = "solaris";
const WASI: &str = "wasi";
const WINDOWS_GNU: &str = "windows-gnu";
const WINDOWS_GNULLVM: &str = "windows-gnullvm";

/// FreeBSD's libraries that a result may need: those that a native compiler links programs with.
const FREEBSD_LIBRARIES: &str = "libc.so.7 libgcc_s.so.1 libm.so.5 libthr.so.3";

/// NetBSD's libraries that a result may need.
const NETBSD_LIBRARIES: &str = "libc.so.12 libgcc_s.so.1 libm.so.0 libpthread.so.1";

/// The flag that aligns the segments of 64-bit results for pages of 16 KiB, which fits smaller
/// pages as well. <https://developer.android.com/guide/practices/page-sizes>
const PAGES_OF_16_KIB: &str = "-Wl,-z,max-page-size=16384";

/// The rows, sorted by triple.
pub(super) const ROWS: &[Row] = &[
    Row {
        triple: "aarch64-linux-android",
        family: ANDROID,
        parameters: &[
            ("CLANG_TARGET", "aarch64-linux-android"),
            ("SYSROOT_TRIPLE", "aarch64-linux-android"),
            ("ANDROID_ABI", "arm64-v8a"),
            ("OPENSSL_TARGET", "android-arm64"),
            ("LOADER", "/system/bin/linker64"),
            ("ELF_MACHINE", "AArch64"),
            ("LINK_FLAGS", PAGES_OF_16_KIB),
            ("PAGE_SIZE", "0x4000"),
        ],
    },
    Row {
        triple: "aarch64-unknown-freebsd",
        family: BSD,
        parameters: &[
            ("SYSTEM", "FreeBSD"),
            ("SYSTEM_VERSION", "14.0"),
            ("ZIG_TARGET", "aarch64-freebsd"),
            ("CLANG_TARGET", "aarch64-unknown-freebsd14.0"),
            ("MACHINE", "arm64"),
            ("OPENSSL_TARGET", "BSD-aarch64"),
            ("LOADER", "/libexec/ld-elf.so.1"),
            ("ELF_MACHINE", "AArch64"),
            ("LIBRARIES", FREEBSD_LIBRARIES),
        ],
    },
    Row {
        triple: "arm-linux-androideabi",
        family: ANDROID,
        // rustc compiles for ARMv5TE, but C code is compiled for ARMv7, since the NDK has libraries
        // for nothing older.
        parameters: &[
            ("CLANG_TARGET", "armv7a-linux-androideabi"),
            ("SYSROOT_TRIPLE", "arm-linux-androideabi"),
            ("ANDROID_ABI", "armeabi-v7a"),
            ("OPENSSL_TARGET", "android-arm"),
            ("LOADER", "/system/bin/linker"),
            ("ELF_MACHINE", "ARM"),
        ],
    },
    Row {
        triple: "armv7-linux-androideabi",
        family: ANDROID,
        parameters: &[
            ("CLANG_TARGET", "armv7a-linux-androideabi"),
            ("SYSROOT_TRIPLE", "arm-linux-androideabi"),
            ("ANDROID_ABI", "armeabi-v7a"),
            ("OPENSSL_TARGET", "android-arm"),
            ("LOADER", "/system/bin/linker"),
            ("ELF_MACHINE", "ARM"),
        ],
    },
    // rustc 1.76 removed this target, so its specification is made from another target's.
    // <https://github.com/rust-lang/rust/pull/117338>
    Row {
        triple: "asmjs-unknown-emscripten",
        family: EMSCRIPTEN,
        parameters: &[
            ("EXCEPTIONS", "-fexceptions"),
            ("LINK_FLAGS", "-sWASM=0"),
            ("OBJECT_FORMAT", "javascript"),
        ],
    },
    Row {
        triple: "i686-linux-android",
        family: ANDROID,
        parameters: &[
            ("CLANG_TARGET", "i686-linux-android"),
            ("SYSROOT_TRIPLE", "i686-linux-android"),
            ("ANDROID_ABI", "x86"),
            ("OPENSSL_TARGET", "android-x86"),
            ("LOADER", "/system/bin/linker"),
            ("ELF_MACHINE", "Intel 80386"),
        ],
    },
    Row {
        triple: "i686-pc-windows-gnu",
        family: WINDOWS_GNU,
        parameters: &[
            ("GCC_TRIPLE", "i686-w64-mingw32"),
            ("MACHINE", "i686"),
            ("OPENSSL_TARGET", "mingw"),
            ("PE_FORMAT", "pei-i386"),
            ("WOW64", "1"),
        ],
    },
    Row {
        triple: "i686-unknown-freebsd",
        family: BSD,
        parameters: &[
            ("SYSTEM", "FreeBSD"),
            ("SYSTEM_VERSION", "14.0"),
            ("ZIG_TARGET", "x86-freebsd"),
            ("CLANG_TARGET", "i686-unknown-freebsd14.0"),
            ("MACHINE", "i386"),
            ("OPENSSL_TARGET", "BSD-x86-elf"),
            ("OPENSSL_OPTIONS", "-DBROKEN_CLANG_ATOMICS"),
            ("LOADER", "/libexec/ld-elf.so.1"),
            ("ELF_MACHINE", "Intel 80386"),
            ("LIBRARIES", FREEBSD_LIBRARIES),
        ],
    },
    Row {
        triple: "sparcv9-sun-solaris",
        family: SOLARIS,
        parameters: &[
            ("GCC_TRIPLE", "sparcv9-sun-solaris2.11"),
            ("LIBRARY_DIR", "sparcv9"),
            ("MACHINE", "sparc"),
            ("OPENSSL_TARGET", "solaris64-sparcv9-gcc"),
            ("LOADER", "/usr/lib/sparcv9/ld.so.1"),
            ("ELF_MACHINE", "Sparc v9"),
        ],
    },
    Row {
        triple: "thumbv6m-none-eabi",
        family: ARM_NEWLIB,
        parameters: &[
            ("GCC_FLAGS", "-march=armv6s-m -mfloat-abi=soft"),
            ("MULTILIB", "thumb/v6-m/nofp"),
            ("CPU_ARCH", "v6S-M"),
            ("QEMU_MACHINE", "microbit"),
            ("FLASH", "0x00000000"),
            ("RAM", "0x20000000"),
        ],
    },
    Row {
        triple: "thumbv7em-none-eabi",
        family: ARM_NEWLIB,
        parameters: &[
            ("GCC_FLAGS", "-march=armv7e-m -mfloat-abi=soft"),
            ("MULTILIB", "thumb/v7e-m/nofp"),
            ("CPU_ARCH", "v7E-M"),
            ("QEMU_MACHINE", "mps2-an386"),
            ("FLASH", "0x00000000"),
            ("RAM", "0x20000000"),
        ],
    },
    Row {
        triple: "thumbv7em-none-eabihf",
        family: ARM_NEWLIB,
        parameters: &[
            (
                "GCC_FLAGS",
                "-march=armv7e-m -mfpu=fpv4-sp-d16 -mfloat-abi=hard",
            ),
            ("MULTILIB", "thumb/v7e-m+fp/hard"),
            ("CPU_ARCH", "v7E-M"),
            ("QEMU_MACHINE", "mps2-an386"),
            ("FLASH", "0x00000000"),
            ("RAM", "0x20000000"),
        ],
    },
    Row {
        triple: "thumbv7m-none-eabi",
        family: ARM_NEWLIB,
        parameters: &[
            ("GCC_FLAGS", "-march=armv7-m -mfloat-abi=soft"),
            ("MULTILIB", "thumb/v7-m/nofp"),
            ("CPU_ARCH", "v7"),
            ("QEMU_MACHINE", "lm3s6965evb"),
            ("FLASH", "0x00000000"),
            ("RAM", "0x20000000"),
        ],
    },
    Row {
        triple: "thumbv8m.base-none-eabi",
        family: ARM_NEWLIB,
        parameters: &[
            ("GCC_FLAGS", "-march=armv8-m.base -mfloat-abi=soft"),
            ("MULTILIB", "thumb/v8-m.base/nofp"),
            ("CPU_ARCH", "v8-M.baseline"),
            ("QEMU_MACHINE", "mps2-an505"),
            ("FLASH", "0x10000000"),
            ("RAM", "0x38000000"),
        ],
    },
    Row {
        triple: "thumbv8m.main-none-eabi",
        family: ARM_NEWLIB,
        parameters: &[
            ("GCC_FLAGS", "-march=armv8-m.main -mfloat-abi=soft"),
            ("MULTILIB", "thumb/v8-m.main/nofp"),
            ("CPU_ARCH", "v8-M.mainline"),
            ("QEMU_MACHINE", "mps2-an505"),
            ("FLASH", "0x10000000"),
            ("RAM", "0x38000000"),
        ],
    },
    Row {
        triple: "thumbv8m.main-none-eabihf",
        family: ARM_NEWLIB,
        parameters: &[
            (
                "GCC_FLAGS",
                "-march=armv8-m.main -mfpu=fpv5-sp-d16 -mfloat-abi=hard",
            ),
            ("MULTILIB", "thumb/v8-m.main+fp/hard"),
            ("CPU_ARCH", "v8-M.mainline"),
            ("QEMU_MACHINE", "mps2-an505"),
            ("FLASH", "0x10000000"),
            ("RAM", "0x38000000"),
        ],
    },
    Row {
        triple: "wasm32-unknown-emscripten",
        family: EMSCRIPTEN,
        parameters: &[
            ("EXCEPTIONS", "-fwasm-exceptions"),
            ("IMPORTS", "env wasi_snapshot_preview1"),
        ],
    },
    Row {
        triple: "wasm32-wasip1",
        family: WASI,
        parameters: &[
            ("LIBC_TRIPLE", "wasm32-wasi"),
            ("IMPORTS", "wasi_snapshot_preview1"),
        ],
    },
    Row {
        triple: "x86_64-linux-android",
        family: ANDROID,
        parameters: &[
            ("CLANG_TARGET", "x86_64-linux-android"),
            ("SYSROOT_TRIPLE", "x86_64-linux-android"),
            ("ANDROID_ABI", "x86_64"),
            ("OPENSSL_TARGET", "android-x86_64"),
            ("LOADER", "/system/bin/linker64"),
            ("ELF_MACHINE", "Advanced Micro Devices X86-64"),
            ("LINK_FLAGS", PAGES_OF_16_KIB),
            ("PAGE_SIZE", "0x4000"),
        ],
    },
    Row {
        triple: "x86_64-pc-solaris",
        family: SOLARIS,
        parameters: &[
            ("GCC_TRIPLE", "x86_64-pc-solaris2.11"),
            ("LIBRARY_DIR", "amd64"),
            ("MACHINE", "i386"),
            ("OPENSSL_TARGET", "solaris64-x86_64-gcc"),
            ("LOADER", "/lib/amd64/ld.so.1"),
            ("ELF_MACHINE", "Advanced Micro Devices X86-64"),
        ],
    },
    Row {
        triple: "x86_64-pc-windows-gnu",
        family: WINDOWS_GNU,
        parameters: &[
            ("GCC_TRIPLE", "x86_64-w64-mingw32"),
            ("MACHINE", "x86_64"),
            ("OPENSSL_TARGET", "mingw64"),
            ("PE_FORMAT", "pei-x86-64"),
        ],
    },
    Row {
        triple: "x86_64-pc-windows-gnullvm",
        family: WINDOWS_GNULLVM,
        parameters: &[
            ("MINGW_TRIPLE", "x86_64-w64-mingw32"),
            ("ZIG_TARGET", "x86_64-windows-gnu"),
            ("CLANG_TARGET", "x86_64-w64-windows-gnu"),
            ("DLLTOOL_MACHINE", "i386:x86-64"),
            ("OPENSSL_TARGET", "mingw64"),
            ("MACHINE", "x86_64"),
            ("PE_FORMAT", "coff-x86-64"),
            ("RUNNER", RUNNER),
        ],
    },
    Row {
        triple: "x86_64-unknown-dragonfly",
        family: DRAGONFLY,
        parameters: &[
            ("CLANG_TARGET", "x86_64-unknown-dragonfly6.4"),
            ("MACHINE", "x86_64"),
            ("OPENSSL_TARGET", "BSD-x86_64"),
            ("ELF_MACHINE", "Advanced Micro Devices X86-64"),
        ],
    },
    Row {
        triple: "x86_64-unknown-freebsd",
        family: BSD,
        parameters: &[
            ("SYSTEM", "FreeBSD"),
            ("SYSTEM_VERSION", "14.0"),
            ("ZIG_TARGET", "x86_64-freebsd"),
            ("CLANG_TARGET", "x86_64-unknown-freebsd14.0"),
            ("MACHINE", "amd64"),
            ("OPENSSL_TARGET", "BSD-x86_64"),
            ("LOADER", "/libexec/ld-elf.so.1"),
            ("ELF_MACHINE", "Advanced Micro Devices X86-64"),
            ("LIBRARIES", FREEBSD_LIBRARIES),
        ],
    },
    Row {
        triple: "x86_64-unknown-netbsd",
        family: BSD,
        parameters: &[
            ("SYSTEM", "NetBSD"),
            ("SYSTEM_VERSION", "10.1"),
            ("ZIG_TARGET", "x86_64-netbsd"),
            ("CLANG_TARGET", "x86_64-unknown-netbsd10.1"),
            ("MACHINE", "x86_64"),
            ("OPENSSL_TARGET", "BSD-x86_64"),
            ("LOADER", "/libexec/ld.elf_so"),
            ("ELF_MACHINE", "Advanced Micro Devices X86-64"),
            ("LIBRARIES", NETBSD_LIBRARIES),
        ],
    },
];
