//! `cargo rustc --release -- -C lto`, which scripts have from a time when it worked: cargo has
//! since told rustc to leave out of libraries what link-time optimisation reads, unless the profile
//! asks for it, and rustc refuses the two together. <https://doc.rust-lang.org/rustc/codegen-options/index.html#embed-bitcode>

use std::ffi::OsString;

use super::Invocation;

/// Without link-time optimisation.
const OFF: &str = "off";

/// What a word for rustc says of the option.
enum Said {
    /// The profile's word for it.
    Lto(&'static str),
    /// Something else.
    Other,
}

impl Invocation {
    /// The same with `lto` of the profile in place of rustc's option, and the setting; none where
    /// the option is not there.
    pub(crate) fn with_lto_of_the_profile(&self) -> Option<(Self, String)> {
        if self.row()?.name != "rustc" || self.rest.first()? != "--" {
            return None;
        }
        let options = &self.options;
        let profile = match &options.profile {
            Some(name) => name.to_str()?,
            None if options.release => "release",
            None => "dev",
        };
        // What cargo takes for the name of a profile, which is a key of TOML as it stands.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !profile.chars().all(plain) {
            return None;
        }
        let (rest, lto) = without_lto(&self.rest);
        // The last `-C lto` counts. `lto=off` needs no setting: rustc takes it beside cargo's
        // flags.
        let lto = lto.filter(|lto| *lto != OFF)?;
        let setting = format!("profile.{profile}.lto=\"{lto}\"");
        let other = Self {
            rest,
            ..self.clone()
        };
        Some((other.with_config(&setting), setting))
    }
}

/// The words without the option, and what the last one said.
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
        // The dashes alone.
        rest.clear();
    }
    (rest, lto)
}

/// Reads the value of `-C`. <https://doc.rust-lang.org/rustc/codegen-options/index.html#lto>
fn said(value: &str) -> Said {
    match value {
        "lto" | "lto=y" | "lto=yes" | "lto=on" | "lto=true" | "lto=fat" => Said::Lto("fat"),
        "lto=thin" => Said::Lto("thin"),
        "lto=n" | "lto=no" | "lto=off" | "lto=false" => Said::Lto(OFF),
        _ => Said::Other,
    }
}
