//! Shows the progress of a batch: a bar on a terminal, otherwise plain lines.

use std::{
    fmt,
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::out::note;

/// The shortest time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Number of recipients in each status. Printed as `12 completed, 3 no_answer, …`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[allow(missing_docs)]
pub struct Tally {
    pub total: u64,
    pub pending: u64,
    pub in_progress: u64,
    pub completed: u64,
    pub no_answer: u64,
    pub voicemail: u64,
    pub failed: u64,
    pub skipped: u64,
    pub cancelled: u64,
    pub attempts: u64,
}

impl From<campanile_store::Progress> for Tally {
    fn from(progress: campanile_store::Progress) -> Tally {
        Tally {
            total: progress.total,
            pending: progress.pending,
            in_progress: progress.in_progress,
            completed: progress.completed,
            no_answer: progress.no_answer,
            voicemail: progress.voicemail,
            failed: progress.failed,
            skipped: progress.skipped,
            cancelled: progress.cancelled,
            attempts: progress.attempts,
        }
    }
}

impl Tally {
    /// Recipients with a final status.
    pub fn done(&self) -> u64 {
        self.total - self.pending.saturating_add(self.in_progress).min(self.total)
    }

    fn counts(&self) -> [(&'static str, u64); 8] {
        [
            ("completed", self.completed),
            ("no_answer", self.no_answer),
            ("voicemail", self.voicemail),
            ("failed", self.failed),
            ("skipped", self.skipped),
            ("cancelled", self.cancelled),
            ("in_progress", self.in_progress),
            ("pending", self.pending),
        ]
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<String> = self
            .counts()
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        f.write_str(&told.join(", "))
    }
}

/// The display of the progress on standard error.
pub enum Progress {
    /// A bar, on a terminal.
    Bar(ProgressBar),
    /// Lines. Holds the last line and when it was printed.
    Lines(Option<(Instant, String)>),
}

impl Progress {
    /// The display for the kind of standard error.
    pub fn new() -> Progress {
        if !std::io::stderr().is_terminal() {
            return Progress::Lines(None);
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed}  {msg}");
        let bar = ProgressBar::new(0);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress::Bar(bar)
    }

    /// Shows the tally and, if there is one, the reason why the batch does not dial.
    pub fn show(&mut self, tally: &Tally, blocker: Option<&str>) {
        let blocked = blocker.map(|blocker| format!(" ({blocker})")).unwrap_or_default();
        match self {
            Progress::Bar(bar) => {
                bar.set_length(tally.total);
                bar.set_position(tally.done());
                bar.set_message(format!("{tally}{blocked}"));
            }
            Progress::Lines(last) => {
                let line = format!("{}/{} done: {tally}{blocked}", tally.done(), tally.total);
                let now = Instant::now();
                let due = last.as_ref().is_none_or(|(at, before)| {
                    *before != line && now.duration_since(*at) >= LINE_EVERY
                });
                if due {
                    note!("{line}");
                    *last = Some((now, line));
                }
            }
        }
    }

    /// Prints a line above the bar.
    pub fn say(&self, words: &str) {
        match self {
            Progress::Bar(bar) => bar.suspend(|| note!("{words}")),
            Progress::Lines(_) => note!("{words}"),
        }
    }

    /// Removes the bar.
    pub fn clear(&self) {
        if let Progress::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_names_what_there_is() {
        let tally = Tally { total: 9, completed: 4, pending: 3, failed: 2, ..Tally::default() };
        assert_eq!(tally.to_string(), "4 completed, 2 failed, 3 pending");
        assert_eq!(tally.done(), 6);
    }
}
