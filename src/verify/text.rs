//! Reports as text for users and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::report::{Content, Report};
use super::version::{is_above, parts};
use super::{Facts, FileType, Format, Need, Symbol};
use cross_base::version::Version;

/// The ABI in most ELF headers, which is not worth showing.
const USUAL_ABI: &str = "System V";

/// The number of symbols that a line names.
const SYMBOLS: usize = 6;

/// The reports as one JSON document.
///
/// # Errors
///
/// If serialization fails, which is not known to happen.
pub(crate) fn json(reports: &[Report]) -> Result<String, String> {
    #[derive(Serialize)]
    struct Document<'a> {
        files: &'a [Report],
    }
    let text = serde_json::to_string_pretty(&Document { files: reports });
    text.map(|text| text + "\n")
        .map_err(|error| format!("cannot write the report as JSON: {error}"))
}

/// The report about one file in a few lines. It shows the newest version of each library's symbols,
/// and all versions of glibc's above the floor.
pub(crate) fn text(report: &Report, floor: Option<&Version>) -> String {
    let mut lines = Lines(Vec::new());
    match &report.content {
        Content::Object(facts) => lines.object(facts, floor),
        Content::Archive(archive) => {
            let count: usize = archive.objects.iter().map(|group| group.count).sum();
            let mut what = format!("archive, {}", counted(count, "object"));
            if archive.others > 0 {
                let _ = write!(what, " and {}", counted(archive.others, "other member"));
            }
            lines.add("kind", &what);
            for group in &archive.objects {
                let Facts {
                    instruction_set, ..
                } = &group.facts;
                let mut text = machine(&group.facts);
                if !instruction_set.is_empty() {
                    let _ = write!(text, "; {}", instruction_set.join(", "));
                }
                let abi = group.facts.abi.as_deref();
                if let Some(abi) = abi.filter(|abi| *abi != USUAL_ABI) {
                    let _ = write!(text, "; {abi}");
                }
                if archive.objects.len() > 1 {
                    let more = match group.count {
                        1 => String::new(),
                        count => format!(" and {} more", count - 1),
                    };
                    let _ = write!(text, ": {}{more}", group.first);
                }
                lines.add("machine", &text);
            }
            lines.needs(&archive.needs, floor);
            if archive.needs.is_empty() && count > 0 {
                let is_elf = |group: &super::archive::Group| group.facts.format == Format::Elf;
                if archive.objects.iter().any(is_elf) {
                    lines.add("versions", "are chosen when it is linked");
                }
            }
        }
    }
    let widths = lines.0.iter().map(|(label, _)| label.chars().count());
    let width = widths.max().unwrap_or_default();
    let mut text = format!("{}\n", report.file);
    for (label, line) in lines.0 {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {label:width$}  {line}");
    }
    text
}

/// Lines of text, each with a label.
struct Lines(Vec<(String, String)>);

impl Lines {
    fn add(&mut self, label: &str, text: &str) {
        self.0.push((label.to_owned(), text.to_owned()));
    }

    fn object(&mut self, facts: &Facts, floor: Option<&Version>) {
        self.add("kind", &kind(facts));
        self.add("machine", &machine(facts));
        if !facts.instruction_set.is_empty() {
            self.add("instruction set", &facts.instruction_set.join(", "));
        }
        let label = match facts.format {
            Format::Elf => "OS/ABI",
            Format::Wasm => "form",
            _ => "subsystem",
        };
        let texts = [
            (label, &facts.abi),
            ("interpreter", &facts.interpreter),
            ("rpath", &facts.rpath),
            ("runpath", &facts.runpath),
        ];
        for (label, text) in texts {
            if let Some(text) = text {
                self.add(label, text);
            }
        }
        if !facts.libraries.is_empty() {
            let label = if facts.format == Format::Wasm {
                "imports from"
            } else {
                "libraries"
            };
            self.add(label, &facts.libraries.join(", "));
        }
        self.needs(&facts.needs, floor);
    }

    /// Adds the newest version of each kind by library, and all versions of glibc's above the
    /// floor.
    fn needs(&mut self, needs: &[Need], floor: Option<&Version>) {
        let mut newest: Vec<&Need> = Vec::new();
        for need in needs {
            let (name, number) = parts(&need.version);
            let same = newest
                .iter_mut()
                .find(|n| n.library == need.library && parts(&n.version).0 == name);
            match same {
                Some(known) if parts(&known.version).1 < number => *known = need,
                Some(_) => {}
                None => newest.push(need),
            }
        }
        let is_newer = |need: &&Need| floor.is_some() && is_above(&need.version, floor);
        let shown = needs.iter().filter(|need| {
            let is_newest = newest.iter().any(|newest| std::ptr::eq(*newest, *need));
            is_newest || is_newer(need)
        });
        for need in shown {
            let label = need.library.as_deref().unwrap_or("versions");
            if need
                .symbols
                .iter()
                .any(|symbol| !symbol.asked_by.is_empty())
            {
                // Private names of glibc's are long, so each symbol gets a line of its own.
                for symbol in need.symbols.iter().take(SYMBOLS) {
                    let text = format!("{} for {}", need.version, asked(symbol));
                    self.add(label, &text);
                }
                if let Some(rest @ 1..) = need.symbols.len().checked_sub(SYMBOLS) {
                    self.add(label, &format!("{} for {rest} more", need.version));
                }
                continue;
            }
            let mut symbols: Vec<String> = need.symbols.iter().take(SYMBOLS).map(asked).collect();
            let rest = need.symbols.len() - symbols.len();
            if rest > 0 {
                symbols.push(format!("{rest} more"));
            }
            let mut text = need.version.clone();
            if !symbols.is_empty() {
                let _ = write!(text, " for {}", symbols.join(", "));
            }
            self.add(label, &text);
        }
    }
}

/// A symbol with the files that use it.
fn asked(symbol: &Symbol) -> String {
    let weak = if symbol.weak {
        " (weak, counts as well)"
    } else {
        ""
    };
    let by = match symbol.asked_by.as_slice() {
        [] => String::new(),
        [one] => format!(", for which {one} asks"),
        [one, others @ ..] => format!(", for which {one} and {} more ask", others.len()),
    };
    format!("{}{weak}{by}", symbol.name)
}

fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

fn machine(facts: &Facts) -> String {
    let bits = facts.bits.map(|bits| format!("{bits} bits"));
    let order = facts.byte_order.map(|order| format!("{order}-endian"));
    let parts = [Some(facts.machine.clone()), bits, order];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn kind(facts: &Facts) -> String {
    let format = match facts.format {
        Format::Elf => "ELF",
        Format::Pe => "PE",
        Format::Coff => "COFF",
        Format::MachO => "Mach-O",
        Format::Wasm => "WebAssembly",
    };
    let kind = match (facts.kind, facts.format) {
        (FileType::Program, _) => "program",
        (FileType::SharedLibrary, Format::Wasm) => "library",
        (FileType::SharedLibrary, _) => "shared library",
        (FileType::ObjectFile, _) => "object file",
        (FileType::Other, Format::MachO) => "universal file",
        (FileType::Other, Format::Coff) => "import of a DLL",
        (FileType::Other, _) => "file",
    };
    let mut text = format!("{format} {kind}");
    if let Some(is_static) = facts.is_static {
        text += if is_static { ", static" } else { ", dynamic" };
    }
    if let Some(moves) = facts.position_independent {
        text += if moves {
            ", position-independent"
        } else {
            ", at a fixed address"
        };
    }
    text
}
