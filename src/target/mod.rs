//! The targets that cross has images for, and their families. A family is a kind of system. Its
//! folder in `docker/` holds everything that is particular to it, and no other folder of `src/`
//! knows its name.

mod absent;
mod family;
mod files;
pub(crate) mod image_name;
mod newer;
mod parts;
mod rows;
mod specification;
pub(crate) mod tools;

pub(crate) use absent::{called_otherwise, is_bare, no_row, no_row_of_custom};
#[cfg(test)]
pub(crate) use family::names as families;
pub(crate) use family::{FILES, Family, Linking, ObjectFormat, RUNNER, Runner, RunnerKey};
pub(crate) use files::FileNames;
pub(crate) use parts::Parts;
pub(crate) use rows::ROWS;
pub(crate) use specification::Specified;

use cross_base::error::Result;

/// The only kind of machine that the images and their prebuilt tools run on.
pub(crate) const HOST: &str = "x86_64-unknown-linux-gnu";

/// A target: its triple, its family, and its values for the family's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The target triple as rustc knows it.
    pub(crate) triple: &'static str,
    /// The name of the family, which is the name of its folder in `docker/`.
    pub(crate) family: &'static str,
    /// Names and values of parameters. The family's default counts for those that are not listed.
    parameters: &'static [(&'static str, &'static str)],
}

/// Looks a target up by its exact triple.
pub(crate) fn find(triple: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.triple == triple)
}

/// The names of all families' parts, sorted.
pub(crate) fn parts() -> Vec<String> {
    let families = ROWS.iter().map(Row::family);
    let mut names: Vec<String> = families
        .flat_map(|family| &family.parts)
        .map(|part| part.name.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The environment variables that cross reads for some families only. A name may occur more than
/// once.
pub(crate) fn variables() -> impl Iterator<Item = &'static str> {
    let families = ROWS.iter().map(Row::family);
    families.flat_map(|family| family.variables.iter().map(String::as_str))
}

/// Looks a target up for `cross-util`, which accepts only targets with a row.
pub(crate) fn require(triple: &str) -> Result<&'static Row> {
    find(triple).ok_or_else(|| no_row(triple, &[]))
}

