//! The progress of an image build as the user sees it: one moving line on a terminal, and otherwise
//! a line for each step. The engine's own output goes to the log.

use indicatif::ProgressBar;

use crate::image::custom;
use cross_base::download::moving;
use cross_base::term::Term;

/// A step of a build, as the engine announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuildStep {
    pub(crate) number: u64,
    pub(crate) total: u64,
    pub(crate) text: String,
}

/// Reads the announcement of a step in the engine's output: `Step 3/9 : RUN x` (docker), `STEP 3/9:
/// RUN x` or `[1/2] STEP 3/9: RUN x` (podman), `#7 [stage 3/9] RUN x` (BuildKit).
pub(crate) fn step(line: &str) -> Option<BuildStep> {
    let after = |marker: &str| line.split_once(marker).map(|(_, rest)| rest);
    let (count, text) = if let Some(rest) = line.strip_prefix("Step ").or_else(|| after("STEP ")) {
        rest.split_once(':')?
    } else {
        let (inside, text) = line.strip_prefix('#')?.split_once('[')?.1.split_once(']')?;
        (inside.rsplit(' ').next()?, text)
    };
    let (number, total) = count.trim().split_once('/')?;
    Some(BuildStep {
        number: number.parse().ok()?,
        total: total.parse().ok()?,
        text: text.trim().to_owned(),
    })
}

/// The scripts of one of cross's Dockerfiles: names, and what each script does in a user's words.
pub(crate) type Scripts<'a> = &'a [(&'a str, &'a str)];

impl BuildStep {
    /// The description of a step for the user. None for steps that only copy or set something. In
    /// one of cross's own Dockerfiles only steps that run a script of `own` have a description.
    fn words(&self, own: Option<Scripts<'_>>) -> Option<String> {
        let command = self.text.strip_prefix("RUN ")?;
        let Some(scripts) = own else {
            let ours = command.contains(custom::IN_IMAGE);
            return Some(if ours {
                "running `pre-build`".to_owned()
            } else {
                shortened(command)
            });
        };
        let script = scripts.iter().find(|(name, _)| command.contains(name));
        script.map(|(_, words)| (*words).to_owned())
    }
}

/// The beginning of a command without the indentation of its lines. The log has the whole.
fn shortened(command: &str) -> String {
    const LONGEST: usize = 72;
    let words: Vec<&str> = command.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => line[..end].trim_end().to_owned() + "…",
        None => line,
    }
}

/// Shows the progress of one build.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    bar: Option<ProgressBar>,
    what: String,
    own: Option<Scripts<'a>>,
    term: Term,
}

impl<'a> Progress<'a> {
    /// Starts the display. `terminal` says whether standard error is a terminal, `own` has the
    /// scripts of an image that comes with cross.
    pub(crate) fn new(term: Term, terminal: bool, what: &str, own: Option<Scripts<'a>>) -> Self {
        let style = "{prefix:>12.cyan.bold} [{bar:25}] {pos}/{len} {elapsed}: {wide_msg}";
        let bar = terminal.then(|| moving(term, "Building", style, what));
        let bar = bar.flatten();
        Self {
            bar,
            what: what.to_owned(),
            own,
            term,
        }
    }

    /// Reads a line of the engine's output, and updates the display if it announces a step.
    pub(crate) fn line(&self, line: &str) {
        let Some(step) = step(line) else { return };
        let what = &self.what;
        let words = step.words(self.own);
        match &self.bar {
            Some(bar) => {
                bar.set_length(step.total);
                bar.set_position(step.number.saturating_sub(1));
                if let Some(words) = words {
                    bar.set_message(format!("{what}: {words}"));
                }
            }
            None => {
                if let Some(words) = words {
                    let BuildStep { number, total, .. } = step;
                    let message = format!("{what} ({number}/{total}): {words}");
                    self.term.status("Building", &message);
                }
            }
        }
    }

    /// Removes the moving line.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_every_builder_are_understood() {
        for line in [
            "Step 3/9 : RUN make",
            "STEP 3/9: RUN make",
            "[1/2] STEP 3/9: RUN make",
            "#7 [toolchain 3/9] RUN make",
            "#7 [3/9] RUN make",
        ] {
            let expected = BuildStep {
                number: 3,
                total: 9,
                text: "RUN make".to_owned(),
            };
            assert_eq!(step(line), Some(expected), "{line}");
        }
        for (line, words) in [
            (
                "Step 3/9 : RUN sh /opt/cross/libexec/compile.sh",
                Some("building OpenSSL and GCC's libraries"),
            ),
            ("Step 3/9 : COPY compile.sh /x/", None),
        ] {
            let scripts: Scripts<'_> = &[("compile.sh", "building OpenSSL and GCC's libraries")];
            let told = step(line).unwrap().words(Some(scripts));
            assert_eq!(told.as_deref(), words, "{line}");
        }
        for line in ["", "Get:1 trixie 1/2", "#7 0.3 [x] y", "Step by step: fine"] {
            assert_eq!(step(line), None, "{line}");
        }
    }

    #[test]
    fn a_long_command_is_shortened() {
        for (command, told) in [
            ("make  all     install", "make all install".to_owned()),
            (&"x".repeat(72), "x".repeat(72)),
            (&format!("{} y", "ä".repeat(72)), "ä".repeat(72) + "…"),
        ] {
            let line = format!("Step 3/9 : RUN {command}");
            assert_eq!(step(&line).unwrap().words(None), Some(told), "{command}");
        }
    }
}
