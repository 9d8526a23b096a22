//! How phones behave.

use std::time::Duration;

use fastrand::Rng;

use super::pick;

/// What a phone does in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// The phone rings; a person answers and talks.
    Person,
    /// A person answers and hangs up without a word.
    Brief,
    /// The phone rings; voicemail answers.
    Voicemail,
    /// The phone rings until the caller gives up.
    Silent,
    /// 486 Busy Here.
    Busy,
    /// 603 Decline, after some ringing.
    Declined,
    /// 503 Service Unavailable, with Retry-After.
    Congested,
    /// 500 Server Internal Error.
    Broken,
    /// 404 Not Found.
    Unknown,
    /// 403 Forbidden.
    Forbidden,
    /// The caller gets no response at all.
    Mute,
}

/// The behaviour of one number, in its first calls and in later ones.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The number of calls that get `at_first`.
    pub at_first_calls: u32,
    /// The behaviour in the first calls.
    pub at_first: Behaviour,
    /// The behaviour in every later call.
    pub then: Behaviour,
    /// How long the phone rings before anything happens.
    pub rings: Duration,
    /// The longest time that the person talks.
    pub talks: Duration,
}

/// The mix of behaviours in a run.
pub(super) struct Mix {
    kinds: Vec<Behaviour>,
    longest_talk_s: u64,
}

const KINDS: [Behaviour; 11] = [
    Behaviour::Person,
    Behaviour::Voicemail,
    Behaviour::Silent,
    Behaviour::Busy,
    Behaviour::Congested,
    Behaviour::Brief,
    Behaviour::Declined,
    Behaviour::Broken,
    Behaviour::Unknown,
    Behaviour::Forbidden,
    Behaviour::Mute,
];

impl Mix {
    /// Picks a few behaviours for the whole run, some of them more often than others.
    pub(super) fn pick(rng: &mut Rng, rush: bool) -> Mix {
        if rush {
            let kinds = vec![Behaviour::Person, Behaviour::Person, *pick(rng, &KINDS[..3])];
            return Mix { kinds, longest_talk_s: 30 };
        }
        let likely = if rng.u8(0..3) == 0 { 11 } else { 5 };
        let kinds = (0..rng.usize(1..8)).map(|_| *pick(rng, &KINDS[..likely])).collect();
        Mix { kinds, longest_talk_s: *pick(rng, &[2, 10, 30, 60]) }
    }
}

impl Person {
    pub(super) fn pick(rng: &mut Rng, mix: &Mix) -> Person {
        let kind = *pick(rng, &mix.kinds);
        let relents = rng.bool();
        Person {
            at_first_calls: if relents { rng.u32(1..4) } else { u32::MAX },
            at_first: kind,
            then: *pick(rng, &[Behaviour::Person, Behaviour::Person, kind, Behaviour::Voicemail]),
            rings: Duration::from_millis(rng.u64(20..6_000)),
            talks: Duration::from_millis(rng.u64(200..=mix.longest_talk_s * 1_000)),
        }
    }

    /// The behaviour in call number `nth`, counted from 0.
    pub fn behaviour(&self, nth: u32) -> Behaviour {
        if nth < self.at_first_calls { self.at_first } else { self.then }
    }
}
