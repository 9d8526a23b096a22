//! Judges who answered by the timing of the first speech.

use super::{
    AmdConfig, Class, FRAME_MS,
    activity::{Gate, floor_db},
};

/// A gap up to this long is inside an utterance (a stop consonant).
const GAP_FRAMES: usize = 10;
/// A sound shorter than this is a click, not speech.
const CLICK_FRAMES: usize = 4;

/// The speech so far, in milliseconds. The noise of a line is known only after some of it was
/// heard, so the pattern is always computed anew from all frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pattern {
    /// From the first word to the last, including pauses.
    pub span_ms: u32,
    /// The silence since the last word.
    pub quiet_ms: u32,
}

impl Pattern {
    /// Returns the pattern in the levels of all frames so far.
    pub fn of(levels: &[f32]) -> Pattern {
        let peak = levels.iter().copied().fold(-96.0, f32::max);
        let gate = Gate::new(floor_db(levels), peak);
        let mut first = None;
        let mut last_end = 0;
        let (mut begin, mut end, mut loud, mut has_word) = (0, 0, 0, false);
        for (at, &level) in levels.iter().enumerate() {
            if level <= gate.sound_db {
                continue;
            }
            if at - end > GAP_FRAMES {
                (begin, loud, has_word) = (at, 0, false);
            }
            loud += 1;
            end = at + 1;
            has_word |= level > gate.word_db;
            if loud >= CLICK_FRAMES && has_word {
                first.get_or_insert(begin);
                last_end = end;
            }
        }
        let Some(first) = first else { return Pattern::default() };
        Pattern {
            span_ms: (last_end - first) as u32 * FRAME_MS,
            quiet_ms: (levels.len() - last_end) as u32 * FRAME_MS,
        }
    }
}

/// An opinion about a pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Opinion {
    pub class: Class,
    pub confidence: f32,
    pub is_final: bool,
}

impl Opinion {
    /// The speech sounds like a greeting that has not ended.
    pub const GREETING: Opinion =
        Opinion { class: Class::Voicemail, confidence: 0.65, is_final: false };
}

/// Returns who speaks in this pattern; None while it is too early to tell.
pub(super) fn judge(pattern: Pattern, now_ms: u32, config: &AmdConfig) -> Option<Opinion> {
    let Pattern { span_ms, quiet_ms } = pattern;
    let opinion = |class, confidence, is_final| Some(Opinion { class, confidence, is_final });
    if span_ms == 0 {
        return if now_ms < config.silence_ms { None } else { opinion(Class::Silence, 0.9, true) };
    }
    if span_ms >= config.long_greeting_ms {
        return opinion(Class::Voicemail, 0.95, true);
    }
    if span_ms <= config.human_speech_ms && quiet_ms >= config.human_pause_ms {
        return opinion(Class::Human, 0.95, true);
    }
    if quiet_ms >= config.long_pause_ms {
        return opinion(Class::Unsure, 0.5, true);
    }
    if now_ms < config.decide_by_ms {
        return None;
    }
    if span_ms >= config.greeting_ms {
        opinion(Class::Voicemail, 0.65, false)
    } else {
        opinion(Class::Unsure, 0.5, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(parts: &[(usize, f32)]) -> Vec<f32> {
        parts.iter().flat_map(|&(frames, level)| std::iter::repeat_n(level, frames)).collect()
    }

    #[test]
    fn the_span_runs_from_the_first_word_to_the_last() {
        let heard = levels(&[(20, -60.0), (25, -20.0), (15, -60.0), (10, -25.0), (30, -60.0)]);
        assert_eq!(Pattern::of(&heard), Pattern { span_ms: 1_000, quiet_ms: 600 });
    }

    #[test]
    fn a_word_spoken_at_once_is_seen_when_the_noise_is_known() {
        let heard = levels(&[(25, -20.0), (30, -40.0)]);
        assert_eq!(Pattern::of(&heard), Pattern { span_ms: 500, quiet_ms: 600 });
    }

    #[test]
    fn clicks_and_swelling_noise_are_not_speech() {
        let heard = levels(&[(30, -60.0), (2, -10.0), (30, -60.0)]);
        assert_eq!(Pattern::of(&heard), Pattern::default());
        let heard = levels(&[(30, -45.0), (40, -35.0), (30, -45.0)]);
        assert_eq!(Pattern::of(&heard), Pattern::default());
    }

    #[test]
    fn opinions_follow_the_clock() {
        let config = AmdConfig::default();
        let class_of = |span_ms, quiet_ms, now_ms| {
            judge(Pattern { span_ms, quiet_ms }, now_ms, &config).map(|opinion| opinion.class)
        };
        assert_eq!(class_of(0, 0, 3_980), None);
        assert_eq!(class_of(0, 0, 4_000), Some(Class::Silence));
        assert_eq!(class_of(500, 680, 2_000), None);
        assert_eq!(class_of(500, 700, 2_000), Some(Class::Human));
        assert_eq!(class_of(3_900, 0, 4_380), None);
        assert_eq!(class_of(3_900, 0, 4_400), Some(Class::Voicemail));
        assert_eq!(class_of(600, 100, 4_400), Some(Class::Unsure));
        assert_eq!(class_of(3_900, 1_100, 5_200), Some(Class::Unsure));
        assert_eq!(class_of(6_500, 0, 6_900), Some(Class::Voicemail));
    }
}
