//! Voice activity: a frame is speech if its level is well above the noise floor of the line.

use crate::{FRAME_SAMPLES, Frame};

/// A level below this is silence, however quiet the line is.
const QUIETEST_SPEECH_DB: f32 = -46.0;
/// The noise floor is never lower than this.
const QUIETEST_NOISE_DB: f32 = -60.0;
/// Noise louder than this is taken for speech.
const LOUDEST_NOISE_DB: f32 = -32.0;
const SPEECH_OVER_NOISE_DB: f32 = 8.0;
/// Speech reaches this level somewhere; sound that never does is a swell of the noise.
const WORD_OVER_NOISE_DB: f32 = 14.0;
/// Sound this far below the loudest level is background.
const SPEECH_UNDER_PEAK_DB: f32 = 24.0;
/// Sound below this part of the way from the noise to the loudest level is background: people who
/// talk elsewhere are louder at times than they are on the average.
const BETWEEN: f32 = 0.5;
/// The number of frames averaged for one sample of the noise.
const SMOOTH_FRAMES: usize = 5;
/// The noise floor is the quietest level of the last two such spans: 2 to 4 s.
const FLOOR_SPAN_FRAMES: u32 = 100;
/// Frames without sound that end speech; a stop consonant is shorter.
const HANGOVER_FRAMES: u32 = 8;
/// Frames of sound that begin speech; a click is shorter.
const ONSET_FRAMES: u32 = 3;

/// Returns the mean level of a frame in dB below full scale; −96 for digital silence. A constant
/// offset is ignored.
pub fn level_db(frame: &Frame) -> f32 {
    let (mut sum, mut squares) = (0i32, 0i64);
    for &sample in frame {
        let sample = i32::from(sample);
        sum += sample;
        squares += i64::from(sample * sample);
    }
    let mean = sum as f32 / FRAME_SAMPLES as f32;
    let power = squares as f32 / FRAME_SAMPLES as f32 - mean * mean;
    10.0 * (power.max(0.27) / (32_768.0 * 32_768.0)).log10()
}

/// The levels that separate speech from noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    /// Sound above this level continues speech.
    pub sound_db: f32,
    /// Speech must reach this level at least once.
    pub word_db: f32,
}

impl Gate {
    /// Returns the gate for a noise floor and the loudest level heard.
    pub fn new(floor_db: f32, peak_db: f32) -> Gate {
        let floor_db = floor_db.min(LOUDEST_NOISE_DB);
        let quietest = QUIETEST_SPEECH_DB.max(peak_db - SPEECH_UNDER_PEAK_DB);
        let quietest = quietest.max(floor_db + BETWEEN * (peak_db - floor_db));
        Gate {
            sound_db: quietest.max(floor_db + SPEECH_OVER_NOISE_DB),
            word_db: quietest.max(floor_db + WORD_OVER_NOISE_DB),
        }
    }
}

/// Limits a level before it counts as noise: lost packets do not make a quiet line.
fn noise_db(level: f32) -> f32 {
    level.max(QUIETEST_NOISE_DB)
}

/// Returns the level of the quietest stretch: the line's noise when nobody speaks.
pub(super) fn floor_db(levels: &[f32]) -> f32 {
    levels
        .windows(SMOOTH_FRAMES)
        .filter(|window| window.iter().all(|level| level.is_finite()))
        .map(|window| window.iter().copied().map(noise_db).sum::<f32>() / SMOOTH_FRAMES as f32)
        .fold(0.0, f32::min)
}

/// Detects voice activity, frame by frame.
#[derive(Debug, Clone)]
pub struct Vad {
    recent: [f32; SMOOTH_FRAMES],
    heard: u32,
    floor_now_db: f32,
    floor_before_db: f32,
    peak_db: f32,
    loud_run: u32,
    quiet_run: u32,
    has_word: bool,
    speaking: bool,
}

impl Default for Vad {
    fn default() -> Self {
        Self::new()
    }
}

impl Vad {
    /// How late the beginning of speech is detected, in milliseconds.
    pub const LATE_BEGIN_MS: u32 = ONSET_FRAMES * super::FRAME_MS;
    /// How late the end of speech is detected, in milliseconds.
    pub const LATE_END_MS: u32 = HANGOVER_FRAMES * super::FRAME_MS;

