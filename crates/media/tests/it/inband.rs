//! DTMF digits as tones: every press as ITU-T Q.24 defines it is detected, and nothing else is: no
//! shorter tone, no speech, noise, music or network signal.

use campanile_media::{
    FRAME_SAMPLES, Frame,
    g711::Law,
    inband::InbandReceiver,
    jitter::JitterBuffer,
    rtp::{RtpPacket, RtpSender},
    tone::{self, Tone},
};
use fastrand::Rng;

use crate::{
    amd_set::{Part, answers, espeak, music, silence_ms, telephone},
    tones::{RINGING, SIGNALS, melody, signal},
};

const DIGITS: &str = "123A456B789C*0#D";
const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// The sound of a digit.
#[derive(Debug, Clone, Copy)]
struct Press {
    digit: char,
    /// The level of the louder tone, in dB below full scale; -28 is -25 dBm0.
    dbfs: f32,
    /// The high tone relative to the low tone, in dB.
    twist_db: f32,
    /// The pitch errors of both tones, as shares of their frequencies.
    off: [f32; 2],
    ms: u32,
}

impl Press {
    fn of(digit: char) -> Press {
        Press { digit, dbfs: -12.0, twist_db: 0.0, off: [0.0; 2], ms: 100 }
    }

    fn sound(&self) -> Vec<i16> {
        let at = DIGITS.find(self.digit).unwrap();
        let [low, high] =
            [LOW_HZ[at / 4] * (1.0 + self.off[0]), HIGH_HZ[at % 4] * (1.0 + self.off[1])];
        let (low_dbfs, high_dbfs) =
            (self.dbfs - self.twist_db.max(0.0), self.dbfs + self.twist_db.min(0.0));
        let mut sound = Tone::sine(low, low_dbfs).take_ms(self.ms);
        tone::mix(&mut sound, &Tone::sine(high, high_dbfs).take_ms(self.ms));
        sound
    }
}

/// Returns the sound as a line carries it: noise of `noise_dbfs`, G.711, and frames cut at a random
/// place.
fn over_line(rng: &mut Rng, sound: Vec<i16>, noise_dbfs: f32) -> Vec<i16> {
    let mut sound = [vec![0; rng.usize(..FRAME_SAMPLES)], sound, silence_ms(60)].concat();
    let mut noise = vec![0; sound.len()];
    tone::Noise::new(rng.u64(..), noise_dbfs).fill(&mut noise);
    tone::mix(&mut sound, &noise);
    let law = if rng.bool() { Law::Mu } else { Law::A };
    sound.iter().map(|sample| law.decode(law.encode(*sample))).collect()
}

/// Returns the sound as the jitter buffer plays it when two packets of a hundred are lost.
fn with_losses(rng: &mut Rng, sound: &[i16]) -> Vec<i16> {
    let (mut jitter, mut sender) = (JitterBuffer::new(), RtpSender::new(1, 2, 3));
    let mut played = Vec::new();
    for frame in sound.chunks_exact(FRAME_SAMPLES).chain([&tone::SILENCE[..]; 8]) {
        let payload: Vec<u8> = frame.iter().map(|sample| Law::Mu.encode(*sample)).collect();
        let header = sender.header(0, false);
        sender.advance(FRAME_SAMPLES as u32);
        if rng.u8(..100) >= 2 {
            let packet = RtpPacket { header, csrc: &[], extension: None, payload: &payload };
            jitter.push(&packet, Law::Mu);
        }
        let mut frame = tone::SILENCE;
        jitter.pop(&mut frame);
        played.extend(frame);
    }
    played
}

fn heard(sound: &[i16]) -> String {
    let mut receiver = InbandReceiver::new();
    let frames = sound.chunks_exact(FRAME_SAMPLES);
    frames.filter_map(|frame| receiver.push(&Frame::try_from(frame).unwrap())).collect()
}

