//! Makes a toolchain: fetches its packages, unpacks them and puts them together in a temporary
//! directory, which gets the toolchain's name when it is complete.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::definition::FILES;
use super::fetch::{Origin, Packages, side_by_side};
use super::libc_links;
use super::lock::Package;
use super::recipe::{COMPLETE, Emulator, ToolchainRecipe};
use super::starter::{HOST, Starters, Words, library};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::lock::Lock;
use cross_base::pattern::matches;
use cross_base::process::{Cmd, reason};
use cross_base::term::Term;
use cross_deb::Done;

/// The name of the script in a family's folder that completes a toolchain with the toolchain's own
/// compiler.
const FINISH: &str = "finish.sh";
/// Begins the name of a directory in which a toolchain or a part of one is being made.
pub(super) const UNFINISHED: &str = ".new-";
/// The number of packages that are unpacked at the same time.
pub(super) const AT_ONCE: usize = 4;

/// Makes a toolchain unless it exists, and with `runs` also the emulator for its target.
///
/// # Errors
///
/// When a package cannot be fetched or unpacked.
pub(crate) fn ensure(
    recipe: &ToolchainRecipe,
    runs: bool,
    host: &Host,
    term: Term,
    origin: &Origin,
) -> Result<()> {
    let maker = Maker {
        recipe,
        host,
        term,
        packages: Packages::new(recipe.row.triple, host, term, origin),
    };
    if !recipe.is_made(host) {
        permit(recipe, host, term, origin)?;
        maker.toolchain()?;
    }
    match &recipe.emulator {
        Some(emulator) if runs && !emulator.path(host).exists() => maker.emulator(emulator),
        _ => Ok(()),
    }
}

/// Checks that a toolchain may be made if it does not exist. A kit may need the user's consent.
///
/// # Errors
///
/// When the user has not consented.
pub(crate) fn permit(
    recipe: &ToolchainRecipe,
    host: &Host,
    term: Term,
    origin: &Origin,
) -> Result<()> {
    let packages = Packages::new(recipe.row.triple, host, term, origin);
    let kit = recipe.kit.as_ref().filter(|_| !recipe.is_made(host));
    kit.map_or(Ok(()), |kit| kit.permit(&packages))
}

/// Makes a directory or file that gets its name when it is complete. `make` gets a directory for
/// temporary files and the path in it at which to make the content. The caller holds the lock for
/// the place, so what an earlier call has left there, because it was killed, is removed.
pub(super) fn put(place: &Path, make: impl FnOnce(&Path, &Path) -> Result<()>) -> Result<()> {
    let parent = place.parent().unwrap_or(place);
    fs::create_dir_all(parent)?;
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("{UNFINISHED}{name}-");
    for left in fs::names_in(parent) {
        if left.starts_with(&prefix) {
            fs::remove_tree(&parent.join(left))?;
        }
    }
    let work = tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(parent)?;
    let root = work.path().join("made");
    make(work.path(), &root)?;
    // The place may have an incomplete directory.
    if place.exists() {
        fs::remove_tree(place)?;
    }
    Ok(fs_err::rename(&root, place)?)
}

struct Maker<'a> {
    recipe: &'a ToolchainRecipe,
    host: &'a Host,
    term: Term,
    packages: Packages<'a>,
}

