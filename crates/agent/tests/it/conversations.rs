use campanile_agent::{Blame, Brief, Conversation, Notes, Said, Setting, converse};
use campanile_rules::{
    agent::VoicemailAction,
    attempt::{AnsweredBy, EndReason, Party},
};

use crate::stage::{Act, Act::*, Hum, Stage, agent, brief, open, script};

async fn talk(brief: &Brief, acts: &[Act]) -> (Conversation, Stage) {
    let mut stage = Stage::new(acts);
    let setting = Setting { brief, voice: &Hum, notes: Notes::unread(), outside: None };
    let conversation = converse(&mut stage, agent(brief, Hum).as_mut(), setting).await;
    (conversation, stage)
}

fn said_by_agent(conversation: &Conversation) -> Vec<&str> {
    let said = conversation.transcript.iter().filter(|said| said.by_agent);
    said.map(|said| said.text.as_str()).collect()
}

fn ending(conversation: &Conversation) -> (bool, EndReason, Party) {
    (conversation.voicemail, conversation.end_reason, conversation.ended_by)
}

fn leaves_message() -> Brief {
    let mut brief = brief();
    brief.version.voicemail = VoicemailAction::LeaveMessage;
    brief
}

const PERSON: [Act; 5] = [Wait(500), Speak(500), HearOut, Wait(300), Speak(1_400)];

#[tokio::test]
async fn a_person_hears_every_line_after_their_turn() {
    let (conversation, stage) = talk(&brief(), &PERSON).await;
    assert_eq!(ending(&conversation), (false, EndReason::AgentDisconnected, Party::Agent));
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Human));
    assert!(conversation.amd_confidence.unwrap() > 0.9);
    let texts: Vec<_> = conversation.transcript.iter().map(|said| said.text.as_str()).collect();
    let expected = ["speech 0.5 s", "Good morning.", "speech 1.4 s", "How are you?", "Goodbye."];
    assert_eq!(texts, expected);
    let [(first, _), (second, _), (third, third_end)] = stage.played_ms[..] else { panic!() };
    assert!((1_680..=1_760).contains(&first), "700 ms after the hello: {first}");
    assert!((3_000 + 1_700 + 700..=3_200 + 1_700 + 760).contains(&second), "{second}");
    assert!((4_900..=5_200).contains(&(third - (second + 1_200))), "no reply for 5 s: {third}");
    assert!(stage.now_ms >= third_end + 200, "the last word arrives before the call ends");
}

#[tokio::test]
async fn offsets_in_the_transcript_are_those_of_the_sound() {
    let (conversation, stage) = talk(&brief(), &PERSON).await;
    let played = conversation.transcript.iter().filter(|said| said.by_agent);
    let played: Vec<_> = played.map(|said| (said.start_ms, said.end_ms)).collect();
    assert_eq!(played, stage.played_ms);
    let Said { start_ms, end_ms, .. } = conversation.transcript[0];
    assert!(start_ms.abs_diff(500) <= 40 && end_ms.abs_diff(1_000) <= 40, "{start_ms} {end_ms}");
}

#[tokio::test]
async fn a_machine_is_hung_up_on_without_a_word() {
    let (conversation, stage) = talk(&brief(), &[Wait(300), Speak(8_000), Beep(500)]).await;
    assert_eq!(ending(&conversation), (true, EndReason::VoicemailDetected, Party::Agent));
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Voicemail));
    assert_eq!(stage.played_ms, []);
    assert!(stage.now_ms <= 7_000, "{}", stage.now_ms);
}

#[tokio::test]
async fn a_person_with_a_long_greeting_is_neither_left_nor_talked_over() {
    let (conversation, stage) = talk(&brief(), &[Wait(700), Speak(4_000)]).await;
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Unsure));
    let (first, _) = stage.played_ms[0];
    assert!((5_800..=5_860).contains(&first), "1.1 s after the greeting: {first}");
}