#[test]
fn every_digit_within_the_limits_of_q_24_is_heard_once() {
    let mut rng = Rng::with_seed(21);
    let mut wrong = Vec::new();
    for n in 0..3_000 {
        let presses: Vec<Press> = (0..4)
            .map(|_| Press {
                digit: DIGITS.as_bytes()[rng.usize(..16)].into(),
                dbfs: [-28.0, -20.0, -12.0, -6.1][rng.usize(..4)],
                twist_db: [-8.0, -4.0, 0.0, 2.0, 4.0][rng.usize(..5)],
                off: [0, 1].map(|_| [-0.015, -0.007, 0.0, 0.007, 0.015][rng.usize(..5)]),
                ms: [40, 45, 60, 100, 400][rng.usize(..5)],
            })
            .collect();
        let pause = silence_ms([40, 55, 120][rng.usize(..3)]);
        let sound = presses.iter().flat_map(|press| [press.sound(), pause.clone()].concat());
        let sound: Vec<i16> = sound.collect();
        let wanted: String = presses.iter().map(|press| press.digit).collect();
        let found = heard(&over_line(&mut rng, sound, -75.0));
        if found != wanted {
            wrong.push(format!("{n}: heard {found:?} of {presses:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(6)]);
}

#[test]
fn tones_that_are_off_pitch_too_short_or_twisted_are_no_digit() {
    let mut rng = Rng::with_seed(22);
    let mut wrong = Vec::new();
    for digit in DIGITS.chars() {
        let fine = Press::of(digit);
        for off in [-0.06, -0.05, -0.035, 0.035, 0.05, 0.06] {
            for press in [Press { off: [off, 0.0], ..fine }, Press { off: [0.0, off], ..fine }] {
                for dbfs in [-28.0, -12.0] {
                    let press = Press { dbfs, ms: 400, ..press };
                    wrong.extend(
                        (!heard(&over_line(&mut rng, press.sound(), -75.0)).is_empty())
                            .then_some(press),
                    );
                }
            }
        }
        for ms in [5, 10, 15, 20] {
            for _ in 0..20 {
                let press = Press { ms, ..fine };
                wrong.extend(
                    (!heard(&over_line(&mut rng, press.sound(), -75.0)).is_empty())
                        .then_some(press),
                );
            }
        }
        for twist_db in [-15.0, 12.0] {
            let press = Press { twist_db, ..fine };
            wrong.extend(
                (!heard(&over_line(&mut rng, press.sound(), -75.0)).is_empty()).then_some(press),
            );
        }
        let faint = Press { dbfs: -50.0, ..fine };
        wrong.extend(
            (!heard(&over_line(&mut rng, faint.sound(), -75.0)).is_empty()).then_some(faint),
        );
    }
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(6)]);
}

#[test]
fn a_short_gap_does_not_part_a_press_and_a_pause_does() {
    let mut rng = Rng::with_seed(23);
    for digit in DIGITS.chars() {
        let tone = Press { ms: 80, ..Press::of(digit) }.sound();
        for (gap_ms, times) in [(5, 1), (10, 1), (40, 2), (60, 2)] {
            let sound = [tone.clone(), silence_ms(gap_ms), tone.clone()].concat();
            let found = heard(&over_line(&mut rng, sound, -75.0));
            assert_eq!(found, String::from(digit).repeat(times), "{gap_ms} ms");
        }
    }
    // Without any pause, another digit is another press.
    let both = [Press::of('1').sound(), Press::of('6').sound()].concat();
    assert_eq!(heard(&over_line(&mut rng, both, -75.0)), "16");
}

#[test]
fn digits_are_heard_through_noise_and_lost_packets() {
    let mut rng = Rng::with_seed(24);
    let (mut missed, mut presses) = (0, 0);
    for _ in 0..100 {
        for digit in DIGITS.chars() {
            let press = Press {
                digit,
                dbfs: -28.0 + rng.f32() * 18.0,
                twist_db: rng.f32() * 8.0 - 4.0,
                off: [0, 1].map(|_| rng.f32() * 0.02 - 0.01),
                ms: 100,
            };
            let sound = [silence_ms(100), press.sound()].concat();
            let sound = over_line(&mut rng, sound, press.dbfs - 15.0);
            let found = heard(&with_losses(&mut rng, &sound));
            assert!(found.chars().all(|other| other == digit), "{found:?} of {press:?}");
            presses += 1;
            missed += usize::from(found.len() != 1);
        }
    }
    assert!(missed * 200 <= presses, "{missed} of {presses} were missed or doubled");
}

#[test]
fn speech_noise_music_and_signals_are_no_digits() {
    let mut rng = Rng::with_seed(25);
    let mut wrong = Vec::new();
    for part in [Part::Tune, Part::Report] {
        for answer in answers(part) {
            let found = heard(&answer.sound);
            if !found.is_empty() {
                wrong.push(format!("{found}: {}", answer.name));
            }
        }
    }
    for (name, steps) in RINGING.iter().chain(&SIGNALS) {
        for _ in 0..4 {
            let sound = signal(&mut rng, steps, 12_000);
            let found = heard(&over_line(&mut rng, sound, -60.0));
            if !found.is_empty() {
                wrong.push(format!("{found}: {name}"));
            }
        }
    }
    for seconds in [20; 20] {
        let steps = melody(&mut rng, seconds);
        let one = signal(&mut rng, &steps, seconds * 1_000);
        let steps = melody(&mut rng, seconds);
        let mut two = signal(&mut rng, &steps, seconds * 1_000);
        tone::mix(&mut two, &one);
        for sound in [one, two] {
            let found = heard(&over_line(&mut rng, sound, -60.0));
            if !found.is_empty() {
                wrong.push(format!("{found}: a melody"));
            }
        }
    }
    for dbfs in [-50.0, -30.0, -15.0, -3.0] {
        let found = heard(&over_line(&mut rng, silence_ms(60_000), dbfs));
        if !found.is_empty() {
            wrong.push(format!("{found}: noise"));
        }
    }
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}

#[test]
fn music_and_notes_with_overtones_are_no_digits() {
    let mut rng = Rng::with_seed(27);
    let mut wrong = Vec::new();
    for n in 0..120 {
        let music = music(&mut rng, tone::samples_of_ms(20_000));
        let found = heard(&telephone(&mut rng, music));
        if !found.is_empty() {
            wrong.push(format!("{found}: music {n}"));
        }
    }
    // Each note of an organ whose pipes are a fundamental and one of its overtones.
    for key in 0..72 {
        let hz = 110.0 * 2f32.powf(key as f32 / 24.0) * (0.995 + rng.f32() * 0.01);
        for (low, high) in [(1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (3.0, 5.0), (2.0, 4.0), (4.0, 6.0)]
        {
            for twist_db in [-6.0, 0.0, 4.0] {
                let mut note = Tone::sine(hz * low, -16.0).take_ms(400);
                tone::mix(&mut note, &Tone::sine(hz * high, -16.0 + twist_db).take_ms(400));
                let found = heard(&over_line(&mut rng, note, -60.0));
                if !found.is_empty() {
                    wrong.push(format!("{found}: {low}:{high} of {hz} Hz"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}

#[test]
fn a_press_over_a_voice_is_heard_when_it_is_the_louder() {
    let mut rng = Rng::with_seed(26);
    let voice = espeak("If you want no more calls, press nine at any time.", "en-us", 160);
    let quieter = 10f32.powf((-32.0 - tone::level_dbfs(&voice)) / 20.0);
    let voice: Vec<i16> = voice.iter().map(|&s| (f32::from(s) * quieter) as i16).collect();
    assert_eq!(heard(&over_line(&mut rng, voice.clone(), -75.0)), "");
    let (mut missed, mut presses) = (0, 0);
    for at_ms in (0..2_000).step_by(50) {
        let mut sound = voice.clone();
        let press = Press { dbfs: -16.0, ms: 120, ..Press::of('9') };
        tone::mix(&mut sound[tone::samples_of_ms(at_ms)..], &press.sound());
        let found = heard(&over_line(&mut rng, sound, -75.0));
        presses += 1;
        missed += usize::from(found != "9");
    }
    assert_eq!(missed, 0, "of {presses}");
}
