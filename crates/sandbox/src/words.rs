//! Recognises the sentences of the sandbox's own people, for demos: no speech recognition, but a
//! comparison of loudness over time.

use campanile_media::{FRAME_SAMPLES, g711::Law};

use crate::voices::{Clip, Voices};

/// A sound that is less like every sentence than this is none of them, 0 to 1.
const LEAST_LIKENESS: f32 = 0.8;

/// Returns the sentence of a person that is most like this sound (8 kHz), if one is.
pub fn words_of(sound: &[i16]) -> Option<&'static str> {
    let voices = Voices::get();
    let heard = loudness(sound);
    let likest = voices.sentences_of_people().map(|(text, clip)| (likeness(&heard, clip), text));
    let (likeness, text) = likest.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (likeness >= LEAST_LIKENESS).then_some(text)
}

/// The loudness of each frame.
fn loudness(sound: &[i16]) -> Vec<f32> {
    let mean = |frame: &[i16]| {
        frame.iter().map(|sample| f32::from(sample.unsigned_abs())).sum::<f32>() / 160.0
    };
    sound.chunks(FRAME_SAMPLES).map(mean).collect()
}

/// How alike a sound and a clip are where they are most alike: 1 if they are the same.
fn likeness(heard: &[f32], clip: &Clip) -> f32 {
    let decoded = |byte: &u8| Law::Mu.decode(*byte);
    let frames = (0..clip.frames()).filter_map(|number| clip.frame(Law::Mu, number));
    let clip = loudness(&frames.flatten().map(decoded).collect::<Vec<_>>());
    let size = |levels: &[f32]| levels.iter().map(|level| level * level).sum::<f32>().sqrt();
    let whole = (size(heard) * size(&clip)).max(1.0);
    // The clip begins before the sound, in it, or not at all.
    let (before, after) = (clip.len() as i32, heard.len() as i32);
    let common = |lag: i32| {
        let at = |n: usize| usize::try_from(n as i32 + lag).ok().and_then(|n| heard.get(n));
        clip.iter().enumerate().filter_map(|(n, level)| Some(level * at(n)?)).sum::<f32>()
    };
    (-before..after).map(|lag| common(lag) / whole).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_known_again_and_a_tone_is_none() {
        let voices = Voices::get();
        let mut right = 0;
        for (text, clip) in voices.sentences_of_people() {
            let frames = (0..clip.frames()).filter_map(|number| clip.frame(Law::Mu, number));
            let said = frames.flatten().map(|byte| Law::Mu.decode(*byte));
            // The recognition gets a little quiet before and after.
            let quiet = || std::iter::repeat_n(3, 10 * FRAME_SAMPLES);
            let sound: Vec<i16> = quiet().chain(said).chain(quiet()).collect();
            right += usize::from(words_of(&sound) == Some(text));
        }
        assert_eq!(right, voices.sentences_of_people().count());
        assert_eq!(words_of(&[]), None);
    }
}
