//! Who picks up how.

use std::time::Duration;

use fastrand::Rng;

use super::pick;

/// What a phone does when it is called once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Rings, a person answers and talks.
    Person,
    /// A person answers and hangs up without a word.
    Brief,
    /// Rings, voicemail answers.
    Voicemail,
    /// Rings for ever.
    Silent,
    /// 486.
    Busy,
    /// 603 after some ringing.
    Declined,
    /// 503 with Retry-After.
    Congested,
    /// 500.
    Broken,
    /// 404.
    Unknown,
    /// 403.
    Forbidden,
    /// The trunk's messages never come back.
    Mute,
}

/// One number: what it does first and what it does after that.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// How many calls get `at_first`.
    pub at_first_calls: u32,
    /// What those get.
    pub at_first: Behaviour,
    /// What every later call gets.
    pub then: Behaviour,
    /// How long it rings before anything happens.
    pub rings: Duration,
    /// How long the person talks, at most.
    pub talks: Duration,
}

/// How many of which people a run has.
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
    /// A few kinds for the whole run, some of them more often.
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

    /// What the call number `nth` (from 0) to this number gets.
    pub fn behaviour(&self, nth: u32) -> Behaviour {
        if nth < self.at_first_calls { self.at_first } else { self.then }
    }
}
