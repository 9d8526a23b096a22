//! Decides which tones are beeps. A beep comes after a possible greeting, alone, with quiet after
//! it. Network signals come before anybody spoke, or repeat.

use std::collections::VecDeque;

use super::{
    FRAME_MS,
    beep::{Beep, Kind, Note},
};

/// This much speech is a word.
const WORD_MS: u32 = 240;
/// A greeting has this much speech and a hello has not.
const GREETING_MS: u32 = 1_600;
/// A greeting may be too quiet to hear, but it lasts at least this long.
const QUIET_GREETING_MS: u32 = 2_500;
/// Sound this soon after a tone is its echo.
const ECHO_MS: u32 = 220;
/// Voices have steady moments, too, so only a longer one is a tone.
const TONE_MS: u32 = 140;
/// A tone this soon after another, without speech in between, belongs to a cadence.
const CADENCE_MS: u32 = 7_000;
/// Another pitch than before belongs to a melody, unless there was this much speech in the last 5 s:
/// then music plays behind a greeting.
const SAME_PITCH: f32 = 0.08;
const RECENT_FRAMES: usize = 250;
const RECENT_SPEECH_MS: u32 = 800;
/// The quiet required after a beep, so that no melody continues.
const REST_MS: u32 = 220;
/// The quiet required after a beep at a network pitch; the longest pause of a busy tone is 0.75 s.
const NETWORK_REST_MS: u32 = 800;
/// A longer tone at such a pitch may be ringing, which pauses for up to 4 s.
const RING_MS: u32 = 900;
const RING_REST_MS: u32 = 4_300;
/// The quiet required after two tones, and after a chirp or a short tone, which a voice may resemble.
const DOUBLE_REST_MS: u32 = 500;
const RARE_REST_MS: u32 = 800;
/// The quiet required after a tone in music, and how far below the tone it is.
const MUSIC_REST_MS: u32 = 1_200;
const MUSIC_UNDER_TONE_DB: f32 = 24.0;
/// Sound above the tone's level minus this many dB is not quiet.
const QUIET_UNDER_TONE_DB: f32 = 12.0;
/// The frames of sound that are tolerated in the quiet after a tone.
const FORGIVEN_FRAMES: u32 = 3;

/// Whether networks use this pitch: ringing, busy, dial tone, the pip of a recorder, fax machines.
fn is_network_pitch(hz: f32) -> bool {
    let near = |pitch: f32| (hz / pitch - 1.0).abs() < 0.025;
    hz < 700.0 || [950.0, 1_100.0, 1_400.0, 1_800.0, 2_100.0].into_iter().any(near)
}

/// The facts about one frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub now_ms: u32,
    pub level_db: f32,
    /// The frame has sound above the noise.
    pub is_sound: bool,
    /// The frame has, or may have, a steady tone.
    pub is_tone: bool,
    /// Nothing else is heard beside it.
    pub is_pure: bool,
    /// The pitch of that tone.
    pub tone_hz: f32,
    /// Music plays.
    pub is_music: bool,
    /// A tone that is long enough for a beep and still sounds.
    pub sounding: Option<Note>,
    /// A sound that has ended and may have been a beep.
    pub over: Option<(Beep, Kind)>,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    beep: Beep,
    kind: Kind,
    level_db: f32,
    loud_frames: u32,
    /// The tone came while music played.
    in_music: bool,
}

impl Candidate {
    /// Returns how long quiet must follow the tone before it counts as a beep.
    fn rest_ms(&self) -> u32 {
        let Candidate { beep, kind, in_music, .. } = self;
        let rest_ms = match kind {
            Kind::Steady if beep.hz < 700.0 && beep.end_ms - beep.start_ms > RING_MS => {
                RING_REST_MS
            }
            Kind::Steady if is_network_pitch(beep.hz) => NETWORK_REST_MS,
            Kind::Steady => REST_MS,
            Kind::Pair | Kind::Notes => DOUBLE_REST_MS,
            Kind::Chirp | Kind::Short => RARE_REST_MS,
        };
        rest_ms.max(if *in_music { MUSIC_REST_MS } else { 0 })
    }

    /// Whether sound at this level breaks the quiet.
    fn is_broken_by(&self, level_db: f32) -> bool {
        let under = if self.in_music { MUSIC_UNDER_TONE_DB } else { QUIET_UNDER_TONE_DB };
        level_db > self.level_db - under
    }
}

/// A tone before the current one.
#[derive(Debug, Clone, Copy)]
struct Before {
    end_ms: u32,
    hz: f32,
    /// The speech between the two.
    speech_ms: u32,
    /// The speech just before the current one.
    recent_ms: u32,
}

