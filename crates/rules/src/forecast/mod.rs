//! When a batch will be done, as far as anybody can tell.
//!
//! The dispatcher that dials in earnest dials people who are made up, in virtual time: so hours,
//! limits, retries and other batches count exactly as they will. What nobody knows is who picks up
//! and for how long they talk; [`Population`] assumes it, or takes it from calls that were made.
//! The same question always gets the same answer.
//!
//! A world that is too large is made thinner: people, calls at once and calls per second are
//! divided by one number, and the clock goes as before. When that is not enough, a stretch of the
//! batch is dialed and its pace is carried on over the calling hours (`stretch`).

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

/// Calls that are dialed before the rest is computed.
const MOST_CALLS: u64 = 1_200;

/// People of a batch who wait under the same conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// Where their numbers may be.
    pub zones: ZoneSet,
    /// When they are due, if they were dialed before; who was not is due at once.
    pub retry_at: Option<Timestamp>,
    /// How many.
    pub people: u64,
}

/// A batch as far as it competes for lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Whether it goes through the trunk of the batch that is asked about.
    pub same_trunk: bool,
    /// Its settings.
    pub settings: BatchSettings,
    /// Who is left.
    pub crowds: Vec<Crowd>,
}

/// What is known when somebody asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The batch; it is taken to be running from its `starts_at`.
    pub batch: Load,
    /// Other batches that run meanwhile.
    pub others: Vec<Load>,
    /// Calls at once of a workspace.
    pub workspace_calls: u32,
    /// Calls at once of the trunk.
    pub trunk_calls: u32,
    /// Calls per second of the trunk.
    pub trunk_cps: f64,
    /// Who picks up, and for how long.
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

/// How one virtual run went.
#[derive(Debug, Clone, Copy)]
struct Run {
    done_at: Timestamp,
    limit: Option<Blocker>,
    calls_at_once: f64,
    cut_short: bool,
    /// Calls that it made itself.
    calls: u64,
}

/// Answers when a batch will be done; none when that is never or beyond a year, for example
/// because the calling hours of somebody never open. Takes some ten milliseconds at most.
pub fn forecast(question: &Question, now: Timestamp) -> Option<Forecast> {
    let run = |mood| world::run(question, mood, now, MOST_CALLS);
    let (early, likely, late) = (run(Mood::Easy)?, run(Mood::Expected)?, run(Mood::Hard)?);
    // Chance remains even where the assumptions hold: the fewer calls, the more; and nobody knows
    // how long the last one takes.
    let margin = |run: Run| {
        let share = 0.03 + 0.5 / (run.calls.max(1) as f64).sqrt();
        run.done_at.since(now).mul_f64(share) + question.population.mean() / 2
    };
    let cut = |at: Timestamp| question.batch.settings.ends_at.map_or(at, |ends_at| at.min(ends_at));
    // Whoever reads it plans by the calling hours: no instant lies outside of them.
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
    /// The forecast in a sentence: `about 42 minutes (35 to 55) at 20 calls at once; the limit is
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

/// What makes a batch take as long as it does.
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
        | Blocker::AllDone => return None,
    })
}

fn words(span: Duration) -> String {
    let seconds = span.as_secs();
    let say =
        |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match seconds {
        // It is a guess, and nobody guesses to the second.
        0..=59 => "a minute".to_owned(),
        60..=7_199 => say((seconds + 30) / 60, "minute"),
        7_200..=172_799 => say((seconds + 1_800) / 3_600, "hour"),
        _ => say((seconds + 43_200) / 86_400, "day"),
    }
}