impl Maker<'_> {
    fn lock(&self) -> Result<Lock> {
        let triple = self.recipe.row.triple;
        let lock = self.host.lock_file(&format!("toolchain-{triple}"));
        Lock::take(&lock, || {
            let message = format!("for another cross that makes the toolchain for `{triple}`");
            self.term.status("Waiting", &message);
        })
    }

    fn toolchain(&self) -> Result<()> {
        let (recipe, host) = (self.recipe, self.host);
        let _lock = self.lock()?;
        if recipe.is_made(host) {
            return Ok(());
        }
        let started = Instant::now();
        let all: Vec<&Package> = recipe.all().collect();
        self.packages.ensure(&all)?;
        if let Some(kit) = &recipe.kit {
            kit.ensure(&self.packages)?;
        }
        put(&recipe.dir(host), |work, root| {
            if let Some(kit) = &recipe.kit {
                kit.place(root, &self.packages)?;
                self.links(root)?;
            } else {
                self.unpack(root)?;
                let programs = self.starters(root).replace()?;
                self.links(root)?;
                if let Some(libraries) = self.libraries() {
                    libc_links::complete(root, &libraries, recipe.row.parameter("LOADER"))?;
                }
                self.commands(root, &programs)?;
            }
            self.templates(root)?;
            self.finish(root, work)?;
            fs::write_if_changed(&root.join(COMPLETE), self.description().as_bytes())
        })?;
        let seconds = started.elapsed().as_secs_f64();
        let message = format!("toolchain for `{}` in {seconds:.1} s", recipe.row.triple);
        self.term.status("Finished", &message);
        Ok(())
    }

    fn unpack(&self, root: &Path) -> Result<()> {
        let recipe = self.recipe;
        fs::create_dir_all(&root.join(HOST).join("lib"))?;
        // The largest package goes first, so that the threads end at about the same time.
        let mut all: Vec<&Package> = recipe.all().collect();
        all.sort_by_key(|package| std::cmp::Reverse(package.size));
        side_by_side(&all, AT_ONCE, |package| {
            let path = self.packages.path(package);
            if let Some((_, dir)) = recipe.apart.iter().find(|(other, _)| other == package) {
                return cross_deb::each_file(&path, &mut |file, entry| {
                    cross_deb::place(entry, file, &root.join(dir))?;
                    Ok(Done::No)
                });
            }
            let omitted = &recipe.definition.unpacked.omitted;
            let is_library = recipe.libraries.contains(package);
            cross_deb::each_file(&path, &mut |file, entry| {
                let name = file.to_string_lossy();
                let dir = &recipe.definition.host.libraries;
                if let Some(library) = library(&name, dir) {
                    cross_deb::place(entry, Path::new(library), &root.join(HOST).join("lib"))?;
                } else if !is_library
                    && !name.starts_with(dir.as_str())
                    && !omitted.iter().any(|pattern| matches(pattern, &name))
                {
                    cross_deb::place(entry, file, root)?;
                }
                Ok(Done::No)
            })
        })
    }

    fn starters<'b>(&'b self, root: &'b Path) -> Starters<'b> {
        const WORDS: &Words = &Words {
            variables: Vec::new(),
            arguments: Vec::new(),
        };
        Starters {
            root,
            loader: &self.recipe.definition.host.loader,
            words: WORDS,
        }
    }

    /// Makes the links by which compilers, clang and CMake find files that the packages have at
    /// other places.
    fn links(&self, root: &Path) -> Result<()> {
        let links = &self.recipe.definition.links;
        for (at, to) in links {
            let (Some(at), Some(to)) = (self.recipe.row.fill(at), self.recipe.row.fill(to)) else {
                continue;
            };
            let at = root.join(at);
            if let Some(parent) = at.parent() {
                fs::create_dir_all(parent)?;
            }
            if fs_err::symlink_metadata(&at).is_err() {
                fs_err::os::unix::fs::symlink(to, at)?;
            }
        }
        Ok(())
    }

    /// The directory of the C library.
    fn libraries(&self) -> Option<String> {
        let older = self.recipe.definition.older.as_ref();
        self.recipe.row.fill(&older?.libraries)
    }

    /// Writes the commands in `bin`, under the triple that rustc uses and under the one that
    /// configure scripts guess.
    fn commands(&self, root: &Path, programs: &BTreeMap<PathBuf, PathBuf>) -> Result<()> {
        let row = self.recipe.row;
        let (bin, starters) = (Path::new("bin"), self.starters(root));
        let commands = &self.recipe.definition.commands;
        let prefix = row.fill(&commands.prefix).unwrap_or_default();
        for (name, program) in &commands.compilers {
            let program = row.fill(program).unwrap_or_default();
            let values = [
                ("NAME", name.as_str()),
                ("PROGRAM", &program),
                ("LOADER", starters.loader),
            ];
            for prefix in [row.triple, &prefix] {
                self.write(
                    &format!("{}/gcc.in", row.family),
                    &root.join(bin).join(format!("{prefix}-{name}")),
                    &values,
                )?;
            }
        }
        let tools = PathBuf::from(row.fill(&commands.tool_dir).unwrap_or_default());
        for tool in &commands.tools {
            let script = Path::new("usr/bin").join(format!("{prefix}-{tool}"));
            let program = programs.get(&script).ok_or_else(|| {
                let (triple, script) = (row.triple, script.display());
                Error::new(format!(
                    "the packages of the toolchain for `{triple}` have no `{script}`"
                ))
            })?;
            let name = tool.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
            // Some programs find their files from the path by which they are called, as gcc-ar does
            // its plugin.
            let called = Some(script.as_path());
            for prefix in [row.triple, &prefix] {
                starters.write(&bin.join(format!("{prefix}-{name}")), program, called)?;
            }
            if name == tool {
                starters.write(&tools.join(name), program, called)?;
            }
        }
        Ok(())
    }

    /// Writes the files that are made of templates.
    fn templates(&self, root: &Path) -> Result<()> {
        for (template, at) in &self.recipe.definition.files {
            let at = self.recipe.row.fill(at).unwrap_or_default();
            self.write(
                &format!("{}/{template}", self.recipe.row.family),
                &root.join(at),
                &[],
            )?;
        }
        Ok(())
    }

    /// Writes a filled-in template, with a row's parameters and further values.
    fn write(&self, template: &str, at: &Path, values: &[(&str, &str)]) -> Result<()> {
        let row = self.recipe.row;
        let file = FILES.get_file(template);
        let text = file.and_then(|file| file.contents_utf8());
        let missing = || Error::new(format!("this program has no template `{template}`"));
        let mut text = text.ok_or_else(missing)?.to_owned();
        let upper = row.fill("{upper}").unwrap_or_default();
        let own = [("TRIPLE", row.triple), ("UPPER", &upper)];
        let filled =
            |text: String, (name, value): (&str, &str)| text.replace(&format!("@{name}@"), value);
        text = values.iter().chain(&own).copied().fold(text, filled);
        text = row.parameters().fold(text, filled);
        if text.starts_with("#!") {
            return fs::write_program_if_changed(at, text.as_bytes());
        }
        fs::write_if_changed(at, text.as_bytes())
    }

    /// Runs the family's script, if there is one, for steps that need the toolchain's own compiler.
    fn finish(&self, root: &Path, work: &Path) -> Result<()> {
        let row = self.recipe.row;
        if FILES.get_file(format!("{}/{FINISH}", row.family)).is_none() {
            return Ok(());
        }
        let scripts = work.join("scripts");
        for file in FILES.get_dir(row.family).iter().flat_map(|dir| dir.files()) {
            let name = file.path().file_name().unwrap_or_default();
            fs::write_if_changed(&scripts.join(name), file.contents())?;
        }
        let mut cmd = Cmd::new("/bin/sh").arg(scripts.join(FINISH)).arg(root);
        cmd = cmd.env("TRIPLE", row.triple);
        for (name, value) in row.parameters() {
            cmd = cmd.env(name, value);
        }
        let output = cmd.output()?;
        if output.status.success() {
            return Ok(());
        }
        let message = format!(
            "cannot put the toolchain for `{}` together: {}",
            row.triple,
            reason(&output)
        );
        Err(Error::new(message))
    }

    /// The text of the toolchain's description, for readers of the directory.
    fn description(&self) -> String {
        let recipe = self.recipe;
        let mut text = format!(
            "# Made by cross {}.\ntarget = \"{}\"\n",
            env!("CARGO_PKG_VERSION"),
            recipe.row.triple
        );
        text.push_str("packages = [\n");
        for package in recipe.all() {
            let Package {
                suite,
                name,
                version,
                ..
            } = package;
            let _ = writeln!(text, "    \"{suite} {name} {version}\",");
        }
        if let Some(kit) = &recipe.kit {
            let _ = writeln!(text, "    {},", toml::Value::String(kit.shown()));
        }
        text.push_str("]\n\n[environment]\n");
        for (name, value) in recipe.environment(Path::new("{toolchain}")) {
            let _ = writeln!(text, "{name} = {}", toml::Value::String(value));
        }
        text
    }

    /// Extracts the emulator from its package.
    fn emulator(&self, emulator: &Emulator) -> Result<()> {
        let place = emulator.path(self.host);
        let _lock = Lock::take(&self.host.lock_file("emulator"), || {
            self.term
                .status("Waiting", "for another cross that fetches an emulator");
        })?;
        if place.exists() {
            return Ok(());
        }
        self.packages.ensure(&[emulator.package])?;
        put(&place, |_, program| {
            let mut found = false;
            cross_deb::each_file(&self.packages.path(emulator.package), &mut |path, entry| {
                if path != Path::new(&emulator.file) {
                    return Ok(Done::No);
                }
                entry.unpack(program)?;
                found = true;
                Ok(Done::Yes)
            })?;
            let missing = || {
                let (package, file) = (emulator.package.shown(), &emulator.file);
                Error::new(format!("the package `{package}` has no `{file}`"))
            };
            found.then_some(()).ok_or_else(missing)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_call_left_is_gone_afterwards() {
        let dir = fs::temporary_dir().unwrap();
        let left = |name: &str| dir.path().join(name);
        for name in [".new-a-1-Xy", ".new-a-2-Xy"] {
            fs::create_dir_all(&left(name).join("made")).unwrap();
        }
        put(&left("a-1"), |_, root| fs::create_dir_all(root)).unwrap();
        let mut names = fs::names_in(dir.path());
        names.sort();
        assert_eq!(names, [".new-a-2-Xy", "a-1"]);
    }
}
