//! Voicemail detection: who or what answered, and when its beep has ended.
//!
//! Each frame goes in and gives at most one [`Event`]; time is the number of frames. The detector
//! knows no words. It judges by the length of the first speech, the pauses after it, and a pure
//! tone. A better detector must keep only [`Detector::push`] and the types in this file.

mod activity;
mod beep;
mod evidence;
mod timing;

pub use activity::{Vad, level_db};
pub use beep::Beep;

use crate::{FRAME_SAMPLES, Frame, SAMPLE_RATE};

/// Milliseconds in a frame.
pub const FRAME_MS: u32 = FRAME_SAMPLES as u32 * 1000 / SAMPLE_RATE;

/// Who or what answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// A person.
    Human,
    /// A voicemail greeting.
    Voicemail,
    /// A call-screening assistant that asks who is calling. It differs from a greeting only in what
    /// follows: silence without a beep.
    Screening,
    /// Nobody said anything.
    Silence,
    /// The detector cannot tell.
    Unsure,
}

/// A decision of the detector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Who or what answered.
    pub class: Class,
    /// The confidence, 0 to 1.
    pub confidence: f32,
    /// When the decision was made, in milliseconds after the answer.
    pub at_ms: u32,
    /// Whether further listening will hardly change the decision. An agent should wait for this:
    /// until then the other side is still speaking.
    pub is_final: bool,
}

/// The news that a frame brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// Who answered. The first decision comes within [`AmdConfig::decide_by_ms`]; later ones
    /// correct it.
    Decided(Decision),
    /// A beep has ended: speak now.
    Beep(Beep),
    /// A possible greeting has ended without a beep: speak now. It may have been a screening
    /// assistant; the decision says so.
    GreetingEnded(Decision),
}

/// When the detector decides. All values in milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct AmdConfig {
    /// The latest instant of the first decision, from the answer.
    pub decide_by_ms: u32,
    /// Silence for this long means that nobody is there.
    pub silence_ms: u32,
    /// A pause this long after a short utterance means that a person waits for an answer.
    pub human_pause_ms: u32,
    /// An utterance up to this long, followed by that pause, is a person.
    pub human_speech_ms: u32,
    /// Speech of at least this length at the time of the first decision is probably a greeting.
    pub greeting_ms: u32,
    /// Speech of at least this length without such a pause is a greeting.
    pub long_greeting_ms: u32,
    /// A silence this long ends a greeting without a beep.
    pub greeting_end_ms: u32,
    /// How long after the answer a beep still changes a person into voicemail.
    pub correct_until_ms: u32,
}

impl Default for AmdConfig {
    fn default() -> Self {
        AmdConfig {
            decide_by_ms: 4_400,
            silence_ms: 4_000,
            human_pause_ms: 800,
            human_speech_ms: 2_800,
            greeting_ms: 2_600,
            long_greeting_ms: 5_000,
            greeting_end_ms: 3_000,
            correct_until_ms: 20_000,
        }
    }
}

/// The number of frames whose levels are kept; the first decision is final by then.
const MOST_LEVELS: usize = 400;
/// The same limit during network signals, which say that nobody is there yet: 40 s.
const MOST_SIGNAL_LEVELS: usize = 2_000;
/// The longest pause of ringing, plus time to pick up.
const SIGNAL_PAUSE_MS: u32 = 7_000;
/// The level of a frame that says nothing about speech or noise.
const NO_LEVEL: f32 = f32::NEG_INFINITY;

/// The detector of one call, from its answer on.
#[derive(Debug)]
pub struct Detector {
    config: AmdConfig,
    elapsed_ms: u32,
    levels: Vec<f32>,
    vad: Vad,
    quiet_ms: u32,
    beeps: beep::BeepFinder,
    evidence: evidence::Evidence,
    /// A beep to be reported after the decision that it caused.
    told_late: Option<Beep>,
    /// When a network signal was last heard.
    signal_ms: Option<u32>,
    decision: Option<Decision>,
    greeting_is_over: bool,
}

