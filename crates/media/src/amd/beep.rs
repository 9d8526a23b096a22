//! Detects the beep, one steady pure tone.

use std::{
    f32::consts::TAU,
    sync::{Arc, LazyLock},
};

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex32};

use super::FRAME_MS;
use crate::{FRAME_SAMPLES, Frame, SAMPLE_RATE};

const WINDOW: usize = 256;
const BIN_HZ: f32 = SAMPLE_RATE as f32 / WINDOW as f32;
const LOWEST_HZ: f32 = 400.0;
const HIGHEST_HZ: f32 = 2_500.0;
/// Tones below this level are not meant for the caller.
const QUIETEST_DB: f32 = -45.0;
/// The least share of all power in one tone, or in two.
const PURITY: f32 = 0.80;
/// A second tone counts if its power is at least this share of the first tone's (DTMF with twist),
/// and at least `SECOND_OF_REST` of the power that the first tone leaves.
const SECOND_TONE: f32 = 0.01;
const SECOND_OF_REST: f32 = 0.6;
/// The tones of network signals are above this frequency.
const LOWEST_SIGNAL_HZ: f32 = 330.0;
/// How far the mean frequency of two tones may wander, because they beat.
const PAIR_DRIFT_HZ: f32 = 30.0;
/// This many frames of the same sound are a signal and not a voice.
const SIGNAL_FRAMES: u32 = 8;
/// This many frames may be a signal.
const MAYBE_FRAMES: u32 = 3;
/// How far a frame may be from the mean frequency of the tone.
const DRIFT_HZ: f32 = 15.0;
/// The least number of frames of a tone: 120 ms, or 200 ms at the pitch of voices.
const SHORTEST_FRAMES: u32 = 6;
const SHORTEST_LOW_FRAMES: u32 = 10;
const LOW_HZ: f32 = 700.0;
/// The most frames that may be missing in a tone: a lost packet spoils two windows.
const MOST_MISSED: u32 = 2;
/// A longer tone is not a beep (dial tone, fax).
const LONGEST_FRAMES: u32 = 150;

static FFT: LazyLock<Arc<dyn RealToComplex<f32>>> =
    LazyLock::new(|| RealFftPlanner::new().plan_fft_forward(WINDOW));
static HANN: LazyLock<[f32; WINDOW]> =
    LazyLock::new(|| std::array::from_fn(|n| 0.5 - 0.5 * (TAU * n as f32 / WINDOW as f32).cos()));

/// A detected beep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beep {
    /// When the beep began, in milliseconds after the answer.
    pub start_ms: u32,
    /// When the beep ended, in milliseconds after the answer.
    pub end_ms: u32,
    /// The frequency of the beep.
    pub hz: f32,
}

/// What the search found in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sound {
    /// No beep.
    None,
    /// A tone has lasted long enough for a beep and still sounds.
    Sounding,
    /// The tone has ended.
    Over(Beep),
}

/// The tones in the spectrum of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tones {
    /// The frequency of one tone, or the power-weighted mean of two.
    hz: f32,
    is_one: bool,
}

/// How long one or two steady tones have been heard.
#[derive(Debug, Clone, Copy, Default)]
struct Steady {
    hz: f32,
    frames: u32,
    missed: u32,
}

