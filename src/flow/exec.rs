//! Carries out plans. Nothing else has the effects that a plan asks for.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use crate::cargo::workspace::Kind;
use crate::engine::Engine;
use crate::engine::spec::{EnvVar, RunSpec};
use crate::flow::after::Around;
use crate::flow::debug::{Session, Wishes};
use crate::flow::watch::Watch;
use crate::flow::{after, build_scripts, unseen, verify};
use crate::image::build::Builder;
use crate::plan::{Opened, Plan, Step};
use crate::toolchain;
use cross_base::beneath::Place;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::{Cmd, exit_code};
use cross_base::stand_in::StandIn;
use cross_base::term::{self, Term, plain};

/// The text of a file that makes backup programs skip its directory, as cargo marks its target
/// directory. <https://bford.info/cachedir/>
pub(crate) const CACHEDIR_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # This file is a cache directory tag created by cross.\n\
    # For information about cache directory tags see https://bford.info/cachedir/\n";

/// The data that carrying out a plan needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Executor<'a> {
    pub(crate) engine: &'a Engine,
    /// The command of the browser, if the user has configured one.
    pub(crate) browser: &'a [String],
    /// Whether the other targets are built after one has failed.
    pub(crate) keep_going: bool,
    pub(crate) host: &'a Host,
    /// The root directory of the workspace.
    pub(crate) root: &'a Path,
    pub(crate) term: Term,
    /// The user's options for debugging. None if there is no debugger.
    pub(crate) wishes: Option<&'a Wishes>,
}

