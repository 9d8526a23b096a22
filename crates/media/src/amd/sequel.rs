//! What follows a decision: a recording that goes on or begins again is no person.

use super::FRAME_MS;

/// Levels below this are equal: what is so quiet says nothing.
const QUIETEST_DB: f32 = -50.0;
/// The levels that are kept: 30 s.
const MOST_LEVELS: usize = 1_500;
/// The stretch that is compared with what came before it: 2.4 s.
const PIECE_FRAMES: usize = 120;
/// The least share of it that must be speech.
const PIECE_SPEECH: usize = PIECE_FRAMES / 2;
/// Two stretches that resemble each other so much are the same recording.
const SAME: f32 = 0.90;
/// How often the comparison is made.
const EVERY_FRAMES: usize = 10;
/// Pauses of a monologue are shorter than this.
const PAUSE_MS: u32 = 800;
/// A monologue lasts at least this long.
const MONOLOGUE_MS: u32 = 7_000;
/// It begins this soon after the decision.
const SOON_MS: u32 = 1_000;
/// A frame this far below the loudest before the decision belongs to somebody else.
const NEAR_DB: f32 = 12.0;
/// The least share of a monologue's frames that are as loud as that.
const NEAR_SHARE: f32 = 0.3;

/// Remembers the levels since the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Sequel {
    levels: Vec<f32>,
    speech: Vec<bool>,
    now_ms: u32,
    talk: Option<Talk>,
    /// The lag in frames at which the last comparison found the same recording.
    lag: Option<usize>,
    is_repeated: bool,
}

/// Speech without a long pause.
#[derive(Debug, Clone, Copy)]
struct Talk {
    start_ms: u32,
    end_ms: u32,
    frames: u32,
    near: u32,
}

impl Sequel {
    /// Takes a frame.
    pub fn push(&mut self, level_db: f32, is_speech: bool) {
        self.now_ms += FRAME_MS;
        self.follow(level_db, is_speech);
        if self.levels.len() >= MOST_LEVELS {
            return;
        }
        self.levels.push(level_db.max(QUIETEST_DB));
        self.speech.push(is_speech);
        if is_speech && self.levels.len().is_multiple_of(EVERY_FRAMES) && !self.is_repeated {
            let lag = self.same_before();
            let both = lag.zip(self.lag);
            self.is_repeated = both.is_some_and(|(now, before)| now.abs_diff(before) <= 1);
            self.lag = lag;
        }
    }

    /// Whether a recording was heard twice.
    pub fn is_repeated(&self) -> bool {
        self.is_repeated
    }

    /// Whether somebody began to speak soon after this time, as loud as before, and has not stopped.
    pub fn goes_on_since(&self, decided_ms: u32) -> bool {
        self.talk.is_some_and(|talk| {
            talk.start_ms <= decided_ms + SOON_MS
                && talk.end_ms - talk.start_ms >= MONOLOGUE_MS
                && talk.near as f32 >= NEAR_SHARE * talk.frames as f32
        })
    }

    fn follow(&mut self, level_db: f32, is_speech: bool) {
        if !is_speech {
            return;
        }
        let now_ms = self.now_ms;
        let loudest = self.levels.iter().take(200).copied().fold(QUIETEST_DB, f32::max);
        let mut talk = self.talk.filter(|talk| talk.end_ms + PAUSE_MS > now_ms).unwrap_or(Talk {
            start_ms: now_ms,
            end_ms: now_ms,
            frames: 0,
            near: 0,
        });
        talk.end_ms = now_ms;
        talk.frames += 1;
        talk.near += u32::from(level_db >= loudest - NEAR_DB);
        self.talk = Some(talk);
    }

    /// Returns how many frames before the last piece the same sound was heard.
    fn same_before(&self) -> Option<usize> {
        let from = self.levels.len().checked_sub(PIECE_FRAMES)?;
        let is_speech =
            self.speech[from..].iter().filter(|speech| **speech).count() >= PIECE_SPEECH;
        if !is_speech {
            return None;
        }
        let piece = Centred::of(&self.levels[from..]);
        let starts = 0..=from.checked_sub(PIECE_FRAMES)?;
        let likeness = |start: usize| piece.likeness(&self.levels[start..start + PIECE_FRAMES]);
        let (start, best) =
            starts.map(|start| (start, likeness(start))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        (best >= SAME).then_some(from - start)
    }
}

/// Levels without their mean.
struct Centred {
    levels: Vec<f32>,
    power: f32,
}

impl Centred {
    fn of(levels: &[f32]) -> Centred {
        let mean = levels.iter().sum::<f32>() / levels.len() as f32;
        let levels: Vec<f32> = levels.iter().map(|level| level - mean).collect();
        let power = levels.iter().map(|level| level * level).sum();
        Centred { levels, power }
    }

    /// Returns the correlation with other levels, -1 to 1.
    fn likeness(&self, others: &[f32]) -> f32 {
        let len = others.len() as f32;
        let (mut sum, mut squares, mut both) = (0.0, 0.0, 0.0);
        for (own, other) in self.levels.iter().zip(others) {
            sum += other;
            squares += other * other;
            both += own * other;
        }
        let power = squares - sum * sum / len;
        both / (self.power * power).sqrt().max(1.0)
    }
}
