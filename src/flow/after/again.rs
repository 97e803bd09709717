//! The output of failed build scripts. Cargo prints it and keeps none of it, and it goes to the
//! caller's terminal without passing through cross. So the build is run a second time with its
//! output caught: all that was built is done already, and the script fails again.

use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use anstream::adapter::strip_str;

use super::kept::FailedScript;
use crate::engine::Engine;
use crate::engine::spec::RunSpec;

/// The longest time in which a script may have failed for the build to be run again, as a hint is
/// not worth a longer wait. Time in which other parts of the build were compiled is not counted.
const QUICK: Duration = Duration::from_secs(4);
/// The seconds after which the second run is ended in the container, as other parts of the build
/// may go on in it.
const LIMIT: &str = "5";
/// The time after which cross no longer waits for the second run.
const PATIENCE: Duration = Duration::from_secs(7);
/// The largest part of a script's output in bytes that is read, from its end.
const LONGEST: usize = 64 << 10;

/// The beginning of cargo's error about a failed script, before the name of the package.
/// <https://github.com/rust-lang/cargo/blob/0.93.0/src/cargo/core/compiler/custom_build.rs>
const FAILED: &str = "error: failed to run custom build command for `";

/// Whether a script probably failed soon after its start. The time of the failure is not known, but
/// cargo then still waits for what is being compiled.
fn was_quick(started: SystemTime, compiled: Option<SystemTime>, now: SystemTime) -> bool {
    let others = compiled.unwrap_or(started);
    now.duration_since(started.max(others))
        .is_ok_and(|took| took < QUICK)
}

/// Runs the build again and adds the scripts' output to `scripts`, if that can be had soon.
/// `compiled` is the time at which something was last compiled.
pub(super) fn listen(
    scripts: &mut [FailedScript],
    compiled: Option<SystemTime>,
    run: &RunSpec,
    building: &[OsString],
    engine: &Engine,
) {
    let now = SystemTime::now();
    let is_quick = |script: &FailedScript| was_quick(script.started, compiled, now);
    if scripts.is_empty() || !scripts.iter().all(is_quick) {
        return;
    }
    let mut command: Vec<OsString> = ["timeout", "-k", "1", LIMIT].map(OsString::from).into();
    command.extend(building.iter().cloned());
    let run = RunSpec {
        command,
        stdin: false,
        tty: false,
        ..run.clone()
    };
    let output = engine
        .run_command(&run)
        .and_then(|cmd| cmd.output_within(PATIENCE));
    // Without the output there is no hint, which is no error.
    let Ok(output) = output else { return };
    let output = String::from_utf8_lossy(&output.stderr);
    for (package, said) in said(&strip_str(&output).to_string()) {
        for script in scripts.iter_mut().filter(|s| s.package == package) {
            script.said.clone_from(&said);
        }
    }
}

/// Whether a line may stand between cargo's error and the script's output. If the script was built
/// without debugging information, as with `--release`, cargo adds a note.
fn is_between(line: &str) -> bool {
    line == "Caused by:" || line.starts_with("note: ")
}

/// The packages whose scripts have failed, and the scripts' output.
fn said(output: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut within = false;
    for line in output.lines() {
        if let Some(rest) = line.strip_prefix(FAILED) {
            let package = rest.split([' ', '`']).next().unwrap_or_default();
            all.push((package.to_owned(), String::new()));
            within = true;
        } else if !line.is_empty() && !line.starts_with(' ') && !is_between(line) {
            within = false;
        } else if let Some((_, text)) = all.last_mut().filter(|_| within) {
            let line = line.trim_start();
            // The crate `cc` prints the compiler's output as warnings for cargo. Other lines for
            // cargo are no text for users.
            let warning = ["cargo:warning=", "cargo::warning="];
            let warning = warning.iter().find_map(|mark| line.strip_prefix(mark));
            if !line.starts_with("cargo:") || warning.is_some() {
                text.push_str(warning.unwrap_or(line));
                text.push('\n');
            }
        }
    }
    for (_, text) in &mut all {
        let begin = text.len().saturating_sub(LONGEST);
        let begin = (begin..text.len()).find(|at| text.is_char_boundary(*at));
        *text = text.split_off(begin.unwrap_or_default());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_beside_a_script_does_not_make_it_slow() {
        let now = SystemTime::now();
        let ago = |seconds| now - Duration::from_secs(seconds);
        assert!(was_quick(ago(1), None, now));
        assert!(was_quick(ago(60), Some(ago(1)), now));
        assert!(was_quick(ago(1), Some(ago(60)), now));
        assert!(!was_quick(ago(60), None, now));
        assert!(!was_quick(ago(60), Some(ago(30)), now));
    }

    #[test]
    fn what_each_script_says_is_told_apart() {
        let output = "\
   Compiling a v0.1.0
error: failed to run custom build command for `a-sys v0.1.0 (/p/a)`

Caused by:
  process didn't exit successfully: `/t/build/a-sys-1/build-script-build` (exit status: 101)
  --- stdout
  cargo:rerun-if-env-changed=A
  cargo:warning=a.c:1:1: error

  --- stderr
  sh: 1: swig: not found
warning: build failed, waiting for other jobs to finish...
  not of the script
error: failed to run custom build command for `b`

Caused by:
  never mind
";
        let all = said(output);
        let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a-sys", "b"]);
        assert!(all[0].1.contains("\na.c:1:1: error\n"));
        assert!(all[0].1.contains("\nsh: 1: swig: not found\n"));
        for other in ["rerun-if", "not of the script", "never mind"] {
            assert!(!all[0].1.contains(other), "{other}");
        }
        assert!(all[1].1.contains("never mind"));
    }

    #[test]
    fn a_script_of_a_release_is_heard_as_well() {
        let output = format!(
            "{FAILED}a v0.1.0 (/p/a)`\nnote: To improve backtraces for build dependencies, set the \
             CARGO_PROFILE_RELEASE_BUILD_OVERRIDE_DEBUG=true environment variable to enable debug information generation.\n\n\
             Caused by:\n  process didn't exit successfully\n  --- stderr\n  Error: Read-only file system\nwarning: build failed\n"
        );
        let all = said(&output);
        assert!(
            all[0].1.ends_with("\nError: Read-only file system\n"),
            "{all:?}"
        );
    }

    #[test]
    fn only_the_end_of_much_is_looked_at() {
        let much = "ä\n".repeat(LONGEST);
        let output = format!("{FAILED}a`\n  {}  the end\n", much.replace('\n', "\n  "));
        let all = said(&output);
        assert!(all[0].1.len() <= LONGEST && all[0].1.ends_with("the end\n"));
    }
}
