//! Environment variables whose names begin with `CROSS_` and that cross does not define: those of
//! the public cross, and wrong guesses.

/// The treatment of an environment variable that the public cross reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Cross reads it as well.
    Taken,
    /// Cross ignores it silently: its effect is cross's default, or there is nothing to affect.
    Needless,
    /// Cross ignores it with a message.
    Ignored,
}

use Fate::{Ignored, Needless, Taken};

/// The environment variables of the public cross and similar ones, with their treatment and a text:
/// the reason, or what to write instead. The first row that matches counts.
pub(super) const FOREIGN: &[(&str, Fate, &str)] = &[
    (
        "CROSS_CONTAINER_OPTS",
        Taken,
        "volumes and variables in it are taken, other options are named",
    ),
    (
        "DOCKER_OPTS",
        Taken,
        "as `CROSS_CONTAINER_OPTS`, where that is not set",
    ),
    (
        "CROSS_CONTAINER_ENGINE",
        Taken,
        "another name for `CROSS_BUILD_ENGINE`",
    ),
    (
        "CROSS_BUILD_TARGET",
        Taken,
        "another name for `CROSS_BUILD_DEFAULT_TARGET`",
    ),
    (
        "CROSS_BUILD_STD",
        Taken,
        "another name for `CROSS_BUILD_BUILD_STD`",
    ),
    ("CROSS_BUILD_ARG*", Ignored, OPTIONS),
    ("CROSS_BUILD_OPT*", Ignored, OPTIONS),
    ("CROSS_CONTAINER_IN_CONTAINER", Ignored, IN_CONTAINER),
    ("CROSS_DOCKER_IN_DOCKER", Ignored, IN_CONTAINER),
    (
        "CROSS_REMOTE*",
        Ignored,
        "the project is mounted, so the engine has to run on this machine",
    ),
    ("CROSS_CONTAINER_UID", Ignored, CALLER),
    ("CROSS_CONTAINER_GID", Ignored, CALLER),
    (
        "CROSS_CONTAINER_USER_NAMESPACE",
        Needless,
        "cross chooses what lets programs run as the caller",
    ),
    ("CROSS_BUILD_ZIG*", Ignored, ZIG),
    ("CROSS_TARGET_*_ZIG*", Ignored, ZIG),
    (
        "CROSS_TARGET_*_IMAGE_TOOLCHAIN",
        Needless,
        "the toolchain is always the host's own",
    ),
    (
        "CROSS_CUSTOM_TOOLCHAIN*",
        Needless,
        "any toolchain is used as it is",
    ),
    (
        "CROSS_ROOTLESS_CONTAINER_ENGINE",
        Needless,
        "found out from the engine",
    ),
    (
        "CROSS_CONTAINER_ENGINE_NO_BUILDKIT",
        Needless,
        "images are built with either of docker's builders",
    ),
    (
        "CROSS_BUILD_PROGRESS",
        Needless,
        "the whole output of a build is in a file that is named",
    ),
    (
        "CROSS_NO_WARNINGS",
        Needless,
        "cross never goes on with cargo on the host where it cannot do what was asked for",
    ),
    ("CROSS_DEBUG", Needless, "`-v` says more"),
    (
        "CROSS_COMPATIBILITY_VERSION",
        Needless,
        "there is one behaviour only",
    ),
    (
        "CROSS_UNSTABLE_ENABLE_DOCTESTS",
        Needless,
        "documentation is tested as by cargo",
    ),
    (
        "NIX_STORE",
        Needless,
        "the store is mounted where this machine has one",
    ),
    (
        "NIX_STORE_DIR",
        Needless,
        "the store is mounted where this machine has one",
    ),
    (
        "CROSS_COMPILE*",
        Needless,
        "read by the makefiles of Linux and others",
    ),
    // Images set these variables, and a user may start cross in a container of such an image.
    ("CROSS_RUNNER", Needless, IN_IMAGES),
    ("CROSS_RUST*", Needless, IN_IMAGES),
    ("CROSS_SYSROOT", Needless, IN_IMAGES),
    ("CROSS_CMAKE_*", Needless, IN_IMAGES),
    ("CROSS_TOOLCHAIN_PREFIX", Needless, IN_IMAGES),
    ("CROSS_TARGET_RUNNER", Needless, IN_IMAGES),
    ("CROSS_TARGET", Needless, IN_IMAGES),
    ("CROSS_DEB_ARCH", Needless, IN_IMAGES),
    ("CROSS_BASE_IMAGE", Needless, IN_IMAGES),
];
const OPTIONS: &str = "images are built without options of yours; `dockerfile.build-args` gives values to a Dockerfile";
const IN_CONTAINER: &str = "an engine outside this container sees other paths; `CROSS_CONTAINER_ENGINE=sandbox` needs none";
const CALLER: &str = "programs run as the caller";
pub(super) const ZIG: &str =
    "there is no Zig in images; the key `glibc` asks for results that run with an older glibc";
const IN_IMAGES: &str = "set in images";

/// Wrong names of environment variables, with the right ones that are too different for a search of
/// similar names. A `*` in both names stands for the same text.
pub(super) const SLIPS: &[(&str, &str)] = &[
    ("CROSS_BUILD_ENV", "CROSS_BUILD_ENV_PASSTHROUGH"),
    ("CROSS_BUILD_RUSTFLAGS", "RUSTFLAGS"),
    ("CROSS_CONFIG_FILE", "CROSS_CONFIG"),
    ("CROSS_CONFIG_PATH", "CROSS_CONFIG"),
    ("CROSS_CONTAINER_NETWORK", "CROSS_BUILD_NETWORK"),
    ("CROSS_DOCKER_ENGINE", "CROSS_CONTAINER_ENGINE"),
    ("CROSS_DOCKER_OPTS", "CROSS_CONTAINER_OPTS"),
    ("CROSS_ENV", "CROSS_BUILD_ENV_PASSTHROUGH"),
    ("CROSS_RUSTFLAGS", "RUSTFLAGS"),
    ("CROSS_TARGET_*_ENV", "CROSS_TARGET_*_ENV_PASSTHROUGH"),
    ("CROSS_TARGET_*_RUSTFLAGS", "CARGO_TARGET_*_RUSTFLAGS"),
    // Cross sets this variable in containers, from the value of the key `test-timeout`.
    ("CROSS_TEST_TIMEOUT", "CROSS_BUILD_TEST_TIMEOUT"),
];
