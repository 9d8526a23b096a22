//! Scripts with steps: questions, answers by key and by voice, and where they lead.

use campanile_agent::{Action, Brief, Conversation, Note, Notes, Setting, converse};
use campanile_rules::{
    agent::{ResultField, ResultKind},
    attempt::{EndReason, Party},
};
use serde_json::json;

use crate::stage::{Act, Act::*, Hum, Stage, agent, brief, script};

/// “Press 1 or 2.” (1.3 s) leads to “Fine.” (0.5 s) with 1, to another number with 2, and after a
/// second question to the goodbye (0.8 s).
fn appointment() -> Brief {
    let mut brief = brief();
    let version = &mut brief.version;
    (version.first_message, version.voicemail_detection) = (String::new(), false);
    version.transfer_to = vec!["+14155550199".to_owned()];
    version.results = vec![ResultField {
        name: "answer".to_owned(),
        description: String::new(),
        kind: ResultKind::Choice,
        choices: ["confirmed", "moved", "silent", "unclear"].map(String::from).to_vec(),
    }];
    let recorded = |value: &str| json!({"name": "answer", "value": value});
    with_steps(
        brief,
        json!([
            {
                "type": "ask", "name": "question", "text": "Press 1 or 2.",
                "answers": [
                    {"when": "1", "record": recorded("confirmed")},
                    {"when": "2", "go_to": "office", "record": recorded("moved")},
                    {"when": "3", "go_to": "question"},
                ],
                "no_input": {"text": "Hello?", "record": recorded("silent")},
                "no_match": {"text": "Sorry?", "record": recorded("unclear")},
            },
            {"type": "say", "text": "Fine.", "go_to": "end"},
            {"type": "transfer", "name": "office", "text": "One moment.", "to": "+14155550199"},
        ]),
    )
}

fn with_steps(mut brief: Brief, steps: serde_json::Value) -> Brief {
    let script = script(&mut brief);
    script.lines.clear();
    script.steps = serde_json::from_value(steps).expect("steps");
    brief
}

async fn talk(brief: &Brief, acts: &[Act]) -> (Conversation, Stage) {
    let mut stage = Stage::new(acts);
    let setting = Setting { brief, voice: &Hum, notes: Notes::unread(), outside: None };
    let conversation = converse(&mut stage, agent(brief, Hum).as_mut(), setting).await;
    (conversation, stage)
}

fn said(conversation: &Conversation) -> Vec<&str> {
    let said = conversation.transcript.iter().filter(|said| said.by_agent);
    said.map(|said| said.text.as_str()).collect()
}

fn answer(conversation: &Conversation) -> Option<&str> {
    conversation.results.get("answer").map(String::as_str)
}

#[tokio::test]
async fn a_key_leads_where_its_answer_says() {
    let (conversation, stage) = talk(&appointment(), &[HearOut, Wait(400), Press('1')]).await;
    assert_eq!(said(&conversation), ["Press 1 or 2.", "Fine.", "Goodbye."]);
    assert_eq!(answer(&conversation), Some("confirmed"));
    let (fine, _) = stage.played_ms[1];
    assert!(fine <= 1_300 + 400 + 100, "at once: {fine}");
    assert_eq!(conversation.end_reason, EndReason::AgentDisconnected);
    assert_eq!(conversation.ended_by, Party::Agent);
}

#[tokio::test]
async fn a_transfer_is_announced_first() {
    let (conversation, stage) = talk(&appointment(), &[HearOut, Press('2')]).await;
    assert_eq!(said(&conversation), ["Press 1 or 2.", "One moment."]);
    assert_eq!(conversation.transfer.as_deref(), Some("+14155550199"));
    assert_eq!(answer(&conversation), Some("moved"));
    let (_, end) = stage.played_ms[1];
    assert!(stage.now_ms >= end + 200, "the last word arrives before the call goes on");
}

#[tokio::test]
async fn a_question_can_be_asked_again() {
    let acts = [HearOut, Press('3'), HearOut, Press('1')];
    let (conversation, _) = talk(&appointment(), &acts).await;
    assert_eq!(said(&conversation)[..2], ["Press 1 or 2."; 2]);
    assert_eq!(answer(&conversation), Some("confirmed"));
}

