//! Sound that passes for speech, made without a speech program: voiced syllables with formants, in
//! words and phrases.

use std::f32::consts::TAU;

use campanile_media::SAMPLE_RATE;

/// The formant frequencies of a few vowels, in Hz.
const VOWELS: [[f32; 3]; 5] = [
    [730.0, 1090.0, 2440.0],
    [530.0, 1840.0, 2480.0],
    [270.0, 2290.0, 3010.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
];
/// The width of a formant, in Hz.
const FORMANT_WIDTH: f32 = 140.0;
/// Syllables per phrase; then the speaker takes a breath.
const PHRASE: u32 = 7;

/// Returns speech-like sound of about this length. The same seed gives the same sound.
pub fn babble(seed: u64, ms: u32) -> Vec<i16> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let pitch = rng.u32(95..210) as f32;
    let wanted = (ms * SAMPLE_RATE / 1_000) as usize;
    let mut sound = Vec::with_capacity(wanted);
    let mut syllables = 0;
    while sound.len() < wanted {
        let vowel = VOWELS[rng.usize(..VOWELS.len())];
        // The pitch falls towards the end of a phrase.
        let fall = 1.1 - 0.25 * (syllables % PHRASE) as f32 / PHRASE as f32;
        syllable(&mut sound, vowel, pitch * fall, rng.u32(110..210));
        syllables += 1;
        let gap_ms = if syllables % PHRASE == 0 { rng.u32(180..320) } else { rng.u32(10..60) };
        sound.resize(sound.len() + (gap_ms * SAMPLE_RATE / 1_000) as usize, 0);
    }
    sound.truncate(wanted);
    sound
}

fn syllable(sound: &mut Vec<i16>, formants: [f32; 3], pitch: f32, ms: u32) {
    let len = (ms * SAMPLE_RATE / 1_000) as usize;
    let harmonics: Vec<(f32, f32)> = (1..)
        .map(|n| n as f32 * pitch)
        .take_while(|&hz| hz < 3_400.0)
        .map(|hz| (hz, loudness(hz, formants)))
        .collect();
    for i in 0..len {
        let t = i as f32 / SAMPLE_RATE as f32;
        let envelope = (i as f32 / len as f32 * TAU / 2.0).sin();
        let voice: f32 = harmonics.iter().map(|&(hz, gain)| gain * (TAU * hz * t).sin()).sum();
        sound.push((voice * envelope * 3_000.0).clamp(-32_000.0, 32_000.0) as i16);
    }
}

/// Returns the gain of a harmonic: high near a formant, lower for high harmonics.
fn loudness(hz: f32, formants: [f32; 3]) -> f32 {
    let near = |formant: f32| 1.0 / (1.0 + ((hz - formant) / FORMANT_WIDTH).powi(2));
    formants.iter().zip([1.0, 0.5, 0.25]).map(|(&formant, gain)| gain * near(formant)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use campanile_media::tone::level_dbfs;

    #[test]
    fn it_is_as_loud_as_speech_and_has_pauses() {
        for seed in 0..5 {
            let sound = babble(seed, 5_000);
            assert_eq!(sound.len(), 40_000);
            let level = level_dbfs(&sound);
            assert!((-32.0..-10.0).contains(&level), "{level}");
            let loud = sound.chunks(160).filter(|frame| level_dbfs(frame) > -40.0).count();
            assert!((150..245).contains(&loud), "{loud} of 250 frames");
            assert_eq!(sound, babble(seed, 5_000));
        }
    }
}