impl Detector {
    /// Creates a detector for a call that is answered now.
    pub fn new(config: AmdConfig) -> Self {
        Detector {
            config,
            elapsed_ms: 0,
            levels: Vec::new(),
            vad: Vad::new(),
            quiet_ms: 0,
            beeps: beep::BeepFinder::new(),
            evidence: evidence::Evidence::default(),
            told_late: None,
            signal_ms: None,
            decision: None,
            greeting_is_over: false,
        }
    }

    /// Takes the next 20 ms.
    pub fn push(&mut self, frame: &Frame) -> Option<Event> {
        self.elapsed_ms += FRAME_MS;
        let level = level_db(frame);
        let is_sound = self.vad.push_level(level);
        self.quiet_ms = if is_sound { 0 } else { self.quiet_ms + FRAME_MS };
        let over = match self.beeps.push(frame, level, self.elapsed_ms) {
            beep::Sound::Over(beep) => Some(beep),
            beep::Sound::Sounding | beep::Sound::None => None,
        };
        let heard = evidence::Heard {
            now_ms: self.elapsed_ms,
            level_db: level,
            is_sound,
            is_tone: self.beeps.may_be_tone(),
            sounding: self.beeps.sounding(),
            over,
        };
        if let Some(beep) = self.told_late.take() {
            return Some(Event::Beep(beep));
        }
        if let Some(beep) = self.evidence.push(&heard) {
            return Some(self.beep_is_over(beep));
        }
        if self.decision.is_some_and(|decision| decision.is_final) {
            return if self.evidence.is_open(&heard) { None } else { self.wait_for_the_end() };
        }
        self.levels.push(level);
        self.forget_signals();
        let begins = heard.is_tone && self.beeps.signal_frames().is_none_or(|frames| frames <= 12);
        let is_open = begins || self.evidence.is_open(&heard);
        self.judge(is_open)
    }

    /// Returns the current decision.
    pub fn decision(&self) -> Option<Decision> {
        self.decision
    }

    /// Returns how much it has heard, in milliseconds.
    pub fn elapsed_ms(&self) -> u32 {
        self.elapsed_ms
    }

    /// Removes network signals from the levels, because they are not speech.
    fn forget_signals(&mut self) {
        let Some(frames) = self.beeps.signal_frames() else { return };
        let begin = self.levels.len().saturating_sub(frames as usize + 1);
        self.levels[begin..].fill(NO_LEVEL);
        let signal = self.signal_ms.get_or_insert(self.elapsed_ms);
        *signal = self.elapsed_ms;
    }

    fn judge(&mut self, tone_is_open: bool) -> Option<Event> {
        let pattern = timing::Pattern::of(&self.levels);
        let opinion = match timing::judge(pattern, self.elapsed_ms, &self.config) {
            // What follows a greeting decides, as soon as the greeting has ended.
            _ if tone_is_open && pattern.span_ms > 0 => self.in_time(timing::Opinion::GREETING)?,
            Some(opinion) if pattern.span_ms == 0 && self.is_signalled() => {
                let timing::Opinion { class, confidence, .. } = opinion;
                timing::Opinion { class, confidence, is_final: false }
            }
            Some(opinion) => opinion,
            None => return None,
        };
        let is_final = opinion.is_final
            || self.levels.len() >= MOST_LEVELS && !tone_is_open && !self.is_signalled();
        let opinion = timing::Opinion { is_final, ..opinion };
        let news = self.decision.is_none_or(|decision| decision.class != opinion.class);
        if !news && !opinion.is_final {
            return None;
        }
        Some(Event::Decided(self.settle(opinion)))
    }

    /// Returns the opinion once the time for the first decision has come.
    fn in_time(&self, opinion: timing::Opinion) -> Option<timing::Opinion> {
        (self.elapsed_ms >= self.config.decide_by_ms).then_some(opinion)
    }

