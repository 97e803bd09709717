//! All paths outside the project that a run gets, each with its asker. Each is checked against the
//! bounds, and the user is told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::bounds::access::Access;
use crate::bounds::asker::Asker;
use crate::bounds::{ALLOW, Bounds};
use crate::cargo::config::CargoConfig;
use crate::cargo::obeyed::in_project;
use crate::cargo::workspace::Workspace;
use crate::config::custom::PreBuild;
use crate::config::{Setting, Source, TargetConfig};
use crate::plan::Target;
use crate::plan::mounts::volume;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::notices::Notice;

/// The paths outside the project.
#[derive(Debug)]
pub(crate) struct Outside<'a> {
    bounds: &'a Bounds<'a>,
    root: PathBuf,
    items: Vec<Item>,
    /// Volumes that are mounted read-only, each with its asker and the file because of which it is.
    closed: BTreeMap<PathBuf, (Asker, PathBuf)>,
}

/// A path outside the project, which has been checked against the bounds.
#[derive(Debug)]
struct Item {
    path: PathBuf,
    asker: Asker,
    /// The access for which the path was checked.
    access: Access,
}

impl<'a> Outside<'a> {
    /// Starts with the paths that the workspace needs, which have been checked against the bounds
    /// already.
    pub(crate) fn of(workspace: &Workspace, bounds: &'a Bounds<'a>) -> Self {
        let item = |path: &Path, asker: &Asker, access| Item {
            path: path.to_owned(),
            asker: asker.clone(),
            access,
        };
        let written = workspace.written_outside.iter();
        let mut items: Vec<Item> = written
            .map(|(path, asker)| item(path, asker, Access::ReadWrite))
            .collect();
        for (path, asker) in &workspace.outside {
            if !items.iter().any(|written| written.path == *path) {
                items.push(item(path, asker, Access::ReadOnly));
            }
        }
        Self {
            bounds,
            root: workspace.root.clone(),
            items,
            closed: BTreeMap::new(),
        }
    }

    /// Adds a path if it is outside the project. A path that was only read so far is checked again
    /// if it is to be written to, and then has the new asker.
    fn add(&mut self, path: &Path, asker: Asker, access: Access) -> Result<()> {
        let is_inside =
            path.starts_with(&self.root) && fs::real(path).starts_with(fs::canonical(&self.root));
        let known = self.items.iter().position(|item| item.path == path);
        let is_checked =
            known.is_some_and(|known| self.items[known].access.writes() || !access.writes());
        if is_inside || is_checked {
            return Ok(());
        }
        self.bounds.check(path, &asker, access)?;
        if let Some(known) = known {
            self.items.remove(known);
        }
        self.items.push(Item {
            path: path.to_owned(),
            asker,
            access,
        });
        Ok(())
    }

