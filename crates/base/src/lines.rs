//! Progress lines at the bottom of a terminal.

use std::sync::OnceLock;

use indicatif::{MultiProgress, ProgressBar};

/// All progress lines. Unset until there is one.
static LINES: OnceLock<MultiProgress> = OnceLock::new();

/// Adds a progress line.
pub fn add() -> ProgressBar {
    let lines = LINES.get_or_init(MultiProgress::new);
    lines.add(ProgressBar::new(1))
}

/// Writes other output above the progress lines, which are hidden meanwhile.
pub fn above<T>(write: impl FnOnce() -> T) -> T {
    match LINES.get() {
        Some(lines) => lines.suspend(write),
        None => write(),
    }
}