    /// Whether the network still seems to ring behind the answer, so that somebody may pick up.
    fn is_signalled(&self) -> bool {
        self.levels.len() < MOST_SIGNAL_LEVELS
            && self.signal_ms.is_some_and(|signal| self.elapsed_ms < signal + SIGNAL_PAUSE_MS)
    }

    fn beep_is_over(&mut self, beep: Beep) -> Event {
        self.greeting_is_over = true;
        let is_late = self.elapsed_ms > self.config.correct_until_ms;
        let corrects = match self.decision {
            None => true,
            Some(Decision { class: Class::Voicemail, is_final, .. }) => !is_final,
            Some(Decision { class: Class::Screening, .. }) => true,
            Some(Decision { class: Class::Human | Class::Silence | Class::Unsure, .. }) => !is_late,
        };
        if !corrects {
            return Event::Beep(beep);
        }
        self.told_late = Some(beep);
        let opinion = timing::Opinion { class: Class::Voicemail, confidence: 0.98, is_final: true };
        Event::Decided(self.settle(opinion))
    }

    fn wait_for_the_end(&mut self) -> Option<Event> {
        let over = self.decision.is_some_and(|decision| decision.class == Class::Voicemail)
            && !self.greeting_is_over
            && self.quiet_ms >= self.config.greeting_end_ms;
        over.then(|| {
            self.greeting_is_over = true;
            let opinion =
                timing::Opinion { class: Class::Screening, confidence: 0.5, is_final: true };
            Event::GreetingEnded(self.settle(opinion))
        })
    }

    fn settle(&mut self, opinion: timing::Opinion) -> Decision {
        let timing::Opinion { class, confidence, is_final } = opinion;
        let decision = Decision { class, confidence, at_ms: self.elapsed_ms, is_final };
        self.decision = Some(decision);
        if is_final {
            self.levels = Vec::new();
        }
        decision
    }
}

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

    /// Returns a call on a quiet line: noise as loud as speech for each `(from_ms, to_ms)`, then
    /// beeps.
    fn call(length_ms: u32, speech: &[(u32, u32)], beep_at_ms: Option<u32>) -> Vec<i16> {
        let mut sound = tone::Tone::sine(0.0, 0.0).take_ms(length_ms);
        tone::Noise::new(5, -60.0).fill(&mut sound);
        for &(from_ms, to_ms) in speech {
            let samples = tone::samples_of_ms(from_ms)..tone::samples_of_ms(to_ms);
            tone::Noise::new(6, -20.0).fill(&mut sound[samples]);
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
    fn a_hello_is_human_800_ms_after_it() {
        let found = examine(&call(6_000, &[(600, 1_100)], None), AmdConfig::default());
        assert_eq!((found.first.class, found.last), (Class::Human, found.first));
        assert!((1_900..=1_940).contains(&found.first.at_ms), "{found:?}");
    }

    #[test]
    fn a_greeting_is_voicemail_and_its_end_is_the_beep() {
        let found = events(&call(12_000, &[(400, 7_000)], Some(7_500)));
        let [Event::Decided(first), Event::Decided(last), Event::Beep(beep)] = found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((first.class, first.at_ms, first.is_final), (Class::Voicemail, 4_400, false));
        assert_eq!((last.class, last.is_final), (Class::Voicemail, true));
        assert!(beep.end_ms.abs_diff(7_900) <= 40, "{beep:?}");
    }

    #[test]
    fn a_greeting_without_a_beep_ends_by_silence_once() {
        let found = events(&call(20_000, &[(400, 7_000)], None));
        let [_, _, Event::GreetingEnded(decision)] = found[..] else { panic!("{found:?}") };
        assert_eq!(decision.class, Class::Screening);
        assert!((10_000..=10_200).contains(&decision.at_ms), "{decision:?}");
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