impl Row {
    /// The target's family.
    pub(crate) fn family(&self) -> &'static Family {
        family::find(self.family)
    }

    /// The value of a parameter: the row's own, or the family's default. Empty if there is neither.
    pub(crate) fn parameter(&self, name: &str) -> &'static str {
        let own = self.parameters.iter().find(|(known, _)| *known == name);
        own.map_or_else(|| self.family().default_of(name), |(_, value)| value)
    }

    /// All parameters with their values, in the family's order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let names = self.family().parameters.iter().map(|p| p.name.as_str());
        names.map(|name| (name, self.parameter(name)))
    }

    /// The file format of the target's programs. None if the family's template is wrong, which the
    /// tests find.
    pub(crate) fn object_format(&self) -> Option<ObjectFormat> {
        let name = self.fill(&self.family().object_format)?;
        serde_json::from_value(name.into()).ok()
    }

    /// How programs for the target are run: the first of the family's ways for which the row has
    /// all parameters. None if cross has no emulator or runtime for the target.
    pub(crate) fn runner(&self) -> Option<Runner> {
        let mut ways = self.family().runners.iter();
        ways.find_map(|way| way.of(self).filter(|_| way.on_request(self).is_none()))
    }

    /// The value of the key `runner` by which the user says that this machine runs the row's
    /// programs. None if there is no such value, because a runner is known or nothing can run them.
    pub(crate) fn runner_on_request(&self) -> Option<RunnerKey> {
        let mut ways = self.family().runners.iter();
        ways.find_map(|way| way.on_request(self))
    }

    /// The environment variables of the row's image, which tell cargo, cc, cmake, bindgen,
    /// pkg-config and the like where its compilers and libraries are. No variable names a runner if
    /// the row has none.
    pub(crate) fn environment(&self, parts: Parts) -> Vec<(String, String)> {
        let family = self.family();
        let of_parts = parts.of(self).flat_map(|part| &part.environment);
        let pairs = family.environment.iter().chain(of_parts);
        let filled = pairs.filter_map(|(name, value)| Some((self.fill(name)?, self.fill(value)?)));
        let has_runner = self.runner().is_some();
        filled
            .filter(|(_, value)| has_runner || value != RUNNER)
            .collect()
    }

    /// The environment variables whose values contain the parameter `name`, with `value` in its
    /// place.
    pub(crate) fn environment_with(&self, name: &str, value: &str) -> Vec<(String, String)> {
        let pairs = self.family().environment.iter();
        let changed = pairs.filter_map(|(variable, template)| {
            let replaced = template.replace(&format!("{{{name}}}"), value);
            (replaced != *template).then_some((variable, replaced))
        });
        let filled =
            changed.filter_map(|(name, value)| Some((self.fill(name)?, self.fill(&value)?)));
        filled.collect()
    }

    /// The oldest API level that results run on, unless the user chooses another. None if the
    /// system has no API levels.
    pub(crate) fn api_level(&self) -> Option<u32> {
        let known = self.family().api_level.as_ref()?;
        self.parameter(&known.parameter).parse().ok()
    }

    /// Debian's name of the architecture whose packages have libraries for the target. `all` if
    /// Debian has none.
    pub(crate) fn package_architecture(&self) -> String {
        self.fill(&self.family().package_architecture)
            .unwrap_or_default()
    }

    /// Whether the target's programs and those that run at build time are for the same system.
    pub(crate) fn is_native(&self) -> bool {
        self.triple == HOST
    }

    /// A short name of the C library that results need, for users.
    pub(crate) fn libc(&self) -> String {
        self.fill(&self.family().libc).unwrap_or_default()
    }

    /// How rustc links by default. None if the family's template is wrong, which the tests find.
    pub(crate) fn linking(&self) -> Option<Linking> {
        match self.fill(&self.family().linking)?.as_str() {
            "dynamic" => Some(Linking::Dynamic),
            "static" => Some(Linking::Static),
            _ => None,
        }
    }

    /// The newest glibc that results may need, such as `2.31`. None if they need no glibc.
    pub(crate) fn glibc_floor(&self) -> Option<String> {
        let floor = self.fill(&self.family().glibc_floor);
        floor.filter(|floor| !floor.is_empty())
    }

    /// Fills in a template: `{triple}`, the triple in lower or upper case with underscores
    /// (`{lower}`, `{upper}`) as names of variables have it, and parameters by their names. None if
    /// one of the values is empty.
    pub(crate) fn fill(&self, template: &str) -> Option<String> {
        let mut parts = template.split('{');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}')?;
            let value = match name {
                "triple" => self.triple.to_owned(),
                "lower" => self.triple.replace(['-', '.'], "_"),
                "upper" => self.triple.replace(['-', '.'], "_").to_uppercase(),
                name => self.parameter(name).to_owned(),
            };
            if value.is_empty() {
                return None;
            }
            text.extend([&value, rest]);
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_a_triple_once() {
        assert!(ROWS.is_sorted_by(|one, next| one.triple < next.triple));
    }

    #[test]
    fn a_row_has_each_parameter_of_its_family_and_no_other() {
        for row in ROWS {
            let known = &row.family().parameters;
            for (name, _) in row.parameters {
                let found = known.iter().any(|parameter| parameter.name == *name);
                assert!(
                    found,
                    "{}: `{name}` is no parameter of `{}`",
                    row.triple, row.family
                );
            }
            for parameter in known {
                let has_own = row
                    .parameters
                    .iter()
                    .any(|(name, _)| *name == parameter.name);
                let name = &parameter.name;
                assert!(
                    has_own || parameter.default.is_some(),
                    "{}: without the parameter `{name}`, for which `{}` has no default",
                    row.triple,
                    row.family
                );
            }
        }
    }

    #[test]
    fn every_template_can_be_filled_in_for_every_row() {
        for row in ROWS {
            let triple = row.triple;
            let family = row.family();
            let has = row.environment(Parts::all(row));
            let of_parts = family.parts.iter().flat_map(|part| &part.environment);
            let all = family.environment.iter().chain(of_parts);
            // A row leaves out a variable whose value is a parameter that is empty in this row.
            let lacks = |value: &str| {
                if value == RUNNER {
                    return row.runner().is_none();
                }
                let mut empty = family.parameters.iter().filter(|parameter| {
                    parameter.default.as_deref() == Some("")
                        && row.parameter(&parameter.name).is_empty()
                });
                empty.any(|parameter| value == format!("{{{}}}", parameter.name))
            };
            let count = all.filter(|(_, value)| !lacks(value)).count();
            assert_eq!(has.len(), count, "{triple}");
            let names_runner = has.iter().any(|(_, value)| value == RUNNER);
            assert_eq!(names_runner, row.runner().is_some(), "{triple}");
            assert!(!row.package_architecture().is_empty(), "{triple}");
            assert!(!row.libc().is_empty(), "{triple}");
            assert!(row.linking().is_some(), "{triple}");
            assert!(row.object_format().is_some(), "{triple}");
        }
    }

    #[test]
    fn a_template_with_an_empty_parameter_is_none() {
        let native = find("x86_64-unknown-linux-gnu").unwrap();
        assert_eq!(native.fill("qemu-{QEMU_ARCH}"), None);
        assert_eq!(
            native.fill("A_{upper}_{lower}={triple}").unwrap(),
            "A_X86_64_UNKNOWN_LINUX_GNU_x86_64_unknown_linux_gnu=x86_64-unknown-linux-gnu"
        );
        assert_eq!(native.fill("{"), None);
    }
}
