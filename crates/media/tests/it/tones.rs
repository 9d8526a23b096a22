//! Tones that are not beeps: signals of networks and machines over lines with noise, twist, pitch
//! errors and lost packets. And beeps that still are beeps.

use campanile_media::{
    FRAME_SAMPLES,
    amd::{AmdConfig, Class, Examination, examine},
    g711::Law,
    tone::{self, Tone},
};
use fastrand::Rng;

use crate::amd_set::{espeak, silence_ms};

/// One or two pitches (zeros for silence), and the duration in milliseconds.
pub type Step = ([f32; 2], u32);

const fn one(hz: f32, ms: u32) -> Step {
    ([hz, 0.0], ms)
}
const fn two(low: f32, high: f32, ms: u32) -> Step {
    ([low, high], ms)
}
const fn off(ms: u32) -> Step {
    ([0.0, 0.0], ms)
}

pub const RINGING: [(&str, &[Step]); 7] = [
    ("ringback US", &[two(440.0, 480.0, 2_000), off(4_000)]),
    ("ringback UK", &[two(400.0, 450.0, 400), off(200), two(400.0, 450.0, 400), off(2_000)]),
    ("ringback DE", &[one(425.0, 1_000), off(4_000)]),
    ("ringback FR", &[one(440.0, 1_500), off(3_500)]),
    ("ringback JP", &[one(400.0, 1_000), off(2_000)]),
    ("ringback AU", &[one(425.0, 400), off(200), one(425.0, 400), off(2_000)]),
    ("call waiting US", &[one(440.0, 300), off(9_700)]),
];

pub const SIGNALS: [(&str, &[Step]); 17] = [
    ("busy US", &[two(480.0, 620.0, 500), off(500)]),
    ("busy DE", &[one(425.0, 480), off(480)]),
    ("busy UK", &[one(400.0, 375), off(375)]),
    ("busy ES", &[one(425.0, 200), off(200)]),
    ("busy slow", &[one(425.0, 750), off(750)]),
    ("reorder US", &[two(480.0, 620.0, 250), off(250)]),
    ("congestion DE", &[one(425.0, 240), off(240)]),
    ("congestion UK", &[one(400.0, 400), off(350), one(400.0, 225), off(525)]),
    ("dial tone US", &[two(350.0, 440.0, 3_000)]),
    ("dial tone DE", &[one(425.0, 3_000)]),
    ("SIT", &[one(950.0, 330), one(1_400.0, 330), one(1_800.0, 330), off(1_000)]),
    (
        "SIT with gaps",
        &[one(985.2, 380), off(30), one(1_370.6, 380), off(30), one(1_776.7, 380), off(1_000)],
    ),
    ("fax calls", &[one(1_100.0, 500), off(3_000)]),
    ("fax answers", &[off(500), one(2_100.0, 3_300), off(2_000)]),
    ("pip", &[one(1_400.0, 400), off(14_600)]),
    ("pip after a moment", &[off(2_800), one(1_400.0, 250), off(12_000)]),
    ("chime", &[one(880.0, 250), one(660.0, 350), off(9_000)]),
];

/// Returns the steps of a signal.
pub fn signal_named(name: &str) -> &'static [Step] {
    SIGNALS.iter().find(|(of, _)| *of == name).unwrap().1
}

/// Returns hold music: notes of a scale, with and without rests.
pub fn melody(rng: &mut Rng, seconds: u32) -> Vec<Step> {
    let scale = [523.3, 587.3, 659.3, 698.5, 784.0, 880.0, 987.8, 1_046.5];
    let rest_ms = [0, 20, 60][rng.usize(..3)];
    let notes = (0..seconds * 4).map(|_| one(scale[rng.usize(..scale.len())], rng.u32(150..400)));
    notes.flat_map(|note| [note, off(rest_ms)]).collect()
}

/// Repeats the steps, up to 1.5 % off pitch, with one tone up to 4 dB below the other.
pub fn signal(rng: &mut Rng, steps: &[Step], ms: u32) -> Vec<i16> {
    let (pitch, twist) = (0.985 + rng.f32() * 0.03, rng.f32() * 4.0);
    let level = -12.0 - rng.f32() * 15.0;
    let mut sound = Vec::new();
    while sound.len() < tone::samples_of_ms(ms) {
        for ([low, high], ms) in steps {
            let mut part = Tone::sine(low * pitch, level).take_ms(*ms);
            if *high > 0.0 {
                let second = Tone::sine(high * pitch, level - twist).take_ms(*ms);
                tone::mix(&mut part, &second);
            }
            sound.extend(part);
        }
    }
    sound.truncate(tone::samples_of_ms(ms));
    sound
}

/// Adds noise, G.711 and, on every third line, lost packets.
fn line(rng: &mut Rng, mut sound: Vec<i16>) -> Vec<i16> {
    let mut noise = vec![0; sound.len()];
    tone::Noise::new(rng.u64(..), [-70.0, -56.0, -46.0][rng.usize(..3)]).fill(&mut noise);
    tone::mix(&mut sound, &noise);
    let law = if rng.bool() { Law::Mu } else { Law::A };
    sound.iter_mut().for_each(|sample| *sample = law.decode(law.encode(*sample)));
    if rng.u8(..3) == 0 {
        for frame in sound.chunks_mut(FRAME_SAMPLES) {
            if rng.u8(..100) < 2 {
                frame.fill(0);
            }
        }
    }
    sound
}