/// Decides about tones.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    speech_ms: u32,
    /// Speech since the last tone.
    since_tone_ms: u32,
    /// When the last tone was last heard, and its pitch.
    tone: Option<(u32, f32)>,
    tone_run_ms: u32,
    /// The tone before the current one.
    before: Option<Before>,
    /// Whether each of the last frames was speech.
    recent: VecDeque<bool>,
    level_db: f32,
    /// Whether music played when the tone began.
    started_in_music: bool,
    candidate: Option<Candidate>,
    has_beep: bool,
}

impl Evidence {
    /// Whether a possible beep sounds now or has just ended.
    pub fn is_open(&self, heard: &Heard) -> bool {
        let is_possible = |note: Note| self.may_be_beep(note.low_hz, note.start_ms, Kind::Steady);
        self.candidate.is_some() || heard.sounding.is_some_and(is_possible)
    }

    /// Whether somebody has said a word.
    pub fn has_words(&self) -> bool {
        self.speech_ms >= WORD_MS
    }

    /// Returns how much speech there was.
    pub fn speech_ms(&self) -> u32 {
        self.speech_ms
    }

    /// Whether a beep has been found.
    pub fn has_beep(&self) -> bool {
        self.has_beep
    }

    /// Takes a frame and returns a beep once it is certain.
    pub fn push(&mut self, heard: &Heard) -> Option<Beep> {
        let echo = self.tone.is_some_and(|(end_ms, _)| heard.now_ms < end_ms + ECHO_MS);
        let is_speech = heard.is_sound && !heard.is_tone && !echo;
        if heard.is_tone {
            self.on_tone(heard);
        } else {
            self.tone_run_ms = 0;
        }
        if is_speech {
            self.speech_ms += FRAME_MS;
            self.since_tone_ms += FRAME_MS;
        }
        if self.recent.len() == RECENT_FRAMES {
            self.recent.pop_front();
        }
        self.recent.push_back(is_speech);
        let found = self.watch(heard);
        self.has_beep |= found.is_some();
        if let Some((beep, kind)) = heard.over
            && self.may_be_beep(beep.hz, beep.start_ms, kind)
        {
            let level_db = self.level_db;
            let in_music = heard.is_music && self.started_in_music;
            self.candidate = Some(Candidate { beep, kind, level_db, loud_frames: 0, in_music });
        }
        found
    }

    fn on_tone(&mut self, heard: &Heard) {
        if self.tone_run_ms == 0 {
            let recent_ms = self.recent.iter().filter(|speech| **speech).count() as u32 * FRAME_MS;
            self.before = self.tone.map(|(end_ms, hz)| Before {
                end_ms,
                hz,
                speech_ms: self.since_tone_ms,
                recent_ms,
            });
            // The first frames of the tone were counted as speech.
            self.speech_ms = self.speech_ms.saturating_sub(3 * FRAME_MS);
            self.level_db = heard.level_db;
            self.started_in_music = heard.is_music;
        }
        self.tone_run_ms += FRAME_MS;
        self.level_db = self.level_db.max(heard.level_db);
        if self.tone_run_ms >= TONE_MS && heard.is_pure {
            self.tone = Some((heard.now_ms, heard.tone_hz));
            self.since_tone_ms = 0;
        }
    }

    fn may_be_beep(&self, hz: f32, start_ms: u32, kind: Kind) -> bool {
        let in_cadence = self.before.is_some_and(|before| {
            let is_same = (before.hz / hz - 1.0).abs() < SAME_PITCH;
            before.speech_ms < WORD_MS
                && start_ms < before.end_ms.saturating_add(CADENCE_MS)
                && (is_same || before.recent_ms < RECENT_SPEECH_MS)
        });
        if in_cadence {
            return false;
        }
        if kind != Kind::Steady || is_network_pitch(hz) {
            return self.speech_ms >= GREETING_MS;
        }
        let quiet_greeting = self.before.is_none() && start_ms >= QUIET_GREETING_MS;
        self.speech_ms >= WORD_MS || quiet_greeting
    }

    /// Checks the sound after a tone, which decides whether the tone was a beep.
    fn watch(&mut self, heard: &Heard) -> Option<Beep> {
        let candidate = self.candidate.as_mut()?;
        let end_ms = candidate.beep.end_ms;
        // The window of the search still contains the end of the tone.
        if heard.now_ms <= end_ms + 2 * FRAME_MS {
            return None;
        }
        candidate.loud_frames += u32::from(candidate.is_broken_by(heard.level_db));
        if candidate.loud_frames > FORGIVEN_FRAMES {
            self.candidate = None;
            return None;
        }
        let is_beep = heard.now_ms >= end_ms + candidate.rest_ms();
        is_beep.then(|| self.candidate.take().map(|candidate| candidate.beep)).flatten()
    }
}
