//! The moving lines at the bottom of a terminal.

use std::sync::OnceLock;

use indicatif::{MultiProgress, ProgressBar};

/// All of them, once there is one.
static LINES: OnceLock<MultiProgress> = OnceLock::new();

/// One more moving line.
pub fn add() -> ProgressBar {
    let lines = LINES.get_or_init(MultiProgress::new);
    lines.add(ProgressBar::new(1))
}

/// Writes what stays above the moving lines. None of them is on the terminal meanwhile.
pub fn above<T>(write: impl FnOnce() -> T) -> T {
    match LINES.get() {
        Some(lines) => lines.suspend(write),
        None => write(),
    }
}
