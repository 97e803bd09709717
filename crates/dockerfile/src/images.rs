//! The images that a Dockerfile names, in every reading of the Dockerfile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::reading::{apart, flags, is_flag, readings};
use crate::values::{self, assignments, expand};
use cross_base::error::{Error, Result};

/// Variables that engines define in front of the first stage. Their values, whatever the machine,
/// are words of letters, digits and slashes.
/// <https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope>
const PLATFORM: &[(&str, &str)] = &[
    ("PLATFORM", "linux/amd64"),
    ("OS", "linux"),
    ("ARCH", "amd64"),
    ("VARIANT", ""),
];
/// The most combinations of values that are looked at for one text.
const COMBINATIONS: usize = 256;

/// An image that a Dockerfile names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The number of the line.
    pub line: usize,
    /// The name, with its variables expanded. It may also be a stage's name or number.
    pub name: String,
}

/// The names of images in a Dockerfile: those behind `FROM`, in `COPY --from` and in
/// `RUN --mount=from`. `args` are the values that the build gets for `ARG`. `path` is for messages.
///
/// # Errors
///
/// When a name has a variable whose value is not known before the build.
pub fn images(path: &Path, text: &str, args: &BTreeMap<&str, &str>) -> Result<Vec<Named>> {
    let mut found = Search {
        path,
        args,
        values: platforms(),
        unknown: BTreeSet::new(),
        named: BTreeSet::new(),
    };
    for reading in readings(text) {
        found.instruction(&reading.text, reading.escape, reading.line)?;
    }
    Ok(found.named.into_iter().collect())
}

/// All values that a variable may have. None if it may be unset.
type Values = BTreeMap<String, BTreeSet<Option<String>>>;

fn platforms() -> Values {
    let of = |machine: &'static str| {
        let names = PLATFORM.iter();
        names.map(move |(name, value)| {
            let value = Some((*value).to_owned());
            (format!("{machine}{name}"), BTreeSet::from([value]))
        })
    };
    of("BUILD").chain(of("TARGET")).collect()
}

/// A search for names.
struct Search<'a> {
    path: &'a Path,
    args: &'a BTreeMap<&'a str, &'a str>,
    values: Values,
    /// Names of which not all values are known.
    unknown: BTreeSet<String>,
    named: BTreeSet<Named>,
}

impl Search<'_> {
    /// Adds what an instruction declares and names.
    fn instruction(&mut self, text: &str, escape: char, line: usize) -> Result<()> {
        let (word, rest) = apart(text);
        match &*word {
            "ARG" => self.declare(rest, escape),
            "FROM" => {
                let mut words = rest.split_whitespace();
                if let Some(word) = words.find(|word| !is_flag(word)) {
                    self.from(word, escape, line)?;
                }
            }
            "ADD" | "COPY" | "RUN" => {
                for flag in flags(rest) {
                    self.flag(&flag, line)?;
                }
            }
            "ONBUILD" => self.instruction(rest, escape, line)?,
            _ => {}
        }
        Ok(())
    }

    /// Adds the values that an `ARG` gives to its names. A value that the build gets takes the
    /// place of all others.
    fn declare(&mut self, text: &str, escape: char) {
        for (name, default) in assignments(text, escape).collect::<Vec<_>>() {
            let values = match (self.args.get(&*name), default) {
                (Some(value), _) => Some([Some((*value).to_owned())].into()),
                (None, None) => Some([None].into()),
                (None, Some(default)) => self.expanded(&default, escape),
            };
            match values {
                Some(values) => self.values.entry(name).or_default().extend(values),
                None => {
                    self.unknown.insert(name);
                }
            }
        }
    }

    /// All values of a text with variables. None if they are not known.
    fn expanded(&self, text: &str, escape: char) -> Option<BTreeSet<Option<String>>> {
        if values::unknown(text, escape).is_some() {
            return None;
        }
        // Engines have no value for a variable that no `ARG` declares.
        let undeclared = BTreeSet::from([None]);
        let mut all = vec![BTreeMap::new()];
        for name in names(text) {
            if name.is_empty() || self.unknown.contains(name) {
                return None;
            }
            let known = self.values.get(name).unwrap_or(&undeclared);
            let with = |map: &BTreeMap<String, String>| {
                let mut maps = Vec::new();
                for value in known {
                    let mut map = map.clone();
                    map.extend(value.clone().map(|value| (name.to_owned(), value)));
                    maps.push(map);
                }
                maps
            };
            all = all.iter().flat_map(with).collect();
            if all.len() > COMBINATIONS {
                return None;
            }
        }
        let expanded = all.iter().map(|map| Some(expand(text, map, escape)));
        Some(expanded.collect())
    }

    /// Adds an image that a stage starts from.
    fn from(&mut self, text: &str, escape: char, line: usize) -> Result<()> {
        let Some(values) = self.expanded(text, escape) else {
            let hint = "declare its variables with `ARG` in front of the first `FROM`, each with a value there or in `build-args`";
            return Err(self.unclear(&format!("FROM {text}"), line).hint(hint));
        };
        let names = values.into_iter().flatten();
        self.named.extend(names.map(|name| Named { line, name }));
        Ok(())
    }

    /// Adds the images that an option names. Podman expands variables in the whole option.
    fn flag(&mut self, flag: &str, line: usize) -> Result<()> {
        let name = flag.split('=').next().unwrap_or_default();
        if name.contains('$') {
            let hint = "write the option's name without variables";
            return Err(self.unclear(&format!("--{flag}"), line).hint(hint));
        }
        for image in source(flag) {
            self.copied(image, line)?;
        }
        Ok(())
    }

    /// Adds an image that files are copied from, or mounted. Docker expands no variables there.
    fn copied(&mut self, name: &str, line: usize) -> Result<()> {
        if name.contains('$') {
            let hint = "name a stage there, which starts from the image: `FROM … AS name`";
            return Err(self.unclear(&format!("from={name}"), line).hint(hint));
        }
        let name = name.to_owned();
        self.named.insert(Named { line, name });
        Ok(())
    }

    fn unclear(&self, what: &str, line: usize) -> Error {
        Error::new(format!(
            "`{what}` in line {line} of `{}` names an image that is not known before the build",
            self.path.display()
        ))
    }
}

