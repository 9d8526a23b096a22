//! Resamples between 8 kHz and any rate with a windowed sinc, computed once per phase.

use std::{f64::consts::PI, ops::Range};

use crate::SAMPLE_RATE;

/// The zero crossings of the sinc on each side.
const HALF_WIDTH: f64 = 16.0;
/// Further phases are rounded to the nearest; the common rates have fewer.
const MAX_PHASES: u64 = 512;
/// The end of the pass band, as a share of the lower Nyquist frequency.
const PASS: f64 = 0.92;

/// Resamples values in -1..1 to 16 bits at 8 kHz, without aliasing from above 4 kHz.
pub fn to_8k(input: &[f32], rate: u32) -> Vec<i16> {
    let mut resampler = Resampler::new(rate);
    let mut sound = resampler.push(input);
    sound.extend(resampler.finish());
    sound
}

/// Resamples sound that arrives piece by piece.
#[derive(Debug)]
pub struct Resampler {
    from: u64,
    to: u64,
    phases: u64,
    /// None: the rates are the same.
    filters: Option<Filters>,
    /// The input that later output depends on.
    input: Vec<f32>,
    /// The samples of the input before that.
    dropped: u64,
    /// The samples of the output so far.
    made: u64,
}

impl Resampler {
    /// Creates a resampler from this rate to 8 kHz.
    pub fn new(rate: u32) -> Resampler {
        Resampler::between(rate, SAMPLE_RATE)
    }

    /// Creates a resampler from one rate to another.
    pub fn between(from: u32, to: u32) -> Resampler {
        let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
        let phases = (to / gcd(from, to)).min(MAX_PHASES);
        let filters = (from != to).then(|| Filters::new(from as f64 / to as f64, phases));
        Resampler { from, to, phases, filters, input: Vec::new(), dropped: 0, made: 0 }
    }

    /// Takes a piece of the input and returns the output that no later input changes.
    pub fn push(&mut self, piece: &[f32]) -> Vec<i16> {
        let Some(filters) = &self.filters else {
            return piece.iter().map(|&value| to_i16(value)).collect();
        };
        self.input.extend_from_slice(piece);
        let reach = filters.reach as u64;
        let known = (self.dropped + self.input.len() as u64).saturating_sub(reach);
        // The first output whose centre is not known yet.
        let until = (known * self.phases * self.to)
            .saturating_sub(self.to / 2)
            .div_ceil(self.from * self.phases);
        let made = self.make(self.made..until.max(self.made));
        let needed = self.centre(self.made).0.saturating_sub(reach);
        let old = needed.saturating_sub(self.dropped).min(self.input.len() as u64);
        self.input.drain(..old as usize);
        self.dropped += old;
        made
    }

    /// Returns the end of the output.
    pub fn finish(&mut self) -> Vec<i16> {
        let until = (self.dropped + self.input.len() as u64) * self.to / self.from;
        self.make(self.made..until.max(self.made))
    }

    fn make(&mut self, range: Range<u64>) -> Vec<i16> {
        let Some(filters) = &self.filters else { return Vec::new() };
        self.made = range.end;
        range
            .map(|n| {
                let (centre, phase) = self.centre(n);
                to_i16(filters.apply(&self.input, centre as i64 - self.dropped as i64, phase))
            })
            .collect()
    }

    /// The position of an output sample in the input, rounded to 1/`phases` of an input sample.
    fn centre(&self, n: u64) -> (u64, usize) {
        let at = (n * self.from * self.phases + self.to / 2) / self.to;
        (at / self.phases, (at % self.phases) as usize)
    }
}

#[derive(Debug)]
struct Filters {
    taps: Vec<Vec<f32>>,
    reach: i64,
}

impl Filters {
    fn new(ratio: f64, phases: u64) -> Filters {
        // The cutoff of the filter in cycles per input sample.
        let cut = 0.5 * PASS / ratio.max(1.0);
        let reach = (HALF_WIDTH / (2.0 * cut)).ceil() as i64;
        let taps = (0..phases)
            .map(|phase| {
                let shift = phase as f64 / phases as f64;
                let raw: Vec<f64> =
                    (-reach..=reach).map(|k| tap(k as f64 - shift, cut, reach as f64)).collect();
                // Normalise to unit gain for a constant, in every phase.
                let sum: f64 = raw.iter().sum();
                raw.iter().map(|value| (value / sum) as f32).collect()
            })
            .collect();
        Filters { taps, reach }
    }

