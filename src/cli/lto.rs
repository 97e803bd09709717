//! Link-time optimisation by `cargo rustc --release -- -C lto`, which old scripts have. Cargo now
//! tells rustc to leave LLVM bitcode out of libraries unless the profile asks for link-time
//! optimisation, and rustc refuses `-C lto` together with that flag.
//! <https://doc.rust-lang.org/rustc/codegen-options/index.html#embed-bitcode>

use std::ffi::OsString;

use super::Invocation;

/// The value of `lto` that turns link-time optimisation off.
const OFF: &str = "off";

/// The meaning of a value of rustc's option `-C`.
enum Said {
    /// Link-time optimisation, with the value that the profile's key `lto` has for it.
    Lto(&'static str),
    /// Another option for code generation.
    Other,
}

impl Invocation {
    /// Replaces rustc's option `-C lto` by a setting of the profile's key `lto`. Returns the
    /// changed invocation and the setting. None if the option is not there or turns link-time
    /// optimisation off.
    pub(crate) fn with_lto_of_the_profile(&self) -> Option<(Self, String)> {
        if !self.subcommand()?.is_rustc() || self.rest.first()? != "--" {
            return None;
        }
        let options = &self.options;
        let profile = match &options.profile {
            Some(name) => name.to_str()?,
            None if options.release => "release",
            None => "dev",
        };
        // The characters that cargo allows in names of profiles. They need no quotes in TOML.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !profile.chars().all(plain) {
            return None;
        }
        let (rest, lto) = without_lto(&self.rest);
        // The last `-C lto` counts. `lto=off` needs no setting, because rustc accepts it together
        // with cargo's flags.
        let lto = lto.filter(|lto| *lto != OFF)?;
        let setting = format!("profile.{profile}.lto=\"{lto}\"");
        let other = Self {
            rest,
            ..self.clone()
        };
        Some((other.with_config(&setting), setting))
    }
}

/// The arguments without the options `-C lto`, and the value of the last one.
fn without_lto(words: &[OsString]) -> (Vec<OsString>, Option<&'static str>) {
    let (mut rest, mut lto) = (Vec::new(), None);
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        let attached = text.strip_prefix("--codegen=").or(text.strip_prefix("-C"));
        let apart = text == "-C" || text == "--codegen";
        let value = if apart {
            words.peek().and_then(|next| next.to_str())
        } else {
            attached
        };
        match value.map_or(Said::Other, said) {
            Said::Lto(value) => {
                lto = Some(value);
                if apart {
                    words.next();
                }
            }
            Said::Other => rest.push(word.clone()),
        }
    }
    if rest.len() == 1 {
        // Only `--` is left.
        rest.clear();
    }
    (rest, lto)
}

/// Reads a value of rustc's option `-C`.
/// <https://doc.rust-lang.org/rustc/codegen-options/index.html#lto>
fn said(value: &str) -> Said {
    match value {
        "lto" | "lto=y" | "lto=yes" | "lto=on" | "lto=true" | "lto=fat" => Said::Lto("fat"),
        "lto=thin" => Said::Lto("thin"),
        "lto=n" | "lto=no" | "lto=off" | "lto=false" => Said::Lto(OFF),
        _ => Said::Other,
    }
}
