//! Who picks up, and for how long they talk.

use std::time::Duration;

use crate::attempt::{EndReason, Outcome};

/// From so many calls on, what was seen counts instead of what is assumed.
pub const LEAST_SEEN: usize = 50;

/// A call as it went, or as one is assumed to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How it ended.
    pub outcome: Outcome,
    /// Why: a declined call has a retry rule of its own.
    pub end_reason: EndReason,
    /// Whether trying again is of no use.
    pub permanent: bool,
    /// From its INVITE to its end.
    pub lasts: Duration,
}

/// The end reason that calls with this outcome have most often; only a declined call is followed up
/// by another rule than its outcome's, and what is assumed has none.
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

/// Calls of which each is as likely as the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    samples: Vec<Sample>,
    seen: bool,
}

/// How people turn out: whether they make it easy or hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Easy,
    Expected,
    Hard,
}

/// What is assumed of a hundred calls, when nothing is known: how many end so, for how long it
/// rings, and for how long they talk on average, in seconds.
const ASSUMED: [(u64, Outcome, bool, u64, u64); 6] = [
    (35, Outcome::Completed, false, 12, 60),
    (25, Outcome::Voicemail, false, 20, 15),
    (25, Outcome::NoAnswer, false, 0, 0),
    (8, Outcome::Busy, false, 3, 0),
    (3, Outcome::Failed, false, 2, 0),
    (4, Outcome::Failed, true, 2, 0),
];

impl Population {
    /// What is assumed of people whom nobody has called yet. Of a hundred, 35 talk for a minute
    /// on average, 25 are voicemail, 25 do not pick up, 8 are busy and 7 fail, 4 of them for good.
    pub fn assumed(ring_timeout: Duration) -> Population {
        let mut samples = Vec::with_capacity(100);
        for (count, outcome, permanent, rings_s, talks_s) in ASSUMED {
            for nth in 0..count {
                // The quantiles of times that are equally likely to end at any moment.
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

    /// What was seen of people like these, if that is enough; else what is assumed.
    pub fn seen(samples: Vec<Sample>, ring_timeout: Duration) -> Population {
        match samples.len() {
            0..LEAST_SEEN => Population::assumed(ring_timeout),
            _ => Population { samples, seen: true },
        }
    }

    /// Whether it rests on calls that were made.
    pub fn from_history(&self) -> bool {
        self.seen
    }

    /// One call, chosen by `dice`, as it goes in this mood.
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

    /// How long a call takes on average.
    pub(super) fn mean(&self) -> Duration {
        let sum: Duration = self.samples.iter().map(|sample| sample.lasts).sum();
        sum / u32::try_from(self.samples.len().max(1)).unwrap_or(u32::MAX)
    }

    /// How far durations and answers may be off, as a share: what was seen is trusted more than
    /// what is assumed.
    pub(super) fn doubt(&self) -> f64 {
        if self.seen { 0.12 } else { 0.25 }
    }

    /// Every call that is as likely as the others.
    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }
}

/// Chance, always the same (xorshift64*).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed | 1)
    }

    /// A number from 0, less than `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
}
