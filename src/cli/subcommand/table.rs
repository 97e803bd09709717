//! The commands that cross knows.

use super::Fact::{
    Asks, BuildDirs, Component, Fetches, Harness, Installs, IsRun, LeavesResults, OneTarget,
    OwnStd, Program, Releases, ReleasesFor, RunsBuilt, RunsPrograms, Rustc, StartedInRoot, Tests,
    Wraps, WritesFor, WritesProject,
};
use super::Provider::{Cargo, Plugin, Rustup};
use super::Runs::{Container, ContainerWith, Host, HostWithoutTarget, Refused};
use super::{Fact, Given, Need, Runs, Subcommand};

const fn cargo(name: &'static str, runs: Runs, facts: &'static [Fact]) -> Subcommand {
    Subcommand {
        name,
        alias: None,
        provider: Cargo,
        runs,
        facts,
    }
}

const fn short(
    alias: &'static str,
    name: &'static str,
    runs: Runs,
    facts: &'static [Fact],
) -> Subcommand {
    Subcommand {
        name,
        alias: Some(alias),
        provider: Cargo,
        runs,
        facts,
    }
}

const fn rustup(name: &'static str, runs: Runs, facts: &'static [Fact]) -> Subcommand {
    Subcommand {
        name,
        alias: None,
        provider: Rustup,
        runs,
        facts,
    }
}

const fn plugin(name: &'static str, runs: Runs, facts: &'static [Fact]) -> Subcommand {
    Subcommand {
        name,
        alias: None,
        provider: Plugin,
        runs,
        facts,
    }
}

/// `cargo install` puts programs into the user's own `bin` directory unless another directory is
/// named. <https://doc.rust-lang.org/cargo/commands/cargo-install.html>
const INSTALL: Runs = HostWithoutTarget(&[
    Need {
        given: Given::InstallDir,
        reason: "it puts programs where this machine looks for its own",
        hint: "name another directory: `cross install --path . --root DIR --target TRIPLE`",
    },
    Need {
        given: Given::PackageDir,
        reason: "it gets the package's source by itself, and containers have no way to the caller's registries",
        hint: "get the source, and name its directory: `cross install --path DIR …`",
    },
]);

/// `cargo publish` needs a token, which cross gives to no container.
const PUBLISH: Runs = HostWithoutTarget(&[Need {
    given: Given::DryRun,
    reason: "it needs your token, which cross keeps out of containers",
    hint: "verify with `cross publish --dry-run`, then run `cargo publish --no-verify`",
}]);

/// cargo-c installs below `/usr/local` by default. In a container that directory is gone after the
/// run, and without one it is this machine's. <https://github.com/lu-zero/cargo-c>
const CINSTALL: Runs = ContainerWith(&[Need {
    given: Given::InstallDir,
    reason: INTO_SYSTEM,
    hint: DESTDIR,
}]);
const CAPI: Runs = ContainerWith(&[Need {
    given: Given::InstallDirFor("install"),
    reason: INTO_SYSTEM,
    hint: DESTDIR,
}]);
/// cargo-deb calls `dpkg` for the package that it made. <https://github.com/kornelski/cargo-deb>
const DEB: Runs = ContainerWith(&[Need {
    given: Given::NoInstall,
    reason: INTO_SYSTEM,
    hint: "leave `--install` out, and install the package where it is to run: `dpkg --install FILE.deb`",
}]);
const INTO_SYSTEM: &str = "it would install into the system that it is built in";
const DESTDIR: &str = "name a directory of this machine's with `--destdir`";

/// Plugins that cross-compile by themselves.
const OTHER_CROSS: Runs = Refused {
    reason: "it brings its own way to cross-compile",
    hint: "run it with `cargo`, or use `cross build`",
};

/// Plugins that call the host's cargo, which would build for the host.
const CALLS_CARGO: Runs = Refused {
    reason: "it would call cargo on the host, not cross",
    hint: "run it with `cargo`, and let it call `cross`",
};

/// Plugins that copy their results to a device.
const DEVICE: Runs = Refused {
    reason: "it talks to a device of this machine's",
    hint: "build with `cross build`, and hand the result over with the device's own tool",
};

/// cargo-dist, <https://opensource.axo.dev/cargo-dist/book/>
const DIST: Runs = Refused {
    reason: "it chooses by itself how each target is built",
    hint: "run it with `cargo`, or pack what `cross build` has built",
};

/// Tauri, <https://v2.tauri.app/reference/cli/>
const TAURI: Runs = Refused {
    reason: "it runs the front end's tools, which are this machine's",
    hint: "run it with `cargo`, and let it call cross: `cargo tauri build --runner cross --target TRIPLE`",
};