impl Steady {
    fn push(&mut self, tones: Option<Tones>) {
        let same = tones.filter(|tones| (tones.hz - self.hz).abs() <= PAIR_DRIFT_HZ);
        match (same, tones) {
            (Some(tones), _) if self.frames > 0 => {
                self.frames += 1 + self.missed;
                self.missed = 0;
                self.hz += (tones.hz - self.hz) / self.frames as f32;
            }
            _ if self.frames >= MAYBE_FRAMES && self.missed < MOST_MISSED => self.missed += 1,
            (_, Some(tones)) => *self = Steady { hz: tones.hz, frames: 1, missed: 0 },
            (_, None) => *self = Steady::default(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Run {
    start_ms: u32,
    end_ms: u32,
    frames: u32,
    /// Frames without the tone since it was last heard.
    missed: u32,
    mean_hz: f32,
}

impl Run {
    fn new(hz: f32, now_ms: u32) -> Run {
        Run { start_ms: now_ms - FRAME_MS, end_ms: now_ms, frames: 1, missed: 0, mean_hz: hz }
    }

    fn is_beep(&self) -> bool {
        let shortest = if self.mean_hz < LOW_HZ { SHORTEST_LOW_FRAMES } else { SHORTEST_FRAMES };
        (shortest..=LONGEST_FRAMES).contains(&self.frames)
    }
}

/// Searches for beeps.
pub(super) struct BeepFinder {
    history: [f32; WINDOW],
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    run: Option<Run>,
    steady: Steady,
}

impl std::fmt::Debug for BeepFinder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BeepFinder").field("run", &self.run).finish_non_exhaustive()
    }
}

impl BeepFinder {
    pub fn new() -> Self {
        BeepFinder {
            history: [0.0; WINDOW],
            spectrum: FFT.make_output_vec(),
            scratch: FFT.make_scratch_vec(),
            run: None,
            steady: Steady::default(),
        }
    }

    /// Returns how many frames one or two steady tones have lasted; None while they may be a voice.
    pub fn signal_frames(&self) -> Option<u32> {
        let frames = self.steady.frames + self.steady.missed;
        (self.steady.frames >= SIGNAL_FRAMES).then_some(frames)
    }

    /// Whether a tone may have begun.
    pub fn may_be_tone(&self) -> bool {
        self.steady.frames >= MAYBE_FRAMES
    }

    /// Returns the current tone, if it is long enough for a beep.
    pub fn sounding(&self) -> Option<Beep> {
        let Run { start_ms, end_ms, mean_hz: hz, .. } = self.run.filter(Run::is_beep)?;
        Some(Beep { start_ms, end_ms, hz })
    }

    /// Takes a frame that ends at `now_ms`.
    pub fn push(&mut self, frame: &Frame, level: f32, now_ms: u32) -> Sound {
        self.history.copy_within(FRAME_SAMPLES.., 0);
        for (slot, &sample) in self.history[WINDOW - FRAME_SAMPLES..].iter_mut().zip(frame) {
            *slot = f32::from(sample);
        }
        let tones = if level > QUIETEST_DB { self.tones() } else { None };
        self.steady.push(tones);
        let in_reach = |hz: &f32| (LOWEST_HZ..=HIGHEST_HZ).contains(hz);
        let hz = tones.filter(|tones| tones.is_one).map(|tones| tones.hz).filter(in_reach);
        match (hz, &mut self.run) {
            (Some(hz), Some(run)) if (hz - run.mean_hz).abs() <= DRIFT_HZ => {
                run.frames += 1;
                run.missed = 0;
                run.end_ms = now_ms;
                run.mean_hz += (hz - run.mean_hz) / run.frames as f32;
                if run.is_beep() { Sound::Sounding } else { Sound::None }
            }
            (None, Some(run)) if run.missed < MOST_MISSED => {
                run.missed += 1;
                Sound::None
            }
            (Some(_), Some(run)) if run.is_beep() && run.missed < MOST_MISSED => {
                run.missed += 1;
                Sound::None
            }
            (next, before) => {
                let over = before.filter(Run::is_beep).map_or(Sound::None, |run| {
                    let Run { start_ms, end_ms, mean_hz: hz, .. } = run;
                    Sound::Over(Beep { start_ms, end_ms, hz })
                });
                self.run = next.map(|hz| Run::new(hz, now_ms));
                over
            }
        }
    }

    /// Returns the one or two tones in the last 32 ms, if there is hardly any other sound.
    fn tones(&mut self) -> Option<Tones> {
        let mut windowed = [0.0; WINDOW];
        for (out, (sample, weight)) in windowed.iter_mut().zip(self.history.iter().zip(HANN.iter()))
        {
            *out = sample * weight;
        }
        FFT.process_with_scratch(&mut windowed, &mut self.spectrum, &mut self.scratch).ok()?;
        let mut power: [f32; WINDOW / 2 + 1] =
            std::array::from_fn(|bin| self.spectrum[bin].norm_sqr());
        let total: f32 = power[2..].iter().sum();
        let first = take_peak(&mut power)?;
        let second = take_peak(&mut power)?;
        let is_one = first.power >= PURITY * total && !second.stands_beside(&first, total);
        let both = first.power + second.power;
        if is_one {
            return Some(Tones { hz: first.hz, is_one });
        }
        let is_two = both >= PURITY * total && first.hz.min(second.hz) > LOWEST_SIGNAL_HZ;
        let hz = (first.hz * first.power + second.hz * second.power) / both;
        is_two.then_some(Tones { hz, is_one })
    }
}

/// A peak of the spectrum.
struct Peak {
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
fn take_peak(power: &mut [f32; WINDOW / 2 + 1]) -> Option<Peak> {
    let (at, _) = power.iter().enumerate().skip(2).max_by(|a, b| a.1.total_cmp(b.1))?;
    let lobe = power.get_mut(at - 2..=at + 2)?;
    let sum: f32 = lobe.iter().sum();
    let offset: f32 = lobe.iter().zip(-2i32..).map(|(p, offset)| p * offset as f32).sum::<f32>();
    lobe.fill(0.0);
    Some(Peak { hz: (at as f32 + offset / sum.max(f32::MIN_POSITIVE)) * BIN_HZ, power: sum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{amd::level_db, tone};

    /// Returns all beeps found in `sound` over noise, with 500 ms of noise before and after.
    fn beeps_in(sound: &[i16], noise_dbfs: f32) -> Vec<Beep> {
        let mut all = vec![0; 4_000 + sound.len() + 4_000];
        tone::Noise::new(7, noise_dbfs).fill(&mut all);
        tone::mix(&mut all[4_000..], sound);
        let mut finder = BeepFinder::new();
        let frames = all.as_chunks::<FRAME_SAMPLES>().0.iter().zip(1u32..);
        let sounds = frames.map(|(frame, n)| finder.push(frame, level_db(frame), n * FRAME_MS));
        sounds
            .filter_map(|sound| match sound {
                Sound::Over(beep) => Some(beep),
                Sound::None | Sound::Sounding => None,
            })
            .collect()
    }

    #[test]
    fn beeps_of_machines_are_found_where_they_are() {
        for hz in [425.0, 480.0, 660.0, 850.0, 1_000.0, 1_333.0, 1_400.0, 2_000.0, 2_400.0] {
            for ms in [250, 400, 1_000, 2_000] {
                let found = beeps_in(&tone::beep(hz, ms, -20.0), -45.0);
                let [beep] = found[..] else { panic!("{hz} Hz, {ms} ms: {found:?}") };
                assert!((beep.hz - hz).abs() < 5.0, "{hz} Hz: {beep:?}");
                assert!(beep.start_ms.abs_diff(500) <= 20, "{hz} Hz, {ms} ms: {beep:?}");
                assert!(beep.end_ms.abs_diff(500 + ms) <= 40, "{hz} Hz, {ms} ms: {beep:?}");
            }
        }
    }

    #[test]
    fn a_lost_packet_does_not_cut_a_beep() {
        let mut beep = tone::beep(850.0, 400, -20.0);
        beep[5 * FRAME_SAMPLES..6 * FRAME_SAMPLES].fill(0);
        beep[12 * FRAME_SAMPLES..13 * FRAME_SAMPLES].fill(0);
        let found = beeps_in(&beep, -60.0);
        let [beep] = found[..] else { panic!("{found:?}") };
        assert!(beep.end_ms.abs_diff(900) <= 40, "{beep:?}");
    }

    #[test]
    fn a_short_high_beep_is_enough() {
        assert_eq!(beeps_in(&tone::beep(1_000.0, 150, -20.0), -50.0).len(), 1);
    }

    #[test]
    fn digits_dial_tones_and_sirens_are_no_beeps() {
        let digit = tone::Tone::dtmf('5', -20.0).map(|mut tone| tone.take_ms(400));
        assert_eq!(beeps_in(&digit.unwrap_or_default(), -50.0), []);
        assert_eq!(beeps_in(&tone::beep(425.0, 5_000, -20.0), -50.0), []);
        let sweep = (0..40).flat_map(|n| tone::beep(600.0 + n as f32 * 30.0, 20, -20.0));
        assert_eq!(beeps_in(&sweep.collect::<Vec<_>>(), -50.0), []);
        assert_eq!(beeps_in(&tone::beep(1_000.0, 60, -20.0), -50.0), []);
    }

    #[test]
    fn noise_alone_never_beeps() {
        assert_eq!(beeps_in(&vec![0; 8_000 * 60], -30.0), []);
    }
}
