//! The kits of all families, by the facts that their users see.

/// The target of the kit that cross itself unpacks.
pub(super) const TRIPLE: &str = "aarch64-linux-android";

/// A kit: a target that needs it, its name and version in messages, and its variables.
pub(super) struct Case {
    pub(super) triple: &'static str,
    pub(super) shown: &'static str,
    pub(super) file: &'static str,
    pub(super) mirror: &'static str,
    /// The variable that names a directory with a kit of the user's.
    pub(super) own: &'static str,
    /// Files of such a directory: the one by which it is recognised, and the one that tells the
    /// version.
    pub(super) files: [&'static str; 2],
    /// The variable that accepts the licence, and the address of the licence.
    pub(super) consent: Option<(&'static str, &'static str)>,
    /// The message without consent.
    pub(super) refusal: &'static str,
    /// The variables that name a kit of the user's, as a part of the hint.
    pub(super) hint: &'static str,
}

/// All kits. cross itself unpacks the first, and images unpack the others.
pub(super) const CASES: &[Case] = &[
    Case {
        triple: TRIPLE,
        shown: "android-ndk r27c",
        file: "android-ndk-r27c-linux.zip",
        mirror: "CROSS_ANDROID_MIRROR",
        own: "ANDROID_NDK_ROOT",
        files: [
            "toolchains/llvm/prebuilt/linux-x86_64/bin/clang",
            "source.properties",
        ],
        consent: Some((
            "CROSS_ANDROID_LICENSE",
            "https://developer.android.com/studio/terms",
        )),
        refusal: "Android NDK r27c",
        hint: "`ANDROID_NDK_HOME`, `ANDROID_NDK_ROOT` or `ANDROID_NDK`",
    },
    Case {
        triple: "x86_64-unknown-dragonfly",
        shown: "dragonfly 6.4.2",
        file: "dfly-x86_64-6.4.2_REL.iso.bz2",
        mirror: "CROSS_DRAGONFLY_MIRROR",
        own: "CROSS_DRAGONFLY_SYSROOT",
        files: ["usr/lib/crt1.o", "usr/include/sys/param.h"],
        consent: None,
        refusal: "",
        hint: "",
    },
    Case {
        triple: "x86_64-pc-solaris",
        shown: "solaris-sysroot 11.4.42.111.0",
        file: "solaris-11.4.42.111.0-i386-sysroot-v2025-02-21.tar.bz2",
        mirror: "CROSS_SOLARIS_MIRROR",
        own: "CROSS_SOLARIS_SYSROOT",
        files: ["usr/lib/amd64/crt1.o", "lib/amd64/libc.so.1"],
        consent: Some((
            "CROSS_SOLARIS_LICENSE",
            "https://www.oracle.com/downloads/licenses/solaris-ea-license.html",
        )),
        refusal: "Solaris sysroot 11.4.42.111.0",
        hint: "`CROSS_SOLARIS_SYSROOT`",
    },
    Case {
        triple: "sparcv9-sun-solaris",
        shown: "solaris-sysroot 11.4.42.111.0",
        file: "solaris-11.4.42.111.0-sparc-sysroot-v2025-02-21.tar.bz2",
        mirror: "CROSS_SOLARIS_MIRROR",
        own: "CROSS_SOLARIS_SYSROOT",
        files: ["usr/lib/sparcv9/crt1.o", "lib/sparcv9/libc.so.1"],
        consent: Some((
            "CROSS_SOLARIS_LICENSE",
            "https://www.oracle.com/downloads/licenses/solaris-ea-license.html",
        )),
        refusal: "Solaris sysroot 11.4.42.111.0",
        hint: "`CROSS_SOLARIS_SYSROOT`",
    },
];
