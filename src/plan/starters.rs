//! Runners in cargo's configuration that are words of the images as well: programs that start
//! another one in their own way, and interpreters with a script of the project's.

use std::path::Path;

use crate::plan::PlanInput;
use crate::target::Row;
use cross_base::fs;

/// Programs of every image of cross's that start another one, with other variables or limits. The
/// image's own runner is the program that they start.
const STARTERS: &[&str] = &["env", "nice", "setarch", "stdbuf", "timeout"];
/// Interpreters that every image of cross's has.
const INTERPRETERS: &[&str] = &["bash", "dash", "perl", "python3", "sh"];
/// The beginnings of the names of runners that lead to what the images' own do.
const EMULATORS: &[&str] = &["qemu-", "wine"];

impl PlanInput<'_> {
    /// The words of a runner that the image can start although it belongs to no project: a starter
    /// with the image's own runner behind it, or an interpreter with a script of the project's,
    /// which then runs the program.
    pub(super) fn starter(&self, words: &[String]) -> Option<Vec<String>> {
        let (name, rest) = words.split_first()?;
        self.row()?;
        if STARTERS.contains(&name.as_str()) && rest.iter().all(|word| is_argument(word)) {
            let own = self.image.variable(&self.variable("runner"))?;
            let own = own.split_whitespace().map(str::to_owned);
            return Some(words.iter().cloned().chain(own).collect());
        }
        let script = rest.iter().find(|word| !word.starts_with('-'));
        let script = script.filter(|word| word.contains(['/', '.']));
        let is_own = script.is_some_and(|script| {
            self.in_project(&fs::absolute(&self.workspace.root, Path::new(script)))
        });
        (INTERPRETERS.contains(&name.as_str()) && is_own).then(|| words.to_vec())
    }

    /// Whether the command runs programs in another way than the project's runner would: with what
    /// its arguments say, or at another machine than the one that the image's runner emulates.
    pub(super) fn runs_otherwise(&self, words: &[String]) -> bool {
        let is_machine = |row: &Row| row.runner().is_some_and(|own| own.machine.is_some());
        self.context.subcommand.runs_programs()
            && (self.row().is_some_and(is_machine) || !is_emulator(words))
    }
}

/// Whether a word is an argument of a starter's, and not the program that it starts.
fn is_argument(word: &str) -> bool {
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    is_number || word.starts_with('-') || word.contains('=')
}

/// Whether words start nothing but an emulator, which may be told where the target's libraries are.
fn is_emulator(words: &[String]) -> bool {
    let [program, rest @ ..] = words else {
        return false;
    };
    let name = Path::new(program)
        .file_name()
        .and_then(|name| name.to_str());
    let is_known = name.is_some_and(|name| EMULATORS.iter().any(|known| name.starts_with(known)));
    is_known
        && (rest.is_empty() || rest.first().is_some_and(|word| word.starts_with("-L")))
        && rest.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emulator_with_an_option_of_its_own_is_more_than_an_emulator() {
        for (line, expected) in [
            ("qemu-aarch64", true),
            ("/usr/bin/qemu-arm-static -L /usr/arm", true),
            ("qemu-aarch64 -L/usr/a", true),
            ("qemu-aarch64 -L /usr/a -E A=b", false),
            ("qemu-aarch64 -cpu max", false),
            ("sudo -E", false),
            ("wine64", true),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(is_emulator(&words), expected, "{line}");
        }
    }
}
