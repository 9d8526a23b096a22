//! The forecast of when a batch will be done.
//!
//! The real dispatcher dials simulated recipients in virtual time, so that hours, limits, retries
//! and other batches count exactly as they will. Unknown are who picks up and how long the
//! recipients talk; [`Population`] assumes it, or takes it from earlier calls. Equal questions get
//! equal answers.
//!
//! A world that is too large is thinned: recipients, concurrent calls and calls per second are
//! divided by one number, while time stays the same. If that is not enough, a stretch of the batch
//! is dialed and its pace is extrapolated over the calling hours (`stretch`).

mod opening;
mod population;
mod stretch;
#[cfg(test)]
mod tests;
mod thin;
mod world;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use population::{LEAST_SEEN, Population, Sample};

use crate::{
    batch::BatchSettings, blocker::Blocker, ids::WorkspaceId, time::Timestamp, zones::ZoneSet,
};
use opening::Opening;
use population::Mood;

/// How many calls are dialed before the rest is extrapolated.
const MOST_CALLS: u64 = 1_200;

/// Recipients of a batch who wait under the same conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The zones in which the numbers may be.
    pub zones: ZoneSet,
    /// When the retries are due. `None` for recipients who were never dialed; they are due at once.
    pub retry_at: Option<Timestamp>,
    /// The number of recipients.
    pub people: u64,
}

/// The facts of a batch that matter when batches compete for lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Whether the batch uses the trunk of the batch in question.
    pub same_trunk: bool,
    /// The settings.
    pub settings: BatchSettings,
    /// The recipients that are not at rest.
    pub waiting: Vec<Waiting>,
}

/// The facts on which a forecast is based.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The batch in question. It is assumed to run from its `starts_at`.
    pub batch: Load,
    /// Other batches that run at the same time.
    pub others: Vec<Load>,
    /// The workspace's limit of concurrent calls.
    pub workspace_calls: u32,
    /// The trunk's limit of concurrent calls.
    pub trunk_calls: u32,
    /// The trunk's limit of calls per second.
    pub trunk_cps: f64,
    /// How recipients pick up and how long they talk.
    pub population: Population,
}

/// When a batch will be done, and what it waits for most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// If people answer sooner and talk less than expected.
    pub early_at: Timestamp,
    /// Most likely.
    pub likely_at: Timestamp,
    /// If they talk longer and more of them must be called again.
    pub late_at: Timestamp,
    /// What stands in the way for most of the time; none when nothing does.
    pub limit: Option<Blocker>,
    /// Calls of the batch at once, on average while people are called.
    pub calls_at_once: u32,
    /// Whether `ends_at` stops it before everybody was called.
    pub cut_short: bool,
    /// Whether the answer rests on calls that were made, or on assumptions.
    pub from_history: bool,
    /// All that in a sentence.
    pub detail: String,
}

/// The result of one virtual run.
#[derive(Debug, Clone, Copy)]
struct Run {
    done_at: Timestamp,
    limit: Option<Blocker>,
    calls_at_once: f64,
    cut_short: bool,
    /// The calls that were really dialed in the run.
    calls: u64,
}

/// Forecasts when a batch will be done. `None` if that is never or more than a year ahead, for
/// example because the calling hours of a recipient never open. Takes some ten milliseconds at
/// most.
pub fn forecast(question: &Question, now: Timestamp) -> Option<Forecast> {
    let run = |mood| world::run(question, mood, now, MOST_CALLS);
    let (early, likely, late) = (run(Mood::Easy)?, run(Mood::Expected)?, run(Mood::Hard)?);
    // Chance remains even if the assumptions hold, and grows as calls become fewer. The length of
    // the last call is unknown, too.
    let margin = |run: Run| {
        let share = 0.03 + 0.5 / (run.calls.max(1) as f64).sqrt();
        run.done_at.since(now).mul_f64(share) + question.population.mean() / 2
    };
    let cut = |at: Timestamp| question.batch.settings.ends_at.map_or(at, |ends_at| at.min(ends_at));
    // Readers plan by the calling hours, so no forecast instant lies outside them.
    let opening = Opening::of(&question.batch, now);
    let likely_at = opening.at_or_before(likely.done_at);
    let early_at = Timestamp(early.done_at.0 - margin(early).as_micros() as i64);
    let late_at = opening.later(opening.at_or_before(late.done_at), margin(late));
    let mut forecast = Forecast {
        early_at: opening.at_or_before(early_at.max(now)).min(likely_at),
        likely_at,
        late_at: cut(late_at).max(likely_at),
        limit: likely.limit,
        calls_at_once: likely.calls_at_once.round().max(1.0) as u32,
        cut_short: likely.cut_short,
        from_history: question.population.from_history(),
        detail: String::new(),
    };
    forecast.detail = forecast.describe(now);
    Some(forecast)
}

impl Forecast {
    /// The forecast as a sentence: `about 42 minutes (35 to 55) at 20 calls at once; the limit is
    /// the trunk's pace`.
    fn describe(&self, now: Timestamp) -> String {
        let span = |at: Timestamp| words(at.since(now));
        let end = if self.cut_short { "ends_at cuts it short after" } else { "about" };
        let mut text = format!("{end} {}", span(self.likely_at));
        let (early, late) = (span(self.early_at), span(self.late_at));
        if early != late && !self.cut_short {
            text += &format!(" (between {early} and {late})");
        }
        let calls = self.calls_at_once;
        text += &format!(" at {calls} {} at once", if calls == 1 { "call" } else { "calls" });
        if let Some(limit) = self.limit.and_then(in_words) {
            text += &format!("; {limit}");
        }
        text
    }
}

/// The phrase for the limit that determines how long the batch takes.
fn in_words(limit: Blocker) -> Option<&'static str> {
    Some(match limit {
        Blocker::WaitingForStart => "most of it is the wait for its start",
        Blocker::OutsideCallingHours => "most of it lies outside the calling hours",
        Blocker::WorkspaceConcurrency => "the limit is the workspace's calls at once",
        Blocker::BatchConcurrency => "the limit is its own max_concurrent_calls",
        Blocker::TrunkCalls => "the limit is the trunk's calls at once",
        Blocker::TrunkCps | Blocker::TrunkBackingOff => "the limit is the trunk's pace",
        Blocker::RetryWait => "most of it is the wait between attempts",
        Blocker::DailyLimit => "most of it is the wait for the next day",
        Blocker::Paused
        | Blocker::NoRoute
        | Blocker::StoreFailing
        | Blocker::TrunkUnreachable
        | Blocker::AgentCannotSpeak
        | Blocker::AgentUnreachable
        | Blocker::AllDone => return None,
    })
}

fn words(span: Duration) -> String {
    let seconds = span.as_secs();
    let say =
        |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match seconds {
        // The forecast is an estimate, so it does not name seconds.
        0..=59 => "a minute".to_owned(),
        60..=7_199 => say((seconds + 30) / 60, "minute"),
        7_200..=172_799 => say((seconds + 1_800) / 3_600, "hour"),
        _ => say((seconds + 43_200) / 86_400, "day"),
    }
}