impl Executor<'_> {
    /// Prepares all plans, then runs each in turn and prints its messages about the run afterwards.
    /// Stops at the first plan that fails, unless the others are to go on. Returns the exit code of
    /// the first that failed.
    ///
    /// # Errors
    ///
    /// When a step fails, or a run cannot be started.
    pub(crate) fn perform(&self, plans: &[Plan]) -> Result<ExitCode> {
        let sessions = plans.iter().map(|plan| self.session(plan));
        let sessions: Vec<_> = sessions.collect::<Result<_>>()?;
        let watch = Watch::begin(plans, self.host)?;
        // All steps come before the first run: if a later target lacks something, the user should
        // know before an earlier one is built.
        let prepared = plans.iter().map(|plan| self.prepare(plan));
        let prepared = prepared.collect::<Result<Vec<Cmd>>>();
        let mut stand_in = StandIn::begin()?;
        if let Some(watch) = watch {
            watch.begun();
            stand_in.at_last(|| watch.end());
        }
        let cmds = prepared?;
        let mut failed = None;
        for ((cmd, plan), session) in cmds.iter().zip(plans).zip(sessions) {
            self.check_mounts(plan)?;
            let began = SystemTime::now();
            let status = match session {
                Some(session) => session.run(cmd, &mut stand_in)?,
                None => stand_in.run(cmd)?,
            };
            let beside = plan.after.beside.iter();
            for beside in beside.filter(|beside| beside.kind == (Kind::Dir { is_new: true })) {
                fs::remove_if_empty(&beside.path);
            }
            if let Some(scripts) = &plan.build_scripts {
                // Cargo has ended, and its exit code counts.
                if let Err(error) = build_scripts::show(scripts) {
                    self.term.warning(error.message());
                }
            }
            let code = exit_code(status);
            // Cargo and its plugins have codes below 125 of their own. An engine's errors are 125
            // to 127, and 128 and a signal's number stand for the signal. Programs that cargo runs
            // may end with such codes too, and cannot be told from these.
            let is_cargos = code < 125;
            let has_failed = !status.success() && is_cargos;
            self.look_back(plan, began, has_failed.then_some(code));
            if let Some(message) = unseen::message(&plan.after.unseen, began) {
                self.term.status("Note", &message);
            }
            if status.success() {
                if let Some(opened) = &plan.opened {
                    self.open(opened, &mut stand_in);
                }
                if self.keeps_to_target(plan)? {
                    continue;
                }
                if !self.keep_going {
                    return Ok(verify::BROKEN.into());
                }
                failed = failed.or(Some(verify::BROKEN));
                continue;
            }
            if is_cargos {
                // If a signal to cross came during the look back, cross ends by it now.
                stand_in.obey();
            }
            if !self.keep_going || !is_cargos {
                return Ok(code.into());
            }
            failed = failed.or(Some(code));
        }
        stand_in.obey();
        Ok(failed.map_or(ExitCode::SUCCESS, ExitCode::from))
    }

    /// The debugging session of a plan, if the user asked for a debugger.
    fn session<'a>(&'a self, plan: &'a Plan) -> Result<Option<Session<'a>>> {
        let (Some(wishes), Some(debugged)) = (self.wishes, &plan.debugged) else {
            return Ok(None);
        };
        Session::of(wishes, debugged, self.host, self.term).map(Some)
    }

    /// Prints the messages about a run after it: the variables that it lacked, and a hint if it has
    /// failed, each once.
    fn look_back(&self, plan: &Plan, began: SystemTime, failed: Option<u8>) {
        let hint = failed.and_then(|code| self.explain(plan, began, code));
        let said = hint.as_deref();
        after::asked(&plan.after, said, self.root, self.host, self.term);
        match said {
            Some(hint) => term::hint(hint),
            None if failed.is_some() => {
                after::writers::say(&plan.after, began, self.root, self.host, self.term);
            }
            None => {}
        }
        for remark in &plan.after.remarks {
            self.term.warning(remark);
        }
    }

    /// The hint for a failed run, if its cause is recognised.
    fn explain(&self, plan: &Plan, began: SystemTime, code: u8) -> Option<String> {
        let around = Around {
            engine: self.engine,
            may_run: self.check_mounts(plan).is_ok(),
            root: self.root,
            host: self.host,
        };
        after::explain(plan, began, code, &around)
    }

    /// Whether the results of a run are as the target promises. True if the user does not use
    /// `--verify`.
    fn keeps_to_target(&self, plan: &Plan) -> Result<bool> {
        let Some(asked) = &plan.verify else {
            return Ok(true);
        };
        self.check_mounts(plan)?;
        verify::results(asked, self.engine, self.term)
    }

    /// Checks immediately before a run that no container has put a symbolic link into the path of a
    /// mount source. The built-in engine needs no such check, as it mounts the very files that it
    /// has checked.
    fn check_mounts(&self, plan: &Plan) -> Result<()> {
        if !self.engine.follows_links() {
            return Ok(());
        }
        let run = &plan.run;
        let sources = run.mounts.iter().map(|mount| &mount.source);
        let mut places = sources.map(|source| Place::new(source, &run.no_links_below));
        places.try_for_each(|place| {
            if place.is_trusted() {
                Ok(())
            } else {
                place.check()
            }
        })
    }

    /// Opens the page that a run has named, as cargo would: with the browser that cargo's
    /// configuration or `BROWSER` names, or with the desktop's.
    /// <https://doc.rust-lang.org/cargo/reference/config.html#docbrowser>
    fn open(&self, opened: &Opened, stand_in: &mut StandIn<'_>) {
        let page = match page(opened) {
            Ok(Some(page)) => page,
            Ok(None) => return,
            Err(error) => return self.term.warning(error.message()),
        };
        let failed = match self.browser.split_first() {
            Some((program, args)) => {
                let cmd = Cmd::new(program).args(args).arg(&page);
                stand_in
                    .run(&cmd)
                    .err()
                    .map(|error| error.message().to_owned())
            }
            None => open::that(&page).err().map(|error| error.to_string()),
        };
        if let Some(reason) = failed {
            let page = page.display();
            let message = format!("cannot open `{page}` in a browser: {reason}");
            self.term.warning(&message);
        }
    }

    fn prepare(&self, plan: &Plan) -> Result<Cmd> {
        self.engine.can_run(&plan.run)?;
        let mut is_unfetched = false;
        for step in &plan.prepare {
            if !step.is_done(self.host)? {
                self.step(step)?;
                is_unfetched |= step.is_open_fetch();
            }
        }
        // The built-in engine's command line names the image's layers, which exist only after the
        // steps.
        let cmd = if is_unfetched && !plan.fetches_itself() {
            self.engine.run_command(&without_retries(&plan.run))?
        } else {
            self.engine.run_command(&plan.run)?
        };
        if let Some(opened) = &plan.opened {
            opened.file.remove()?;
        }
        for note in &plan.notes {
            self.term.verbose("Note", note);
        }
        self.term.verbose("Running", &cmd.to_string());
        Ok(cmd)
    }

    fn step(&self, step: &Step) -> Result<()> {
        match step {
            Step::Rustup(added) => added.run(self.host, self.term),
            Step::BuildImage { row, parts, origin } => {
                let builder = Builder {
                    engine: self.engine,
                    host: self.host,
                    term: self.term,
                    origin,
                };
                builder.ensure(row, *parts)
            }
            Step::MakeToolchain {
                recipe,
                runs,
                origin,
            } => toolchain::ensure(recipe, *runs, self.host, self.term, origin),
            Step::MakeOlderGlibc {
                recipe,
                version,
                origin,
            } => recipe.ensure_older(version, self.host, self.term, origin),
            Step::MakeTool { recipe, origin } => recipe.ensure(self.host, self.term, origin),
            Step::Lock { cmd, .. } => {
                let status = cmd.status()?;
                if status.success() {
                    Ok(())
                } else {
                    Err(Error::already_reported(exit_code(status)))
                }
            }
            Step::Fetch(fetch) => fetch.run(self.term).map(drop),
            Step::Registry(registry) => registry.fill(),
            Step::TargetDir(place) => target_dir(place, &self.host.cache),
            Step::Dir(place) => place.make_dir().map(drop),
            Step::Cover { place, own } => {
                if place.make_dir()?.made {
                    fs::remove_tree(own)?;
                }
                fs::create_dir_all(own)
            }
            Step::Touch(place) => place.touch(),
            Step::Link(link, target) => link.link(target),
            Step::Write(path, text) => fs::write_if_changed(path, text.as_bytes()),
            Step::WriteProgram(path, text) => fs::write_program_if_changed(path, text.as_bytes()),
            Step::NameProgram(name, program) => fs::name_program(name, program),
        }
    }
}