    /// Creates a detector that has heard nothing.
    pub fn new() -> Self {
        Vad {
            recent: [-96.0; SMOOTH_FRAMES],
            heard: 0,
            floor_now_db: 0.0,
            floor_before_db: -55.0,
            peak_db: -96.0,
            loud_run: 0,
            quiet_run: 0,
            has_word: false,
            speaking: false,
        }
    }

    /// Takes a frame and returns whether the other side speaks. Speech begins 60 ms late and ends
    /// 160 ms late.
    pub fn push(&mut self, frame: &Frame) -> bool {
        self.push_level(level_db(frame))
    }

    /// Does the same as [`Vad::push`] for a frame whose level is known.
    pub fn push_level(&mut self, level: f32) -> bool {
        self.follow(level);
        let floor = self.floor_now_db.min(self.floor_before_db);
        let gate = Gate::new(floor, self.peak_db);
        if level > gate.sound_db {
            self.loud_run += 1;
            self.quiet_run = 0;
            self.has_word |= level > gate.word_db;
        } else {
            self.quiet_run += 1;
            self.loud_run = 0;
            self.has_word = false;
        }
        if self.loud_run >= ONSET_FRAMES && self.has_word {
            self.speaking = true;
        } else if self.quiet_run >= HANGOVER_FRAMES {
            self.speaking = false;
        }
        self.speaking
    }

    fn follow(&mut self, level: f32) {
        self.recent[self.heard as usize % SMOOTH_FRAMES] = noise_db(level);
        self.heard = self.heard.wrapping_add(1);
        self.peak_db = level.max(self.peak_db - 0.05);
        if self.heard as usize >= SMOOTH_FRAMES {
            let mean = self.recent.iter().sum::<f32>() / SMOOTH_FRAMES as f32;
            self.floor_now_db = self.floor_now_db.min(mean);
        }
        if self.heard.is_multiple_of(FLOOR_SPAN_FRAMES) {
            self.floor_before_db = self.floor_now_db;
            self.floor_now_db = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone;

    /// Returns the frame numbers at which speech begins and ends, for sounds added to noise.
    fn changes(noise_dbfs: f32, sounds: &[(usize, usize, f32)], frames: usize) -> Vec<usize> {
        let mut all = vec![0; frames * FRAME_SAMPLES];
        tone::Noise::new(3, noise_dbfs).fill(&mut all);
        for &(begin, end, dbfs) in sounds {
            let mut sound = vec![0; (end - begin) * FRAME_SAMPLES];
            tone::Noise::new(4, dbfs).fill(&mut sound);
            tone::mix(&mut all[begin * FRAME_SAMPLES..], &sound);
        }
        let mut vad = Vad::new();
        let mut before = false;
        let mut changes = Vec::new();
        for (at, frame) in all.as_chunks::<FRAME_SAMPLES>().0.iter().enumerate() {
            let now = vad.push(frame);
            if now != before {
                changes.push(at);
            }
            before = now;
        }
        changes
    }

    #[test]
    fn words_begin_60_ms_and_end_160_ms_late() {
        assert_eq!(changes(-60.0, &[(50, 100, -20.0)], 200), [52, 107]);
        assert_eq!(changes(-45.0, &[(250, 300, -22.0)], 400), [252, 307]);
    }

    #[test]
    fn clicks_and_gaps_inside_words_change_nothing() {
        assert_eq!(changes(-60.0, &[(50, 52, -10.0)], 200), []);
        assert_eq!(changes(-60.0, &[(50, 100, -20.0), (106, 150, -20.0)], 200), [52, 157]);
    }

    #[test]
    fn loud_noise_is_learned_within_four_seconds() {
        let noisy = changes(-38.0, &[], 500);
        assert!(noisy.iter().all(|&at| at <= 200), "{noisy:?}");
        assert!(noisy.len().is_multiple_of(2), "speech goes on in noise: {noisy:?}");
    }

    #[test]
    fn levels_ignore_an_offset() {
        assert_eq!(level_db(&[0; FRAME_SAMPLES]), level_db(&[500; FRAME_SAMPLES]));
        let mut frame = [0; FRAME_SAMPLES];
        tone::Tone::sine(1_000.0, -20.0).fill(&mut frame);
        assert!((level_db(&frame) + 23.0).abs() < 0.2, "{}", level_db(&frame));
    }
}
