//! Tests of workspaces with files in temporary directories and made-up answers of cargo.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;

use super::Workspace;
use crate::bounds::Bounds;
use crate::cargo::config::CargoConfig;
use crate::cargo::metadata::Metadata;
use crate::cli;
use cross_base::error::Error;
use cross_base::fs;
use cross_base::host::Host;

/// Paths of dependencies, each with its kind as cargo names it.
type Dependencies<'a> = &'a [(&'a str, Option<&'a str>)];

struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        fs::canonical(self.0.path()).join(path)
    }

    fn file(&self, path: &str, text: &str) {
        fs::write_if_changed(&self.path(path), text.as_bytes()).unwrap();
    }

    /// Cargo's answer about a workspace with these packages. The first one is in the root.
    fn metadata(&self, packages: &[(&str, Dependencies)]) -> Metadata {
        let packages_json: Vec<_> = packages
            .iter()
            .map(|(dir, dependencies)| {
                self.file(&format!("{dir}/Cargo.toml"), "");
                let dependencies: Vec<_> = dependencies
                    .iter()
                    .map(|(path, kind)| serde_json::json!({"path": self.path(path), "kind": kind}))
                    .collect();
                serde_json::json!({
                    "manifest_path": self.path(dir).join("Cargo.toml"),
                    "dependencies": dependencies,
                })
            })
            .collect();
        let root = self.path(packages[0].0);
        let json = serde_json::json!({
            "packages": packages_json,
            "workspace_root": root,
            "target_directory": root.join("target"),
            "build_directory": root.join("target"),
        });
        Metadata::parse(json.to_string().as_bytes()).unwrap()
    }

    fn workspace(&self, args: &str, metadata: &Metadata, others: Vec<Metadata>) -> Workspace {
        let others = RefCell::new(others);
        let mut ask = |manifest: &Path| {
            let mut others = others.borrow_mut();
            let of = |m: &Metadata| m.packages.iter().any(|p| p.manifest_path == manifest);
            match others.iter().position(of) {
                Some(at) => Ok(others.remove(at)),
                None => Err(Error::new("current package believes it's in a workspace")),
            }
        };
        let invocation = cli::parse(args.split_whitespace().map(Into::into)).unwrap();
        let cwd = self.path("p");
        let host = self.host();
        let bounds = Bounds::new(&host, metadata.root());
        Workspace::new(
            metadata,
            &invocation,
            (&cwd, &bounds),
            &CargoConfig::default(),
            &mut ask,
        )
        .unwrap()
    }

    fn host(&self) -> Host {
        let home = self.path("home/me");
        Host {
            cargo_home: home.join(".cargo"),
            rustup_home: home.join(".rustup"),
            cache: home.join(".cache/cross"),
            home: Some(home.clone()),
            ..Host::default()
        }
    }

    fn outside(&self, workspace: &Workspace) -> Vec<String> {
        let base = self.path("");
        let relative = |p: &PathBuf| p.strip_prefix(&base).unwrap().display().to_string();
        workspace.outside.keys().map(relative).collect()
    }
}

#[test]
fn a_plain_crate_reads_nothing_outside() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[("p/inner", None)])]);
    disk.file("p/.git/HEAD", "");
    let workspace = disk.workspace("build", &metadata, Vec::new());
    assert_eq!(disk.outside(&workspace), [""; 0]);
    assert_eq!(workspace.target_dir, disk.path("p/target"));
    assert!(!workspace.has_lockfile);
}

#[test]
fn members_and_path_dependencies_outside_are_followed_with_their_workspaces() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[("lib/a", None)]), ("member", &[])]);
    disk.file("deep/Cargo.toml", "");
    disk.file("dev/Cargo.toml", "");
    let lib = disk.metadata(&[
        ("lib", &[]),
        ("lib/a", &[("deep", None), ("dev", Some("dev"))]),
    ]);
    let deep = disk.metadata(&[("deep", &[("gone", None)])]);
    let workspace = disk.workspace("build", &metadata, vec![lib, deep]);
    assert_eq!(disk.outside(&workspace), ["deep", "lib", "member"]);
}

#[test]
fn patches_by_path_are_found() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[])]);
    disk.file("p/Cargo.toml", "[patch.crates-io]\nx = { path = '../x' }\n");
    let patch = disk.metadata(&[("x", &[])]);
    let workspace = disk.workspace("build", &metadata, vec![patch]);
    assert_eq!(disk.outside(&workspace), ["x"]);
}

