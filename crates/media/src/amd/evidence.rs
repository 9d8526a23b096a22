//! Decides which tones are beeps. A beep comes after a possible greeting, alone, with quiet after
//! it. Network signals come before anybody spoke, or repeat.

use super::{FRAME_MS, beep::Beep};

/// This much speech is a word.
const WORD_MS: u32 = 240;
/// A greeting has this much speech and a hello has not.
const GREETING_MS: u32 = 1_600;
/// A greeting may be too quiet to hear, but it lasts at least this long.
const QUIET_GREETING_MS: u32 = 2_500;
/// A tone this soon after another, without speech in between, belongs to a cadence.
const CADENCE_MS: u32 = 7_000;
/// The quiet required after a beep, so that no melody continues.
const REST_MS: u32 = 220;
/// The quiet required after a beep at a network pitch; the longest pause of a busy tone is 0.75 s.
const NETWORK_REST_MS: u32 = 800;
/// A longer tone at such a pitch may be ringing, which pauses for up to 4 s.
const RING_MS: u32 = 900;
const RING_REST_MS: u32 = 4_300;
/// Sound above the tone's level minus this many dB is not quiet.
const QUIET_UNDER_TONE_DB: f32 = 12.0;
/// The frames of sound that are tolerated in the quiet after a tone.
const FORGIVEN_FRAMES: u32 = 3;

/// Whether networks use this pitch: ringing, busy, dial tone, the pip of a recorder, fax machines.
fn is_network_pitch(hz: f32) -> bool {
    let near = |pitch: f32| (hz / pitch - 1.0).abs() < 0.025;
    hz < 700.0 || [950.0, 1_100.0, 1_400.0, 1_800.0, 2_100.0].into_iter().any(near)
}

/// Returns how long quiet must follow a tone before it counts as a beep.
fn rest_ms(beep: &Beep) -> u32 {
    if beep.hz < 700.0 && beep.end_ms - beep.start_ms > RING_MS {
        RING_REST_MS
    } else if is_network_pitch(beep.hz) {
        NETWORK_REST_MS
    } else {
        REST_MS
    }
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
    /// A tone that is long enough for a beep and still sounds.
    pub sounding: Option<Beep>,
    /// A tone that was long enough for a beep and has ended.
    pub over: Option<Beep>,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    beep: Beep,
    level_db: f32,
    loud_frames: u32,
}

/// Decides about tones.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    speech_ms: u32,
    /// Speech since the last tone.
    since_tone_ms: u32,
    /// When the last tone was last heard.
    tone_ms: Option<u32>,
    tone_run_ms: u32,
    /// When the tone before the current one was last heard, and the speech in between.
    before_ms: Option<(u32, u32)>,
    level_db: f32,
    candidate: Option<Candidate>,
}

impl Evidence {
    /// Whether a possible beep sounds now or has just ended.
    pub fn is_open(&self, heard: &Heard) -> bool {
        self.candidate.is_some() || heard.sounding.is_some_and(|beep| self.may_be_beep(&beep))
    }

    /// Takes a frame and returns a beep once it is certain.
    pub fn push(&mut self, heard: &Heard) -> Option<Beep> {
        if heard.is_tone {
            self.on_tone(heard);
        } else {
            self.tone_run_ms = 0;
            let echo = self.tone_ms.is_some_and(|tone| heard.now_ms < tone + 220);
            if heard.is_sound && !echo {
                self.speech_ms += FRAME_MS;
                self.since_tone_ms += FRAME_MS;
            }
        }
        let found = self.watch(heard);
        if let Some(beep) = heard.over.filter(|beep| self.may_be_beep(beep)) {
            let level_db = self.level_db;
            self.candidate = Some(Candidate { beep, level_db, loud_frames: 0 });
        }
        found
    }

    fn on_tone(&mut self, heard: &Heard) {
        if self.tone_run_ms == 0 {
            self.before_ms = self.tone_ms.map(|tone| (tone, self.since_tone_ms));
            // The first frames of the tone were counted as speech.
            self.speech_ms = self.speech_ms.saturating_sub(3 * FRAME_MS);
            self.level_db = heard.level_db;
        }
        self.tone_run_ms += FRAME_MS;
        self.level_db = self.level_db.max(heard.level_db);
        // Voices have steady moments, too, so only a longer one is a tone.
        if self.tone_run_ms >= 100 {
            self.tone_ms = Some(heard.now_ms);
            self.since_tone_ms = 0;
        }
    }

    fn may_be_beep(&self, beep: &Beep) -> bool {
        let in_cadence = self.before_ms.is_some_and(|(tone, speech_ms)| {
            speech_ms < WORD_MS && beep.start_ms < tone.saturating_add(CADENCE_MS)
        });
        if in_cadence {
            return false;
        }
        if is_network_pitch(beep.hz) {
            return self.speech_ms >= GREETING_MS;
        }
        let quiet_greeting = self.before_ms.is_none() && beep.start_ms >= QUIET_GREETING_MS;
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
        let is_loud = heard.level_db > candidate.level_db - QUIET_UNDER_TONE_DB;
        candidate.loud_frames += u32::from(is_loud);
        if candidate.loud_frames > FORGIVEN_FRAMES {
            self.candidate = None;
            return None;
        }
        let is_beep = heard.now_ms >= end_ms + rest_ms(&candidate.beep);
        is_beep.then(|| self.candidate.take().map(|candidate| candidate.beep)).flatten()
    }
}
