//! What the runtimes of rustc's sanitizers have to be told under an emulator.

use super::beside::value;
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;

/// What the runtime of `AddressSanitizer` reads its settings from.
/// <https://github.com/google/sanitizers/wiki/AddressSanitizerFlags>
const OPTIONS: &str = "ASAN_OPTIONS";

/// Its search for leaks stops all threads by `ptrace`, which QEMU does not have: each program, also
/// one without a fault, would end in an error. <https://clang.llvm.org/docs/LeakSanitizer.html>
const NO_LEAKS: &str = "detect_leaks=0";

/// The flag for rustc, and the sanitizer that looks for leaks unasked.
/// <https://doc.rust-lang.org/nightly/unstable-book/compiler-flags/sanitizer.html>
const FLAG: &str = "sanitizer=";
const ADDRESS: &str = "address";

impl PlanInput<'_> {
    /// The variable for programs with `AddressSanitizer` that an emulator runs, where nothing else
    /// says what it is.
    pub(super) fn without_leaks(&self) -> Option<(&'static str, &'static str)> {
        let is_wanted = self.context.subcommand.runs_programs()
            && self.is_unsaid(OPTIONS)
            && self.flags().iter().any(|flag| looks_at_addresses(flag))
            && matches!(self.is_emulated(), Ok(true));
        is_wanted.then_some((OPTIONS, NO_LEAKS))
    }

    /// What is to be said of it, by the variables of the run.
    pub(super) fn unseen_leaks(&self, env: &[EnvVar]) -> Option<String> {
        let is_ours = value(env, OPTIONS).is_some() && self.is_unsaid(OPTIONS);
        is_ours.then(|| {
            format!(
                "AddressSanitizer does not look for leaks under QEMU, which lacks what it takes: `{OPTIONS}` is `{NO_LEAKS}`"
            )
        })
    }
}

/// Whether a flag for rustc, or its second word, asks for `AddressSanitizer`.
fn looks_at_addresses(flag: &str) -> bool {
    let option = flag.strip_prefix("-Z").unwrap_or(flag);
    let names = option.strip_prefix(FLAG);
    names.is_some_and(|names| names.split(',').any(|name| name == ADDRESS))
}
