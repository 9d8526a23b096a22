//! The beeps of answering machines: one tone, two at once, two in a row, a chirp, or a short pip.

use std::f32::consts::TAU;

use campanile_media::{SAMPLE_RATE, tone};
use fastrand::Rng;

const STEADY_HZ: [f32; 10] =
    [425.0, 480.0, 620.0, 800.0, 850.0, 1_000.0, 1_050.0, 1_100.0, 1_400.0, 2_000.0];
const HIGH_HZ: [f32; 6] = [800.0, 880.0, 1_000.0, 1_200.0, 1_500.0, 2_000.0];
const PAIRS_HZ: [[f32; 2]; 4] =
    [[660.0, 880.0], [1_000.0, 1_500.0], [850.0, 1_020.0], [480.0, 1_000.0]];

/// Returns a beep and its name.
pub fn draw(rng: &mut Rng) -> (String, Vec<i16>) {
    let level = -12.0 - rng.f32() * 12.0;
    match rng.u8(..10) {
        0 => {
            let [low, high] = PAIRS_HZ[rng.usize(..PAIRS_HZ.len())];
            let ms = rng.u32(200..700);
            let mut both = tone::beep(low, ms, level - 3.0);
            tone::mix(&mut both, &tone::beep(high, ms, level - 3.0));
            (format!("{ms} ms of {low} and {high} Hz"), both)
        }
        1 => {
            let first = HIGH_HZ[rng.usize(..HIGH_HZ.len() - 1)];
            let second = first * [0.667, 0.8, 1.25, 1.5][rng.usize(..4)];
            let ms = rng.u32(120..300);
            let notes = [first, second].map(|hz| tone::beep(hz, ms, level));
            (format!("{first} and then {second} Hz, {ms} ms each"), notes.concat())
        }
        2 => {
            let from = HIGH_HZ[rng.usize(..HIGH_HZ.len() - 1)];
            let to = from * [0.6, 1.6][rng.usize(..2)];
            let ms = rng.u32(150..450);
            (format!("{ms} ms from {from} to {to} Hz"), chirp(from, to, ms, level))
        }
        3 => {
            let hz = HIGH_HZ[rng.usize(..HIGH_HZ.len())];
            let ms = rng.u32(70..120);
            (format!("{ms} ms of {hz} Hz"), tone::beep(hz, ms, level))
        }
        _ => {
            let hz = STEADY_HZ[rng.usize(..STEADY_HZ.len())];
            let ms = rng.u32(150..1_000).max(if hz < 700.0 { 250 } else { 150 });
            (format!("{ms} ms of {hz} Hz"), tone::beep(hz, ms, level))
        }
    }
}

/// Returns a tone that slides from one pitch to another.
pub fn chirp(from: f32, to: f32, ms: u32, level: f32) -> Vec<i16> {
    let len = tone::samples_of_ms(ms);
    let (mut phase, peak) = (0.0f32, tone::amplitude(level));
    let wave = |n: usize| {
        let part = n as f32 / len as f32;
        phase = (phase + TAU * (from + (to - from) * part) / SAMPLE_RATE as f32) % TAU;
        let edge = (part * 20.0).min((1.0 - part) * 20.0).min(1.0);
        (phase.sin() * peak * edge) as i16
    };
    (0..len).map(wave).collect()
}
