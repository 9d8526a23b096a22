//! Generated sounds: tones, in-band DTMF, noise. They are endless, and noise is seeded.

use std::f32::consts::TAU;

use crate::{FRAME_SAMPLES, Frame, SAMPLE_RATE};

/// 20 ms of silence.
pub const SILENCE: Frame = [0; FRAME_SAMPLES];

/// Returns the amplitude (0–32767) of a sine at this level in dB below full scale.
pub fn amplitude(dbfs: f32) -> f32 {
    f32::from(i16::MAX) * 10f32.powf(dbfs.min(0.0) / 20.0)
}

/// Converts milliseconds to samples.
pub const fn samples_of_ms(ms: u32) -> usize {
    (ms as u64 * SAMPLE_RATE as u64 / 1_000) as usize
}

/// One or two endless sines, without a click between two calls of `fill`.
#[derive(Debug, Clone)]
pub struct Tone {
    amplitude: f32,
    phases: [f32; 2],
    steps: [f32; 2],
}

impl Tone {
    /// Creates a sine of this frequency, `dbfs` below full scale.
    pub fn sine(hz: f32, dbfs: f32) -> Tone {
        Tone::new([hz, 0.0], amplitude(dbfs))
    }

    /// Creates two sines at once, each `dbfs` below full scale; -6 or less does not clip.
    pub fn dual(low_hz: f32, high_hz: f32, dbfs: f32) -> Tone {
        Tone::new([low_hz, high_hz], amplitude(dbfs))
    }

    /// Creates a DTMF digit as sound (ITU-T Q.23); `None` if the character is no digit.
    pub fn dtmf(digit: char, dbfs: f32) -> Option<Tone> {
        const ROWS: [&str; 4] = ["123A", "456B", "789C", "*0#D"];
        const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
        const HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
        let wanted = digit.to_ascii_uppercase();
        ROWS.iter().zip(LOW_HZ).find_map(|(row, low)| {
            row.find(wanted).map(|column| Tone::dual(low, HIGH_HZ[column], dbfs))
        })
    }

    fn new(hz: [f32; 2], amplitude: f32) -> Tone {
        Tone { amplitude, phases: [0.0; 2], steps: hz.map(|hz| TAU * hz / SAMPLE_RATE as f32) }
    }

    /// Writes the next samples.
    pub fn fill(&mut self, out: &mut [i16]) {
        for sample in out {
            // A sine of 0 Hz is silent, so a single tone is two sines of which one is silent.
            let sum = self.phases[0].sin() + self.phases[1].sin();
            *sample = (sum * self.amplitude) as i16;
            for (phase, step) in self.phases.iter_mut().zip(self.steps) {
                *phase = (*phase + step) % TAU;
            }
        }
    }

    /// Returns the next milliseconds of sound.
    pub fn take_ms(&mut self, ms: u32) -> Vec<i16> {
        let mut samples = vec![0; samples_of_ms(ms)];
        self.fill(&mut samples);
        samples
    }
}

/// Returns a beep with soft edges (5 ms), like that of an answering machine.
pub fn beep(hz: f32, ms: u32, dbfs: f32) -> Vec<i16> {
    let mut samples = Tone::sine(hz, dbfs).take_ms(ms);
    let edge = samples_of_ms(5).min(samples.len() / 2);
    let len = samples.len();
    for i in 0..edge {
        let gain = i as f32 / edge as f32;
        samples[i] = (f32::from(samples[i]) * gain) as i16;
        samples[len - 1 - i] = (f32::from(samples[len - 1 - i]) * gain) as i16;
    }
    samples
}

/// White noise; the same seed gives the same noise.
#[derive(Debug, Clone)]
pub struct Noise {
    rng: fastrand::Rng,
    peak: f32,
}

impl Noise {
    /// Creates noise whose mean power is that of a sine `dbfs` below full scale.
    pub fn new(seed: u64, dbfs: f32) -> Noise {
        // The power of a uniform distribution is a third of its squared peak; that of a sine is a
        // half.
        let peak = (amplitude(dbfs) * 1.5f32.sqrt()).min(f32::from(i16::MAX));
        Noise { rng: fastrand::Rng::with_seed(seed), peak }
    }

    /// Writes the next samples.
    pub fn fill(&mut self, out: &mut [i16]) {
        for sample in out {
            *sample = ((self.rng.f32() * 2.0 - 1.0) * self.peak) as i16;
        }
    }
}

/// Adds one sound to another, clipping.
pub fn mix(into: &mut [i16], other: &[i16]) {
    for (sample, &more) in into.iter_mut().zip(other) {
        *sample = sample.saturating_add(more);
    }
}

/// Returns the mean power in dB below a full-scale sine; -100 for an empty or silent slice.
pub fn level_dbfs(samples: &[i16]) -> f32 {
    if samples.is_empty() {
        return -100.0;
    }
    let power: f64 =
        samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum::<f64>() / samples.len() as f64;
    let full = f64::from(i16::MAX) * f64::from(i16::MAX) / 2.0;
    ((10.0 * (power / full).max(1e-10).log10()) as f32).max(-100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_has_its_level_and_its_frequency() {
        let sound = Tone::sine(1_000.0, -10.0).take_ms(1_000);
        assert_eq!(sound.len(), 8_000);
        assert!((level_dbfs(&sound) + 10.0).abs() < 0.1);
        let crossings = sound.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
        assert!((999..=1_000).contains(&crossings), "{crossings}");
    }

    #[test]
    fn a_tone_goes_on_where_it_stopped() {
        let whole = Tone::dual(697.0, 1209.0, -9.0).take_ms(100);
        let mut tone = Tone::dtmf('1', -9.0).unwrap();
        let parts = [tone.take_ms(30), tone.take_ms(70)].concat();
        assert_eq!(whole, parts);
    }

    #[test]
    fn every_digit_has_its_own_pair_and_nothing_else_has() {
        let mut pairs: Vec<_> = "0123456789*#abcd"
            .chars()
            .map(|digit| Tone::dtmf(digit, -9.0).unwrap().take_ms(20))
            .collect();
        pairs.sort();
        pairs.dedup();
        assert_eq!(pairs.len(), 16);
        assert!(Tone::dtmf('E', -9.0).is_none());
    }

    #[test]
    fn noise_repeats_with_its_seed_and_has_its_level() {
        let fill = |seed| {
            let mut sound = [0i16; 8_000];
            Noise::new(seed, -30.0).fill(&mut sound);
            sound
        };
        assert_eq!(fill(1), fill(1));
        assert_ne!(fill(1), fill(2));
        assert!((level_dbfs(&fill(3)) + 30.0).abs() < 0.3);
    }

    #[test]
    fn a_beep_begins_and_ends_softly() {
        let sound = beep(1_000.0, 400, -6.0);
        assert_eq!(sound.len(), 3_200);
        assert_eq!((sound[0], sound[3_199]), (0, 0));
        assert!(sound[..10].iter().all(|s| s.abs() < 4_200));
        assert!(beep(1_000.0, 0, -6.0).is_empty());
    }

    #[test]
    fn silence_is_a_hundred_below() {
        assert_eq!(level_dbfs(&SILENCE), -100.0);
        assert_eq!(level_dbfs(&[]), -100.0);
    }

    #[test]
    fn mixing_clips_instead_of_wrapping() {
        let mut sound = [30_000, -30_000, 5];
        mix(&mut sound, &[10_000, -10_000]);
        assert_eq!(sound, [i16::MAX, i16::MIN, 5]);
    }
}