    /// Adds the directory that the command installs into, of which the container can write to
    /// `written`. Refused if `written` contains the project or a directory in which the host looks
    /// for programs.
    ///
    /// # Errors
    ///
    /// When the directory is refused, or out of bounds.
    pub(crate) fn add_install_dir(
        &mut self,
        dir: &Path,
        written: &Path,
        option: &'static str,
    ) -> Result<()> {
        let (host, real) = (self.bounds.host, fs::real(written));
        let path = host.var("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(path).filter(|dir| dir.is_absolute());
        let looked_in = programs.any(|dir| fs::real(&dir).starts_with(&real));
        let is_home = real.starts_with(fs::real(&host.cargo_home));
        let why = if looked_in || is_home {
            "this machine looks for its own programs there"
        } else if fs::real(&self.root).starts_with(&real) {
            "the project is in it"
        } else {
            return self.add(
                dir,
                Asker::Said(Source::CommandLine(option)),
                Access::ReadWrite,
            );
        };
        let message = format!("cross does not install into `{}`: {why}", dir.display());
        Err(Error::new(message).hint(format!("name another directory with `{option}`")))
    }

    /// Adds the directory of a cache that a variable of the user's names.
    ///
    /// # Errors
    ///
    /// When the directory is out of bounds.
    pub(crate) fn add_cache(&mut self, dir: &Path, variable: &str) -> Result<()> {
        let asker = Asker::Said(Source::Variable(variable.to_owned()));
        self.add(dir, asker, Access::ReadWrite)
    }

    /// Adds the specification of a target.
    ///
    /// # Errors
    ///
    /// When the file is out of bounds.
    fn add_target(&mut self, target: &Target, asker: &Asker, cwd: &Path) -> Result<()> {
        match target.specification() {
            Some(path) => self.add(&fs::absolute(cwd, path), asker.clone(), Access::ReadOnly),
            None => Ok(()),
        }
    }

    /// Adds the specification of each target and the paths in its configuration.
    ///
    /// # Errors
    ///
    /// When a path is out of bounds or does not exist.
    pub(crate) fn add_targets(
        &mut self,
        targets: &[Target],
        configs: &[TargetConfig],
        asker: &Asker,
        cwd: &Path,
    ) -> Result<()> {
        for (target, config) in targets.iter().zip(configs) {
            self.add_target(target, asker, cwd)?;
            self.add_config(config)?;
        }
        Ok(())
    }

    /// Adds the paths in the configuration of a target: those of `env.volumes`, and files for its
    /// image.
    ///
    /// # Errors
    ///
    /// When a path is out of bounds or does not exist.
    fn add_config(&mut self, config: &TargetConfig) -> Result<()> {
        for setting in &config.volumes {
            let Some(path) = volume(self.bounds.host, &setting.value) else {
                continue;
            };
            if !path.exists() {
                let error = Error::new(format!("the volume `{}` does not exist", path.display()));
                let name = setting.value.split('=').next().unwrap_or_default();
                let source = &setting.source;
                return Err(error.hint(if path.iter().any(|part| part == "~") {
                    format!("`{name}` was named by {source}, where `~` is no home directory")
                } else {
                    format!("`{name}` was named by {source}")
                }));
            }
            let asker = self.said(&setting.source);
            self.add(&path, asker.clone(), Access::ReadWrite)?;
            if let Some(found) = in_project(&path, &asker, self.bounds) {
                self.closed.entry(path).or_insert((asker, found));
            }
        }
        let root = self.root.clone();
        let rooted = |path: &str| fs::absolute(&root, Path::new(path));
        if let Some(Setting { value, source }) = &config.dockerfile {
            self.add(&rooted(&value.file), self.said(source), Access::ReadOnly)?;
            if let Some(context) = &value.context {
                let source = value.context_said_by.as_ref().unwrap_or(source);
                self.add(&rooted(context), self.said(source), Access::ReadOnly)?;
            }
        }
        if let Some(Setting {
            value: PreBuild::Script(script),
            source,
        }) = &config.pre_build
        {
            self.add(&rooted(script), self.said(source), Access::ReadOnly)?;
        }
        Ok(())
    }

    /// The asker for a setting of cross's configuration. A file outside the project is one that the
    /// user named by `CROSS_CONFIG`.
    fn said(&self, source: &Source) -> Asker {
        match source {
            Source::File(path, _) if !path.starts_with(&self.root) => Asker::Own(source.clone()),
            _ => Asker::Said(source.clone()),
        }
    }

    /// Adds the files that cargo's configuration names, besides directories of crates: included
    /// configuration files, and certificates.
    ///
    /// # Errors
    ///
    /// When a file is out of bounds.
    pub(crate) fn add_cargo_config(
        &mut self,
        config: &CargoConfig,
        ca_bundle: Option<&Path>,
    ) -> Result<()> {
        for (path, asker) in config.included() {
            self.add(&path, asker, Access::ReadOnly)?;
        }
        let configured = config.path("http.cainfo").zip(config.asker("http.cainfo"));
        if let Some((path, asker)) =
            configured.filter(|(path, _)| Some(path.as_path()) == ca_bundle)
        {
            self.add(&path, asker, Access::ReadOnly)?;
        }
        Ok(())
    }

    /// All paths outside the project, and the project's root.
    pub(crate) fn dirs(&self) -> impl Iterator<Item = &Path> {
        let items = self.items.iter().map(|item| item.path.as_path());
        items.chain([self.root.as_path()])
    }

    /// The paths at which a container sees each file. The file's own path may not be one of them,
    /// if a link is in the path, over which nothing can be mounted. There may be several, as a
    /// directory can be mounted under two names.
    pub(crate) fn seen_at<'b>(
        &self,
        files: impl Iterator<Item = &'b Path>,
    ) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
        let dirs: Vec<(&Path, PathBuf)> =
            self.dirs().map(|dir| (dir, fs::canonical(dir))).collect();
        let seen_at = |file: &Path| -> BTreeSet<PathBuf> {
            let real = fs::canonical(file);
            let below = dirs.iter().filter_map(|(dir, real_dir)| {
                let rest = real.strip_prefix(real_dir).ok()?;
                // Joining an empty path would add a slash at the end.
                Some(
                    rest.iter()
                        .fold((*dir).to_owned(), |path, name| path.join(name)),
                )
            });
            let is_below = dirs.iter().any(|(dir, _)| file.starts_with(dir));
            // A file in no mounted directory is mounted at its own path.
            let own = (!is_below).then(|| file.to_owned());
            below.chain(own).collect()
        };
        files.map(|file| (file.to_owned(), seen_at(file))).collect()
    }

    /// The volumes to which the container cannot write.
    pub(crate) fn closed(&self) -> BTreeSet<PathBuf> {
        self.closed.keys().cloned().collect()
    }

    /// The messages about volumes to which the container cannot write.
    pub(crate) fn closed_notices(&self) -> impl Iterator<Item = Notice> {
        self.closed.iter().map(|(path, (asker, found))| {
            let (path, found) = (path.display(), found.display());
            Notice::Status(
                "Note",
                format!(
                    "`{path}` ({asker}) is read-only, as `{found}` is there: `{ALLOW}={path}` in the environment opens it"
                ),
            )
        })
    }

    /// The message that lists all paths with their askers.
    pub(crate) fn notice(&self) -> Option<Notice> {
        // Files of the project are named relative to its root.
        let inside = format!("`{}/", self.root.display());
        let item = |item: &Item| {
            let asker = item.asker.to_string().replace(&inside, "`");
            format!("{} ({asker})", item.path.display())
        };
        let items: Vec<String> = self.items.iter().map(item).collect();
        (!items.is_empty()).then(|| Notice::Status("Mounting", items.join(", ")))
    }
}