/// The names of the variables in a text. Those in quotes and behind escape characters count.
fn names(text: &str) -> BTreeSet<&str> {
    let behind = text.split('$').skip(1);
    let names = behind.map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        &rest[..end.unwrap_or(rest.len())]
    });
    names.collect()
}

/// The images that an option names as sources.
fn source(flag: &str) -> Vec<&str> {
    let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
    if name.eq_ignore_ascii_case("from") {
        return vec![value];
    }
    if !name.eq_ignore_ascii_case("mount") {
        return Vec::new();
    }
    let fields = value.split(',').map(|field| {
        let field = field.trim_matches(|c: char| c.is_whitespace() || c == '"');
        field.split_once('=').unwrap_or((field, ""))
    });
    let sources = fields.filter(|(key, _)| key.trim().eq_ignore_ascii_case("from"));
    sources.map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    const ARGS: &[(&str, &str)] = &[("CROSS_BASE_IMAGE", "localhost/b:1"), ("GIVEN", "g:2")];

    /// The images that a text names, or the error.
    fn found(text: &str) -> Result<Vec<String>> {
        let args = ARGS.iter().copied().collect();
        let images = images(Path::new("Dockerfile"), text, &args)?;
        let mut names: Vec<String> = images.into_iter().map(|image| image.name).collect();
        names.dedup();
        Ok(names)
    }

    #[test]
    fn names_are_found_with_their_variables_expanded() {
        for (text, names) in [
            ("FROM debian:12 AS x\nRUN a", &["debian:12"][..]),
            // Lines of scripts and statements look like this too.
            (
                "RUN <<E\nfrom os import path  # x: y\nFROM $TABLE\nE",
                &["os", ""],
            ),
            ("ARG A=b\nARG I=x/${A}:1\nFROM $I", &["x/b:1"]),
            ("ARG A\nFROM a${A}${A:-b:c}", &["ab:c"]),
            ("ARG GIVEN=other\nFROM $GIVEN", &["g:2"]),
            (
                "ARG CROSS_BASE_IMAGE\nFROM $CROSS_BASE_IMAGE",
                &["localhost/b:1"],
            ),
            ("FROM --platform=$BUILDPLATFORM a-$TARGETARCH", &["a-amd64"]),
            ("from \"a:b\"", &["a:b"]),
            (
                "RUN --network=none --mount=type=bind,from=a:b,to=/x c --from=d",
                &["a:b"],
            ),
            ("COPY --chown=a:b --from=c:d e f:g", &["c:d"]),
            ("ONBUILD COPY --from=a:b c d", &["a:b"]),
            ("ARG A=1\nFROM a:$A\nARG A=2", &["a:1"]),
            ("RUN echo --from=a:b\n# FROM a:c\nLABEL a=FROM", &[]),
        ] {
            assert_eq!(found(text).unwrap(), names, "{text}");
        }
    }

    #[test]
    fn what_any_engine_reads_as_a_name_is_found() {
        for text in [
            "FROM x:y",
            "\u{feff}FROM x:y",
            " from\tx:y",
            "FR\\\nOM x:\\\n# comment\n\ny",
            "# escape=`\nFROM x`\n:y",
            "FROM x`\n:y",
            "FROM a\nRUN <<E\nFROM x:y\nE",
            "LABEL a=b \\\nFROM x:y",
            "FROM a\n  COPY --from=x:y a b",
            "FROM a\nADD --fr\\om=\"x:y\" a b",
            "FROM a\nRUN --mount=type=cache,\"from=x:y\",target=/x b",
            "FROM a\nRUN --mount='from=x:y' b",
            "ARG A=a \\\nFROM\nARG B=x:y\nFROM $B",
            "ARG A=a\nARG A=x:y\nFROM $A",
            "ARG A=x\nARG B=c\nARG A=a\nARG B=:y\nFROM $A$B",
            "ARG A\nFROM ${A:-x:y}",
            "ARG A=1\nFROM ${A:+x:y}",
        ] {
            let names = found(text).unwrap();
            assert!(names.iter().any(|name| name == "x:y"), "{text}: {names:?}");
        }
    }

    #[test]
    fn a_name_that_only_the_build_knows_is_an_error() {
        for text in [
            "ARG A=${B?no}\nFROM $A",
            "ARG A=${B#c}\nFROM $A",
            "ARG A\nFROM ${A?no}",
            "FROM a$",
            "FROM debian AS a\nCOPY --from=$A b c",
            "ARG A=a\nFROM a\nRUN --mount=from=$A b",
            "FROM a\nARG A=from=b\nCOPY --$A c d",
            "FROM a\nARG A=r\nCOPY --f${A}om=b c d",
        ] {
            let error = found(text).unwrap_err();
            let message = error.message();
            assert!(message.ends_with("names an image that is not known before the build"));
        }
        // Control: elsewhere it does not matter.
        found("FROM a\nRUN --mount=target=$A b $C\nCOPY $A $B\nARG A=$B").unwrap();
    }
}