#[tokio::test]
async fn the_message_is_left_after_the_beep() {
    let acts = [Wait(300), Speak(6_000), Wait(400), Beep(500), Wait(30_000)];
    let (conversation, stage) = talk(&leaves_message(), &acts).await;
    assert_eq!(ending(&conversation), (true, EndReason::VoicemailDetected, Party::Agent));
    assert_eq!(said_by_agent(&conversation), ["Please call us back."]);
    let beep = conversation.transcript.iter().find(|said| said.text == "beep").unwrap();
    assert!(beep.end_ms.abs_diff(7_200) <= 40, "{beep:?}");
    let [(begin, end)] = stage.played_ms[..] else { panic!("{:?}", stage.played_ms) };
    assert!((7_400..=7_700).contains(&begin), "{begin}");
    assert_eq!(end - begin, 2_000, "to the end");
}

#[tokio::test]
async fn without_a_beep_the_message_follows_a_silence() {
    let (conversation, stage) = talk(&leaves_message(), &[Wait(300), Speak(7_000)]).await;
    assert_eq!(said_by_agent(&conversation), ["Please call us back."]);
    assert!((10_300..=10_600).contains(&stage.played_ms[0].0), "{:?}", stage.played_ms);
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Screening));
}

#[tokio::test]
async fn a_message_that_was_too_early_is_said_again_after_the_beep() {
    let acts = [Wait(300), Speak(7_000), HearFor(900), Beep(400)];
    let (conversation, stage) = talk(&leaves_message(), &acts).await;
    assert_eq!(said_by_agent(&conversation), ["Please call us …", "Please call us back."]);
    let [(begin, end), _] = stage.played_ms[..] else { panic!("{:?}", stage.played_ms) };
    assert!(end - begin < 1_700, "it stops when the quiet after the beep tells what it was");
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Voicemail));
}

#[tokio::test]
async fn a_greeting_taken_for_a_person_is_noticed_by_its_beep() {
    let acts = [Wait(300), Speak(700), Wait(1_500), Speak(3_000), Beep(400)];
    let (conversation, _) = talk(&leaves_message(), &acts).await;
    assert_eq!(ending(&conversation), (true, EndReason::VoicemailDetected, Party::Agent));
    assert_eq!(said_by_agent(&conversation).last(), Some(&"Please call us back."));
}

#[tokio::test]
async fn an_endless_greeting_gets_no_message() {
    let words = (0..100).flat_map(|n| [Wait(200 + n * 37 % 300), Speak(700 + n * 91 % 600)]);
    let (conversation, stage) = talk(&leaves_message(), &words.collect::<Vec<_>>()).await;
    assert_eq!(ending(&conversation), (true, EndReason::VoicemailDetected, Party::Agent));
    assert_eq!(stage.played_ms, []);
    assert!(stage.now_ms < 70_000);
}

#[tokio::test]
async fn a_machine_that_hangs_up_stays_voicemail() {
    let acts = [Wait(300), Speak(7_000), HangUp];
    let (conversation, _) = talk(&leaves_message(), &acts).await;
    assert_eq!(ending(&conversation), (true, EndReason::VoicemailDetected, Party::Recipient));
}

#[tokio::test]
async fn a_fax_machine_is_hung_up_on_without_a_message() {
    let (conversation, stage) = talk(&leaves_message(), &[Wait(800), Hold(2_100, 5_000)]).await;
    assert_eq!(ending(&conversation), (true, EndReason::VoicemailDetected, Party::Agent));
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Fax));
    assert_eq!(stage.played_ms, []);
    assert!(stage.now_ms <= 2_600, "{}", stage.now_ms);
}

#[tokio::test]
async fn an_announcement_gets_no_message() {
    let information = [Hold(950, 330), Hold(1_400, 330), Hold(1_800, 330), Speak(4_000)];
    let (conversation, stage) = talk(&leaves_message(), &information).await;
    assert_eq!(ending(&conversation), (true, EndReason::VoicemailDetected, Party::Agent));
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Announcement));
    assert_eq!(stage.played_ms, []);
    assert!(stage.now_ms <= 1_200, "{}", stage.now_ms);
}

