//! What happens to a voice on its way: a room, other people, a street, music, a mobile codec, G.711,
//! lost packets.

use campanile_media::{FRAME_SAMPLES, SAMPLE_RATE, g711::Law, tone};
use fastrand::Rng;

use super::voices::Voice;

/// The sound behind a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Quiet,
    Hiss,
    Street,
    Car,
    Babble,
    Music,
}

const PLACES: [Place; 7] = [
    Place::Quiet,
    Place::Quiet,
    Place::Hiss,
    Place::Street,
    Place::Car,
    Place::Babble,
    Place::Music,
];
/// The distance of the voice from the sound behind it, in dB.
const DISTANCES_DB: [u8; 6] = [35, 25, 25, 20, 15, 8];

/// A place and how far the voice stands out there.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    pub place: Place,
    /// The level of speech over the place in dB.
    pub snr_db: u8,
    /// The level of the speech.
    pub speech_db: f32,
    /// How long the room sounds after a word; 0 for none.
    room_ms: u32,
}

impl Scene {
    /// Draws a scene.
    pub fn draw(rng: &mut Rng) -> Scene {
        let place = PLACES[rng.usize(..PLACES.len())];
        let distance = DISTANCES_DB[rng.usize(..DISTANCES_DB.len())];
        Scene {
            place,
            snr_db: if place == Place::Quiet { 45 } else { distance },
            speech_db: -16.0 - rng.f32() * 14.0,
            room_ms: [0, 0, 150, 300][rng.usize(..4)],
        }
    }

    /// Whether other people or musicians are heard.
    pub fn has_people(&self) -> bool {
        matches!(self.place, Place::Babble | Place::Music)
    }

    /// Puts a voice into the scene: its level, then the room.
    pub fn speech(&self, rng: &mut Rng, voice: &[i16]) -> Vec<i16> {
        let mut sound = with_level(voice, self.speech_db);
        if self.room_ms > 0 {
            sound = room(rng, &sound, self.room_ms);
        }
        sound
    }

    /// Adds the sound of the place to the whole.
    pub fn surround(&self, rng: &mut Rng, voices: &[Voice], sound: &mut [i16]) {
        let level = self.speech_db - f32::from(self.snr_db);
        let noise = match self.place {
            Place::Quiet => return,
            Place::Hiss => hiss(rng, sound.len()),
            Place::Street => low_noise(rng, sound.len(), 0.25, 0.5),
            Place::Car => low_noise(rng, sound.len(), 0.08, 0.1),
            Place::Babble => babble(rng, voices, sound.len()),
            Place::Music => music(rng, sound.len()),
        };
        tone::mix(sound, &with_level(&noise, level));
    }
}

/// Returns the sound at this mean level of its loud parts.
fn with_level(sound: &[i16], level_db: f32) -> Vec<i16> {
    let mut powers: Vec<f32> = sound.chunks(FRAME_SAMPLES).map(power).collect();
    powers.sort_unstable_by(f32::total_cmp);
    let loud = &powers[powers.len() / 3..];
    let mean = loud.iter().sum::<f32>() / loud.len().max(1) as f32;
    let gain = tone::amplitude(level_db) / (2.0 * mean.max(1.0)).sqrt();
    sound.iter().map(|sample| (f32::from(*sample) * gain) as i16).collect()
}

fn power(samples: &[i16]) -> f32 {
    samples.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>() / samples.len() as f32
}

fn hiss(rng: &mut Rng, len: usize) -> Vec<i16> {
    let mut out = vec![0; len];
    tone::Noise::new(rng.u64(..), -20.0).fill(&mut out);
    out
}

/// Returns noise below a first-order slope that swells and fades.
fn low_noise(rng: &mut Rng, len: usize, slope: f32, swell: f32) -> Vec<i16> {
    let mut out = hiss(rng, len);
    let (mut low, phase) = (0.0, rng.f32() * 6.0);
    for (n, sample) in out.iter_mut().enumerate() {
        low += (f32::from(*sample) - low) * slope;
        let swelling = 1.0 + swell * (n as f32 / SAMPLE_RATE as f32 * 1.9 + phase).sin();
        *sample = (low * swelling) as i16;
    }
    out
}

