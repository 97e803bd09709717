//! `--target x86_64-unknown-linux-gnu.2.17`: a target for an older glibc, as cargo-zigbuild spells
//! it. <https://github.com/rust-cross/cargo-zigbuild#specify-glibc-version>

use std::ffi::OsString;

use super::Invocation;
use super::flags::Meaning;
use cross_base::version::Version;

impl Invocation {
    /// Removes the glibc versions behind triples, since cargo knows plain triples only. Returns the
    /// changed invocation, and the triples with their versions.
    pub(crate) fn without_glibc(self) -> (Self, Vec<(String, Version)>) {
        let mut found = Vec::new();
        let mut other = self;
        for token in other.scan_args().tokens {
            let value = token.value.as_deref().and_then(|value| value.to_str());
            let named = value.filter(|_| token.flag.meaning == Meaning::Target);
            let (Some((triple, version)), Some(last)) =
                (named.and_then(apart), token.words.clone().last())
            else {
                continue;
            };
            // The option is `--target=TRIPLE` as one argument, or `--target TRIPLE` as two.
            let one = token.words.len() == 1;
            other.args[last] = OsString::from(if one {
                format!("--target={triple}")
            } else {
                triple.clone()
            });
            for target in &mut other.options.targets {
                if target.to_str() == value {
                    *target = triple.clone().into();
                }
            }
            found.push((triple, version));
        }
        (other, found)
    }
}

/// Splits a target into the triple and the version behind it. A triple has hyphens and may have
/// dots, as in `thumbv8m.main-none-eabi`. A version has dots and no hyphen.
pub(crate) fn apart(target: &str) -> Option<(String, Version)> {
    let system = target.rfind('-')?;
    let end = system + target[system..].find('.')?;
    let (triple, version) = (&target[..end], &target[end + 1..]);
    let version = Some(version).filter(|version| version.contains('.'))?;
    let version = version.parse().ok()?;
    Some((triple.to_owned(), version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::parse;

    fn read(line: &str) -> (String, Vec<String>) {
        let words = line.split(' ').map(OsString::from);
        let (other, found) = parse(words).unwrap().without_glibc();
        let words: Vec<String> = other
            .argv()
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let targets = other
            .options
            .targets
            .iter()
            .map(|target| target.to_string_lossy().into_owned());
        assert!(
            targets.clone().all(|target| !target.ends_with("17")),
            "{line}"
        );
        let found = found
            .iter()
            .map(|(triple, version)| format!("{triple} {version}"));
        (words.join(" "), found.collect())
    }

    #[test]
    fn a_version_behind_a_triple_is_taken_off_in_every_form() {
        let gnu = "x86_64-unknown-linux-gnu";
        for (given, told) in [("--target ", "--target "), ("--target=", "--target=")] {
            let line = format!("build {given}{gnu}.2.17 -v -- x.2.17");
            let expected = format!("build {told}{gnu} -v -- x.2.17");
            assert_eq!(read(&line), (expected, vec![format!("{gnu} 2.17")]));
        }
        let digits = "mips64-unknown-linux-gnuabi64";
        let line = format!("build --target {digits}.2.17");
        assert_eq!(read(&line).1, [format!("{digits} 2.17")]);
        let two = format!("build --target {gnu}.2.17 --target aarch64-unknown-linux-gnu.2.28");
        assert_eq!(read(&two).1.len(), 2);
    }

    #[test]
    fn what_is_no_version_stays() {
        for line in [
            "build --target thumbv8m.main-none-eabi",
            "build --target my.json",
            "build --target x86_64-unknown-linux-gnu",
            "build --target x86_64-unknown-linux-gnu.2",
            "run --bin a.2.17",
        ] {
            assert_eq!(read(line), (line.to_owned(), Vec::new()));
        }
    }
}