#[tokio::test]
async fn who_does_nothing_is_asked_twice() {
    let (conversation, stage) = talk(&appointment(), &[]).await;
    let expected = ["Press 1 or 2.", "Hello?", "Press 1 or 2.", "Goodbye."];
    assert_eq!(said(&conversation), expected);
    assert_eq!(answer(&conversation), Some("silent"));
    let ((_, end), (again, _)) = (stage.played_ms[0], stage.played_ms[1]);
    assert!((again - end).abs_diff(5_000) <= 40, "{again} {end}");
}

#[tokio::test]
async fn what_is_no_answer_is_told_from_silence() {
    for acts in [&[HearOut, Press('7')][..], &[HearOut, Wait(300), Speak(900)]] {
        let acts = [acts, acts].concat();
        let (conversation, _) = talk(&appointment(), &acts).await;
        let expected = ["Press 1 or 2.", "Sorry?", "Press 1 or 2.", "Goodbye."];
        assert_eq!(said(&conversation), expected, "{acts:?}");
        assert_eq!(answer(&conversation), Some("unclear"));
    }
}

#[tokio::test]
async fn a_key_cuts_the_question_short_unless_it_must_be_heard() {
    let acts = [HearFor(900), Press('1')];
    let (conversation, stage) = talk(&appointment(), &acts).await;
    assert_eq!(said(&conversation), ["Press 1 …", "Fine.", "Goodbye."]);
    assert_eq!(answer(&conversation), Some("confirmed"));
    let (_, end) = *stage.played_ms.last().unwrap();
    assert!(end <= 900 + 500 + 800 + 100, "{:?}", stage.played_ms);

    let mut brief = appointment();
    brief.version.interruptible = false;
    let (conversation, _) = talk(&brief, &acts).await;
    assert_eq!(said(&conversation), ["Press 1 or 2.", "Fine.", "Goodbye."], "the key is kept");
    assert_eq!(answer(&conversation), Some("confirmed"));
}

#[tokio::test]
async fn keys_that_are_pressed_ahead_answer_the_next_question() {
    let mut brief = appointment();
    brief.version.first_message = "Good morning.".to_owned();
    let (conversation, _) = talk(&brief, &[HearFor(600), Press('1')]).await;
    assert_eq!(said(&conversation), ["Good …", "Fine.", "Goodbye."]);
    assert_eq!(answer(&conversation), Some("confirmed"));
}

#[tokio::test]
async fn a_voice_over_what_is_said_is_heard_out_and_a_cough_is_not() {
    let mut brief = appointment();
    brief.version.first_message = "Good morning, this is the practice.".to_owned();
    let acts = [HearFor(600), Speak(1_500), HearOut, Press('1')];
    let (conversation, stage) = talk(&brief, &acts).await;
    assert!(said(&conversation)[0].ends_with('…'), "{:?}", said(&conversation));
    let ((begin, end), (question, _)) = (stage.played_ms[0], stage.played_ms[1]);
    assert!(end - begin <= 600 + 200, "silent soon after the voice began: {begin} {end}");
    let spoken = 600 + 1_500;
    assert!((spoken + 500..=spoken + 900).contains(&question), "heard out: {question}");
    assert_eq!(answer(&conversation), Some("confirmed"));

    let cough = [HearFor(600), Speak(200), Wait(4_500), Press('1')];
    let (conversation, _) = talk(&brief, &cough).await;
    let texts = said(&conversation);
    assert_eq!(texts[0], "Good morning, this is the practice.", "it goes on after a cough");
}

#[tokio::test]
async fn a_step_that_must_be_heard_is_not_interrupted() {
    let notice = json!([
        {"type": "say", "text": "This call is recorded.", "interruptible": false},
        {"type": "ask", "text": "Is that fine?", "answers": [{"when": "speech"}]},
        {"type": "end", "text": "Bye."},
    ]);
    let brief = with_steps(appointment(), notice);
    let acts = [HearFor(400), Press('1'), Speak(900), HearFor(2_500), Speak(1_000)];
    let (conversation, stage) = talk(&brief, &acts).await;
    assert_eq!(said(&conversation), ["This call is recorded.", "Is that …", "Bye."]);
    let (bye, _) = *stage.played_ms.last().unwrap();
    assert!((3_900..=5_200).contains(&bye), "after the person's turn: {bye}");
}