#[tokio::test]
async fn silence_is_spoken_to_after_four_seconds() {
    let (conversation, stage) = talk(&brief(), &[]).await;
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Silence));
    assert_eq!(stage.played_ms[0].0, 4_000);
    assert_eq!(said_by_agent(&conversation), ["Good morning.", "How are you?", "Goodbye."]);
}

#[tokio::test]
async fn without_detection_the_agent_speaks_at_once() {
    let mut brief = brief();
    brief.version.voicemail_detection = false;
    let (conversation, stage) = talk(&brief, &[Wait(300), Speak(6_000)]).await;
    assert_eq!((conversation.answered_by, conversation.amd_confidence), (None, None));
    assert_eq!(stage.played_ms[0].0, 0);
}

#[tokio::test]
async fn who_hangs_up_mid_sentence_heard_half_of_it() {
    let acts = [Wait(300), Speak(400), HearFor(700), HangUp];
    let (conversation, _) = talk(&brief(), &acts).await;
    assert_eq!(ending(&conversation), (false, EndReason::UserDisconnected, Party::Recipient));
    assert_eq!(said_by_agent(&conversation), ["Good …"]);
}

#[tokio::test]
async fn who_hangs_up_at_once_was_not_judged() {
    let (conversation, _) = talk(&brief(), &[HangUp]).await;
    assert_eq!(ending(&conversation), (false, EndReason::UserDisconnected, Party::Recipient));
    assert_eq!((conversation.answered_by, conversation.transcript.len()), (None, 0));
}

#[tokio::test]
async fn the_longest_duration_holds_while_the_agent_speaks() {
    let mut brief = brief();
    brief.version.max_duration_s = 30;
    brief.version.first_message = "word ".repeat(100);
    let (conversation, stage) = talk(&brief, &PERSON).await;
    assert_eq!(ending(&conversation), (false, EndReason::MaxDuration, Party::Engine));
    assert_eq!(stage.now_ms, 30_000);
}

#[tokio::test]
async fn the_longest_duration_holds_for_who_never_stops_talking() {
    let mut brief = brief();
    brief.version.max_duration_s = 12;
    let acts = [Wait(300), Speak(400), HearOut, Speak(300_000)];
    let (conversation, stage) = talk(&brief, &acts).await;
    assert_eq!(ending(&conversation), (false, EndReason::MaxDuration, Party::Engine));
    assert_eq!(stage.now_ms, 12_000);
}

#[tokio::test]
async fn silence_of_both_ends_the_call() {
    let mut brief = brief();
    brief.version.silence_timeout_s = 3;
    let (conversation, stage) = talk(&brief, &[Wait(500), Speak(500)]).await;
    assert_eq!(ending(&conversation), (false, EndReason::SilenceTimeout, Party::Engine));
    let (_, end) = stage.played_ms[0];
    assert!(stage.now_ms.abs_diff(end + 3_000) <= 20, "{} {end}", stage.now_ms);
}

#[tokio::test]
async fn a_digit_is_a_reply() {
    let acts = [Wait(300), Speak(400), HearOut, Wait(1_000), Press('5')];
    let (conversation, stage) = talk(&brief(), &acts).await;
    let digit = conversation.transcript.iter().find(|said| said.text == "digit 5").unwrap();
    assert!(!digit.by_agent);
    let (second, _) = stage.played_ms[1];
    assert!((500..=800).contains(&(second - digit.end_ms)), "{second} {digit:?}");
}

#[tokio::test]
async fn what_is_said_over_the_agent_is_written_down() {
    let acts = [Wait(300), Speak(400), HearFor(300), Speak(600)];
    let (conversation, _) = talk(&brief(), &acts).await;
    let texts: Vec<_> = conversation.transcript.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(texts[1..3], ["Good morning.", "speech 0.6 s"]);
}