/// Returns five people who talk at once.
fn babble(rng: &mut Rng, voices: &[Voice], len: usize) -> Vec<i16> {
    let text = "and so they talk, on and on, about one thing or another. nobody hears it all, or \
                cares to. how are you, and what did she say? many words, none of them for us. ";
    let mut out = vec![0; len];
    for n in 0..5 {
        let shaped = Voice::Shaped(rng.f32().mul_add(140.0, 85.0));
        let voice = if n < 3 { shaped } else { voices[rng.usize(..voices.len())] };
        let speech = with_level(&voice.speak(rng, text, 1.0), -32.0);
        let skip = rng.usize(..speech.len());
        let endless: Vec<i16> = speech.iter().cycle().skip(skip).take(len).copied().collect();
        tone::mix(&mut out, &endless);
    }
    out
}

/// Returns hold music: chords, a bass and a melody with overtones, and sometimes a drum.
pub fn music(rng: &mut Rng, len: usize) -> Vec<i16> {
    let beat = tone::samples_of_ms(rng.u32(280..520));
    let root = 130.8 * 2f32.powf(rng.u8(..12) as f32 / 12.0);
    let has_drum = rng.bool();
    let scale = [0, 2, 4, 7, 9, 12, 14, 16];
    let mut out = vec![0; len];
    for (n, bar) in out.chunks_mut(beat).enumerate() {
        if n % 4 == 0 {
            let step = [0, 5, 7, 9][rng.usize(..4)];
            for third in [0, 4, 7] {
                note(bar, root * 2f32.powf((step + third) as f32 / 12.0), -30.0, 0.3);
            }
        }
        if rng.u8(..5) > 0 {
            let pitch = 2.0 * root * 2f32.powf(f32::from(scale[rng.usize(..8)] as u8) / 12.0);
            note(bar, pitch, -24.0, 1.2);
        }
        if has_drum && n % 2 == 1 {
            let mut hit = hiss(rng, bar.len().min(400));
            hit.iter_mut().enumerate().for_each(|(n, s)| *s /= 4 + n as i16 / 20);
            tone::mix(bar, &hit);
        }
    }
    out
}

/// Adds a plucked note with four overtones; it fades by `decay` nepers a second.
fn note(out: &mut [i16], hz: f32, level_db: f32, decay: f32) {
    for overtone in 1..=5 {
        let level = level_db - 5.0 * (overtone - 1) as f32;
        let mut sine = vec![0; out.len()];
        tone::Tone::sine(hz * overtone as f32, level).fill(&mut sine);
        let len = sine.len() as f32;
        for (n, sample) in sine.iter_mut().enumerate() {
            let t = n as f32 / SAMPLE_RATE as f32;
            let edge = (n as f32 / 40.0).min((len - n as f32) / 80.0).min(1.0);
            *sample = (f32::from(*sample) * (-decay * t * overtone as f32).exp() * edge) as i16;
        }
        tone::mix(out, &sine);
    }
}

/// Adds the echoes of a room.
fn room(rng: &mut Rng, sound: &[i16], ms: u32) -> Vec<i16> {
    let echoes: Vec<(usize, f32)> = (0..40)
        .map(|_| {
            let at = rng.f32();
            let sign = if rng.bool() { 0.22 } else { -0.22 };
            (1 + (at * tone::samples_of_ms(ms) as f32) as usize, sign * (-3.0 * at).exp())
        })
        .collect();
    let mut out: Vec<f32> = sound.iter().map(|sample| f32::from(*sample)).collect();
    out.resize(sound.len() + tone::samples_of_ms(ms), 0.0);
    for (delay, gain) in echoes {
        for (slot, sample) in out[delay..].iter_mut().zip(sound) {
            *slot += f32::from(*sample) * gain;
        }
    }
    out.iter().map(|sample| *sample as i16).collect()
}

/// Sends the sound through the telephone network: noise of the line, the telephone band, at times
/// a mobile codec, G.711, and on every third line lost packets.
pub fn telephone(rng: &mut Rng, mut sound: Vec<i16>) -> Vec<i16> {
    let mut noise = vec![0; sound.len()];
    match rng.u8(..4) {
        0 => tone::Tone::dual(100.0, 250.0, -52.0).fill(&mut noise),
        n => tone::Noise::new(rng.u64(..), [-72.0, -62.0, -54.0][n as usize - 1]).fill(&mut noise),
    }
    tone::mix(&mut sound, &noise);
    band(&mut sound);
    if rng.u8(..3) == 0 {
        sound = mobile(rng, &sound);
    }
    let law = if rng.bool() { Law::Mu } else { Law::A };
    sound.iter_mut().for_each(|sample| *sample = law.decode(law.encode(*sample)));
    if rng.u8(..3) == 0 {
        let percent = [1, 3, 5][rng.usize(..3)];
        let conceals = rng.bool();
        lose(rng, &mut sound, percent, conceals);
    }
    sound
}

