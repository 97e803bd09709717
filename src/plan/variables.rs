//! The tables of the caller's variables: those that a container gets, and those that it does not
//! get although they belong to cargo or rustc.

use crate::cargo::config::kept_back::KEYS;
use cross_base::pattern::matches;

/// Variables that a container gets if the caller has set them: plain cargo's command would see
/// them, and they are neither secrets nor paths of the host's programs. A `*` stands for any text.
/// Plain `CFLAGS` is not in the table, as it has flags for the host's compiler and the host's
/// processor.
pub(crate) const PASSED: &[(&str, &str)] = &[
    ("CARGO_*", "cargo's, less those below"),
    ("HTTP_TIMEOUT", "cargo's"),
    ("RUSTFLAGS", "flags for rustc"),
    ("RUSTDOCFLAGS", "flags for rustdoc"),
    ("RUSTC_BOOTSTRAP", "rustc's"),
    ("RUSTC_ICE", "rustc's"),
    ("RUSTC_LOG", "rustc's"),
    ("RUST_BACKTRACE", "std's"),
    ("RUST_LIB_BACKTRACE", "std's"),
    ("RUST_MIN_STACK", "std's"),
    ("RUST_TEST_*", "the test harness's"),
    ("CLIPPY_CONF_DIR", "clippy's"),
    ("MIRIFLAGS", "miri's"),
    ("MIRI_BACKTRACE", "miri's"),
    ("MIRI_LOG", "miri's"),
    ("NEXTEST_*", "nextest's"),
    // Read by programs, tests and build scripts.
    ("RUST_LOG*", "the usual loggers'"),
    ("RUST_SPANTRACE", "color-eyre's"),
    ("OMP_NUM_THREADS", "OpenMP's"),
    ("MALLOC_CONF", "jemalloc's"),
    ("_RJEM_MALLOC_CONF", "jemalloc's"),
    ("MIMALLOC_*", "mimalloc's"),
    ("RAYON_NUM_THREADS", "rayon's"),
    ("TOKIO_WORKER_THREADS", "tokio's"),
    ("BLESS", TESTS),
    ("BOLERO_*", TESTS),
    ("CRITERION_DEBUG", TESTS),
    ("DIVAN_*", TESTS),
    ("EXPECTORATE", TESTS),
    ("INSTA_*", TESTS),
    ("K9_UPDATE_SNAPSHOTS", TESTS),
    ("LOOM_*", TESTS),
    ("MACROTEST", TESTS),
    ("PROPTEST_*", TESTS),
    ("QUICKCHECK_*", TESTS),
    ("RSTEST_TIMEOUT", TESTS),
    ("SHUTTLE_*", TESTS),
    ("SNAPSHOTS", TESTS),
    ("TRYBUILD", TESTS),
    ("TRYCMD", TESTS),
    ("UPDATE_EXPECT", TESTS),
    ("UPDATE_GOLDENFILES", TESTS),
    ("LLVM_PROFILE_FILE", "the compiler's runtime, for profiles"),
    ("LLVM_COV_FLAGS", "cargo-llvm-cov's"),
    ("LLVM_PROFDATA_FLAGS", "cargo-llvm-cov's"),
    ("ASAN_OPTIONS", SANITIZERS),
    ("HWASAN_OPTIONS", SANITIZERS),
    ("LSAN_OPTIONS", SANITIZERS),
    ("MSAN_OPTIONS", SANITIZERS),
    ("TSAN_OPTIONS", SANITIZERS),
    ("UBSAN_OPTIONS", SANITIZERS),
    ("QEMU_*", "the emulator's, QEMU_STRACE among them"),
    ("GIT_AUTHOR_*", GIT),
    ("GIT_COMMITTER_*", GIT),
    // Read by the crates that build and find C libraries.
    ("CFLAGS_*", "flags for one target's C compiler"),
    ("CXXFLAGS_*", "flags for one target's C++ compiler"),
    ("ARFLAGS_*", "flags for one target's archiver"),
    (
        "TARGET_*FLAGS",
        "flags for the target's C and C++ compilers",
    ),
    (
        "HOST_*FLAGS",
        "flags for the compilers of what build scripts run",
    ),
    ("CXXSTDLIB_*", "cc's"),
    ("CRATE_CC_NO_DEFAULTS", "cc's"),
    ("CC_ENABLE_DEBUG_OUTPUT", "cc's"),
    ("CC_SHELL_ESCAPED_FLAGS", "cc's"),
    ("CC_FORCE_DISABLE", "cc's"),
    ("CMAKE_BUILD_PARALLEL_LEVEL", "cmake's"),
    ("PKG_CONFIG_ALLOW_*", "pkg-config's"),
    ("PKG_CONFIG_ALL_STATIC", "pkg-config's"),
    ("PKG_CONFIG_ALL_DYNAMIC", "pkg-config's"),
    ("*_STATIC", "pkg-config's, for one library"),
    ("*_DYNAMIC", "pkg-config's, for one library"),
    ("*_NO_PKG_CONFIG", "pkg-config's, for one library"),
    ("*_SYS_USE_PKG_CONFIG", SYS),
    ("SYSTEM_DEPS_*LINK", "system-deps'"),
    ("SYSTEM_DEPS_*BUILD_INTERNAL", "system-deps'"),
    ("AWS_LC_SYS_*", SYS),
    ("AWS_LC_FIPS_SYS_*", SYS),
    ("JEMALLOC_SYS_WITH_*", SYS),
    ("LIBGIT2_NO_*", SYS),
    ("LIBSQLITE3_FLAGS", SYS),
    ("OPENSSL_NO_*", SYS),
    ("PYO3_BUILD_EXTENSION_MODULE", SYS),
    ("PYO3_CROSS", SYS),
    ("PYO3_CROSS_PYTHON_*", SYS),
    ("PYO3_NO_PYTHON", SYS),
    ("PYO3_PRINT_CONFIG", SYS),
    ("PYO3_USE_ABI3_FORWARD_COMPATIBILITY", SYS),
    ("SODIUM_SHARED", SYS),
    ("SQLITE_MAX_*", SYS),
    ("SQLX_OFFLINE*", "sqlx's"),
    ("VERGEN_*", "vergen's"),
    ("BUILT_OVERRIDE_*", "built's"),
    ("SOURCE_DATE_EPOCH", "for reproducible builds"),
    // From https://github.com/mozilla/sccache/blob/main/docs/Configuration.md, less those that may
    // have a secret.
    ("SCCACHE_BASEDIRS", "sccache's"),
    ("SCCACHE_CACHE_SIZE", "sccache's"),
    ("SCCACHE_CACHE_ZSTD_LEVEL", "sccache's"),
    ("SCCACHE_DIRECT", "sccache's"),
    ("SCCACHE_IDLE_TIMEOUT", "sccache's"),
    ("SCCACHE_IGNORE_SERVER_IO_ERROR", "sccache's"),
    ("SCCACHE_LOCAL_RW_MODE", "sccache's"),
    ("SCCACHE_LOG", "sccache's"),
    ("SCCACHE_NO_CACHE", "sccache's"),
    ("SCCACHE_RECACHE", "sccache's"),
    // Names of the build service, and of the job, commit and branch that it builds.
    ("CI", "cargo asks for it"),
    ("TF_BUILD", "cargo asks for it"),
    ("APPVEYOR", SERVICE),
    ("BUILDKITE", SERVICE),
    ("BUILDKITE_BRANCH", SERVICE),
    ("BUILDKITE_BUILD_NUMBER", SERVICE),
    ("BUILDKITE_COMMIT", SERVICE),
    ("BUILDKITE_TAG", SERVICE),
    ("CIRCLECI", SERVICE),
    ("CIRCLE_BRANCH", SERVICE),
    ("CIRCLE_BUILD_NUM", SERVICE),
    ("CIRCLE_SHA1", SERVICE),
    ("CIRCLE_TAG", SERVICE),
    ("CIRRUS_CI", SERVICE),
    ("DRONE", SERVICE),
    ("GITLAB_CI", SERVICE),
    ("TRAVIS", SERVICE),
    ("CI_COMMIT_*", SERVICE),
    ("CI_DEFAULT_BRANCH", SERVICE),
    ("CI_JOB_ID", SERVICE),
    ("CI_JOB_NAME", SERVICE),
    ("CI_JOB_STAGE", SERVICE),
    ("CI_MERGE_REQUEST_IID", SERVICE),
    ("CI_PIPELINE_ID", SERVICE),
    ("CI_PIPELINE_IID", SERVICE),
    ("CI_PIPELINE_SOURCE", SERVICE),
    ("CI_PROJECT_ID", SERVICE),
    ("CI_PROJECT_NAME", SERVICE),
    ("CI_PROJECT_PATH", SERVICE),
    ("CI_PROJECT_URL", SERVICE),
    ("CI_SERVER_URL", SERVICE),
    ("GITEA_ACTIONS", SERVICE),
    ("FORGEJO_ACTIONS", SERVICE),
    ("GITHUB_ACTIONS", SERVICE),
    ("GITHUB_ACTOR", SERVICE),
    ("GITHUB_ACTOR_ID", SERVICE),
    ("GITHUB_API_URL", SERVICE),
    ("GITHUB_BASE_REF", SERVICE),
    ("GITHUB_EVENT_NAME", SERVICE),
    ("GITHUB_HEAD_REF", SERVICE),
    ("GITHUB_JOB", SERVICE),
    ("GITHUB_REF", SERVICE),
    ("GITHUB_REF_*", SERVICE),
    ("GITHUB_REPOSITORY", SERVICE),
    ("GITHUB_REPOSITORY_OWNER", SERVICE),
    ("GITHUB_REPOSITORY_ID", SERVICE),
    ("GITHUB_REPOSITORY_OWNER_ID", SERVICE),
    ("GITHUB_RUN_*", SERVICE),
    ("GITHUB_SERVER_URL", SERVICE),
    ("GITHUB_SHA", SERVICE),
    ("GITHUB_WORKFLOW", SERVICE),
    ("RUNNER_ARCH", SERVICE),
    ("RUNNER_DEBUG", SERVICE),
    ("RUNNER_OS", SERVICE),
    // https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables
    ("BUILD_ID", SERVICE),
    ("BUILD_NUMBER", SERVICE),
    ("BUILD_TAG", SERVICE),
    ("GIT_BRANCH", SERVICE),
    ("GIT_COMMIT", SERVICE),
    ("JENKINS_URL", SERVICE),
    // https://learn.microsoft.com/azure/devops/pipelines/build/variables
    ("BUILD_BUILDID", SERVICE),
    ("BUILD_BUILDNUMBER", SERVICE),
    ("BUILD_SOURCEBRANCH*", SERVICE),
    ("BUILD_SOURCEVERSION", SERVICE),
    // https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
    ("BITBUCKET_BRANCH", SERVICE),
    ("BITBUCKET_BUILD_NUMBER", SERVICE),
    ("BITBUCKET_COMMIT", SERVICE),
    ("BITBUCKET_TAG", SERVICE),
    ("TRAVIS_BRANCH", SERVICE),
    ("TRAVIS_BUILD_NUMBER", SERVICE),
    ("TRAVIS_COMMIT", SERVICE),
    ("TRAVIS_TAG", SERVICE),
    // The user's preferences.
    ("TZ", "the time zone"),
    ("LANG", "the user's language"),
    ("LANGUAGE", "the user's language"),
    ("LC_*", "the user's language"),
    ("TERM", "the terminal's"),
    ("COLORTERM", "the terminal's"),
    ("NO_COLOR", "the terminal's"),
    ("CLICOLOR", "the terminal's"),
    ("CLICOLOR_FORCE", "the terminal's"),
    ("FORCE_COLOR", "the terminal's"),
    ("http_proxy", "the network's"),
    ("HTTP_PROXY", "the network's"),
    ("https_proxy", "the network's"),
    ("HTTPS_PROXY", "the network's"),
    ("all_proxy", "the network's"),
    ("ALL_PROXY", "the network's"),
    ("no_proxy", "the network's"),
    ("NO_PROXY", "the network's"),
];
const TESTS: &str = "a test library's";
const GIT: &str = "git's, for who commits";
const SANITIZERS: &str = "the compiler's runtime, for sanitizers";
const SYS: &str = "how a crate gets its C library";
const SERVICE: &str = "the build service's, but no token";

