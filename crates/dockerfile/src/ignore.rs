//! The rules in a `.dockerignore`, read and applied as docker does.
//! <https://docs.docker.com/build/concepts/context/#dockerignore-files>
//! <https://github.com/moby/patternmatcher>

use std::path::Path;

use crate::pattern::Pattern;
use cross_base::error::{Error, Result};

/// The rules in a `.dockerignore`.
#[derive(Debug, Default)]
pub(super) struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    /// Whether the rule begins with `!`, and so takes back an exclusion.
    back: bool,
}

impl Ignore {
    /// Reads the rules. `path` is for messages.
    ///
    /// # Errors
    ///
    /// If a rule is not a valid pattern.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self> {
        let mut rules = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let rule = Rule::parse(line)
                .map_err(|e| Error::new(format!("`{line}` in `{}`: {e}", path.display())))?;
            rules.push(rule);
        }
        Ok(Self { rules })
    }

    /// Whether a path is excluded: the last rule that matches the path or one of its parents
    /// counts.
    pub(super) fn leaves_out(&self, path: &Path) -> bool {
        let mut is_out = false;
        // A rule that would change nothing is not applied to a directory. That can matter to what
        // is in the directory, so docker's order is kept.
        let mut matched = vec![false; self.rules.len()];
        let parents: Vec<&Path> = path.ancestors().collect();
        for path in parents.into_iter().rev() {
            let path = path.to_string_lossy();
            if path.is_empty() {
                continue;
            }
            is_out = false;
            for (rule, matched) in self.rules.iter().zip(&mut matched) {
                *matched |= rule.back == is_out && rule.pattern.matches(&path);
                if *matched {
                    is_out = !rule.back;
                }
            }
        }
        is_out
    }

    /// Whether no path below an excluded directory can be taken back in.
    pub(super) fn is_final(&self) -> bool {
        !self.rules.iter().any(|rule| rule.back)
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let stripped = line.strip_prefix('!');
        let path = cleaned(stripped.map_or(line, str::trim_start));
        let path = match path.strip_prefix('/') {
            Some(rest) if !rest.is_empty() => rest,
            _ => &path,
        };
        // A path that only begins with `!` once it is cleaned counts as such a rule, too.
        let (path, back) = match path.strip_prefix('!') {
            Some(rest) if stripped.is_none() => (rest, true),
            _ => (path, stripped.is_some()),
        };
        if path.is_empty() || stripped == Some("") {
            return Err("there is no pattern behind `!`");
        }
        let pattern = Pattern::of_paths(path)?;
        Ok(Self { pattern, back })
    }
}

/// A path without `.`, empty names, and `..` behind names.
fn cleaned(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|last| *last != "..") => _ = names.pop(),
            ".." if !root.is_empty() => {}
            other => names.push(other),
        }
    }
    match format!("{root}{}", names.join("/")) {
        empty if empty.is_empty() => ".".to_owned(),
        path => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Ignore {
        Ignore::parse(Path::new(".dockerignore"), text).unwrap()
    }

    fn error(text: &str) -> String {
        let error = Ignore::parse(Path::new(".dockerignore"), text).unwrap_err();
        error.message().to_owned()
    }

    #[test]
    fn patterns_mean_what_docker_takes_them_for() {
        for (pattern, path, is_out) in [
            ("**", "a/b", true),
            ("**/", "a/b", true),
            ("**/**", "a/b", true),
            ("dir/**", "dir", false),
            ("dir/**", "dir/x/y", true),
            ("**/dir", "dir/x", true),
            ("**/.foo", "bar.foo", false),
            ("**foo", "foo", true),
            ("**foo", "a/barfoo", true),
            ("**foo*", "a/barfoo", false),
            ("foo**", "foo", true),
            ("foo**", "foobar/x", true),
            ("a/**b", "a/b", true),
            ("a/**b", "a/x/b", true),
            ("a/**b", "a/xb", false),
            ("a**/*.txt", "a/x/y/file.txt", true),
            ("a/*.txt**", "a/file.txt.gz/x", true),
            ("**/*.txt", "file.txt", true),
            ("*/x", "a/b/x", false),
            ("*", ".hidden", true),
            ("a?c", "a/c", false),
            ("a[^b]c", "adc", true),
            ("a[^b]c", "abc", false),
            ("a[!b]c", "a!c", true),
            ("a[!b]c", "adc", false),
            ("[a-ζ]*", "α", true),
            ("[\\]a]", "]", true),
            ("[\\-x]", "-", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a\\\\", "a\\", true),
            ("\\!keep", "!keep", true),
            ("\\#note", "#note", true),
            ("a.(b)+{c}|$", "a.(b)+{c}|$", true),
            ("a.b", "axb", false),
            ("./x//y/../z/", "x/z/file", true),
            ("/x", "x", true),
            ("../x", "x", false),
            (".", "x", false),
        ] {
            assert_eq!(
                rules(pattern).leaves_out(Path::new(path)),
                is_out,
                "{pattern}: {path}"
            );
        }
    }

    #[test]
    fn the_last_rule_that_matches_counts() {
        for (text, path, is_out) in [
            ("docs\n!docs/README.md", "docs/README.md", false),
            ("docs\n ! docs/README.md ", "docs/other", true),
            ("!x\nx", "x", true),
            ("**\n!util/web\nutil/web/x", "util/web/x", true),
            ("**\n!util/web\nutil/web/x", "util/web/y", false),
            ("\u{feff}#x\n #x\nx#", "#x", true),
            // No rule is applied twice to a directory that is excluded already.
            ("x\n!x/keep\nx*", "x/keep", false),
        ] {
            assert_eq!(
                rules(text).leaves_out(Path::new(path)),
                is_out,
                "{text:?}: {path}"
            );
        }
    }

    #[test]
    fn what_docker_refuses_is_an_error() {
        for pattern in [
            "[", "a[", "[]a]", "[-]", "[x-]", "[a-b-c]", "[^", "[^bc", "[b-a]", "a\\",
        ] {
            assert_eq!(
                error(pattern),
                format!("`{pattern}` in `.dockerignore`: the pattern is not valid")
            );
        }
        for text in ["!", "! "] {
            assert!(error(text).ends_with("there is no pattern behind `!`"));
        }
    }
}