fn heard(rng: &mut Rng, parts: &[Vec<i16>]) -> Examination {
    examine(&line(rng, parts.concat()), AmdConfig::default())
}

fn hello() -> Vec<i16> {
    espeak("Hello? Anna speaking.", "en-us", 160)
}

#[test]
fn signals_of_networks_and_machines_are_no_beeps_and_no_voicemail() {
    let mut rng = Rng::with_seed(11);
    let mut wrong = Vec::new();
    for (name, steps) in RINGING.iter().chain(&SIGNALS) {
        for lead_ms in [0, 60, 300, 900] {
            for _ in 0..4 {
                let signal = signal(&mut rng, steps, 12_000);
                let found = heard(&mut rng, &[silence_ms(lead_ms), signal]);
                if found.beep.is_some() || found.last.class != class_of(name) {
                    wrong.push(format!("{name} after {lead_ms} ms: {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(12)]);
}

/// Returns what answers with a signal.
fn class_of(signal: &str) -> Class {
    match signal {
        _ if signal.starts_with("fax") => Class::Fax,
        _ if signal.starts_with("SIT") || signal.starts_with("reorder") => Class::Announcement,
        "congestion DE" => Class::Announcement,
        _ if signal.starts_with("busy") => Class::Announcement,
        _ => Class::Silence,
    }
}

#[test]
fn a_person_who_says_hello_after_ringing_is_a_person() {
    let mut rng = Rng::with_seed(12);
    let mut wrong = Vec::new();
    // Call waiting is left out: the silence between its signals is long enough to mean that nobody
    // is there.
    for (name, steps) in &RINGING[..6] {
        for ring_ms in [400, 1_000, 2_000, 3_100, 6_500, 13_000] {
            for _ in 0..3 {
                let signal = signal(&mut rng, steps, ring_ms);
                let pause = silence_ms(rng.u32(150..900));
                let found = heard(&mut rng, &[signal, pause, hello(), silence_ms(4_000)]);
                let is_person = matches!(found.last.class, Class::Human | Class::Unsure);
                if found.beep.is_some() || !is_person {
                    wrong.push(format!("{name} for {ring_ms} ms: {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(12)]);
}

#[test]
fn signals_after_a_person_spoke_are_no_beeps() {
    let mut rng = Rng::with_seed(13);
    let mut wrong = Vec::new();
    for (name, steps) in RINGING.iter().chain(&SIGNALS) {
        for pause_ms in [300, 1_200] {
            let signal = signal(&mut rng, steps, 12_000);
            let found = heard(&mut rng, &[silence_ms(300), hello(), silence_ms(pause_ms), signal]);
            if found.beep.is_some() {
                wrong.push(format!("{name} {pause_ms} ms after hello: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(12)]);
}

#[test]
fn melodies_and_digits_are_no_beeps() {
    let mut rng = Rng::with_seed(14);
    let mut wrong = Vec::new();
    for n in 0..24 {
        let steps = melody(&mut rng, 8);
        let (before, pause) =
            if n % 2 == 0 { (vec![], vec![]) } else { (hello(), silence_ms(500)) };
        let signal = signal(&mut rng, &steps, 10_000);
        let found = heard(&mut rng, &[before, pause, signal]);
        if found.beep.is_some() {
            wrong.push(format!("melody {n}: {:?}", found.beep));
        }
    }
    for digit in "0123456789*#".chars() {
        for twist_db in [-8.0, 0.0, 4.0] {
            let [low, high] = dtmf(digit);
            let mut pressed = Tone::sine(low, -16.0).take_ms(300);
            tone::mix(&mut pressed, &Tone::sine(high, -16.0 + twist_db).take_ms(300));
            let found = heard(&mut rng, &[hello(), silence_ms(1_500), pressed, silence_ms(5_000)]);
            if found.beep.is_some() {
                wrong.push(format!("{digit}, twist {twist_db}: {:?}", found.beep));
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(12)]);
}

fn dtmf(digit: char) -> [f32; 2] {
    let at = "123456789*0#".find(digit).unwrap();
    [[697.0, 770.0, 852.0, 941.0][at / 3], [1_209.0, 1_336.0, 1_477.0][at % 3]]
}

#[test]
fn beeps_after_greetings_are_found_also_behind_ringing() {
    let mut rng = Rng::with_seed(15);
    let greeting =
        espeak("You have reached Alex. Please leave a message after the tone.", "en-gb", 160);
    let mut missed = Vec::new();
    for hz in [425.0, 620.0, 850.0, 1_000.0, 1_100.0, 1_400.0, 2_000.0] {
        for gap_ms in [30, 400, 1_500] {
            let beep = tone::beep(hz, 400, -16.0);
            let parts = [greeting.clone(), silence_ms(gap_ms), beep, silence_ms(4_000)];
            let found = heard(&mut rng, &parts);
            if found.beep.is_none() || found.last.class != Class::Voicemail {
                missed.push(format!("{hz} Hz after {gap_ms} ms: {found:?}"));
            }
            let ringing = signal(&mut rng, RINGING[0].1, 2_000);
            let parts = [vec![ringing, silence_ms(700)], parts.to_vec()].concat();
            let found = heard(&mut rng, &parts);
            if found.beep.is_none() || found.last.class != Class::Voicemail {
                missed.push(format!("{hz} Hz after {gap_ms} ms, behind ringing: {found:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
