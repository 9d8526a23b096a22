use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use campanile_agent::{Library, Speech, SpeechConfig, SpeechError, Voice};
use campanile_media::{tone, wav};
use campanile_rules::ids::WorkspaceId;

use crate::stage::{agent, brief, script};

const HANGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/hangs.sh");
const FAILS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fails.sh");

fn speech(change: impl FnOnce(&mut SpeechConfig)) -> Speech {
    let mut config = SpeechConfig::default();
    change(&mut config);
    Speech::new(config)
}

#[tokio::test]
async fn a_text_becomes_sound_and_stays() {
    let speech = speech(|_| {});
    let first = speech.speak("Good morning, this is Campanile.", "en-US").await.unwrap();
    assert!((8_000..32_000).contains(&first.len()), "{} samples", first.len());
    assert!(tone::level_dbfs(&first) > -35.0);
    let second = speech.clone().speak("Good morning, this is Campanile.", "en-US").await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    let other = speech.speak("Good morning, this is Campanile.", "de+f3").await.unwrap();
    assert_ne!(first, other);
}

#[tokio::test]
async fn a_text_that_looks_like_an_option_is_a_text() {
    let sound = speech(|_| {}).speak("--version", "en").await.unwrap();
    assert!(!sound.is_empty());
}

#[tokio::test]
async fn nobody_else_speaks_when_the_voice_is_unknown() {
    for voice in ["xx-klingon", "", "-f/etc/passwd", "../en", "en;ls"] {
        let error = speech(|_| {}).speak("Hello", voice).await.unwrap_err();
        assert!(matches!(error, SpeechError::NoVoice { .. }), "{voice}: {error}");
    }
}

#[tokio::test]
async fn a_missing_program_says_how_to_get_it() {
    let speech = speech(|config| config.program = "no-such-speaker".into());
    let error = speech.speak("Hello", "en").await.unwrap_err();
    assert!(error.to_string().contains("apt-get install espeak-ng"), "{error}");
}