#[test]
fn the_repository_around_a_project_is_shown_with_its_working_tree() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("r/p", &[])]);
    disk.file("r/.git/HEAD", "");
    let workspace = disk.workspace("build", &metadata, Vec::new());
    assert_eq!(disk.outside(&workspace), ["r"]);
}

#[test]
fn a_repository_that_a_home_is_in_lends_its_git_directory_only() {
    let disk = Disk::new();
    for (home, project) in [("", "p"), ("home/me", "home/me/p")] {
        let metadata = disk.metadata(&[(project, &[])]);
        let git = Path::new(home).join(".git");
        disk.file(&git.join("HEAD").display().to_string(), "");
        let workspace = disk.workspace("build", &metadata, Vec::new());
        assert_eq!(disk.outside(&workspace), [git.display().to_string()]);
    }
}

#[test]
fn a_worktree_needs_the_git_directory_of_the_main_checkout() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[])]);
    let git_dir = disk.path("main/.git/worktrees/p");
    disk.file("p/.git", &format!("gitdir: {}\n", git_dir.display()));
    disk.file("main/.git/worktrees/p/commondir", "../..\n");
    for head in ["main/.git/worktrees/p/HEAD", "main/.git/HEAD"] {
        disk.file(head, "ref: refs/heads/main\n");
    }
    disk.file("main/.git/objects/info/x", "");
    let workspace = disk.workspace("build", &metadata, Vec::new());
    assert_eq!(disk.outside(&workspace), ["main/.git"]);
}

#[test]
fn a_project_behind_a_link_is_shown_at_both_places() {
    let disk = Disk::new();
    let mut metadata = disk.metadata(&[("p", &[])]);
    std::os::unix::fs::symlink(disk.path("p"), disk.path("link")).unwrap();
    metadata.workspace_root = disk.path("link");
    let workspace = disk.workspace("build", &metadata, Vec::new());
    assert_eq!(workspace.root, disk.path("link"));
    assert_eq!(disk.outside(&workspace), ["p"]);
}

#[test]
fn a_target_directory_of_the_command_line_counts_from_the_callers_directory() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[])]);
    let workspace = disk.workspace("build --target-dir ../t", &metadata, Vec::new());
    assert_eq!(workspace.target_dir, disk.path("t"));
    assert_eq!(workspace.build_dir, Some(disk.path("t")));
}

#[test]
fn a_dependency_that_its_workspace_does_not_list_is_shown_with_that_workspace() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[("ws/a", None)])]);
    disk.file("ws/Cargo.toml", "[workspace]\n");
    let manifest = "[dependencies]\nb = { path = '../../b' }\n\
                    [target.'cfg(unix)'.build-dependencies]\nc = { path = '../../c' }\n";
    disk.file("ws/a/Cargo.toml", manifest);
    disk.file("b/Cargo.toml", "");
    disk.file("c/Cargo.toml", "");
    let workspace = disk.workspace("build", &metadata, Vec::new());
    assert_eq!(disk.outside(&workspace), ["b", "c", "ws"]);
}

#[test]
fn a_folder_that_is_a_link_to_one_outside_is_shown() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[])]);
    disk.file("p/src/lib.rs", "");
    disk.file("generated/x.rs", "");
    std::os::unix::fs::symlink("../../generated", disk.path("p/src/gen")).unwrap();
    std::os::unix::fs::symlink("src", disk.path("p/inside")).unwrap();
    let workspace = disk.workspace("build", &metadata, Vec::new());
    assert_eq!(disk.outside(&workspace), ["generated"]);
}

#[test]
fn results_are_written_where_a_link_of_the_project_leads() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[])]);
    disk.file("scratch/deep/out/x", "");
    std::os::unix::fs::symlink("../short", disk.path("p/target")).unwrap();
    std::os::unix::fs::symlink("scratch/deep/out", disk.path("short")).unwrap();
    let workspace = disk.workspace("build", &metadata, Vec::new());
    let places = [disk.path("short"), disk.path("scratch/deep/out")].into();
    assert_eq!(
        workspace.behind_links,
        [(disk.path("p/target"), places)].into()
    );
    assert!(disk.outside(&workspace).is_empty());
}

#[test]
fn a_link_within_the_project_leads_to_its_path_there() {
    let disk = Disk::new();
    let metadata = disk.metadata(&[("p", &[])]);
    disk.file("p/out/x", "");
    std::os::unix::fs::symlink("out", disk.path("p/target")).unwrap();
    let workspace = disk.workspace("build", &metadata, Vec::new());
    let places = [disk.path("p/out")].into();
    assert_eq!(
        workspace.behind_links,
        [(disk.path("p/target"), places)].into()
    );
}
