//! Runners in cargo's configuration that are words of the images as well: programs that start
//! another one in their own way, and interpreters with a script of the project's.

use std::path::Path;

use crate::plan::PlanInput;
use crate::target::Row;
use cross_base::fs;

/// Programs of every image of cross's that start another one, with other variables or limits. Each
/// has the options whose value is the next word, and the other words that stand before the program
/// that it starts. This program is the image's own runner then. Docker's profile for system calls
/// forbids what `setarch` does.
/// <https://www.gnu.org/software/coreutils/manual/coreutils.html>
const STARTERS: &[(&str, &[&str], Before)] = &[
    (
        "env",
        &["-C", "-u", "--chdir", "--unset"],
        Before::Assignments,
    ),
    ("nice", &["-n"], Before::Nothing),
    ("stdbuf", &["-e", "-i", "-o"], Before::Nothing),
    (
        "timeout",
        &["-k", "-s", "--kill-after", "--signal"],
        Before::Duration,
    ),
];
/// Interpreters that every image of cross's has.
const INTERPRETERS: &[&str] = &["bash", "dash", "perl", "python3", "sh"];
/// The directories in which images have these programs.
const DIRS: &[&str] = &["/bin/", "/usr/bin/"];
/// The beginnings of the names of runners that lead to what the images' own do.
const EMULATORS: &[&str] = &["qemu-", "wine"];

/// What stands between a starter's options and the program that it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    /// `NAME=value`, any number.
    Assignments,
    /// One number, perhaps with a unit.
    Duration,
}

impl PlanInput<'_> {
    /// The words of a runner that the image can start although it belongs to no project: a starter
    /// with the image's own runner behind it, or an interpreter with a script of the project's,
    /// which then runs the program.
    pub(super) fn starter(&self, words: &[String]) -> Option<Vec<String>> {
        let (program, rest) = words.split_first()?;
        let name = DIRS.iter().find_map(|dir| program.strip_prefix(dir));
        let name = name.unwrap_or(program);
        self.row()?;
        if starts_nothing(name, rest) {
            let own = self.image.variable(&self.variable("runner"))?;
            let own = own.split_whitespace().map(str::to_owned);
            return Some(words.iter().cloned().chain(own).collect());
        }
        let script = rest.iter().find(|word| !word.starts_with('-'));
        let script = script.filter(|word| word.contains(['/', '.']));
        let is_own = script.is_some_and(|script| {
            self.in_project(&fs::absolute(&self.workspace.root, Path::new(script)))
        });
        (INTERPRETERS.contains(&name) && is_own).then(|| words.to_vec())
    }

    /// Whether the command runs programs in another way than the project's runner would: with what
    /// its arguments say, or at another machine than the one that the image's runner emulates.
    pub(super) fn runs_otherwise(&self, words: &[String]) -> bool {
        let is_machine = |row: &Row| row.runner().is_some_and(|own| own.machine.is_some());
        self.context.subcommand.runs_programs()
            && (self.row().is_some_and(is_machine) || !is_emulator(words))
    }
}

/// Whether a program is a starter, and its arguments name no program yet.
fn starts_nothing(name: &str, arguments: &[String]) -> bool {
    let Some((_, valued, before)) = STARTERS.iter().find(|(starter, ..)| *starter == name) else {
        return false;
    };
    let mut words = arguments.iter().map(String::as_str).peekable();
    while let Some(word) = words.next_if(|word| word.starts_with('-')) {
        if valued.contains(&word) && words.next().is_none() {
            return false;
        }
    }
    let rest: Vec<&str> = words.collect();
    match (before, rest.as_slice()) {
        (Before::Nothing, []) => true,
        (Before::Assignments, rest) => rest.iter().all(|word| is_assignment(word)),
        (Before::Duration, [duration]) => {
            let digits = duration.trim_end_matches(['d', 'h', 'm', 's']);
            digits.parse::<f64>().is_ok_and(f64::is_finite)
        }
        _ => false,
    }
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
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
    fn a_starter_may_have_options_but_no_program() {
        for (line, expected) in [
            ("env A=b -u C", false),
            ("env -u C A=b D=", true),
            ("env -i", true),
            ("env ./x=y", false),
            ("env qemu-arm", false),
            ("env -u", false),
            ("timeout 60", true),
            ("timeout -s KILL --foreground 1.5m", true),
            ("timeout 60 7z", false),
            ("timeout 60 120", false),
            ("timeout", false),
            ("nice", true),
            ("nice -n 5", true),
            ("nice -n 5 x", false),
            ("stdbuf -o L", true),
            ("stdbuf -oL -e0", true),
            ("sudo -E", false),
            ("setarch -R", false),
        ] {
            let mut words = line.split(' ').map(str::to_owned);
            let name = words.next().unwrap();
            let arguments: Vec<String> = words.collect();
            assert_eq!(starts_nothing(&name, &arguments), expected, "{line}");
        }
    }

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
