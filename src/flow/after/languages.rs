//! Causes of failed builds: modules of Python or Perl that a program lacks.

use super::failure::{Failure, Found};
use super::output::{between, is_other_error};
use super::tables::{PERL, PYTHON};

/// A programming language with modules that Debian has in packages of their own.
struct Language {
    name: &'static str,
    /// The words around the name of a missing module in the language's errors.
    says: &'static [(&'static str, &'static str)],
    modules: &'static [(&'static str, &'static str)],
}

const LANGUAGES: &[Language] = &[
    Language {
        name: "Python",
        says: &[
            ("No module named '", "'"),
            // From `python3 -m NAME`.
            (": No module named ", ""),
            // From venv.
            ("not created successfully because ", " is not"),
        ],
        modules: PYTHON,
    },
    Language {
        name: "Perl",
        says: &[("Can't locate ", " in @INC")],
        modules: PERL,
    },
];

/// A missing module, by the last line that reports one. A program may only try a module. If another
/// error stands behind, the script has failed for that reason.
pub(super) fn a_module(failure: &Failure<'_>) -> Option<Found> {
    failure.scripts.iter().find_map(|script| {
        let lines: Vec<&str> = script.said.lines().collect();
        let mut all = lines.iter().enumerate().rev();
        let (at, found) = all.find_map(|(at, line)| Some((at, missing(line)?)))?;
        let (language, (module, package)) = found;
        let name = module.rsplit('/').next().unwrap_or(module);
        let name = name.trim_end_matches(".pm");
        let behind = lines[at + 1..].join("\n");
        let is_named = |line: &str| line.contains(name);
        if behind.lines().any(is_other_error) && !behind.lines().any(is_named) {
            return None;
        }
        let what = format!("{} module `{module}`", language.name);
        let hint = failure.has_no(&what, package)?;
        Some(Found::by([*module], hint))
    })
}

/// The missing module that a line reports, if it is known.
fn missing(line: &str) -> Option<(&'static Language, &'static (&'static str, &'static str))> {
    LANGUAGES.iter().find_map(|language| {
        let mut named = language.says.iter().filter_map(|words| match *words {
            (before, "") => line.split_once(before).map(|(_, name)| name),
            words => between(line, words),
        });
        let mut modules = language.modules.iter();
        let found = named.find_map(|name| {
            modules.find(|(module, _)| {
                let rest = name.strip_prefix(module);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })?;
        Some((language, found))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_known_by_what_its_language_says() {
        for (line, package) in [
            (
                "ModuleNotFoundError: No module named 'jinja2'",
                Some("python3-jinja2"),
            ),
            (
                "ModuleNotFoundError: No module named 'ruamel.yaml'",
                Some("python3-ruamel.yaml"),
            ),
            (
                "ModuleNotFoundError: No module named 'distutils.core'",
                Some("python3-setuptools"),
            ),
            ("/usr/bin/python3: No module named pip", Some("python3-pip")),
            (
                "The virtual environment was not created successfully because ensurepip is not",
                Some("python3-venv"),
            ),
            (
                "Can't locate Text/Template.pm in @INC (you may need to install the Text::Template module)",
                Some("libtext-template-perl"),
            ),
            (
                "ModuleNotFoundError: No module named 'jinja2_of_mine'",
                None,
            ),
            ("ModuleNotFoundError: No module named 'mine'", None),
            ("jinja2", None),
        ] {
            let found = missing(line).map(|(_, (_, package))| *package);
            assert_eq!(found, package, "{line}");
        }
    }
}
