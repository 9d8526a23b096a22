//! `campanile amd`: a line for each recording.

use campanile_media::wav;

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
