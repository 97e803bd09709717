//! The environment of a toolchain, in the formats of the programs that read it.

use std::fmt::Write as _;
use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;

use cross_base::error::{Error, Result};

/// The format, which is that of the program that reads the text.
#[derive(Clone, Copy, Debug, ValueEnum, PartialEq, Eq)]
pub(crate) enum Format {
    /// A POSIX shell, for `eval`
    Sh,
    /// The shell fish, for `source`
    Fish,
    /// Programs
    Json,
    /// GitHub Actions, to add to the file that `GITHUB_ENV` names
    Github,
    /// GitHub Actions, to add to the file that `GITHUB_PATH` names
    GithubPath,
}

/// The variables with which any cargo, CMake or make builds for a target.
#[derive(Debug, Serialize)]
pub(super) struct Environment<'a> {
    pub(super) target: &'a str,
    /// The directory of the toolchain.
    pub(super) toolchain: &'a Path,
    /// The directory that goes before the others in `PATH`.
    pub(super) path: &'a Path,
    #[serde(serialize_with = "as_map")]
    pub(super) variables: Vec<(String, String)>,
}

fn as_map<S: serde::Serializer>(vars: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(vars.iter().map(|(name, value)| (name, value)))
}

impl Environment<'_> {
    /// The environment in a format.
    ///
    /// # Errors
    ///
    /// When the path of the toolchain cannot be written in the format.
    pub(super) fn text(&self, format: Format) -> Result<String> {
        let path = self.path.to_str().ok_or_else(|| {
            let path = self.path.display();
            Error::new(format!("the path `{path}` is not valid UTF-8"))
        })?;
        // `PATH` has no way to quote a colon, and the line formats none to quote a line break.
        if format != Format::Json && path.contains([':', '\n']) {
            return Err(Error::new(format!(
                "`{path}` cannot be in `PATH`, as it has a colon or a line break in it"
            )));
        }
        let mut text = String::new();
        match format {
            Format::Json => {
                let json = serde_json::to_string_pretty(self);
                let failed = |e| Error::new(format!("cannot write the environment as JSON: {e}"));
                text = json.map_err(failed)? + "\n";
            }
            Format::Sh => {
                // If `PATH` was empty there is no colon, since an empty entry means the current
                // directory.
                let _ = writeln!(text, "export PATH={}\"${{PATH:+:$PATH}}\"", sh(path));
                for (name, value) in &self.variables {
                    let _ = writeln!(text, "export {name}={}", sh(value));
                }
            }
            Format::Fish => {
                let _ = writeln!(text, "set -gx PATH {} $PATH", fish(path));
                for (name, value) in &self.variables {
                    let _ = writeln!(text, "set -gx {name} {}", fish(value));
                }
            }
            Format::Github => {
                for (name, value) in &self.variables {
                    text += &github(name, value);
                }
            }
            Format::GithubPath => {
                let _ = writeln!(text, "{path}");
            }
        }
        Ok(text)
    }
}

/// A value quoted for a POSIX shell.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02>
fn sh(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// A value quoted for fish. <https://fishshell.com/docs/current/language.html#quotes>
fn fish(value: &str) -> String {
    let escaped = value.replace('\\', r"\\").replace('\'', r"\'");
    format!("'{escaped}'")
}

/// An assignment for GitHub's runner. A value of several lines ends with a line that the value does
/// not have.
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-environment-variable>
fn github(name: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}\n");
    }
    let mut end = "END_OF_VALUE".to_owned();
    while value.contains(&end) {
        end.push('_');
    }
    format!("{name}<<{end}\n{value}\n{end}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(format: Format, path: &str) -> Result<String> {
        let vars = [
            ("CC_x", "/tc/bin/gcc"),
            ("ODD", "it's $a\\\n\"b\" END_OF_VALUE"),
        ];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment {
            target: "x",
            toolchain: Path::new("/tc"),
            path: Path::new(path),
            variables: vars.to_vec(),
        };
        environment.text(format)
    }

    #[test]
    fn each_format_quotes_as_its_reader_reads() {
        let of = |format| text(format, "/t c/bin").unwrap();
        assert_eq!(
            of(Format::Sh),
            "export PATH='/t c/bin'\"${PATH:+:$PATH}\"\nexport CC_x='/tc/bin/gcc'\n\
             export ODD='it'\\''s $a\\\n\"b\" END_OF_VALUE'\n"
        );
        assert_eq!(
            of(Format::Fish),
            "set -gx PATH '/t c/bin' $PATH\nset -gx CC_x '/tc/bin/gcc'\n\
             set -gx ODD 'it\\'s $a\\\\\n\"b\" END_OF_VALUE'\n"
        );
        assert_eq!(
            of(Format::Github),
            "CC_x=/tc/bin/gcc\nODD<<END_OF_VALUE_\nit's $a\\\n\"b\" END_OF_VALUE\nEND_OF_VALUE_\n"
        );
        assert_eq!(of(Format::GithubPath), "/t c/bin\n");
        let json: serde_json::Value = serde_json::from_str(&of(Format::Json)).unwrap();
        assert_eq!(json["variables"]["CC_x"], "/tc/bin/gcc");
        assert_eq!(json["path"], "/t c/bin");
    }

    #[test]
    fn a_path_that_would_be_two_is_refused() {
        assert!(text(Format::Sh, "/a:b/bin").is_err());
        assert!(text(Format::Json, "/a:b/bin").is_ok());
    }
}
