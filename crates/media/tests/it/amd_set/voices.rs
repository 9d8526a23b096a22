//! Speech of three kinds: espeak-ng, flite, and a buzz with moving formants that says nothing but
//! has the melody, rhythm and pauses of speech.

use std::{f32::consts::TAU, process::Command};

use campanile_media::{SAMPLE_RATE, resample, tone};
use fastrand::Rng;

/// Who speaks.
#[derive(Debug, Clone, Copy)]
pub enum Voice {
    Espeak(&'static str),
    Flite(&'static str),
    /// The mean pitch in Hz.
    Shaped(f32),
}

impl Voice {
    /// Speaks the text at a pace of 1 for the voice's own, peaks near full scale.
    pub fn speak(self, rng: &mut Rng, text: &str, pace: f32) -> Vec<i16> {
        match self {
            Voice::Espeak(voice) => espeak(text, voice, (165.0 * pace) as u32),
            Voice::Flite(voice) => flite(text, voice, pace),
            Voice::Shaped(hz) => shaped(rng, text, hz, pace),
        }
    }
}

/// Returns the speech of espeak-ng at 8 kHz.
pub fn espeak(text: &str, voice: &str, words_per_minute: u32) -> Vec<i16> {
    let pace = words_per_minute.to_string();
    said_by(Command::new("espeak-ng").args(["-v", voice, "-s", &pace, "--stdout", text]))
}

fn flite(text: &str, voice: &str, pace: f32) -> Vec<i16> {
    let stretch = format!("duration_stretch={:.2}", 1.0 / pace);
    said_by(Command::new("flite").args([
        "-voice",
        voice,
        "--setf",
        &stretch,
        "-t",
        text,
        "-o",
        "/dev/stdout",
    ]))
}

fn said_by(command: &mut Command) -> Vec<i16> {
    let program = command.get_program().to_string_lossy().into_owned();
    let needs = format!("this test needs {program}: apt-get install {program}");
    let wav = command.output().expect(&needs).stdout;
    assert!(wav.len() > 44, "{program} says nothing: {command:?}");
    let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap());
    let samples = wav[44..].as_chunks().0.iter().map(|pair| i16::from_le_bytes(*pair));
    resample::to_8k(&samples.map(|sample| f32::from(sample) / 32_768.0).collect::<Vec<_>>(), rate)
}

/// The first three formants of five vowels.
const VOWELS: [[f32; 3]; 5] = [
    [730.0, 1_090.0, 2_440.0],
    [530.0, 1_840.0, 2_480.0],
    [270.0, 2_290.0, 3_010.0],
    [570.0, 840.0, 2_410.0],
    [300.0, 870.0, 2_240.0],
];

/// Returns as many syllables as the text has vowels, with the pauses of its commas and stops.
fn shaped(rng: &mut Rng, text: &str, hz: f32, pace: f32) -> Vec<i16> {
    let mut throat = Throat { hz, phase: 0.0, formants: VOWELS[0], states: [[0.0; 2]; 3] };
    let mut sound = Vec::new();
    let mut in_vowel = false;
    // The voice falls from the beginning of a sentence to its end, or rises in a question.
    let mut fall = 1.15;
    for letter in text.to_lowercase().chars() {
        let is_vowel = "aeiouyäöüáéíóúàâêôãõ".contains(letter);
        if is_vowel && !in_vowel {
            fall = f32::max(fall - 0.02, 0.85);
            let ms = rng.f32().mul_add(130.0, 110.0) / pace;
            let accent = if rng.u8(..4) == 0 { 1.12 } else { 1.0 };
            let to = VOWELS[rng.usize(..5)];
            throat.consonant(rng, &mut sound, pace);
            throat.vowel(rng, &mut sound, ms as u32, hz * fall * accent, to);
        }
        in_vowel = is_vowel;
        let pause_ms = match letter {
            ',' | ';' => rng.u32(120..320),
            '.' | '?' | '!' => rng.u32(250..600),
            _ => continue,
        };
        fall = 1.15;
        sound.extend(tone::Tone::sine(0.0, 0.0).take_ms((pause_ms as f32 / pace) as u32));
    }
    let end = sound.iter().rposition(|sample| *sample != 0).map_or(0, |last| last + 1);
    sound.truncate(end);
    sound
}

struct Throat {
    hz: f32,
    phase: f32,
    formants: [f32; 3],
    states: [[f32; 2]; 3],
}

impl Throat {
    fn consonant(&mut self, rng: &mut Rng, sound: &mut Vec<i16>, pace: f32) {
        let ms = (rng.f32().mul_add(60.0, 30.0) / pace) as u32;
        let peak = [0.0, 0.0, 500.0, 2_000.0][rng.usize(..4)];
        let mut before = 0.0;
        for _ in 0..tone::samples_of_ms(ms) {
            let now = (rng.f32() - 0.5) * peak;
            // A hiss has little low sound.
            sound.push((now - 0.8 * before) as i16);
            before = now;
        }
    }

    fn vowel(&mut self, rng: &mut Rng, sound: &mut Vec<i16>, ms: u32, hz: f32, to: [f32; 3]) {
        let len = tone::samples_of_ms(ms);
        let (from, from_hz) = (self.formants, self.hz);
        for n in 0..len {
            let part = n as f32 / len as f32;
            self.hz = from_hz + (hz - from_hz) * (part * 2.0).min(1.0);
            let glide = (part * 3.0).min(1.0);
            self.formants = std::array::from_fn(|at| from[at] + (to[at] - from[at]) * glide);
            let edge = (part * 8.0).min((1.0 - part) * 5.0).min(1.0);
            let jitter = 1.0 + (rng.f32() - 0.5) * 0.02;
            self.phase += self.hz * jitter / SAMPLE_RATE as f32;
            let mut pulse = (rng.f32() - 0.5) * 0.04;
            if self.phase >= 1.0 {
                self.phase -= 1.0;
                pulse += 1.0;
            }
            sound.push((self.resonate(pulse) * edge * 3_000.0).clamp(-32_000.0, 32_000.0) as i16);
        }
    }

    fn resonate(&mut self, pulse: f32) -> f32 {
        let mut sum = 0.0;
        for (at, (hz, state)) in self.formants.iter().zip(&mut self.states).enumerate() {
            let width = [80.0, 110.0, 160.0][at];
            let radius = (-std::f32::consts::PI * width / SAMPLE_RATE as f32).exp();
            let cosine = 2.0 * radius * (TAU * hz / SAMPLE_RATE as f32).cos();
            let out = pulse + cosine * state[0] - radius * radius * state[1];
            *state = [out, state[0]];
            sum += out * [1.0, 0.5, 0.25][at];
        }
        sum
    }
}
