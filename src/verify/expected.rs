//! The requirements on a result: machine, byte order, newest glibc.

use std::fmt;

use super::report::Report;
use cross_base::version::Version;

/// The newest glibc that a result may need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Floor {
    /// The newest allowed glibc is not known, so none is refused.
    Unknown,
    /// The target has no glibc, so every version is refused.
    NoGlibc,
    Glibc(Version),
}

/// The requirements on a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) floor: Floor,
    /// The machine as rustc calls it (`target_arch`). None if any will do.
    machine: Option<&'static str>,
    byte_order: Option<&'static str>,
}

/// Beginnings of triples with `target_arch` and `target_endian`. The first row that fits counts.
/// <https://doc.rust-lang.org/rustc/platform-support.html>
const MACHINES: &[(&str, &str, &str)] = &[
    ("aarch64_be", "aarch64", "big"),
    ("aarch64", "aarch64", "little"),
    ("arm64", "aarch64", "little"),
    ("armeb", "arm", "big"),
    ("asmjs", "wasm32", "little"),
    ("thumbeb", "arm", "big"),
    ("arm", "arm", "little"),
    ("thumb", "arm", "little"),
    ("i586", "x86", "little"),
    ("i686", "x86", "little"),
    ("loongarch32", "loongarch32", "little"),
    ("loongarch64", "loongarch64", "little"),
    ("m68k", "m68k", "big"),
    ("mips64el", "mips64", "little"),
    ("mips64", "mips64", "big"),
    ("mipsel", "mips", "little"),
    ("mips", "mips", "big"),
    ("powerpc64le", "powerpc64", "little"),
    ("powerpc64", "powerpc64", "big"),
    ("powerpc", "powerpc", "big"),
    ("riscv32", "riscv32", "little"),
    ("riscv64", "riscv64", "little"),
    ("s390x", "s390x", "big"),
    ("sparc64", "sparc64", "big"),
    ("sparcv9", "sparc64", "big"),
    ("sparc", "sparc", "big"),
    ("wasm32", "wasm32", "little"),
    ("wasm64", "wasm64", "little"),
    ("x86_64", "x86_64", "little"),
];

impl Expected {
    /// Requires a floor and nothing else.
    pub(crate) fn floor(floor: Floor) -> Self {
        Self {
            floor,
            machine: None,
            byte_order: None,
        }
    }

    /// Requires a floor and the target's machine, if the triple is in the table of machines.
    pub(crate) fn of(triple: &str, floor: Floor) -> Self {
        let mut rows = MACHINES.iter();
        let row = rows.find(|(start, ..)| triple.starts_with(start));
        Self {
            floor,
            machine: row.map(|(_, machine, _)| *machine),
            byte_order: row.map(|(.., order)| *order),
        }
    }

    /// Why a result breaks the requirements, as half a sentence. None if it meets them.
    pub(crate) fn fault(&self, report: &Report) -> Option<String> {
        for (member, facts) in report.objects() {
            let is_other = |expected: Option<&str>, said: Option<&str>| {
                expected.is_some_and(|expected| said.is_some_and(|said| said != expected))
            };
            let machine = Some(facts.machine.as_str());
            if is_other(self.machine, machine) || is_other(self.byte_order, facts.byte_order) {
                let order = |order: Option<&str>| order.map(|order| format!(" ({order}-endian)"));
                let said = format!("{}{}", facts.machine, order(facts.byte_order)?);
                let expected = format!("{}{}", self.machine?, order(self.byte_order)?);
                let member = member.map(|member| format!(" in its member `{member}`"));
                let member = member.unwrap_or_default();
                return Some(format!("has code for {said}{member}, not for {expected}"));
            }
        }
        match &self.floor {
            Floor::Unknown => None,
            Floor::NoGlibc => {
                let needed = report.above(None)?;
                Some(format!("{needed}, and the target has no glibc"))
            }
            Floor::Glibc(floor) => {
                let needed = report.above(Some(floor))?;
                Some(format!("{needed}: newer than glibc {floor}"))
            }
        }
    }
}

/// Shows requirements that results have met.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "for {}", self.machine.unwrap_or("any machine"))?;
        match &self.floor {
            Floor::Unknown => Ok(()),
            Floor::NoGlibc => f.write_str(", without glibc"),
            Floor::Glibc(floor) => write!(f, ", nothing newer than glibc {floor}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::ROWS;
    use crate::verify::report::Content;
    use crate::verify::{Facts, FileType, Format, Need, Symbol};

    fn program(machine: &str, order: &'static str, needs: &[(&str, &[&str])]) -> Report {
        let mut facts = Facts::new(Format::Elf, FileType::Program, machine);
        facts.byte_order = Some(order);
        let symbol = |name: &&str| Symbol {
            name: (*name).to_owned(),
            weak: false,
            asked_by: Vec::new(),
        };
        let need = |(version, symbols): &(&str, &[&str])| Need {
            library: None,
            version: (*version).to_owned(),
            symbols: symbols.iter().map(symbol).collect(),
        };
        facts.needs = needs.iter().map(need).collect();
        Report {
            file: "p".to_owned(),
            content: Content::Object(Box::new(facts)),
        }
    }

    #[test]
    fn the_machine_of_each_row_is_known() {
        for row in ROWS {
            let expected = Expected::of(row.triple, Floor::Unknown);
            assert!(expected.machine.is_some(), "{}", row.triple);
        }
    }

    #[test]
    fn a_program_for_another_machine_is_named() {
        let fault = |triple| {
            let report = program("mips", "little", &[]);
            Expected::of(triple, Floor::Unknown).fault(&report)
        };
        assert_eq!(fault("mipsel-unknown-linux-gnu"), None);
        assert_eq!(fault("vax-unknown-netbsd"), None);
        let big = "has code for mips (little-endian), not for mips (big-endian)";
        assert_eq!(fault("mips-unknown-linux-gnu").unwrap(), big);
    }

    #[test]
    fn the_newest_symbol_is_named() {
        let needs: &[(&str, &[&str])] = &[
            ("GLIBC_2.17", &["read"]),
            ("GLIBC_2.34", &["dlopen"]),
            ("GLIBC_2.28", &["fcntl64", "statx"]),
            ("GLIBCXX_3.4.30", &["x"]),
        ];
        let report = program("x86_64", "little", needs);
        let fault = |floor| Expected::floor(floor).fault(&report);
        let floor = |text: &str| fault(Floor::Glibc(text.parse().unwrap()));
        assert_eq!(floor("2.34"), None);
        assert_eq!(
            floor("2.28").unwrap(),
            "needs `dlopen@GLIBC_2.34`: newer than glibc 2.28"
        );
        assert_eq!(
            floor("2.17").unwrap(),
            "needs `dlopen@GLIBC_2.34` and 2 more symbols: newer than glibc 2.17"
        );
        assert!(fault(Floor::NoGlibc).unwrap().contains("no glibc"));
        assert_eq!(fault(Floor::Unknown), None);
    }
}
