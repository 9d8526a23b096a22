//! Voices other than espeak-ng: servers and other programs.

use std::sync::Arc;

use campanile_agent::{
    Agent, Blame, Brief, Care, Notes, Setting, Speech, SpeechConfig, SpeechError, Voice, converse,
    for_call, voice_for, wire::Http,
};
use campanile_rules::agent::RecognitionProtocol;

use crate::{
    servers::{Network, Play, Servers, settings},
    stage::{Act::*, Stage, brief, script},
};

/// A script that a server speaks.
fn served() -> Brief {
    let mut brief = brief();
    script(&mut brief).tts = Some(settings(RecognitionProtocol::OpenAi).tts);
    brief
}

/// Campanile's own voice, without a program.
fn mute() -> Arc<dyn Voice> {
    let program = "no-such-program".into();
    Arc::new(Speech::new(SpeechConfig { program, ..SpeechConfig::default() }))
}

fn cast(
    brief: &Brief,
    own: Arc<dyn Voice>,
    servers: &Arc<Servers>,
) -> (Box<dyn Agent>, Arc<dyn Voice>) {
    let network = Arc::new(Network(servers.clone()));
    let http = Arc::new(Http::new(network.clone()));
    let voice = voice_for(&brief.version, own, http.clone());
    (for_call(Arc::new(brief.clone()), voice.clone(), network, http), voice)
}

#[tokio::test]
async fn a_script_is_spoken_by_its_server_and_each_text_once() {
    let (brief, servers, own) = (served(), Servers::new(Play::default()), mute());
    for _ in 0..2 {
        let (mut agent, voice) = cast(&brief, own.clone(), &servers);
        agent.open(Care::Usual).await.expect("the server is there");
        agent.ring().await.expect("everything is spoken");
        let mut stage = Stage::new(&[Wait(500), Speak(500), HearOut, Wait(300), Speak(900)]);
        let notes = Notes::unread();
        let setting = Setting { brief: &brief, voice: &*voice, notes, outside: None };
        let conversation = converse(&mut stage, &mut *agent, setting).await;
        let said = conversation.transcript.iter().filter(|said| said.by_agent);
        let said: Vec<&str> = said.map(|said| said.text.as_str()).collect();
        assert_eq!(said, ["Good morning.", "How are you?", "Goodbye."]);
    }
    assert_eq!(servers.texts(), ["Good morning.", "How are you?", "Goodbye."]);
}

#[tokio::test]
async fn nobody_is_rung_when_the_server_that_speaks_is_gone() {
    let servers = Servers::new(Play { is_there: false, ..Play::default() });
    let (mut agent, _) = cast(&served(), mute(), &servers);
    let failure = agent.open(Care::Usual).await.expect_err("there is no server");
    assert!(failure.cause.starts_with("speech synthesis: "), "{}", failure.cause);
    assert_eq!(failure.blame, Blame::Agent);
}

#[tokio::test]
async fn a_served_script_needs_no_program() {
    let speech = Speech::new(SpeechConfig { program: "none".into(), ..SpeechConfig::default() });
    let found = speech.check(&served().version).await;
    assert!(found.is_empty(), "{found:?}");
    assert!(!speech.check(&brief().version).await.is_empty());
}

#[tokio::test]
async fn flite_speaks_with_the_voices_that_it_lists() {
    let speech = Speech::new(SpeechConfig::default());
    let mut version = brief().version;
    version.voice = "flite:slx".to_owned();
    let found = speech.check(&version).await;
    let [mute] = &found[..] else { panic!("{found:?}") };
    match &mute.error {
        SpeechError::NoVoice { near, .. } => assert_eq!(near[..1], ["flite:slt"]),
        SpeechError::NoProgram { program } if program == "flite" => {
            eprintln!("SKIPPED: flite is not installed");
            return;
        }
        other => panic!("{other}"),
    }
    version.voice = "flite:slt".to_owned();
    assert!(speech.check(&version).await.is_empty());
    let sound = speech.speak("Good morning.", "flite:slt").await.unwrap();
    assert!((4_000..24_000).contains(&sound.len()), "{} samples", sound.len());
}

#[tokio::test]
async fn a_voice_of_piper_is_a_file_of_the_operator() {
    let voices = tempfile::tempdir().unwrap();
    std::fs::write(voices.path().join("en_US-joe-medium.onnx"), "").unwrap();
    let voices_dir = voices.path().to_owned();
    let speech = Speech::new(SpeechConfig { voices_dir, ..SpeechConfig::default() });
    let mut version = brief().version;
    version.voice = "piper:en_US-jo-medium".to_owned();
    let found = speech.check(&version).await;
    let [mute] = &found[..] else { panic!("{found:?}") };
    let SpeechError::NoVoice { near, .. } = &mute.error else { panic!("{}", mute.error) };
    assert_eq!(
        (mute.pointer.as_str(), &near[..]),
        ("/voice", &["piper:en_US-joe-medium".to_owned()][..])
    );
    assert!(speech.speak("a", "piper:../secret").await.is_err());
}
