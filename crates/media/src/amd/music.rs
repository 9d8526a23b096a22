//! Tells music from speech: the pitches of music stand still for as long as a note, those of a voice
//! glide.

use super::FRAME_MS;

/// Music below this level is background.
const QUIETEST_DB: f32 = -48.0;
/// Pitches are compared with those of this many frames before: longer than a vowel holds its pitch.
const LAG_FRAMES: usize = 8;
/// How far a pitch that stands still may be off.
const STILL_HZ: f32 = 4.0;
/// The most frames without such a pitch inside of music: between two notes.
const GAP_FRAMES: u32 = 12;
/// A voice over music is this much louder, for so many frames.
const OVER_DB: f32 = 10.0;
const OVER_FRAMES: u32 = 3;
/// Music lasts at least this long.
const SHORTEST_FRAMES: u32 = 1_200 / FRAME_MS;
/// It may be music after this long.
const MAYBE_FRAMES: u32 = 400 / FRAME_MS;
/// The least share of frames whose pitches stand still.
const STILL_SHARE: f32 = 0.40;

/// Listens for music.
#[derive(Debug, Clone, Default)]
pub(super) struct Music {
    past: [[f32; 3]; LAG_FRAMES],
    at: usize,
    run: u32,
    still: u32,
    gap: u32,
    mean_db: f32,
    /// Frames that are much louder than the music.
    over: u32,
}

impl Music {
    /// Takes the level and the highest peaks of a frame.
    pub fn push(&mut self, level_db: f32, peaks_hz: [f32; 3]) {
        let now = if level_db > QUIETEST_DB { peaks_hz } else { [0.0; 3] };
        self.follow(level_db);
        let before = std::mem::replace(&mut self.past[self.at], now);
        self.at = (self.at + 1) % LAG_FRAMES;
        let stands = |hz: &f32| *hz > 0.0 && before.iter().any(|old| (old - hz).abs() <= STILL_HZ);
        let count = now.iter().filter(|hz| stands(hz)).count();
        if self.run > 0 {
            self.run += 1;
        }
        if count >= 1 {
            self.run = self.run.max(1);
            self.still += 1;
            self.gap = 0;
        } else if self.run > 0 {
            self.gap += 1;
            if self.gap > GAP_FRAMES {
                self.forget();
            }
        }
    }

    /// Ends the music when somebody speaks over it.
    fn follow(&mut self, level_db: f32) {
        if self.run == 0 {
            self.mean_db = level_db;
        }
        let is_over = level_db > self.mean_db + OVER_DB;
        self.over = if is_over { self.over + 1 } else { 0 };
        if self.over >= OVER_FRAMES {
            self.forget();
        }
        if level_db > QUIETEST_DB && !is_over {
            self.mean_db += (level_db - self.mean_db) * 0.1;
        }
    }

    fn forget(&mut self) {
        (self.run, self.still, self.gap, self.over) = (0, 0, 0, 0);
    }

    /// Whether music may have begun.
    pub fn may_be(&self) -> bool {
        self.run >= MAYBE_FRAMES && self.still as f32 >= STILL_SHARE * self.run as f32
    }

    /// Returns how many frames music has lasted; None while it may be a voice.
    pub fn frames(&self) -> Option<u32> {
        let is_music =
            self.run >= SHORTEST_FRAMES && self.still as f32 >= STILL_SHARE * self.run as f32;
        is_music.then_some(self.run + LAG_FRAMES as u32)
    }
}
