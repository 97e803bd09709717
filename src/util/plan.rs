//! `cross-util plan`: prints as a script what `cross` would do with the same arguments. It is made
//! from the plan that `cross` would carry out. Steps that are done already are left out.

use std::ffi::OsString;
use std::path::Path;

use crate::cargo::fetch::Fetch;
use crate::cargo::rustup::Installation;
use crate::engine::Engine;
use crate::engine::spec::RunSpec;
use crate::flow::decision::Decision;
use crate::flow::exec::CACHEDIR_TAG;
use crate::flow::run::decide;
use crate::image;
use crate::image::select::Missing;
use crate::plan::{Plan, Step};
use crate::target::{Parts, Row};
use crate::toolchain::Origin;
use cross_base::error::Result;
use cross_base::host::Host;
use cross_base::mode::Mode;
use cross_base::process::{Cmd, quote};
use cross_base::term::{Level, Term, plain};

/// The script for a command line.
///
/// # Errors
///
/// When `cross` would refuse the command line. The error is the same.
pub(super) fn text(args: Vec<OsString>, mut host: Host, term: &mut Term) -> Result<String> {
    // Standard output is a script here. When the script runs, it most likely leads where standard
    // error leads now.
    host.stdout_tty = host.stderr_tty;
    let mut script = Script::default();
    match decide(args, &host, term, Mode::Show)? {
        Decision::Host {
            before,
            cmd,
            after,
            removed,
            ..
        } => {
            for added in &before {
                script.added(added);
            }
            script.step("host cargo", &[line(&cmd)]);
            for cmd in after {
                script.step("host cargo, for the files of one image", &[line(&cmd)]);
            }
            if let Some(dir) = removed {
                let rm = Cmd::new("rm").arg("-r").arg(&dir);
                script.step("remove what containers have of their own", &[line(&rm)]);
            }
        }
        Decision::Container {
            engine,
            plans,
            browser,
            missing,
            notices,
            ..
        } => {
            for notice in &notices.lines {
                script.comment(&notice.text());
            }
            for missing in &missing {
                script.missing(missing, &engine);
            }
            if !missing.is_empty() {
                script.comment(
                    "note: what is in the image decides on what follows, so plan anew when it is there",
                );
            }
            for (number, plan) in plans.iter().enumerate() {
                if number > 0 {
                    script.text.push('\n');
                }
                script.plan(plan, &engine, &host, *term)?;
                if let Some(opened) = &plan.opened {
                    script.step(
                        "show the page that cargo has named",
                        &[show(&browser, &opened.file.path())],
                    );
                }
            }
        }
    }
    Ok(script.text)
}

/// A script, to which steps are added.
#[derive(Debug, Default)]
struct Script {
    text: String,
    steps: usize,
}

