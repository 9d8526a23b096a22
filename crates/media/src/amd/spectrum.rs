//! The spectrum of the last 32 ms: its tones, its peaks, and the level in the band of voices.

use std::{
    f32::consts::TAU,
    sync::{Arc, LazyLock},
};

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex32};

use crate::{FRAME_SAMPLES, Frame, SAMPLE_RATE};

const WINDOW: usize = 256;
const BINS: usize = WINDOW / 2 + 1;
const BIN_HZ: f32 = SAMPLE_RATE as f32 / WINDOW as f32;
/// Tones below this level are not meant for the caller.
const QUIETEST_DB: f32 = -45.0;
/// The least share of all power in one tone, or in two.
const PURITY: f32 = 0.85;
/// The least share of all power within 160 Hz of a tone that slides.
const SLIDING_PURITY: f32 = 0.88;
const SLIDING_BINS: usize = 5;
/// A second tone counts if its power is at least this share of the first tone's (DTMF with twist),
/// and at least `SECOND_OF_REST` of the power that the first tone leaves.
const SECOND_TONE: f32 = 0.01;
const SECOND_OF_REST: f32 = 0.6;
/// The tones of network signals are above this frequency.
const LOWEST_SIGNAL_HZ: f32 = 330.0;
/// The bins in which voices stand out of noise: 280 to 1,220 Hz.
const VOICE_BINS: std::ops::Range<usize> = 9..40;
/// A peak with less of all power is noise.
const PEAK_SHARE: f32 = 0.04;

static FFT: LazyLock<Arc<dyn RealToComplex<f32>>> =
    LazyLock::new(|| RealFftPlanner::new().plan_fft_forward(WINDOW));
static HANN: LazyLock<[f32; WINDOW]> =
    LazyLock::new(|| std::array::from_fn(|n| 0.5 - 0.5 * (TAU * n as f32 / WINDOW as f32).cos()));

/// The tones that make up a frame, in Hz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tones {
    /// One steady tone.
    One(f32),
    /// Two at once, the lower one first.
    Two(f32, f32),
    /// One that slides, at its middle.
    Sliding(f32),
}

impl Tones {
    /// Returns the lower and the higher frequency; of one tone the same twice.
    pub fn low_and_high(self) -> (f32, f32) {
        match self {
            Tones::One(hz) | Tones::Sliding(hz) => (hz, hz),
            Tones::Two(low, high) => (low, high),
        }
    }

    /// Returns the frequency, of two tones their mean.
    pub fn hz(self) -> f32 {
        match self {
            Tones::One(hz) | Tones::Sliding(hz) => hz,
            Tones::Two(low, high) => (low + high) / 2.0,
        }
    }
}

/// What a frame looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// The tones, if there is hardly any other sound.
    pub tones: Option<Tones>,
    /// The share of all power that is in the tones.
    pub purity: f32,
    /// The frequencies of the three highest peaks; zero for none.
    pub peaks_hz: [f32; 3],
    /// The level in the band of voices, in dB below full scale.
    pub voice_db: f32,
}

/// Computes a spectrum for each frame.
pub(super) struct Spectrum {
    history: [f32; WINDOW],
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl std::fmt::Debug for Spectrum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spectrum").finish_non_exhaustive()
    }
}

impl Spectrum {
    pub fn new() -> Self {
        Spectrum {
            history: [0.0; WINDOW],
            bins: FFT.make_output_vec(),
            scratch: FFT.make_scratch_vec(),
        }
    }

    /// Takes a frame of this level.
    pub fn push(&mut self, frame: &Frame, level: f32) -> Look {
        self.history.copy_within(FRAME_SAMPLES.., 0);
        for (slot, &sample) in self.history[WINDOW - FRAME_SAMPLES..].iter_mut().zip(frame) {
            *slot = f32::from(sample);
        }
        let mut windowed: [f32; WINDOW] = std::array::from_fn(|n| self.history[n] * HANN[n]);
        if FFT.process_with_scratch(&mut windowed, &mut self.bins, &mut self.scratch).is_err() {
            return Look { tones: None, purity: 0.0, peaks_hz: [0.0; 3], voice_db: level };
        }
        let power: [f32; BINS] = std::array::from_fn(|bin| self.bins[bin].norm_sqr());
        let total: f32 = power[2..].iter().sum();
        let (tones, purity, peaks_hz) = look(power, total);
        let voice: f32 = power[VOICE_BINS].iter().sum();
        // The sum over the bins is the mean power times the window's length and its mean square.
        let scale = 32_768.0f32.powi(2) * (WINDOW * WINDOW) as f32 * 0.375 / 2.0;
        Look {
            tones: tones.filter(|_| level > QUIETEST_DB),
            purity,
            peaks_hz,
            voice_db: 10.0 * (voice / scale).max(1e-10).log10(),
        }
    }
}