/// Patterns of variables of cargo and rustc that a container does not get, with the reasons.
pub(crate) fn blocked() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_keys = KEYS.iter().flat_map(|row| {
        let patterns = row.variables.iter();
        patterns.map(|pattern| (*pattern, row.reason))
    });
    of_keys.chain(OTHERS.iter().copied())
}

/// Variables that are no key's that stays on the host.
const OTHERS: &[(&str, &str)] = &[
    ("CARGO_HOME", "cross sets it"),
    ("CARGO_BUILD_BUILD_DIR", "cross sets it"),
    (
        "CARGO_BUILD_TARGET",
        "passed on only where cross does not name the target itself",
    ),
    // Cargo sets these for its children, so they exist if cargo starts cross.
    ("CARGO_MANIFEST_*", OUTER),
    ("CARGO_PKG_*", OUTER),
    ("CARGO_CRATE_NAME", OUTER),
    ("CARGO_BIN_*", OUTER),
    ("CARGO_PRIMARY_PACKAGE", OUTER),
    ("CARGO_CFG_*", OUTER),
    ("CARGO_FEATURE_*", OUTER),
    ("CARGO_MAKEFLAGS", OUTER),
    ("CARGO_TARGET_TMPDIR", OUTER),
];
const OUTER: &str = "it speaks of the crate that started cross";

/// Whether a variable is in the table of variables that are passed on.
pub(super) fn is_passed(name: &str) -> bool {
    PASSED.iter().any(|(pattern, _)| matches(pattern, name))
}

/// The reason for which a variable that belongs to a tool still stays on the host.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    let mut blocked = blocked();
    let found = blocked.find(|(pattern, _)| matches(pattern, name));
    found.map(|(_, reason)| reason)
}

/// Whether a variable belongs to a tool and still stays on the host.
pub(super) fn is_kept_back(name: &str) -> bool {
    reason(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::PASSED;
    use cross_base::http::proxy::{ADDRESSES, EXEMPT};

    #[test]
    fn a_container_gets_each_variable_for_proxies() {
        for name in ADDRESSES.iter().chain(&EXEMPT) {
            assert!(PASSED.iter().any(|(passed, _)| passed == name), "{name}");
        }
    }
}