/// A run in which cargo asks each server once. The host's cargo has asked them in vain already,
/// as often as the user's settings have it.
/// <https://doc.rust-lang.org/cargo/reference/config.html#netretry>
fn without_retries(run: &RunSpec) -> RunSpec {
    let mut run = run.clone();
    run.env.push(EnvVar::set("CARGO_NET_RETRY", "0"));
    run
}

/// The page that a run has named, if it is an HTML file in the documentation's directory, as
/// cargo's own would be. Browsers, and desktops in their place, start what other files are for.
fn page(opened: &Opened) -> Result<Option<PathBuf>> {
    /// The longest path in bytes. <https://man7.org/linux/man-pages/man3/realpath.3.html>
    const PATH_MAX: u64 = 4096;
    let Some(named) = opened.file.read(PATH_MAX)? else {
        return Ok(None);
    };
    let page = Path::new(&named);
    let real = fs::canonical(page);
    let is_below = |docs: &Place| {
        // The directory's own path is compared without following links that a container may have
        // made: with such a link no page is in the directory.
        let below = page.strip_prefix(docs.path());
        below.is_ok_and(|rest| real == docs.real().join(rest)) && real.is_file()
    };
    let is_html = real.extension().is_some_and(|kind| kind == "html");
    if page.is_absolute() && is_html && opened.docs.iter().any(is_below) {
        return Ok(Some(real));
    }
    let named = plain(&named);
    Err(Error::new(format!(
        "`{named}` is not opened: it is no page of the documentation"
    )))
}

