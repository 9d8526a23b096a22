//! Sound files that an agent plays, as the callee hears them.

use campanile_media::{
    g711::Law,
    tone::{Tone, level_dbfs},
    wav,
};

use super::support::{World, number};

const AGENT: &str = "name = \"Player\"\nfirst_message = \"hello.wav\"\n\
    voicemail = \"leave_message\"\nvoicemail_message = \"hello.wav\"\n\
    engine = { type = \"script\", goodbye = \"\" }\n";

const HZ: f32 = 700.0;

/// A WAV file of G.711 (format 7 for mu-law), as in our own recordings.
fn g711_wav(sound: &[i16]) -> Vec<u8> {
    let mut data = vec![0; sound.len()];
    Law::Mu.encode_into(sound, &mut data);
    let length = data.len() as u32;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((38 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(18_u32.to_le_bytes());
    for half in [7_u16, 1] {
        file.extend(half.to_le_bytes());
    }
    for word in [8_000_u32, 8_000] {
        file.extend(word.to_le_bytes());
    }
    for half in [1_u16, 8, 0] {
        file.extend(half.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(data);
    file
}

/// The share of a sound that is one tone, from 0 to 1.
fn share_of(hz: f32, sound: &[i16]) -> f32 {
    let (mut sine, mut cosine, mut all) = (0.0, 0.0, 1.0);
    for (at, sample) in sound.iter().enumerate() {
        let (angle, value) = (at as f32 * hz / 8_000.0 * std::f32::consts::TAU, f32::from(*sample));
        sine += angle.sin() * value;
        cosine += angle.cos() * value;
        all += value * value;
    }
    2.0 * (sine * sine + cosine * cosine) / sound.len() as f32 / all
}

#[test]
fn a_g711_file_is_heard_by_the_callee() {
    let rows = format!("phone_number\n{}\n{}\n", number(1), number(60));
    let mut world = World::that_records(&rows, AGENT);
    let sound = Tone::sine(HZ, -12.0).take_ms(3_000);
    std::fs::write(world.path("hello.wav"), g711_wav(&sound)).unwrap();
    let ended = world.run(&[]).wait().expect("campanile ends");
    assert!(ended.success(), "{}", world.log());
    let report = world.report();
    assert_eq!(report[&number(1)].status, "completed", "{}", world.log());
    assert_eq!(report[&number(60)].status, "voicemail", "{}", world.log());
    let machine = world.records().into_iter().find(|record| record.to == number(60));
    let events = machine.expect("the machine was called").events;
    let name = events.iter().find_map(|event| event.strip_prefix("recorded="));
    let heard = wav::read(&world.path(name.expect("a recording")), 60).unwrap();
    let is_tone = |part: &&[i16]| level_dbfs(part) > -20.0 && share_of(HZ, part) > 0.8;
    let tone_ms = heard.chunks(400).filter(is_tone).count() * 50;
    assert!((2_500..=3_200).contains(&tone_ms), "{tone_ms} ms of the tone were heard");
}

#[test]
fn a_file_that_cannot_be_played_calls_nobody() {
    let rows = format!("phone_number\n{}\n", number(1));
    let mut world = World::new(&rows, AGENT);
    std::fs::write(world.path("hello.wav"), b"RIFF").unwrap();
    let ended = world.run(&[]).wait().expect("campanile ends");
    assert!(!ended.success(), "{}", world.log());
    let log = world.log();
    assert!(log.contains("first_message: cannot play") && log.contains("hello.wav"), "{log}");
    assert!(world.records().is_empty(), "nobody is called");
}
