//! Settings for the runtimes of rustc's sanitizers under an emulator.

use crate::engine::spec::{EnvVar, last};
use crate::plan::PlanInput;

/// The variable with the settings of `AddressSanitizer`.
/// <https://github.com/google/sanitizers/wiki/AddressSanitizerFlags>
const OPTIONS: &str = "ASAN_OPTIONS";

/// The setting that turns the search for leaks off. The search stops all threads by `ptrace`, which
/// QEMU does not have, so every program would end with an error.
/// <https://clang.llvm.org/docs/LeakSanitizer.html>
const NO_LEAKS: &str = "detect_leaks=0";

/// The flag for rustc, and the name of the sanitizer that looks for leaks by default.
/// <https://doc.rust-lang.org/nightly/unstable-book/compiler-flags/sanitizer.html>
const FLAG: &str = "sanitizer=";
const ADDRESS: &str = "address";

impl PlanInput<'_> {
    /// The variable that turns the search for leaks off, for programs with `AddressSanitizer` under
    /// an emulator. None if the user has set the variable.
    pub(super) fn without_leaks(&self) -> Option<(&'static str, &'static str)> {
        let is_wanted = self.context.subcommand.runs_programs()
            && self.is_unsaid(OPTIONS)
            && self.flags().iter().any(|flag| looks_at_addresses(flag))
            && self.is_emulated();
        is_wanted.then_some((OPTIONS, NO_LEAKS))
    }

    /// The message that programs do not look for leaks, if the run has the variable from cross.
    pub(super) fn unseen_leaks(&self, env: &[EnvVar]) -> Option<String> {
        let is_ours = last(env, OPTIONS).is_some() && self.is_unsaid(OPTIONS);
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