/// Creates a directory for results, owned by the caller. Created by the engine it would belong to
/// root.
fn target_dir(place: &Place, cache: &Path) -> Result<()> {
    let cannot = |why: &str| {
        let path = place.path();
        let (kind, hint) = if path.starts_with(cache) {
            let hint = "`XDG_CACHE_HOME` can name a directory that you can write to";
            ("cache's directory", hint)
        } else {
            let hint = "choose another one with `--target-dir` or `CARGO_TARGET_DIR`";
            ("target directory", hint)
        };
        let path = path.display();
        Error::new(format!("cannot write to the {kind} `{path}`: {why}")).hint(hint)
    };
    // An error without a system's error is about a symbolic link, which permissions have no part
    // in.
    let dir = place.make_dir().map_err(|e| match e.system() {
        Some(system) => cannot(&system.to_string()),
        None => e,
    })?;
    if dir.made {
        return dir.create("CACHEDIR.TAG".as_ref(), CACHEDIR_TAG.as_bytes());
    }
    if dir.is_writable() {
        Ok(())
    } else {
        Err(cannot("it is read-only"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn a_new_directory_for_results_is_tagged_and_another_left_as_it_is() {
        let dir = fs::temporary_dir().unwrap();
        let (new, cache) = (dir.path().join("a/target"), Path::new("/cache"));
        target_dir(&Place::trusted(&new), cache).unwrap();
        assert_eq!(fs::names_in(&new), ["CACHEDIR.TAG"]);
        let old = dir.path().join("old");
        fs::create_dir_all(&old).unwrap();
        target_dir(&Place::trusted(&old), cache).unwrap();
        assert_eq!(fs::names_in(&old), Vec::<String>::new());
    }

    #[test]
    fn why_results_cannot_be_written_is_said_without_a_second_path() {
        let dir = fs::temporary_dir().unwrap();
        let file = dir.path().join("file");
        fs::write_if_changed(&file, b"").unwrap();
        let place = file.join("target");
        let error = target_dir(&Place::trusted(&place), Path::new("/cache")).unwrap_err();
        let message = format!(
            "cannot write to the target directory `{}`: Not a directory (os error 20)",
            place.display()
        );
        assert_eq!(error.message(), message);
        assert!(error.hint_text().unwrap().contains("--target-dir"));
        // `--target-dir` would not change a directory that cross has chosen.
        let error = target_dir(&Place::trusted(&place), dir.path()).unwrap_err();
        let message = format!(
            "cannot write to the cache's directory `{}`: Not a directory (os error 20)",
            place.display()
        );
        assert_eq!(error.message(), message);
        assert!(error.hint_text().unwrap().contains("`XDG_CACHE_HOME`"));
    }

    #[test]
    fn a_page_is_opened_only_where_documentation_is() {
        let dir = fs::temporary_dir().unwrap();
        let docs = dir.path().join("doc");
        fs::create_dir_all(&docs.join("a")).unwrap();
        fs::write_if_changed(&docs.join("a/index.html"), b"").unwrap();
        fs::write_if_changed(&dir.path().join("secret.html"), b"").unwrap();
        let opened = |named: &str| {
            let file = dir.path().join("opened");
            fs::write_if_changed(&file, dir.path().join(named).as_os_str().as_encoded_bytes())
                .unwrap();
            let opened = Opened {
                file: Place::new(&file, &[dir.path().to_owned()]),
                docs: vec![Place::new(&docs, &[dir.path().to_owned()])],
            };
            page(&opened)
        };
        assert_eq!(
            opened("doc/a/index.html").unwrap(),
            Some(docs.join("a/index.html"))
        );
        assert!(opened("secret.html").is_err());
        assert!(opened("doc/../secret.html").is_err());
    }
}