fn look(power: [f32; BINS], total: f32) -> (Option<Tones>, f32, [f32; 3]) {
    let mut rest = power;
    let peaks = [take_peak(&mut rest), take_peak(&mut rest), take_peak(&mut rest)];
    let peaks_hz = peaks.map(|peak| {
        peak.filter(|peak| peak.power > PEAK_SHARE * total).map_or(0.0, |peak| peak.hz)
    });
    let tones = match peaks {
        [Some(first), Some(second), _] => tones(&first, &second, &power, total),
        _ => None,
    };
    let pure = match (tones, peaks) {
        (Some(Tones::Two(..)), [Some(first), Some(second), _]) => first.power + second.power,
        (_, [Some(first), ..]) => around(&first, &power).1,
        _ => 0.0,
    };
    (tones, pure / total.max(f32::MIN_POSITIVE), peaks_hz)
}

fn tones(first: &Peak, second: &Peak, power: &[f32; BINS], total: f32) -> Option<Tones> {
    let stands_beside = second.stands_beside(first, total);
    if first.power >= PURITY * total && !stands_beside {
        return Some(Tones::One(first.hz));
    }
    let (low, high) = (first.hz.min(second.hz), first.hz.max(second.hz));
    let are_two = first.power + second.power >= PURITY * total && low > LOWEST_SIGNAL_HZ;
    if are_two && stands_beside {
        return Some(Tones::Two(low, high));
    }
    sliding(first, power, total).or(are_two.then_some(Tones::Two(low, high)))
}

/// Returns the tone that slides if nearly all power is around the highest peak.
fn sliding(first: &Peak, power: &[f32; BINS], total: f32) -> Option<Tones> {
    let (hz, sum) = around(first, power);
    (sum >= SLIDING_PURITY * total && hz > LOWEST_SIGNAL_HZ).then_some(Tones::Sliding(hz))
}

/// Returns the mean frequency and the power near a peak.
fn around(peak: &Peak, power: &[f32; BINS]) -> (f32, f32) {
    let from = peak.bin.saturating_sub(SLIDING_BINS).max(2);
    let near = &power[from..=(peak.bin + SLIDING_BINS).min(BINS - 1)];
    let sum: f32 = near.iter().sum();
    let moment: f32 = near.iter().zip(from..).map(|(power, bin)| power * bin as f32).sum();
    (moment / sum.max(f32::MIN_POSITIVE) * BIN_HZ, sum)
}

/// A peak of the spectrum.
#[derive(Clone, Copy)]
struct Peak {
    bin: usize,
    hz: f32,
    power: f32,
}

impl Peak {
    /// Whether this peak is a separate tone beside `first` and not an overtone or noise.
    fn stands_beside(&self, first: &Peak, total: f32) -> bool {
        let overtone = (self.hz / first.hz).round() * first.hz;
        self.power > SECOND_TONE * first.power
            && self.power > SECOND_OF_REST * (total - first.power)
            && self.hz > LOWEST_SIGNAL_HZ
            && (self.hz - first.hz).abs() > 3.5 * BIN_HZ
            && (self.hz - overtone).abs() > 1.5 * BIN_HZ
    }
}

/// Removes the highest peak and its lobe from a spectrum.
fn take_peak(power: &mut [f32; BINS]) -> Option<Peak> {
    let (bin, _) = power.iter().enumerate().skip(2).max_by(|a, b| a.1.total_cmp(b.1))?;
    let lobe = power.get_mut(bin - 2..=bin + 2)?;
    let sum: f32 = lobe.iter().sum();
    let offset: f32 = lobe.iter().zip(-2i32..).map(|(p, offset)| p * offset as f32).sum::<f32>();
    lobe.fill(0.0);
    let hz = (bin as f32 + offset / sum.max(f32::MIN_POSITIVE)) * BIN_HZ;
    Some(Peak { bin, hz, power: sum })
}