#[tokio::test]
async fn an_agent_without_a_voice_has_failed() {
    let mut brief = brief();
    brief.version.first_message = "unspeakable".to_owned();
    assert!(agent(&brief, Hum).ring().await.is_err());
    let (conversation, _) = talk(&brief, &PERSON).await;
    assert_eq!(ending(&conversation), (false, EndReason::AgentFailed, Party::Agent));
}

#[tokio::test]
async fn who_picked_up_waits_five_seconds_for_words_and_no_longer() {
    let mut brief = brief();
    brief.version.first_message = "without end".to_owned();
    let (conversation, stage) = talk(&brief, &[Wait(300), Speak(400)]).await;
    assert_eq!(ending(&conversation), (false, EndReason::AgentFailed, Party::Agent));
    let failure = conversation.failure.expect("a cause");
    assert!(failure.cause.contains("not ready within 5 s"), "{}", failure.cause);
    assert_eq!(failure.blame, Blame::Agent);
    assert!((6_400..=6_800).contains(&stage.now_ms), "{}", stage.now_ms);
}

#[tokio::test]
async fn who_says_nothing_is_found_before_anybody_is_dialed() {
    let mut brief = brief();
    brief.version.first_message = " ".to_owned();
    assert!(open(&brief).await.is_ok(), "it has a line");
    script(&mut brief).lines.clear();
    let error = open(&brief).await.unwrap_err();
    assert!(error.cause.contains("would hear nothing"), "{}", error.cause);
}

#[tokio::test]
async fn a_voice_that_is_not_there_is_found_before_anybody_is_dialed() {
    let mut brief = brief();
    brief.version.voice = "mistyped".to_owned();
    let error = open(&brief).await.unwrap_err();
    assert!(error.cause.contains("no voice \"mistyped\""), "{}", error.cause);
    brief.version.first_message = "hello.wav".to_owned();
    let script = script(&mut brief);
    (script.lines, script.goodbye) = (Vec::new(), String::new());
    assert!(open(&brief).await.is_ok(), "a sound needs no voice");
}

#[tokio::test]
async fn empty_lines_are_not_said() {
    let mut brief = brief();
    brief.version.first_message = String::new();
    let script = script(&mut brief);
    script.lines = vec![" ".to_owned()];
    script.goodbye.clear();
    assert!(agent(&brief, Hum).ring().await.is_ok());
    let (conversation, stage) = talk(&brief, &PERSON).await;
    assert_eq!(conversation.end_reason, EndReason::AgentDisconnected);
    assert_eq!(stage.played_ms, []);
}

#[tokio::test]
async fn who_presses_nine_hears_goodbye_and_is_not_to_be_called_again() {
    let acts = [Wait(300), Speak(400), HearFor(300), Press('9'), Wait(100), Press('9')];
    let (conversation, _) = talk(&brief(), &acts).await;
    assert!(conversation.asked_to_stop);
    assert_eq!(conversation.digits, "99");
    assert_eq!(ending(&conversation), (false, EndReason::AgentDisconnected, Party::Agent));
    assert_eq!(said_by_agent(&conversation), ["…", "Goodbye."]);
    let (other, _) = talk(&brief(), &[Wait(300), Speak(400), HearOut, Press('8')]).await;
    assert!(!other.asked_to_stop);
    assert_eq!(other.digits, "8");
}

#[tokio::test]
async fn what_was_pressed_is_kept_up_to_a_bound() {
    let presses = [[Press('1'), Wait(40), Press('#'), Wait(40)]; 60].concat();
    let acts = [vec![Wait(300), Speak(400), HearFor(300)], presses].concat();
    let (conversation, _) = talk(&brief(), &acts).await;
    assert_eq!(conversation.digits, "1#".repeat(50));
}

#[tokio::test]
async fn nine_is_heard_while_it_is_not_clear_yet_who_answered() {
    let (conversation, stage) = talk(&brief(), &[Wait(200), Press('9')]).await;
    assert!(conversation.asked_to_stop);
    assert_eq!(said_by_agent(&conversation), ["Goodbye."]);
    assert!(stage.now_ms < 2_000, "{}", stage.now_ms);
}
