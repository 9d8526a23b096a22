//! Runs the detector over recordings.

use super::{AmdConfig, Beep, Class, Decision, Detector, Event, FRAME_MS};
use crate::{FRAME_SAMPLES, Frame};

/// The silence assumed after a recording, so that a beep at its end is over.
const AFTER_MS: u32 = 5_000;
/// The silence assumed while the decision is not final.
const MOST_AFTER_MS: u32 = 10_000;

/// What the detector says about a recording that is played as an answered call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Examination {
    /// The first decision, which is the one that must be in time.
    pub first: Decision,
    /// The last decision.
    pub last: Decision,
    /// The first beep.
    pub beep: Option<Beep>,
}

/// Runs the detector over a whole recording at 8 kHz, followed by silence.
pub fn examine(sound: &[i16], config: AmdConfig) -> Examination {
    let shortest_ms = config.decide_by_ms.max(config.silence_ms) + FRAME_MS;
    let silence_first =
        Decision { class: Class::Silence, confidence: 0.0, at_ms: 0, is_final: true };
    let mut detector = Detector::new(config);
    let mut first = None;
    let mut beep = None;
    let mut hear = |frame: &Frame| {
        match detector.push(frame) {
            Some(Event::Decided(decision) | Event::GreetingEnded(decision)) => {
                first.get_or_insert(decision);
            }
            Some(Event::Beep(found)) => {
                beep.get_or_insert(found);
            }
            None => {}
        }
        let is_settled = detector.decision().is_some_and(|decision| decision.is_final);
        (detector.elapsed_ms(), is_settled)
    };
    let (frames, rest) = sound.as_chunks::<FRAME_SAMPLES>();
    for frame in frames {
        hear(frame);
    }
    let mut last_frame = [0; FRAME_SAMPLES];
    last_frame[..rest.len()].copy_from_slice(rest);
    let end_ms = frames.len() as u32 * FRAME_MS;
    let heard_out = |(now_ms, is_settled): (u32, bool)| {
        let settled_ms = if is_settled { 0 } else { MOST_AFTER_MS };
        now_ms >= shortest_ms.max(end_ms + AFTER_MS.max(settled_ms))
    };
    while !heard_out(hear(&last_frame)) {
        last_frame = [0; FRAME_SAMPLES];
    }
    let first = first.unwrap_or(silence_first);
    Examination { first, last: detector.decision().unwrap_or(first), beep }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone;

    /// Returns a call on a quiet line: syllables of noise as loud as speech for each
    /// `(from_ms, to_ms)`, then a beep.
    fn call(length_ms: u32, speech: &[(u32, u32)], beep_at_ms: Option<u32>) -> Vec<i16> {
        let mut sound = tone::Tone::sine(0.0, 0.0).take_ms(length_ms);
        tone::Noise::new(5, -60.0).fill(&mut sound);
        let mut rng = fastrand::Rng::with_seed(6);
        for &(from_ms, to_ms) in speech {
            let mut at_ms = from_ms;
            while at_ms < to_ms {
                let end_ms = to_ms.min(at_ms + rng.u32(90..260));
                let samples = tone::samples_of_ms(at_ms)..tone::samples_of_ms(end_ms);
                tone::Noise::new(rng.u64(..), -20.0).fill(&mut sound[samples]);
                at_ms = end_ms + rng.u32(40..90);
            }
        }
        if let Some(at_ms) = beep_at_ms {
            let beep = tone::beep(1_000.0, 400, -18.0);
            tone::mix(&mut sound[tone::samples_of_ms(at_ms)..], &beep);
        }
        sound
    }

    fn events(sound: &[i16]) -> Vec<Event> {
        let mut detector = Detector::new(AmdConfig::default());
        let frames = sound.as_chunks::<FRAME_SAMPLES>().0;
        frames.iter().filter_map(|frame| detector.push(frame)).collect()
    }

    #[test]
    fn a_hello_is_human_700_ms_after_it() {
        let found = examine(&call(6_000, &[(600, 1_100)], None), AmdConfig::default());
        assert_eq!((found.first.class, found.last), (Class::Human, found.first));
        assert!((1_780..=1_840).contains(&found.first.at_ms), "{found:?}");
    }

    #[test]
    fn a_greeting_is_voicemail_and_its_end_is_the_beep() {
        let found = events(&call(12_000, &[(400, 7_200)], Some(7_700)));
        let [Event::Decided(first), Event::Decided(last), Event::Beep(beep)] = found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((first.class, first.at_ms, first.is_final), (Class::Voicemail, 4_400, false));
        assert_eq!((last.class, last.is_final), (Class::Voicemail, true));
        assert!(beep.end_ms.abs_diff(8_100) <= 40, "{beep:?}");
    }

    #[test]
    fn a_greeting_without_a_beep_ends_by_silence_once() {
        let found = events(&call(20_000, &[(400, 7_200)], None));
        let [_, _, Event::GreetingEnded(decision)] = found[..] else { panic!("{found:?}") };
        assert_eq!(decision.class, Class::Screening);
        assert!((10_200..=10_400).contains(&decision.at_ms), "{decision:?}");
    }

    #[test]
    fn a_long_greeting_of_a_person_is_corrected_before_it_is_final() {
        let found = events(&call(8_000, &[(800, 4_700)], None));
        let [Event::Decided(first), Event::Decided(last)] = found[..] else { panic!("{found:?}") };
        assert_eq!((first.class, first.is_final), (Class::Voicemail, false));
        assert_eq!((last.class, last.is_final), (Class::Unsure, true));
    }

    #[test]
    fn a_beep_turns_a_person_into_voicemail_but_not_late_in_a_talk() {
        let early = events(&call(10_000, &[(300, 800)], Some(4_000)));
        assert!(matches!(early[1], Event::Decided(d) if d.class == Class::Voicemail), "{early:?}");
        let late = examine(&call(30_000, &[(300, 800)], Some(25_000)), AmdConfig::default());
        assert_eq!(late.last.class, Class::Human);
    }

    #[test]
    fn silence_is_silence_also_when_the_recording_is_short() {
        for length_ms in [0, 10, 2_000, 9_000] {
            let found = examine(&call(length_ms, &[], None), AmdConfig::default());
            assert_eq!((found.first.class, found.first.at_ms), (Class::Silence, 4_000));
        }
    }
}
