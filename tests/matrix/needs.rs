//! What a result needs of a machine: its processor, libraries and system.

use std::path::Path;

use object::Architecture;

use crate::Result;
use crate::artefact::Facts;
use crate::check::{Check, Done};
use crate::wasm;
use crate::windows;

impl Check<'_> {
    /// Checks that a WebAssembly program imports nothing but functions of its system.
    pub(super) fn web_assembly(&self, path: &Path) -> Result<Done> {
        let allowed = self.row.imports.as_deref().unwrap_or_default();
        // If the program is JavaScript, the WebAssembly is a file beside it.
        let imports = wasm::imports(&path.with_extension("wasm"))?;
        let is_allowed = |module: &str| allowed.split(' ').any(|known| known == module);
        match imports.iter().find(|(module, _)| !is_allowed(module)) {
            Some((module, name)) => Err(format!("it imports `{name}` from `{module}`")),
            None => Ok(Done::Well(format!("imports from {allowed} alone"))),
        }
    }

    /// Checks that the program is a single file, which Node.js runs without WebAssembly.
    pub(super) fn javascript(&self, path: &Path) -> Result<Done> {
        if path.with_extension("wasm").exists() {
            return Err("it comes with a file of WebAssembly".to_owned());
        }
        let path = path.display().to_string();
        let flag = "--no-expose-wasm";
        self.in_image(&["node", flag, "/opt/cross/bin/cross-runner", &path])?;
        Ok(Done::Well("runs without WebAssembly".to_owned()))
    }

    /// Checks that machine, pointer width and byte order are those of the target.
    pub(super) fn is_for_the_target(&self, facts: &Facts) -> Result<()> {
        let cfg = self.toolchain.cfg(self.row.rustc_target(), &[])?;
        let get = |name: &str| {
            let value = cfg.get(name).and_then(|values| values.first());
            value.map(String::as_str).unwrap_or_default()
        };
        let (arch, width, order) = (
            get("target_arch"),
            get("target_pointer_width"),
            get("target_endian"),
        );
        if rust_name(facts.architecture) != arch {
            return Err(format!("it is for {:?}, not {arch}", facts.architecture));
        }
        if facts.is_64 != (width == "64") || facts.is_little_endian != (order == "little") {
            return Err(format!("it is not {order}-endian with {width} bits"));
        }
        Ok(())
    }

    pub(super) fn check_dynamic(&self, facts: &Facts) -> Result<String> {
        if self.row.is_pe() {
            return windows::needs(facts);
        }
        let loader = self.row.loader.as_deref().unwrap_or_default();
        if facts.interpreter != loader {
            let is = &facts.interpreter;
            return Err(format!("its loader is `{is}`, not {loader}"));
        }
        if self.row.glibc_floor.is_some() {
            return self.needs_no_newer_glibc(facts);
        }
        let needed = facts.needed.join(" ");
        if facts.needed.iter().any(|name| name.starts_with("libc.")) {
            return Ok(format!("{loader}, needs {needed}"));
        }
        Err(format!("it needs {needed}"))
    }

    /// Checks that the oldest glibc that the row supports has all symbols that the file needs.
    pub(super) fn needs_no_newer_glibc(&self, facts: &Facts) -> Result<String> {
        let floor = self.row.glibc_floor.as_deref().unwrap_or("0.0");
        let floor = floor
            .split_once('.')
            .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let (major, minor) = facts.glibc;
        if facts.glibc == (0, 0) || Some(facts.glibc) > floor {
            return Err(format!("it needs glibc {major}.{minor}"));
        }
        Ok(format!("needs glibc {major}.{minor}"))
    }

    /// If the target has neither SSE nor conditional moves according to rustc, checks that no other
    /// code uses them.
    pub(super) fn x86_baseline(&self, name: &str) -> Result<String> {
        let cfg = self.toolchain.cfg(self.row.rustc_target(), &[])?;
        let is = |key: &str, value: &str| {
            let mut values = cfg.get(key).into_iter().flatten();
            values.any(|v| v == value)
        };
        if !is("target_arch", "x86") || is("target_feature", "sse") {
            return Ok(String::new());
        }
        let script = format!(
            r#"{}-objdump --disassemble --no-show-raw-insn "$0" | awk '
                /^[0-9a-f]+ <.*>:$/ {{ name = $2 }}
                /%[xyz]mm[0-9]/ && !(name in sse) {{ sse[name]; if (++count <= 3) names = names " " name }}
                /\tf?cmov/ && !/\tfcmovf/ {{ cmov++ }}
                END {{ print count + 0, cmov + 0, names }}'"#,
            self.row.triple
        );
        let path = self.program(name).display().to_string();
        let output = self.in_image(&["sh", "-c", &script, &path])?;
        match output.trim().splitn(3, ' ').collect::<Vec<_>>()[..] {
            ["0", "0", ..] => Ok("no SSE, no cmov".to_owned()),
            ["0", cmov, ..] => Err(format!("{cmov} conditional moves")),
            [count, _, names] => Err(format!("{count} functions use SSE: {names}")),
            _ => Err("objdump says nothing".to_owned()),
        }
    }
}

/// Checks that the program needs no library and no loader.
pub(crate) fn nothing(facts: &Facts) -> Result<String> {
    if facts.interpreter.is_empty() && facts.needed.is_empty() {
        return Ok("needs nothing".to_owned());
    }
    let (loader, needed) = (&facts.interpreter, facts.needed.join(" "));
    Err(format!("it is not static: {loader} {needed}"))
}

/// rustc's name of an architecture.
fn rust_name(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Aarch64 => "aarch64",
        Architecture::Arm => "arm",
        Architecture::I386 => "x86",
        Architecture::LoongArch64 => "loongarch64",
        Architecture::Mips => "mips",
        Architecture::Mips64 => "mips64",
        Architecture::PowerPc => "powerpc",
        Architecture::PowerPc64 => "powerpc64",
        Architecture::Riscv64 => "riscv64",
        Architecture::S390x => "s390x",
        Architecture::Sparc64 => "sparc64",
        Architecture::X86_64 | Architecture::X86_64_X32 => "x86_64",
        _ => "something unknown",
    }
}
