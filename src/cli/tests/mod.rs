//! Tests of the command line, one table for each question.

mod alias;
mod lossless;
mod lto;
mod parse;
mod paths;
mod properties;
mod subcommand;

use std::ffi::OsString;
use std::fmt::Write;

use super::Invocation;

/// The words of a line. `''` stands for an empty word.
fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace()
        .map(|word| if word == "''" { "" } else { word }.into())
        .collect()
}

/// The parts of an invocation: `+toolchain <globals> subcommand [args] {rest} options`.
fn summary(invocation: &Invocation) -> String {
    let line = |words: &[OsString]| {
        let words = words.iter().map(|word| match word.to_string_lossy() {
            empty if empty.is_empty() => "''".to_owned(),
            word => word.into_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let mut text = String::new();
    if let Some(name) = &invocation.toolchain {
        write!(text, "+{} ", name.to_string_lossy()).unwrap();
    }
    if !invocation.globals.is_empty() {
        write!(text, "<{}> ", line(&invocation.globals)).unwrap();
    }
    if let Some(name) = &invocation.typed {
        write!(text, "{} ", line(std::slice::from_ref(name))).unwrap();
    }
    if !invocation.args.is_empty() {
        write!(text, "[{}] ", line(&invocation.args)).unwrap();
    }
    if !invocation.rest.is_empty() {
        write!(text, "{{{}}} ", line(&invocation.rest)).unwrap();
    }
    text.push_str(&options(invocation));
    text.trim_end().to_owned()
}

/// The options that were parsed, as text.
fn options(invocation: &Invocation) -> String {
    // The fields are listed one by one, so that the compiler finds a new one that is missing here.
    let super::Options {
        targets,
        target_dir,
        artifact_dir,
        install,
        install_dir,
        package_dir,
        paths: named,
        manifest_path,
        lockfile_path,
        directory,
        profile,
        release,
        debug,
        dry_run,
        no_track,
        config,
        unstable,
        locked,
        offline,
        frozen,
        verbose,
        quiet,
        color,
        message_format,
        help,
        version,
        list,
        open,
        fix,
        explain,
        keep_going,
        verify,
    } = &invocation.options;
    let mut given = Vec::new();
    let lists = [("target", targets), ("config", config), ("Z", unstable)];
    for (name, values) in lists.into_iter().chain([("format", message_format)]) {
        given.extend(
            values
                .iter()
                .map(|value| format!("{name}={}", value.to_string_lossy())),
        );
    }
    let paths = [
        ("target-dir", target_dir),
        ("artifact-dir", artifact_dir),
        ("install-dir", install_dir),
        ("package-dir", package_dir),
        ("manifest", manifest_path),
        ("lockfile", lockfile_path),
        ("C", directory),
    ];
    for (name, value) in paths {
        given.extend(
            value
                .iter()
                .map(|path| format!("{name}={}", path.display())),
        );
    }
    given.extend(
        named
            .iter()
            .map(|(option, _, value)| format!("{option}={}", value.to_string_lossy())),
    );
    for (name, value) in [("profile", profile), ("color", color)] {
        given.extend(
            value
                .iter()
                .map(|value| format!("{name}={}", value.to_string_lossy())),
        );
    }
    if *verbose > 0 {
        given.push(format!("verbose={verbose}"));
    }
    let switches = [
        ("release", release),
        ("verify", verify),
        ("debug", debug),
        ("dry-run", dry_run),
        ("install", install),
        ("no-track", no_track),
        ("locked", locked),
        ("offline", offline),
        ("frozen", frozen),
        ("quiet", quiet),
        ("help", help),
        ("version", version),
        ("list", list),
        ("open", open),
        ("fix", fix),
        ("explain", explain),
        ("keep-going", keep_going),
    ];
    given.extend(
        switches
            .iter()
            .filter(|(_, set)| **set)
            .map(|(name, _)| (*name).to_owned()),
    );
    given.join(" ")
}
