//! A progress line for downloads.

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};

use crate::lines;
use crate::term::{Level, Term};

/// The progress of one download.
#[derive(Debug)]
pub struct Download {
    bar: Option<ProgressBar>,
    what: String,
    verb: &'static str,
    total: Option<u64>,
    term: Term,
}

impl Download {
    /// Begins to show progress. `terminal` says whether stderr is a terminal. `verb` is the status,
    /// such as `Fetching`. `total` is the number of bytes, if it is known.
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

    /// Prints a status line with the size, if there is no progress line.
    pub fn begin(&self) {
        if self.bar.is_none() {
            let total = self.total.map(|total| format!(": {}", DecimalBytes(total)));
            let message = format!("{}{}", self.what, total.unwrap_or_default());
            self.term.status(self.verb, &message);
        }
    }

    /// Begins the next layer of an image.
    pub fn layer(&self, number: usize, total: usize, bytes: u64) {
        let message = format!("{} ({number}/{total})", self.what);
        if let Some(bar) = &self.bar {
            bar.set_message(message);
        } else {
            let message = format!("{message}: {}", DecimalBytes(bytes));
            self.term.status(self.verb, &message);
        }
    }

    /// Adds to the number of received bytes.
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

/// A progress line in this style. None with `-q`.
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
