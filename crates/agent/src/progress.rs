//! What a long action is at, for whoever waits at a terminal. Where standard error is none, nothing is
//! shown.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// One line, which goes with its last holder.
#[derive(Debug, Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// On standard error, where that is a terminal.
    pub(crate) fn shown() -> Self {
        Self(ProgressBar::new_spinner())
    }

    /// For nobody.
    pub(crate) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// The next step, of which nobody knows how long it takes.
    pub(crate) fn step(&self, what: impl Into<String>) {
        self.begin("{spinner} {msg} ({elapsed})", what.into());
    }

    /// The next step, which has so many pieces.
    pub(crate) fn count(&self, what: impl Into<String>, pieces: u64) {
        self.0.set_length(pieces);
        self.begin("{msg} [{bar:40}] {percent} %", what.into());
    }

    /// So many of the pieces are done.
    pub(crate) fn reach(&self, pieces: u64) {
        self.0.set_position(pieces);
    }

    /// Leaves the line to somebody who asks something, until the next step.
    pub(crate) fn pause(&self) {
        self.0.disable_steady_tick();
        self.0.finish_and_clear();
    }

    fn begin(&self, template: &str, what: String) {
        // The two templates above are good ones; were they not, the usual line would do.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0
                .set_style(style.progress_chars("=> ").tick_chars("|/-\\ "));
        }
        self.0.reset();
        self.0.set_message(what);
        self.0.enable_steady_tick(TICK);
    }
}
