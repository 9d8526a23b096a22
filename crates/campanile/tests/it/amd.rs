//! `campanile amd`: a line for each recording.

use campanile_media::{tone::Tone, wav};

use super::support::Folder;

#[test]
fn silence_is_silence_and_a_file_that_cannot_be_read_fails_the_command() {
    let folder = Folder::new();
    wav::write(&folder.path("quiet.wav"), &vec![0; 8_000 * 6]).unwrap();
    folder.write("noise.wav", "not a recording");
    let said = folder.run(&["amd", "quiet.wav"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("quiet.wav: silence confidence="), "{said:?}");
    assert!(said.out.trim_end().ends_with("beep=none"), "{said:?}");
    let said = folder.run(&["amd", "noise.wav", "quiet.wav", "--json"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("noise.wav"), "{said:?}");
    let line: serde_json::Value = serde_json::from_str(said.out.trim()).unwrap();
    assert_eq!((&line["class"], line["decided_ms"].is_u64()), (&"silence".into(), true), "{line}");
}

#[test]
fn of_a_stereo_recording_the_first_channel_is_the_person() {
    let folder = Folder::new();
    let ringing = Tone::dual(440.0, 480.0, -18.0).take_ms(2_000);
    let fax = Tone::sine(2_100.0, -18.0).take_ms(6_000);
    let agent = [ringing, vec![0; 8_000 * 4]].concat();
    let both: Vec<i16> = fax.iter().zip(&agent).flat_map(|(left, right)| [*left, *right]).collect();
    let mut writer = wav::WavWriter::create(&folder.path("call.wav"), 2).unwrap();
    writer.write(&both).unwrap();
    writer.finish().unwrap();
    let said = folder.run(&["amd", "call.wav"]);
    assert!(said.out.starts_with("call.wav: fax confidence="), "{said:?}");
}