impl Script {
    /// Adds a step: its description as a comment, and its commands.
    fn step(&mut self, what: &str, lines: &[String]) {
        self.steps += 1;
        self.comment(&format!("{}. {what}", self.steps));
        for line in lines {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Adds a comment. Line breaks are removed, since text behind one, as in a path, would be run.
    fn comment(&mut self, text: &str) {
        self.text.extend(["# ", &plain(text), "\n"]);
    }

    /// Adds the step for an image that is needed before there is a plan.
    fn missing(&mut self, missing: &Missing, engine: &Engine) {
        match missing {
            Missing::Row(row, parts) => self.build(row, *parts, engine),
            Missing::Named(name) => {
                let what = format!("get the image `{name}`");
                match engine.pull_command(name) {
                    Some(cmd) => self.step(&what, &[line(&cmd)]),
                    None => self.step(&format!("{what}: only `cross` itself can"), &[]),
                }
            }
            Missing::Made(name) => {
                let what = format!(
                    "build the image `{name}` as the configuration says: only `cross` itself can"
                );
                self.step(&what, &[]);
            }
        }
    }

    fn build(&mut self, row: &'static Row, parts: Parts, engine: &Engine) {
        let cmd = Cmd::new("cross-util").arg("--engine").arg(engine.option());
        let mut cmd = cmd.args(["images", "build"]);
        for part in parts.chosen(row) {
            cmd = cmd.args(["--with", &part.name]);
        }
        let cmd = cmd.arg(row.shown());
        let name = image::name(row, parts);
        self.step(&format!("build the image `{name}`"), &[line(&cmd)]);
    }

    fn plan(&mut self, plan: &Plan, engine: &Engine, host: &Host, term: Term) -> Result<()> {
        let cmd = engine.run_command(&plan.run)?;
        for step in &plan.prepare {
            if !step.is_done(host)? {
                self.prepare(step, engine);
            }
        }
        let opened = plan.opened.as_ref().map(|opened| opened.file.path());
        if let Some(file) = opened.filter(|file| file.exists()) {
            let rm = Cmd::new("rm").arg(&file);
            self.step(&format!("remove `{}`", file.display()), &[line(&rm)]);
        }
        if term.level >= Level::Verbose {
            for note in &plan.notes {
                self.comment(&format!("note: {note}"));
            }
        }
        if engine.names_layers() && engine.inspect(&plan.run.image)?.is_none() {
            self.comment(
                "note: the layers of the image have names when it is there, so plan anew then",
            );
        }
        let what = if engine.isolates() {
            format!("cargo in a container of `{}`", plan.run.image)
        } else {
            "cargo on this machine".to_owned()
        };
        self.step(&what, &rows(&cmd, &plan.run));
        if let Some(scripts) = &plan.build_scripts {
            for to in &scripts.to {
                let what = format!(
                    "show what build scripts make in `{}` in `{}`: only `cross` itself can",
                    scripts.from.path().display(),
                    to.path().display()
                );
                self.step(&what, &[]);
            }
        }
        if let Some(asked) = &plan.verify {
            let what = format!(
                "look at the results, each must be {}: only `cross` itself can",
                asked.expected
            );
            self.step(&what, &[]);
        }
        Ok(())
    }

    fn added(&mut self, added: &Installation) {
        self.step(&format!("install {}", added.what), &[line(&added.cmd)]);
    }

    /// Adds the commands for a step, which do what [`crate::flow::exec::Executor`] does.
    fn prepare(&mut self, step: &Step, engine: &Engine) {
        match step {
            Step::Rustup(added) => self.added(added),
            Step::BuildImage { row, parts, .. } => self.build(row, *parts, engine),
            Step::MakeToolchain { recipe, origin, .. } => {
                self.toolchain(recipe.row, &recipe.row.shown(), origin);
            }
            Step::MakeOlderGlibc {
                recipe,
                version,
                origin,
            } => {
                let target = format!("{}.{version}", recipe.row.triple);
                self.toolchain(recipe.row, &target, origin);
            }
            Step::MakeTool { recipe, origin } => {
                let cmd = Cmd::new("cross-util").args(["toolchains", "tool", recipe.name()]);
                let what = format!("make {}", recipe.shown());
                self.step(&what, &[line(&from(cmd, origin))]);
            }
            Step::Lock { path, cmd } => {
                self.step(&format!("write `{}`", path.path().display()), &[line(cmd)]);
            }
            Step::Fetch(fetch) => self.fetch(fetch),
            Step::Registry(registry) => {
                let what = format!(
                    "copy what the lock file lists into `{}`: only `cross` itself can",
                    registry.to.display()
                );
                self.step(&what, &[]);
            }
            Step::TargetDir(place) => {
                let path = place.path();
                let tag = write(&path.join("CACHEDIR.TAG"), CACHEDIR_TAG);
                let what = format!("create the target directory `{}`", path.display());
                self.step(&what, &[mkdir(&path), tag]);
            }
            Step::Dir(place) => {
                let path = place.path();
                self.step(&format!("create `{}`", path.display()), &[mkdir(&path)]);
            }
            Step::Cover { place, own } => {
                let path = place.path();
                let is_there = line(&Cmd::new("test").arg("-d").arg(&path));
                let empty = line(&Cmd::new("rm").arg("-rf").arg(own));
                let what = format!("cover `{}` by `{}`", path.display(), own.display());
                let lines = [format!("{is_there} || {empty}"), mkdir(&path), mkdir(own)];
                self.step(&what, &lines);
            }
            Step::Touch(place) => {
                let path = place.path();
                let touch = line(&Cmd::new("touch").arg(&path));
                self.step(
                    &format!("create `{}`", path.display()),
                    &[mkdir(parent(&path)), touch],
                );
            }
            Step::Link(link, target) => {
                let link = link.path();
                let what = format!("link `{}` to what will be there", link.display());
                let ln = Cmd::new("ln").arg("-s").arg(target).arg(&link);
                self.step(&what, &[mkdir(parent(&link)), line(&ln)]);
            }
            Step::Write(path, text) => {
                let what = format!("write `{}`", path.display());
                self.step(&what, &[mkdir(parent(path)), write(path, text)]);
            }
            Step::WriteProgram(path, text) => {
                let what = format!("write the program `{}`", path.display());
                let chmod = Cmd::new("chmod").arg("a+x").arg(path);
                self.step(
                    &what,
                    &[mkdir(parent(path)), write(path, text), line(&chmod)],
                );
            }
            Step::NameProgram(name, program) => {
                let what = format!("name a program `{}` as well", name.display());
                let ln = Cmd::new("ln").arg("-f").arg(program).arg(name);
                self.step(&what, &[mkdir(parent(name)), line(&ln)]);
            }
        }
    }

    /// Adds the step that makes a target's toolchain. `name` is the target with the version of
    /// glibc behind it, if it is not the target's own.
    fn toolchain(&mut self, row: &Row, name: &str, origin: &Origin) {
        let cmd = Cmd::new("cross-util").args(["toolchains", "make", name]);
        let what = format!("make the toolchain for `{}`", row.triple);
        self.step(&what, &[line(&from(cmd, origin))]);
    }

    fn fetch(&mut self, fetch: &Fetch) {
        let there = fetch.lockfile.exists();
        let mut cmd = line(&fetch.cmd);
        if !there && !fetch.asks_elsewhere {
            // An earlier step writes the lock file, which then tells whether there is anything to
            // fetch.
            let asks = Cmd::new("grep").args(["-q", "^source = "]);
            cmd = format!("if {}; then {cmd}; fi", line(&asks.arg(&fetch.lockfile)));
        }
        self.step("fetch what the lock file asks for", &[cmd]);
    }
}

/// The engine's command line, with one option a line.
fn rows(cmd: &Cmd, run: &RunSpec) -> Vec<String> {
    let words = cmd.words();
    let (options, rest) = words.split_at(words.len() - run.command.len() - 1);
    let mut rows: Vec<String> = Vec::new();
    for word in options {
        match rows.last_mut() {
            Some(row) if !word.starts_with("--") => *row = format!("{row} {word}"),
            _ => rows.push(word.clone()),
        }
    }
    let (image, command) = rest.split_at(1);
    rows.extend([image.concat(), command.join(" ")]);
    vec![rows.join(" \\\n    ")]
}

/// The command that opens the page. If no browser is configured, `xdg-open` stands for the
/// desktop's.
fn show(browser: &[String], file: &Path) -> String {
    let cmd = match browser.split_first() {
        Some((program, args)) => Cmd::new(program).args(args),
        None => Cmd::new("xdg-open"),
    };
    let cat = line(&Cmd::new("cat").arg(file));
    format!("{} \"$({cat})\"", line(&cmd))
}

fn line(cmd: &Cmd) -> String {
    cmd.words().join(" ")
}

/// Adds the variable with the mirror to a command that fetches packages.
fn from(cmd: Cmd, origin: &Origin) -> Cmd {
    match &origin.mirror {
        Some(mirror) => cmd.env("CROSS_BUILD_MIRROR", mirror.value.clone()),
        None => cmd,
    }
}

fn mkdir(path: &Path) -> String {
    line(&Cmd::new("mkdir").arg("-p").arg(path))
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

fn write(path: &Path, text: &str) -> String {
    let print = line(&Cmd::new("printf").arg("%s").arg(text));
    format!("{print} >{}", quote(path.as_os_str()))
}