    fn apply(&self, input: &[f32], centre: i64, phase: usize) -> f32 {
        let first = centre - self.reach;
        let skip = (-first).max(0) as usize;
        let start = first.max(0) as usize;
        let taps = self.taps[phase].get(skip..).unwrap_or(&[]);
        let input = input.get(start..).unwrap_or(&[]);
        taps.iter().zip(input).map(|(tap, value)| tap * value).sum()
    }
}

fn tap(t: f64, cut: f64, reach: f64) -> f64 {
    let x = 2.0 * PI * cut * t;
    let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
    let w = (t / (reach + 1.0)).clamp(-1.0, 1.0) * PI;
    // Blackman.
    sinc * (0.42 + 0.5 * w.cos() + 0.08 * (2.0 * w).cos())
}

fn to_i16(value: f32) -> i16 {
    (value * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::level_dbfs;

    fn sine(hz: f32, rate: u32) -> Vec<f32> {
        let step = f64::from(hz) / f64::from(rate) * 2.0 * PI;
        (0..rate).map(|n| ((f64::from(n) * step).sin() * 0.5) as f32).collect()
    }

    #[test]
    fn speech_passes_and_what_would_fold_back_does_not() {
        for rate in [11_025, 12_345, 16_000, 22_050, 44_100, 48_000, 96_001] {
            for hz in [200.0, 1_000.0, 3_000.0] {
                let level = level_dbfs(&to_8k(&sine(hz, rate), rate));
                assert!((level + 6.0).abs() < 0.5, "{hz} Hz at {rate}: {level}");
            }
            let level = level_dbfs(&to_8k(&sine(5_000.0, rate), rate)[400..7_600]);
            assert!(level < -60.0, "5 kHz at {rate} leaks {level}");
        }
    }

    #[test]
    fn sound_of_the_telephone_is_raised_piece_by_piece_without_delay_or_images() {
        let sound = sine(1_000.0, 8_000);
        let mut up = Resampler::between(8_000, 24_000);
        let raised: Vec<i16> = sound.chunks(160).flat_map(|piece| up.push(piece)).collect();
        let delay = 24_000 - raised.len();
        assert!(delay < 24 * 3, "{delay} samples are kept back");
        let expected = sine(1_000.0, 24_000);
        let errors = raised
            .iter()
            .zip(&expected)
            .skip(240)
            .map(|(sample, expected)| (f32::from(*sample) / 32_768.0 - expected).abs());
        let worst = errors.fold(0.0, f32::max);
        assert!(worst < 0.003, "{worst}");
    }

    #[test]
    fn low_rates_are_raised() {
        let level = level_dbfs(&to_8k(&sine(400.0, 4_000), 4_000));
        assert!((level + 6.0).abs() < 0.5, "{level}");
        assert!(to_8k(&[], 44_100).is_empty());
        assert_eq!(to_8k(&[0.5; 10], 1).len(), 80_000);
    }

    #[test]
    fn sound_in_pieces_is_the_same_sound() {
        let mut random = fastrand::Rng::with_seed(7);
        for rate in [1, 4_000, 8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 96_001] {
            let input: Vec<f32> = (0..rate.min(6_000)).map(|_| random.f32() - 0.5).collect();
            let (mut resampler, mut sound, mut rest) =
                (Resampler::new(rate), Vec::new(), &input[..]);
            while !rest.is_empty() {
                let (piece, later) = rest.split_at(random.usize(..=rest.len().min(700)));
                sound.extend(resampler.push(piece));
                rest = later;
                assert!(resampler.input.len() < 2_000, "what is done is dropped");
            }
            sound.extend(resampler.finish());
            assert!(sound == to_8k(&input, rate), "{rate}");
            assert_eq!(sound.len() as u64, input.len() as u64 * 8_000 / u64::from(rate));
        }
    }
}