/// Applies the telephone band: first-order slopes below 300 Hz and above 3,400 Hz.
fn band(sound: &mut [i16]) {
    let (mut before, mut high, mut low) = (0.0, 0.0, 0.0);
    for sample in sound {
        let now = f32::from(*sample);
        high = 0.81 * (high + now - before);
        before = now;
        low += (high - low) * 0.85;
        *sample = low as i16;
    }
}

/// Loses packets, alone or two in a row. They are silent, or repeat the last one at half its level.
fn lose(rng: &mut Rng, sound: &mut [i16], percent: u8, conceals: bool) {
    let mut at = FRAME_SAMPLES;
    while at + FRAME_SAMPLES <= sound.len() {
        if rng.u8(..100) < percent {
            let (before, frame) = sound.split_at_mut(at);
            let last = &before[at - FRAME_SAMPLES..];
            for (slot, sample) in frame.iter_mut().zip(last) {
                *slot = if conceals { sample / 2 } else { 0 };
            }
            if rng.u8(..3) == 0 {
                at += FRAME_SAMPLES;
                continue;
            }
        }
        at += FRAME_SAMPLES;
    }
}

const ORDER: usize = 8;

/// Codes each 20 ms as a mobile does: eight reflection coefficients, and a residual of three bits
/// with a gain for each 5 ms. In quiet it sends comfort noise.
fn mobile(rng: &mut Rng, sound: &[i16]) -> Vec<i16> {
    let (mut past_in, mut past_out) = ([0.0; ORDER], [0.0; ORDER]);
    let mut out = Vec::with_capacity(sound.len());
    for frame in sound.chunks(FRAME_SAMPLES) {
        if power(frame) < 900.0 {
            out.extend(frame.iter().map(|_| rng.i16(-24..=24)));
            continue;
        }
        let filter = predictor(frame);
        for block in frame.chunks(40) {
            let residual: Vec<f32> = block
                .iter()
                .map(|sample| {
                    let now = f32::from(*sample);
                    let rest = now - dot(&filter, &past_in);
                    shift(&mut past_in, now);
                    rest
                })
                .collect();
            let step = residual.iter().fold(1.0, |peak: f32, rest| peak.max(rest.abs())) / 3.5;
            for rest in residual {
                let coded = ((rest / step - 0.5).round() + 0.5) * step;
                let now = (coded + dot(&filter, &past_out)).clamp(-32_000.0, 32_000.0);
                shift(&mut past_out, now);
                out.push(now as i16);
            }
        }
    }
    out
}

fn dot(filter: &[f32; ORDER], past: &[f32; ORDER]) -> f32 {
    filter.iter().zip(past).map(|(weight, sample)| weight * sample).sum()
}

fn shift(past: &mut [f32; ORDER], now: f32) {
    past.copy_within(..ORDER - 1, 1);
    past[0] = now;
}

/// Returns the weights that predict a sample from those before it (Levinson–Durbin).
fn predictor(frame: &[i16]) -> [f32; ORDER] {
    let product = |lag: usize| -> f32 {
        frame.iter().zip(&frame[lag.min(frame.len())..]).map(|(a, b)| *a as f32 * *b as f32).sum()
    };
    let mut error = product(0) * 1.0001 + 1.0;
    let mut weights = [0.0; ORDER];
    for order in 0..ORDER {
        let known: f32 = (0..order).map(|k| weights[k] * product(order - k)).sum();
        let reflection = ((product(order + 1) - known) / error).clamp(-0.98, 0.98);
        let before = weights;
        weights[order] = reflection;
        for k in 0..order {
            weights[k] = before[k] - reflection * before[order - 1 - k];
        }
        error *= 1.0 - reflection * reflection;
    }
    // A wider band keeps the filter stable.
    let mut shrink = 1.0;
    weights.map(|weight| {
        shrink *= 0.98;
        weight * shrink
    })
}