/// cargo-leptos, <https://github.com/leptos-rs/cargo-leptos>
const LEPTOS: Runs = Refused {
    reason: "it builds a front end for the web beside the server",
    hint: "run it with `cargo`, and let it call cross for the server: `LEPTOS_BIN_CARGO_COMMAND=cross`",
};

/// cargo-pgrx, <https://github.com/pgcentralfoundation/pgrx>
const PGRX: Runs = Refused {
    reason: "it asks this machine's PostgreSQL how to build",
    hint: "build with `cross build`, in an image that has PostgreSQL's headers",
};

/// cargo-wix, <https://volks73.github.io/cargo-wix/cargo_wix/>
const WIX: Runs = Refused {
    reason: "the WiX Toolset that it calls runs on Windows",
    hint: "build with `cross build`, and pack the result on Windows with `cargo wix --no-build`",
};

/// Plugins that build with the host's cargo and then make a package of the results.
const PACKS: Runs = Refused {
    reason: "it would call cargo on the host, not cross",
    hint: "build with `cross build`, and pack the result with `cargo generate-rpm` or the like",
};

/// Nextest's options for what was built before:
/// <https://nexte.st/docs/ci-features/archiving/>.
const ARCHIVES: &[&str] = &["--archive-file", "--binaries-metadata"];