#[tokio::test]
async fn a_program_that_hangs_is_stopped() {
    let speech = speech(|config| {
        config.program = HANGS.into();
        config.timeout = Duration::from_millis(50);
    });
    let error = speech.speak("Hello", "en").await.unwrap_err();
    assert!(matches!(error, SpeechError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_program_that_fails_is_quoted() {
    let speech = speech(|config| config.program = FAILS.into());
    let error = speech.speak("Hello", "en").await.unwrap_err();
    assert!(error.to_string().contains("out of breath"), "{error}");
}

#[tokio::test]
async fn a_text_without_end_is_refused() {
    let error = speech(|_| {}).speak(&"a ".repeat(10_000), "en").await.unwrap_err();
    assert!(matches!(error, SpeechError::TooLong { chars: 20_000 }), "{error}");
}

#[tokio::test]
async fn a_line_that_names_a_wav_file_is_played() {
    let dir = tempfile::tempdir().unwrap();
    let sound = tone::Tone::sine(440.0, -12.0).take_ms(300);
    wav::write(&dir.path().join("hello.wav"), &sound).unwrap();
    let speech = speech(|config| {
        config.sounds_dir = dir.path().into();
        config.program = "no-such-speaker".into();
    });
    assert_eq!(speech.speak(" hello.WAV", "").await.unwrap_err().to_string().lines().count(), 1);
    assert_eq!(speech.speak("hello.wav", "").await.unwrap().len(), sound.len());
}

#[tokio::test]
async fn only_the_operators_own_script_plays_files_from_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hello.wav");
    wav::write(&path, &[1; 800]).unwrap();
    let line = path.to_str().unwrap();
    let error = speech(|_| {}).speak(line, "").await.unwrap_err();
    assert!(matches!(error, SpeechError::Outside { .. }), "{error}");
    let error = speech(|_| {}).speak("../hello.wav", "").await.unwrap_err();
    assert!(matches!(error, SpeechError::Outside { .. }), "{error}");
    let trusting = speech(|config| config.wav_anywhere = true);
    assert_eq!(trusting.speak(line, "").await.unwrap().len(), 800);
}

#[tokio::test]
async fn a_file_without_sound_is_no_sound() {
    let dir = tempfile::tempdir().unwrap();
    wav::write(&dir.path().join("silent.wav"), &[]).unwrap();
    std::fs::write(dir.path().join("nothing.wav"), b"").unwrap();
    let speech = speech(|config| config.sounds_dir = dir.path().to_owned());
    for name in ["silent.wav", "nothing.wav"] {
        let error = speech.speak(name, "").await.unwrap_err();
        assert!(matches!(error, SpeechError::Wav { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_check_finds_every_mistake_of_a_version() {
    let mut mute = brief();
    script(&mut mute).lines = vec!["gone.wav".to_owned(), "Hello {{name}}".to_owned()];
    let mut version = mute.version;
    version.voice = "nobody".to_owned();
    let found = speech(|_| {}).check(&version).await;
    let told: Vec<(&str, &SpeechError)> =
        found.iter().map(|mute| (mute.pointer.as_str(), &mute.error)).collect();
    let [("/engine/lines/0", SpeechError::Wav { .. }), ("/voice", SpeechError::NoVoice { .. })] =
        told[..]
    else {
        panic!("{told:?}")
    };
    version.voice.clear();
    version.language = "xx-YY".to_owned();
    version.first_message = "a ".repeat(2_000);
    version.voice = "en-us+f33".to_owned();
    let found = speech(|_| {}).check(&version).await;
    let told: Vec<&str> = found.iter().map(|mute| mute.pointer.as_str()).collect();
    assert_eq!(told, ["/first_message", "/engine/lines/0", "/language", "/voice"]);
    assert!(found[3].to_string().contains("did you mean en-us+f3"), "{}", found[3]);
    assert!(speech(|_| {}).check(&brief().version).await.is_empty());
}

#[tokio::test]
async fn every_language_that_is_listed_is_spoken() {
    let speech = speech(|_| {});
    let voices = speech.voices().await.unwrap();
    assert!(voices.languages.len() > 50 && voices.variants.len() > 20, "{voices:?}");
    for language in voices.languages.iter().step_by(9) {
        let sound = speech.speak("a", &language.code).await;
        assert!(sound.is_ok_and(|sound| !sound.is_empty()), "{language:?}");
        assert_eq!(voices.mistaken_language(&language.code), None);
    }
    for variant in voices.variants.iter().step_by(9) {
        let voice = format!("en-us+{}", variant.code);
        assert!(speech.speak("a", &voice).await.is_ok(), "{voice}");
        assert_eq!(voices.mistaken_voice(&voice), None);
    }
}

/// The only sound of a workspace.
#[derive(Debug)]
struct One(WorkspaceId, &'static str, Vec<u8>);

#[async_trait]
impl Library for One {
    async fn sound(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Vec<u8>>, String> {
        Ok((workspace == self.0 && name == self.1).then(|| self.2.clone()))
    }

    async fn names(&self, workspace: WorkspaceId) -> Result<Vec<String>, String> {
        Ok((workspace == self.0).then(|| self.1.to_owned()).into_iter().collect())
    }
}

#[tokio::test]
async fn a_sound_that_was_uploaded_is_its_workspaces_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, samples: usize| {
        let path = dir.path().join(name);
        wav::write(&path, &vec![1; samples]).unwrap();
        std::fs::read(path).unwrap()
    };
    let uploaded = file("uploaded.wav", 800);
    file("hello.wav", 1_600);
    let library = Arc::new(One(WorkspaceId(1), "hello.wav", uploaded));
    let speech = speech(|config| {
        config.sounds_dir = dir.path().to_owned();
        config.library = Some(library);
    });
    let (own, other) = (speech.of(WorkspaceId(1)), speech.of(WorkspaceId(2)));
    assert_eq!(own.speak("hello.wav", "en").await.unwrap().len(), 800);
    assert_eq!(other.speak("hello.wav", "en").await.unwrap().len(), 1_600, "the operator's");
    let error = own.speak("helo.wav", "en").await.unwrap_err().to_string();
    assert!(error.contains("did you mean hello.wav?"), "{error}");
    let error = other.speak("helo.wav", "en").await.unwrap_err().to_string();
    assert!(error.contains("upload it"), "{error}");
}

#[tokio::test]
async fn what_is_prepared_is_there() {
    let speech = speech(|_| {});
    agent(&brief(), speech.clone()).ring().await.unwrap();
    let made = speech.speak("Goodbye.", "en-US").await.unwrap();
    assert_eq!(std::sync::Arc::strong_count(&made), 2, "kept, not made again");
}

#[tokio::test]
async fn a_check_finds_the_texts_of_every_step() {
    let step = |text: &str| {
        let answers = serde_json::json!([{"when": "1"}]);
        let miss = serde_json::json!({"text": text});
        let ask = serde_json::json!({
            "type": "ask", "text": text, "answers": answers, "no_input": miss, "no_match": miss,
        });
        let end = serde_json::json!({"type": "end", "text": text});
        serde_json::from_value(serde_json::json!([ask, end])).unwrap()
    };
    let mut brief = brief();
    script(&mut brief).lines.clear();
    script(&mut brief).steps = step("gone.wav");
    let found = speech(|_| {}).check(&brief.version).await;
    let places: Vec<&str> = found.iter().map(|mute| mute.pointer.as_str()).collect();
    let expected = ["0/text", "0/no_input/text", "0/no_match/text", "1/text"];
    assert_eq!(places, expected.map(|place| format!("/engine/steps/{place}")));
    brief.version.first_message.clear();
    script(&mut brief).steps = step(" ");
    let found = speech(|_| {}).check(&brief.version).await;
    assert!(matches!(found[0].error, SpeechError::SaysNothing), "{found:?}");
}
