//! Follows the tones of a call frame by frame, and cuts them into stretches.

use super::{
    FRAME_MS,
    beep::{LONGEST_FRAMES, Note, Over, PAIR_DRIFT_HZ, SURE_FRAMES, Stretch},
    spectrum::{Look, Tones},
};

/// The most frames that may be missing in a tone: a lost packet spoils two windows.
const MOST_MISSED: u32 = 2;
/// This many frames of the same sound are a signal and not a voice.
const SIGNAL_FRAMES: u32 = 8;
/// The least purity of a signal.
const SIGNAL_PURITY: f32 = 0.9;
/// This many frames may be a signal.
const MAYBE_FRAMES: u32 = 3;

/// How long the same tones have been heard.
#[derive(Debug, Clone, Copy, Default)]
struct Steady {
    hz: f32,
    frames: u32,
    missed: u32,
}

impl Steady {
    fn push(&mut self, tones: Option<Tones>) {
        let hz = tones.map(Tones::hz);
        match hz.filter(|hz| (hz - self.hz).abs() <= PAIR_DRIFT_HZ) {
            Some(same) if self.frames > 0 => {
                self.frames += 1 + self.missed;
                self.missed = 0;
                self.hz += (same - self.hz) / self.frames as f32;
            }
            _ if self.frames >= MAYBE_FRAMES && self.missed < MOST_MISSED => self.missed += 1,
            _ => {
                *self = hz.map_or(Steady::default(), |hz| Steady { hz, frames: 1, missed: 0 });
            }
        }
    }
}

/// Searches for stretches of tones.
#[derive(Debug, Default)]
pub(super) struct ToneFinder {
    stretch: Option<Stretch>,
    /// Frames without a tone since the last one of the stretch.
    missed: u32,
    steady: Steady,
}

impl ToneFinder {
    /// Returns how many frames the same tones have lasted; None while they may be a voice.
    pub fn signal_frames(&self) -> Option<u32> {
        let frames = self.steady.frames + self.steady.missed;
        (self.steady.frames >= SIGNAL_FRAMES).then_some(frames)
    }

    /// Whether a tone may have begun, or tones follow each other.
    pub fn may_be_tone(&self) -> bool {
        let goes_on = |stretch: &Stretch| stretch.len() >= SURE_FRAMES;
        self.steady.frames >= MAYBE_FRAMES || self.stretch.as_ref().is_some_and(goes_on)
    }

    /// Returns the frequency of the tone that was heard last.
    pub fn hz(&self) -> f32 {
        self.steady.hz
    }

    /// Returns the tone that sounds now, if it has lasted long enough for a beep.
    pub fn sounding(&self) -> Option<Note> {
        let stretch = self.stretch.as_ref()?;
        let is_long = (SURE_FRAMES..=LONGEST_FRAMES).contains(&stretch.len());
        is_long.then(|| self.note(stretch.start_ms, stretch.end_ms))
    }

    /// Returns the single tone that has sounded without a break, however long.
    pub fn held(&self) -> Option<Note> {
        let end_ms = self.stretch.as_ref()?.end_ms;
        let frames = self.signal_frames()?;
        Some(self.note(end_ms.saturating_sub(frames * FRAME_MS), end_ms))
    }

    fn note(&self, start_ms: u32, end_ms: u32) -> Note {
        Note { low_hz: self.steady.hz, high_hz: self.steady.hz, start_ms, end_ms }
    }

    /// Takes a frame that ends at `now_ms`. Returns the stretch that ended.
    pub fn push(&mut self, look: &Look, now_ms: u32) -> Option<Over> {
        self.steady.push(look.tones.filter(|_| look.purity >= SIGNAL_PURITY));
        self.missed = if look.tones.is_some() { 0 } else { self.missed + 1 };
        if self.missed > MOST_MISSED {
            return self.stretch.take().map(Stretch::end);
        }
        if look.tones.is_some() {
            self.stretch.get_or_insert_with(|| Stretch::new(now_ms - FRAME_MS)).end_ms = now_ms;
        }
        if let Some(stretch) = &mut self.stretch {
            stretch.add(look.tones, look.purity);
        }
        None
    }
}