/// The table of commands: cargo's own, rustup's components, and widely used plugins. Each group is
/// sorted.
///
/// Cargo's commands: <https://doc.rust-lang.org/cargo/commands/index.html>. A plugin runs in the
/// container if it compiles by calling cargo and takes `--target` as cargo does.
#[rustfmt::skip] // one command a line
pub(crate) const TABLE: &[Subcommand] = &[
    cargo("add", Host, &[]),
    cargo("bench", Container, &[Harness, LeavesResults, Releases, RunsPrograms]),
    short("b", "build", Container, &[LeavesResults]),
    short("c", "check", Container, &[]),
    cargo("clean", Host, &[BuildDirs]),
    cargo("config", Host, &[]),
    short("d", "doc", Container, &[]),
    cargo("fetch", Host, &[]),
    cargo("fix", Container, &[WritesProject]),
    cargo("generate-lockfile", Host, &[]),
    cargo("git-checkout", Host, &[]),
    cargo("help", Host, &[]),
    cargo("info", Host, &[]),
    cargo("init", Host, &[]),
    cargo("install", INSTALL, &[Fetches, Installs, OneTarget, Releases]),
    cargo("locate-project", Host, &[]),
    cargo("login", Host, &[]),
    cargo("logout", Host, &[]),
    cargo("metadata", Host, &[]),
    cargo("new", Host, &[]),
    cargo("owner", Host, &[]),
    cargo("package", Container, &[Fetches]), // builds what it packed
    cargo("pkgid", Host, &[]),
    cargo("publish", PUBLISH, &[Fetches]),
    cargo("read-manifest", Host, &[]),
    short("rm", "remove", Host, &[]),
    cargo("report", Host, &[]),
    short("r", "run", Container, &[IsRun, LeavesResults, RunsPrograms, OneTarget, Program]),
    cargo("rustc", Container, &[LeavesResults, Program, Rustc, StartedInRoot]),
    cargo("rustdoc", Container, &[Program, StartedInRoot]),
    cargo("search", Host, &[]),
    short("t", "test", Container, &[Harness, LeavesResults, RunsPrograms, Tests]),
    cargo("tree", Host, &[]),
    cargo("uninstall", Host, &[]),
    cargo("update", Host, &[]),
    cargo("vendor", Host, &[]),
    cargo("verify-project", Host, &[]),
    cargo("version", Host, &[]),
    cargo("yank", Host, &[]),

    rustup("clippy", Container, &[Component("clippy")]),
    rustup("fmt", Host, &[]),
    rustup("miri", Host, &[]), // interprets for any target, without linker or emulator

    plugin("about", Host, &[]),
    plugin("apk", OTHER_CROSS, &[]),
    plugin("appimage", PACKS, &[]),
    plugin("arch", PACKS, &[]),
    plugin("asm", Container, &[Releases]),
    plugin("audit", Host, &[]),
    plugin("auditable", Container, &[RunsPrograms, Wraps]),
    plugin("aur", PACKS, &[]),
    plugin("autoinherit", Host, &[]),
    plugin("binstall", Host, &[]),
    plugin("bloat", Container, &[]),
    plugin("bump", Host, &[]),
    plugin("bundle", Container, &[]),
    plugin("bundle-licenses", Host, &[]),
    plugin("cache", Host, &[]),
    plugin("capi", CAPI, &[ReleasesFor("install")]),
    plugin("careful", Container, &[Fetches, RunsPrograms, Wraps, OwnStd, Component("rust-src")]),
    plugin("cbuild", Container, &[]),
    plugin("chef", Container, &[WritesProject]),
    plugin("cinstall", CINSTALL, &[Releases]),
    plugin("component", Host, &[]), // for WebAssembly alone
    plugin("crev", Host, &[]),
    plugin("criterion", Container, &[RunsPrograms]),
    plugin("ctest", Container, &[RunsPrograms]),
    plugin("cyclonedx", Host, &[]),
    plugin("deb", DEB, &[Releases, Asks(&["objcopy", "strip"])]),
    plugin("deny", Host, &[]),
    plugin("depgraph", Host, &[]),
    plugin("dinghy", OTHER_CROSS, &[]),
    plugin("dist", DIST, &[]),
    plugin("edit", Host, &[]),
    plugin("embed", DEVICE, &[]),
    plugin("espflash", DEVICE, &[]),
    plugin("expand", Container, &[]),
    plugin("flash", DEVICE, &[]),
    plugin("fuzz", Container, &[Fetches, RunsPrograms, WritesProject]),
    plugin("geiger", Container, &[]),
    plugin("generate", Host, &[]),
    plugin("generate-rpm", Host, &[]), // packs what is built already
    plugin("hack", Container, &[RunsPrograms, Wraps, WritesProject]), // rewrites manifests
    plugin("hakari", Host, &[]),
    plugin("insta", Container, &[RunsPrograms, WritesProject]),
    plugin("install-update", Host, &[]),
    plugin("lambda", OTHER_CROSS, &[]),
    plugin("leptos", LEPTOS, &[]),
    plugin("license", Host, &[]),
    plugin("lipo", OTHER_CROSS, &[]),
    plugin("llvm-cov", Container, &[RunsPrograms, Tests, Wraps, WritesProject, Component("llvm-tools")]),
    plugin("llvm-lines", Container, &[]),
    plugin("machete", Host, &[]),
    plugin("make", CALLS_CARGO, &[]),
    plugin("minimal-versions", Container, &[Fetches, RunsPrograms, Wraps, WritesProject]),
    plugin("mobile", OTHER_CROSS, &[]),
    plugin("modules", Host, &[]),
    plugin("msrv", CALLS_CARGO, &[]),
    plugin("mutants", Container, &[RunsPrograms, WritesProject]),
    plugin("ndk", OTHER_CROSS, &[]),
    plugin("nextest", Container, &[RunsBuilt(ARCHIVES), RunsPrograms, Tests, WritesFor("archive")]),
    plugin("nm", Container, &[Component("llvm-tools")]),
    plugin("objcopy", Container, &[Component("llvm-tools"), WritesProject]),
    plugin("objdump", Container, &[Component("llvm-tools")]),
    plugin("outdated", Host, &[]),
    plugin("packager", Host, &[]), // packs what is built already
    plugin("pgrx", PGRX, &[]),
    plugin("public-api", Container, &[Fetches]),
    plugin("rdme", Host, &[]),
    plugin("readme", Host, &[]),
    plugin("readobj", Container, &[Component("llvm-tools")]),
    plugin("release", Host, &[]),
    plugin("rpm", PACKS, &[]),
    plugin("sbom", Host, &[]),
    plugin("semver-checks", Container, &[Fetches]),
    plugin("set-version", Host, &[]),
    plugin("shear", Host, &[]),
    plugin("size", Container, &[Component("llvm-tools")]),
    plugin("sort", Host, &[]),
    plugin("spellcheck", Host, &[]),
    plugin("sqlx", Host, &[]), // its database is this machine's
    plugin("strip", Container, &[Component("llvm-tools")]),
    plugin("sweep", Host, &[]),
    plugin("tarpaulin", Container, &[RunsPrograms, WritesProject]),
    plugin("tauri", TAURI, &[]),
    plugin("udeps", Container, &[]),
    plugin("upgrade", Host, &[]),
    plugin("vet", Host, &[]),
    plugin("watch", CALLS_CARGO, &[]),
    plugin("wipe", Host, &[]),
    plugin("wix", WIX, &[]),
    plugin("workspaces", Host, &[]),
    plugin("xwin", OTHER_CROSS, &[]),
    plugin("zigbuild", OTHER_CROSS, &[]),
];
