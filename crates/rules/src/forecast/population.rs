//! The probability of each outcome of a call, and the durations.

use std::time::Duration;

use crate::attempt::{EndReason, Outcome};

/// From this many observed calls, observations replace the assumptions.
pub const LEAST_SEEN: usize = 50;

/// A call as it was observed, or as it is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The outcome.
    pub outcome: Outcome,
    /// The end reason. A declined call has its own retry rule.
    pub end_reason: EndReason,
    /// Whether a retry is useless.
    pub permanent: bool,
    /// The time from the INVITE to the end.
    pub lasts: Duration,
}

/// The most frequent end reason of calls with this outcome. Only a declined call has a retry rule
/// other than its outcome's, and no assumed call is declined.
fn usual(outcome: Outcome) -> EndReason {
    match outcome {
        Outcome::Completed => EndReason::UserDisconnected,
        Outcome::NoAnswer => EndReason::UserDidNotPickUp,
        Outcome::Voicemail => EndReason::VoicemailDetected,
        Outcome::Busy => EndReason::UserBusy,
        Outcome::Failed => EndReason::NetworkFailure,
        Outcome::RejectedByRoute => EndReason::DestinationForbidden,
        Outcome::Interrupted => EndReason::EngineInterrupted,
    }
}

/// Calls that are all equally likely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    samples: Vec<Sample>,
    seen: bool,
}

/// Whether recipients make the batch fast or slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Easy,
    Expected,
    Hard,
}

/// The assumptions about a hundred calls: how many have this outcome, whether it is permanent, how
/// long the phone rings and how long the recipients talk on average, in seconds.
const ASSUMED: [(u64, Outcome, bool, u64, u64); 6] = [
    (35, Outcome::Completed, false, 12, 60),
    (25, Outcome::Voicemail, false, 20, 15),
    (25, Outcome::NoAnswer, false, 0, 0),
    (8, Outcome::Busy, false, 3, 0),
    (3, Outcome::Failed, false, 2, 0),
    (4, Outcome::Failed, true, 2, 0),
];

impl Population {
    /// The assumptions about recipients whom nobody has called yet. Of a hundred calls, 35 talk for
    /// a minute on average, 25 reach voicemail, 25 are not answered, 8 are busy and 7 fail, 4 of
    /// them permanently.
    pub fn assumed(ring_timeout: Duration) -> Population {
        let mut samples = Vec::with_capacity(100);
        for (count, outcome, permanent, rings_s, talks_s) in ASSUMED {
            for nth in 0..count {
                // The quantiles of an exponential distribution: a call is equally likely to end at
                // any moment.
                let rank = (nth as f64 + 0.5) / count as f64;
                let talks = Duration::from_secs_f64(talks_s as f64 * -(1.0 - rank).ln());
                let rings = match outcome {
                    Outcome::NoAnswer => ring_timeout,
                    _ => Duration::from_secs(rings_s).min(ring_timeout),
                };
                let end_reason = usual(outcome);
                samples.push(Sample { outcome, end_reason, permanent, lasts: rings + talks });
            }
        }
        Population { samples, seen: false }
    }

    /// The observed calls, if they are enough; otherwise the assumptions.
    pub fn seen(samples: Vec<Sample>, ring_timeout: Duration) -> Population {
        match samples.len() {
            0..LEAST_SEEN => Population::assumed(ring_timeout),
            _ => Population { samples, seen: true },
        }
    }

    /// Whether the population is based on observed calls.
    pub fn from_history(&self) -> bool {
        self.seen
    }

    /// One call in this mood, chosen by `dice`.
    pub(super) fn call(&self, mood: Mood, dice: &mut Dice) -> Sample {
        let sample = self.samples[dice.below(self.samples.len() as u64) as usize];
        let doubt = self.doubt();
        let turns = dice.below(1_000) < (doubt * 400.0) as u64;
        match mood {
            Mood::Expected => sample,
            Mood::Easy => {
                let outcome = if turns { Outcome::Completed } else { sample.outcome };
                Sample { outcome, lasts: sample.lasts.mul_f64(1.0 - doubt), ..sample }
            }
            Mood::Hard => {
                let completed = sample.outcome == Outcome::Completed;
                let outcome = if turns && completed { Outcome::NoAnswer } else { sample.outcome };
                Sample { outcome, lasts: sample.lasts.mul_f64(1.0 + doubt), ..sample }
            }
        }
    }

    /// The average duration of a call.
    pub(super) fn mean(&self) -> Duration {
        let sum: Duration = self.samples.iter().map(|sample| sample.lasts).sum();
        sum / u32::try_from(self.samples.len().max(1)).unwrap_or(u32::MAX)
    }

    /// How far durations and answers may be off, as a fraction. Observations are trusted more than
    /// assumptions.
    pub(super) fn doubt(&self) -> f64 {
        if self.seen { 0.12 } else { 0.25 }
    }

    /// All calls of the population.
    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }
}

/// A fixed sequence of random numbers (xorshift64*).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed | 1)
    }

    /// A number from 0 to less than `bound`, which must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
}
