//! Voicemail detection: who or what answered, and when its beep has ended.
//!
//! Each frame goes in and gives at most one [`Event`]; time is the number of frames. The detector
//! knows no words. It judges by the length of the first speech, the pauses after it, and a pure
//! tone. A better detector must keep only [`Detector::push`] and the types in this file.

mod activity;
mod beep;
mod cadence;
mod evidence;
mod examine;
mod finder;
mod music;
mod sequel;
mod spectrum;
mod timing;
pub mod words;

pub use activity::{Vad, level_db};
pub use beep::Beep;
pub use examine::{Examination, examine};

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
    /// A recording of the network that takes no message: the number is not in service, the mailbox
    /// is full.
    Announcement,
    /// A fax machine.
    Fax,
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
    /// A pause this long after a longer utterance means that a person may wait for an answer.
    pub long_pause_ms: u32,
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
            human_pause_ms: 700,
            human_speech_ms: 2_800,
            long_pause_ms: 1_100,
            greeting_ms: 2_600,
            long_greeting_ms: 6_500,
            greeting_end_ms: 3_000,
            correct_until_ms: 20_000,
        }
    }
}

/// The number of frames whose levels are kept; the first decision is final by then.
const MOST_LEVELS: usize = 600;
/// The same limit during network signals, which say that nobody is there yet: 40 s.
const MOST_SIGNAL_LEVELS: usize = 2_000;
/// The longest pause of ringing, plus time to pick up.
const SIGNAL_PAUSE_MS: u32 = 7_000;
/// A greeting with this much speech has a beep; without one it is an announcement.
const LONG_RECORDING_MS: u32 = 20_000;
/// The least share of all power in the tones of a network signal.
const PURE: f32 = 0.95;
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
    spectrum: spectrum::Spectrum,
    tones: finder::ToneFinder,
    cadence: cadence::Cadence,
    music: music::Music,
    sequel: sequel::Sequel,
    evidence: evidence::Evidence,
    /// A beep to be reported after the decision that it caused.
    told_late: Option<Beep>,
    /// Whether a tone sounded like that of a fax machine.
    maybe_fax: bool,
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
            spectrum: spectrum::Spectrum::new(),
            tones: finder::ToneFinder::default(),
            cadence: cadence::Cadence::default(),
            music: music::Music::default(),
            sequel: sequel::Sequel::default(),
            evidence: evidence::Evidence::default(),
            told_late: None,
            maybe_fax: false,
            signal_ms: None,
            decision: None,
            greeting_is_over: false,
        }
    }

    /// Takes the next 20 ms.
    pub fn push(&mut self, frame: &Frame) -> Option<Event> {
        self.elapsed_ms += FRAME_MS;
        let level = level_db(frame);
        let look = self.spectrum.push(frame, level);
        let is_sound = self.vad.push_level(look.voice_db);
        self.quiet_ms = if is_sound { 0 } else { self.quiet_ms + FRAME_MS };
        self.music.push(look.voice_db, look.peaks_hz);
        let over = self.tones.push(&look, self.elapsed_ms);
        let signal = self.signal(over.as_ref());
        let heard = evidence::Heard {
            now_ms: self.elapsed_ms,
            level_db: level,
            is_sound,
            is_tone: self.tones.may_be_tone(),
            is_pure: look.purity >= PURE,
            tone_hz: self.tones.hz(),
            is_music: self.music.may_be(),
            sounding: self.tones.sounding(),
            over: over.and_then(|over| over.beep),
        };
        if let Some(beep) = self.told_late.take() {
            return Some(Event::Beep(beep));
        }
        if let Some(opinion) = signal.and_then(|signal| self.opinion_of(signal)) {
            return Some(Event::Decided(self.settle(opinion)));
        }
        if let Some(beep) = self.evidence.push(&heard) {
            return Some(self.beep_is_over(beep));
        }
        self.sequel.push(look.voice_db, is_sound && !heard.is_tone);
        let is_open = self.evidence.is_open(&heard);
        if self.decision.is_some_and(|decision| decision.is_final) {
            return if is_open {
                None
            } else {
                self.reconsider().or_else(|| self.wait_for_the_end())
            };
        }
        self.levels.push(look.voice_db);
        self.forget_signals();
        let begins = heard.is_tone && self.tones.signal_frames().is_none_or(|frames| frames <= 12);
        self.judge(begins || is_open || self.music.may_be())
    }

    /// Takes words of the other side, as a transcript has them: a turn, or all since the answer. It
    /// returns the decision that they bring. They decide what the ear left open, and correct it until
    /// [`AmdConfig::correct_until_ms`]; a beep, a signal or a fax machine is not talked away.
    pub fn words(&mut self, words: &str) -> Option<Event> {
        let class = words::class_of(words)?;
        let is_known = self.decision.is_some_and(|decision| {
            decision.is_final && (decision.class == class || decision.class == Class::Fax)
        });
        let is_late = self.elapsed_ms > self.config.correct_until_ms;
        if is_known || self.evidence.has_beep() || is_late {
            return None;
        }
        let opinion = timing::Opinion { class, confidence: 0.97, is_final: true };
        Some(Event::Decided(self.settle(opinion)))
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
        let frames = self.tones.signal_frames().max(self.music.frames());
        let Some(frames) = frames else { return };
        let begin = self.levels.len().saturating_sub(frames as usize + 1);
        self.levels[begin..].fill(NO_LEVEL);
        let signal = self.signal_ms.get_or_insert(self.elapsed_ms);
        *signal = self.elapsed_ms;
    }

    fn signal(&mut self, over: Option<&beep::Over>) -> Option<cadence::Signal> {
        let completed = over.and_then(|over| self.cadence.push(&over.notes));
        completed.or_else(|| self.cadence.hold(&self.tones.held()?))
    }

    /// Returns the opinion that a signal brings, if it brings one.
    fn opinion_of(&mut self, signal: cadence::Signal) -> Option<timing::Opinion> {
        let opinion =
            |class, confidence| Some(timing::Opinion { class, confidence, is_final: true });
        let class = self.decision.map(|decision| decision.class);
        let is_early = self.elapsed_ms <= self.config.correct_until_ms;
        let is_settled = matches!(class, Some(Class::Announcement | Class::Fax))
            && self.decision.is_some_and(|decision| decision.is_final);
        if is_settled || self.evidence.has_beep() || !is_early {
            return None;
        }
        match signal {
            cadence::Signal::SpecialInformation => opinion(Class::Announcement, 0.97),
            cadence::Signal::Busy => opinion(Class::Announcement, 0.85),
            cadence::Signal::Fax if !self.evidence.has_words() => opinion(Class::Fax, 0.97),
            cadence::Signal::MaybeFax if !self.evidence.has_words() => {
                self.maybe_fax = true;
                None
            }
            cadence::Signal::Fax | cadence::Signal::MaybeFax => None,
        }
    }

    /// Takes back a decision when a recording begins again, or goes on after a pause.
    fn reconsider(&mut self) -> Option<Event> {
        let decision = self.decision?;
        let is_early = self.elapsed_ms <= self.config.correct_until_ms;
        let is_answered = match decision.class {
            Class::Human | Class::Unsure | Class::Silence => true,
            Class::Voicemail | Class::Screening => false,
            Class::Announcement | Class::Fax => return None,
        };
        let (class, confidence) = if self.sequel.is_repeated() && (is_early || !is_answered) {
            (Class::Announcement, 0.9)
        } else if is_answered && self.sequel.goes_on_since(decision.at_ms) {
            (Class::Voicemail, 0.85)
        } else {
            return None;
        };
        if self.evidence.has_beep() {
            return None;
        }
        let opinion = timing::Opinion { class, confidence, is_final: true };
        Some(Event::Decided(self.settle(opinion)))
    }

    fn judge(&mut self, tone_is_open: bool) -> Option<Event> {
        let pattern = timing::Pattern::of(&self.levels);
        let opinion = match timing::judge(pattern, self.elapsed_ms, &self.config) {
            // What follows a greeting decides, as soon as the greeting has ended.
            _ if tone_is_open && pattern.span_ms > 0 => self.in_time(timing::Opinion::GREETING)?,
            Some(opinion) if pattern.span_ms == 0 && self.is_signalled() => {
                let timing::Opinion { class, confidence, .. } = opinion;
                let (class, confidence) =
                    if self.maybe_fax { (Class::Fax, 0.7) } else { (class, confidence) };
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
            Some(Decision { class: Class::Screening | Class::Announcement, .. }) => true,
            Some(Decision { class: Class::Fax, .. }) => false,
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
            let class = if self.evidence.speech_ms() >= LONG_RECORDING_MS {
                Class::Announcement
            } else {
                Class::Screening
            };
            let opinion = timing::Opinion { class, confidence: 0.5, is_final: true };
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
