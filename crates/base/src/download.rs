//! A moving line that shows how much of something has been fetched.

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};

use crate::lines;
use crate::term::{Level, Term};

/// Shows how much of something has been fetched.
#[derive(Debug)]
pub struct Download {
    bar: Option<ProgressBar>,
    what: String,
    verb: &'static str,
    total: Option<u64>,
    term: Term,
}

impl Download {
    /// Begins; `terminal` says whether stderr is one, `verb` what is done, `total` how many bytes
    /// are to come, where that is known.
    #[must_use]
    pub fn new(
        term: Term,
        terminal: bool,
        verb: &'static str,
        what: &str,
        total: Option<u64>,
    ) -> Self {
        let style = match total {
            Some(_) => {
                "{prefix:>12.cyan.bold} [{bar:25}] {bytes}/{total_bytes} {elapsed}: {wide_msg}"
            }
            None => "{prefix:>12.cyan.bold} {bytes} {elapsed}: {wide_msg}",
        };
        let bar = (terminal && total != Some(0)).then(|| moving(term, verb, style, what));
        let bar = bar.flatten();
        if let (Some(bar), Some(total)) = (&bar, total) {
            bar.set_length(total);
        }
        Self {
            bar,
            what: what.to_owned(),
            verb,
            total,
            term,
        }
    }

    /// Says what is to come, where nothing moves.
    pub fn begin(&self) {
        if self.bar.is_none() {
            let total = self.total.map(|total| format!(": {}", DecimalBytes(total)));
            let message = format!("{}{}", self.what, total.unwrap_or_default());
            self.term.status(self.verb, &message);
        }
    }

    /// Begins one of the layers.
    pub fn layer(&self, number: usize, total: usize, bytes: u64) {
        let message = format!("{} ({number}/{total})", self.what);
        if let Some(bar) = &self.bar {
            bar.set_message(message);
        } else {
            let message = format!("{message}: {}", DecimalBytes(bytes));
            self.term.status(self.verb, &message);
        }
    }

    /// Counts bytes that have come.
    pub fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The moving line, unless `-q` was given.
#[must_use]
pub fn moving(term: Term, verb: &'static str, style: &str, message: &str) -> Option<ProgressBar> {
    (term.level >= Level::Normal).then(|| {
        let style = ProgressStyle::with_template(style)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        let bar = lines::add();
        bar.set_style(style);
        bar.set_prefix(verb);
        bar.set_message(message.to_owned());
        bar.enable_steady_tick(std::time::Duration::from_millis(500));
        bar
    })
}