#[tokio::test]
async fn yes_and_no_are_the_keys_1_and_2_and_keys_are_recorded_as_they_are() {
    let field = |name: &str, kind| ResultField {
        name: name.to_owned(),
        description: String::new(),
        kind,
        choices: Vec::new(),
    };
    let mut brief = with_steps(
        appointment(),
        json!([
            {"type": "ask", "text": "Do you come?", "answers": [
                {"when": "yes", "record": {"name": "comes"}},
                {"when": "no", "go_to": "end", "record": {"name": "comes"}},
            ]},
            {"type": "ask", "text": "How many?", "answers": [
                {"when": "keys", "record": {"name": "people"}},
            ]},
        ]),
    );
    brief.version.results =
        vec![field("comes", ResultKind::Boolean), field("people", ResultKind::Number)];
    let acts = [HearOut, Press('1'), HearOut, Press('1'), Wait(300), Press('2'), Press('#')];
    let (conversation, _) = talk(&brief, &acts).await;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(conversation.results, [pair("comes", "true"), pair("people", "12")].into());
    assert_eq!(said(&conversation), ["Do you come?", "How many?", "Goodbye."]);
    let (no, _) = talk(&brief, &[HearOut, Press('2')]).await;
    assert_eq!(no.results, [pair("comes", "false")].into());
}

#[tokio::test]
async fn nine_is_an_answer_only_where_the_question_says_so() {
    let (conversation, _) = talk(&appointment(), &[HearOut, Press('9')]).await;
    assert!(conversation.asked_to_stop);
    assert_eq!(said(&conversation), ["Press 1 or 2.", "Goodbye."]);
    assert_eq!(answer(&conversation), None);
    let brief = with_steps(
        appointment(),
        json!([
            {"type": "ask", "text": "From 1 to 9?", "takes_nine": true, "answers": [
                {"when": "9", "record": {"name": "answer", "value": "confirmed"}},
            ]},
            {"type": "ask", "text": "And now?", "answers": [{"when": "1"}]},
        ]),
    );
    let (conversation, _) = talk(&brief, &[HearOut, Press('9'), HearOut, Press('9')]).await;
    assert_eq!(said(&conversation), ["From 1 to 9?", "And now?", "Goodbye."]);
    assert_eq!(answer(&conversation), Some("confirmed"));
    assert!(conversation.asked_to_stop, "by the second one");
}

#[tokio::test]
async fn a_value_that_the_version_does_not_allow_is_not_recorded() {
    let brief = with_steps(
        appointment(),
        json!([
            {"type": "say", "text": "Hello.", "record": {"name": "answer", "value": "from the row"}},
            {"type": "end", "record": {"name": "unknown", "value": "x"}},
        ]),
    );
    let (conversation, _) = talk(&brief, &[]).await;
    assert_eq!(conversation.results, Default::default());
    assert_eq!(said(&conversation), ["Hello.", "Goodbye."]);
}

#[tokio::test]
async fn what_is_recorded_is_told_while_the_call_lasts() {
    let (brief, mut stage) = (appointment(), Stage::new(&[HearOut, Press('2')]));
    let (notes, mut reader) = Notes::channel();
    let setting = Setting { brief: &brief, voice: &Hum, notes, outside: None };
    let conversation = converse(&mut stage, agent(&brief, Hum).as_mut(), setting).await;
    assert_eq!(conversation.transfer.as_deref(), Some("+14155550199"));
    let mut told = Vec::new();
    while let Ok(note) = reader.try_recv() {
        match note {
            Note::Action(Action::Result { name, value, .. }) => {
                told.push(format!("{name}={value}"));
            }
            Note::Action(Action::Tool { name, arguments, .. }) => {
                told.push(format!("{name} {arguments}"));
            }
            _ => {}
        }
    }
    assert_eq!(told, ["answer=moved", "transfer {\"to\":\"+14155550199\"}"]);
}
