//! What a model may do in a call: every tool, and every mistake.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use campanile_agent::{
    Action, Agent, Brief, Care, Conversation, Failure, Farewell, Note, Notes, Setting, Supervised,
    converse,
    tools::{Answer, Post, Posted, Tools, Used},
};
use campanile_rules::{
    agent::{HttpTool, ResultField, ResultKind, Secret, VoicemailAction},
    attempt::{AnsweredBy, EndReason, Party},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    bots::Paced,
    stage::{Act, Act::*, Hum, Stage},
    supervised::{drained, ending, stream, talk, undetected},
};

/// A server of functions. It keeps the requests, and takes 300 ms.
#[derive(Default)]
struct Functions {
    requests: Mutex<Vec<Request>>,
}

/// The URL, headers and body of a request.
type Request = (String, Vec<(String, String)>, Value);

#[async_trait]
impl Post for Functions {
    async fn post_json(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: String,
        _max_bytes: usize,
    ) -> Result<Posted, String> {
        let body: Value = serde_json::from_str(&body).unwrap();
        self.requests.lock().unwrap().push((url.to_owned(), headers.to_vec(), body.clone()));
        tokio::time::sleep(Duration::from_millis(300)).await;
        match body["arguments"]["day"].as_str().unwrap_or_default() {
            "never" => std::future::pending().await,
            "broken" => Err("crm.example is not on the public Internet".to_owned()),
            "full" => Ok(Posted { status: 500, body: "no such day".into() }),
            day => Ok(Posted { status: 200, body: format!("free on {day}").into() }),
        }
    }
}

fn brief() -> Brief {
    let mut brief = undetected();
    brief.version.transfer_to = vec!["+14155550199".to_owned()];
    let result = |name: &str, kind, choices: &[&str]| ResultField {
        name: name.to_owned(),
        description: format!("what {name} means"),
        kind,
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
    };
    brief.version.results = vec![
        result("note", ResultKind::Text, &[]),
        result("guests", ResultKind::Number, &[]),
        result("confirmed", ResultKind::Boolean, &[]),
        result("slot", ResultKind::Choice, &["Morning", "Evening"]),
    ];
    let parameters = json!({
        "type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"],
    });
    brief.version.tools = vec![HttpTool {
        name: "free_slots".to_owned(),
        description: "Finds free slots.".to_owned(),
        parameters: parameters.as_object().unwrap().clone(),
        url: "https://crm.example/slots".to_owned(),
        headers: [("x-key".to_owned(), Secret::new("secret"))].into(),
        timeout_s: 4,
    }];
    brief
}

fn tools(brief: &Brief) -> Tools {
    Tools::of(&brief.version, Arc::new(Functions::default()))
}

/// Lets an agent use tools at given times, and talk for two seconds from the answer on. Returns
/// what the uses led to.
async fn used(
    brief: &Brief,
    acts: &[Act],
    uses: &[(u64, &str, Value)],
) -> (Conversation, Stage, Vec<(u64, Used)>, Vec<Note>) {
    let (mut all, (notes, mut reader)) = (Vec::new(), Notes::channel());
    let (conversation, stage, _) = talk((brief, notes), acts, Ok(()), |line| {
        if line.now_ms() == 0 {
            line.bring_tools(tools(brief));
            stream(line, 2_000, 8_000);
        }
        for (at_ms, name, arguments) in uses {
            if line.now_ms() == *at_ms {
                let id = format!("{name} {at_ms}");
                let used = line.use_tool(&id, name, &arguments.to_string());
                all.push((line.now_ms(), used));
            }
        }
        while let Some(answer) = line.next_answer() {
            all.push((line.now_ms(), Used::Answered(answer)));
        }
        line.now_ms() < 6_000
    })
    .await;
    (conversation, stage, all, drained(&mut reader))
}

/// Uses one tool, and returns what the model is told.
async fn told(name: &str, arguments: Value) -> Answer {
    let (_, _, mut used, _) = used(&brief(), &[], &[(100, name, arguments)]).await;
    match used.remove(0).1 {
        Used::Answered(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_model_is_told_of_what_it_may_do_and_of_nothing_else() {
    let full = brief();
    let tools = tools(&full);
    let names: Vec<_> = tools.definitions().iter().map(|tool| tool.name.as_str()).collect();
    let built_in = ["end_call", "press_digits", "suppress", "voicemail"];
    let given = ["transfer", "record_result", "free_slots"];
    assert_eq!(names, [&built_in[..], &given[..]].concat());
    let transfer = &tools.definitions()[4].parameters;
    assert_eq!(transfer["properties"]["to"]["enum"], json!(["+14155550199"]));
    let record = &tools.definitions()[5];
    for told in ["slot (one of: Morning, Evening)", "what guests means", "true or false"] {
        assert!(record.description.contains(told), "{}", record.description);
    }
    let mut bare = undetected();
    let plain = Tools::of(&bare.version, Arc::new(Functions::default()));
    assert_eq!(plain.definitions().len(), built_in.len());
    bare.version.tools =
        vec![HttpTool { name: "end_call".to_owned(), ..full.version.tools[0].clone() }];
    let named = Tools::of(&bare.version, Arc::new(Functions::default()));
    assert_eq!(named.definitions().len(), built_in.len(), "a built-in name stays built in");
}

#[tokio::test]
async fn the_goodbye_is_heard_before_the_call_ends() {
    let (conversation, stage, used, notes) =
        used(&brief(), &[], &[(500, "end_call", json!({"reason": "done"}))]).await;
    assert_eq!(ending(&conversation), (EndReason::AgentDisconnected, Party::Agent));
    assert_eq!(used, [(500, Used::Ending)]);
    assert_eq!(stage.played_ms, [(0, 2_000)]);
    assert!((2_180..=2_260).contains(&stage.now_ms), "{}", stage.now_ms);
    let tool = Action::Tool {
        name: "end_call".to_owned(),
        arguments: r#"{"reason":"done"}"#.to_owned(),
        at_ms: 500,
    };
    assert!(notes.contains(&Note::Action(tool.clone())), "{notes:?}");
    assert_eq!(conversation.happened.actions, [tool]);
}

#[tokio::test]
async fn a_person_who_speaks_into_the_goodbye_is_listened_to() {
    let acts = [HearFor(800), Speak(1_200)];
    let (conversation, _, used, _) = used(&brief(), &acts, &[(500, "end_call", json!({}))]).await;
    assert_eq!(used.len(), 2);
    let (at_ms, Used::Answered(Answer { call_id, output, is_turn })) = &used[1] else { panic!() };
    assert!((1_400..=1_700).contains(at_ms), "{at_ms}");
    assert_eq!((call_id.as_str(), *is_turn), ("end_call 500", false));
    assert!(output.contains("the call goes on"), "{output}");
    assert!(conversation.transcript[0].end_ms > 1_800);
}

#[tokio::test]
async fn a_short_bye_does_not_keep_the_call() {
    let acts = [HearFor(1_700), Speak(350)];
    let (_, stage, used, _) = used(&brief(), &acts, &[(500, "end_call", json!({}))]).await;
    assert_eq!(used.len(), 1);
    assert!((2_200..=2_700).contains(&stage.now_ms), "{}", stage.now_ms);
}

#[tokio::test]
async fn the_end_waits_for_speech_that_is_on_its_way() {
    let brief = brief();
    let (_, stage, _) = talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        match line.now_ms() {
            0 => {
                line.bring_tools(tools(&brief));
                line.expect_speech(true);
                line.use_tool("1", "end_call", "");
            }
            1_000 => {
                stream(line, 500, 8_000);
                line.expect_speech(false);
            }
            _ => {}
        }
        line.now_ms() < 6_000
    })
    .await;
    assert_eq!(stage.played_ms, [(1_000, 1_500)]);
    assert!((1_680..=1_760).contains(&stage.now_ms), "{}", stage.now_ms);
}

#[tokio::test]
async fn an_interrupted_goodbye_keeps_the_call() {
    let brief = brief();
    let mut answer = None;
    let (_, stage, _) = talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        match line.now_ms() {
            0 => {
                line.bring_tools(tools(&brief));
                stream(line, 2_000, 8_000);
                line.use_tool("1", "end_call", "{}");
            }
            400 => {
                line.playout().clear();
                line.go_on();
                answer = line.next_answer();
            }
            _ => {}
        }
        line.now_ms() < 3_000
    })
    .await;
    assert!(answer.is_some());
    assert!(stage.now_ms >= 3_000);
}

#[tokio::test]
async fn a_transfer_begins_when_the_person_knows() {
    let acts = [HearFor(800), Speak(1_000)];
    let to = json!({"to": "+1 (415) 555-0199"});
    let (conversation, stage, _, _) = used(&brief(), &acts, &[(500, "transfer", to)]).await;
    assert_eq!(conversation.transfer.as_deref(), Some("+14155550199"));
    assert_eq!(ending(&conversation), (EndReason::AgentDisconnected, Party::Agent));
    assert_eq!(stage.played_ms, [(0, 2_000)]);
    assert!((2_180..=2_260).contains(&stage.now_ms), "{}", stage.now_ms);
}

#[tokio::test]
async fn who_asks_for_no_more_calls_is_put_on_the_list() {
    let (conversation, stage, _, _) = used(&brief(), &[], &[(500, "suppress", json!({}))]).await;
    assert!(conversation.asked_to_stop);
    assert_eq!(stage.played_ms, [(0, 2_000)]);
    let acts = [HearFor(700), HangUp];
    let (conversation, ..) = used(&brief(), &acts, &[(500, "suppress", json!({}))]).await;
    assert!(conversation.asked_to_stop, "also when the person hangs up on the goodbye");
}

#[tokio::test]
async fn a_machine_that_the_model_finds_gets_the_message() {
    let mut brief = brief();
    brief.version.voicemail = VoicemailAction::LeaveMessage;
    let (conversation, stage, _, _) = used(&brief, &[], &[(500, "voicemail", json!({}))]).await;
    assert!(conversation.voicemail);
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Voicemail));
    let [(0, silenced), (message, end)] = stage.played_ms[..] else {
        panic!("{:?}", stage.played_ms)
    };
    assert!(silenced <= 540, "{silenced}");
    assert!((4_400..=4_600).contains(&message) && end - message == 2_000, "{message} {end}");
}

#[tokio::test]
async fn keys_are_pressed_when_the_agent_has_been_heard() {
    let digits = json!({"digits": "1w#a"});
    let (_, stage, used, _) = used(&brief(), &[], &[(500, "press_digits", digits)]).await;
    let Used::Answered(answer) = &used[0].1 else { panic!("{used:?}") };
    assert!(!answer.is_turn, "a menu speaks next");
    let [('1', first), ('#', second), ('A', third)] = stage.pressed[..] else {
        panic!("{:?}", stage.pressed)
    };
    assert!((1_980..=2_020).contains(&first), "{first}");
    assert_eq!((second - first, third - second), (220 + 500, 220));
}

#[tokio::test]
async fn results_are_checked_and_the_last_value_counts() {
    let uses = [
        (100, "record_result", json!({"name": "slot", "value": "evening"})),
        (120, "record_result", json!({"name": "guests", "value": 3})),
        (140, "record_result", json!({"name": "guests", "value": "4.5"})),
        (160, "record_result", json!({"name": "confirmed", "value": "Yes"})),
        (180, "record_result", json!({"name": "note", "value": "  a window seat "})),
    ];
    let (conversation, _, used, notes) = used(&brief(), &[], &uses).await;
    let expected =
        [("confirmed", "true"), ("guests", "4.5"), ("note", "a window seat"), ("slot", "Evening")];
    let results = conversation.results.iter();
    let results: Vec<_> = results.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(results, expected);
    for (_, used) in &used {
        assert!(matches!(used, Used::Answered(Answer { is_turn: true, .. })), "{used:?}");
    }
    let guests = Action::Result { name: "guests".to_owned(), value: "3".to_owned(), at_ms: 120 };
    assert!(notes.contains(&Note::Action(guests)), "{notes:?}");
}

#[tokio::test]
async fn mistakes_are_told_to_the_model_and_do_nothing() {
    for (name, arguments, words) in [
        ("fly", json!({}), "no such tool"),
        ("end_call", json!([1]), "must be a JSON object"),
        ("transfer", json!({"to": "+14155550100"}), "The numbers are: +14155550199"),
        ("transfer", json!({"to": 5}), "must be a text"),
        ("transfer", json!({}), "\"to\" is missing"),
        ("press_digits", json!({"digits": "12x"}), "0 to 9"),
        ("press_digits", json!({"digits": ""}), "0 to 9"),
        ("press_digits", json!({"digits": "1".repeat(33)}), "0 to 9"),
        ("record_result", json!({"name": "age", "value": 5}), "The results are: note, guests"),
        ("record_result", json!({"name": "guests"}), "\"value\" is missing"),
        ("record_result", json!({"name": "guests", "value": "three"}), "a number, in digits"),
        ("record_result", json!({"name": "guests", "value": "NaN"}), "a number, in digits"),
        ("record_result", json!({"name": "confirmed", "value": "maybe"}), "true or false"),
        ("record_result", json!({"name": "slot", "value": "noon"}), "Morning, Evening"),
        ("record_result", json!({"name": "note", "value": {"a": 1}}), "must be text"),
        ("record_result", json!({"name": "note", "value": "é".repeat(2_001)}), "longer than"),
        ("record_result", json!({"name": "note", "value": ""}), "no value"),
        ("free_slots", json!({"night": "x"}), "\"day\" is missing"),
        ("free_slots", json!({"day": "x".repeat(40_000)}), "longer than"),
    ] {
        let answer = told(name, arguments.clone()).await;
        assert!(answer.output.contains(words), "{name} {arguments}: {}", answer.output);
        assert!(answer.is_turn);
    }
    let (conversation, stage, ..) =
        used(&brief(), &[], &[(500, "transfer", json!({"to": "+14155550100"}))]).await;
    assert_eq!((conversation.transfer, stage.now_ms), (None, 6_200));
}

#[tokio::test]
async fn arguments_that_are_no_json_are_a_mistake_and_none_are_none() {
    let brief = brief();
    talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        assert!(matches!(line.use_tool("0", "end_call", ""), Used::Answered(_)), "no tools yet");
        line.bring_tools(tools(&brief));
        let Used::Answered(answer) = line.use_tool("1", "end_call", "{\"a") else { panic!() };
        assert!(answer.output.contains("not JSON"), "{}", answer.output);
        assert_eq!(line.use_tool("2", "end_call", ""), Used::Ending);
        assert_eq!(line.use_tool("2", "end_call", ""), Used::Repeated);
        false
    })
    .await;
}

#[tokio::test]
async fn a_model_that_never_stops_is_limited() {
    let brief = brief();
    talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        line.bring_tools(tools(&brief));
        let press = |line: &mut Supervised<'_>, id: usize| {
            line.use_tool(&id.to_string(), "press_digits", r#"{"digits": "11111111111111111111"}"#)
        };
        let outputs: Vec<_> = (0..600).map(|id| press(line, id)).collect();
        for (id, words) in
            [(4, "when you have been heard"), (5, "Too many keys"), (500, "Too many tools")]
        {
            let Used::Answered(answer) = &outputs[id] else { panic!() };
            assert!(answer.output.contains(words), "{id}: {}", answer.output);
        }
        false
    })
    .await;
}

#[tokio::test]
async fn a_person_who_asks_in_words_is_not_called_again() {
    let brief = brief();
    let (conversation, stage, left) = talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        match line.now_ms() {
            0 => stream(line, 3_000, 8_000),
            500 => line.heard_words("Please don't stop calling me."),
            1_000 => line.heard_words("Stop calling me!"),
            _ => {}
        }
        true
    })
    .await;
    assert!(conversation.asked_to_stop);
    assert_eq!(left, Some(Farewell::StopCalling));
    assert!(stage.now_ms <= 1_300, "{}", stage.now_ms);
}

#[tokio::test]
async fn words_that_only_machines_say_end_the_talk_with_a_machine() {
    let mut brief = brief();
    brief.version.voicemail_detection = true;
    let acts = [Wait(300), Speak(700)];
    let (conversation, stage, left) = talk((&brief, Notes::unread()), &acts, Ok(()), |line| {
        match line.now_ms() {
            2_000 => line.heard_words("Hello, who is this?"),
            3_000 => line.heard_words("I can't come to the phone. Leave a message after the tone."),
            _ => {}
        }
        true
    })
    .await;
    assert_eq!(left, Some(Farewell::Machine));
    assert!(conversation.voicemail);
    assert_eq!(conversation.answered_by, Some(AnsweredBy::Voicemail));
    assert!((3_000..=3_300).contains(&stage.now_ms), "{}", stage.now_ms);
}

/// Calls functions and keeps their answers.
struct Caller {
    server: Arc<Functions>,
    answers: Vec<(u64, Answer)>,
}

#[async_trait]
impl Agent for Caller {
    async fn open(&mut self, _care: Care) -> Result<(), Failure> {
        Ok(())
    }

    async fn ring(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    async fn talk(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        line.bring_tools(Tools::of(&line.brief().version, self.server.clone()));
        for day in ["Monday", "broken", "full", "never"] {
            let arguments = json!({"day": day}).to_string();
            assert_eq!(line.use_tool(day, "free_slots", &arguments), Used::Pending);
            assert_eq!(line.use_tool(day, "free_slots", &arguments), Used::Repeated);
        }
        while line.now_ms() < 5_000 {
            line.hear().await?;
            while let Some(answer) = line.next_answer() {
                self.answers.push((line.now_ms(), answer));
            }
        }
        Ok(())
    }

    fn goodbye(&self) -> &str {
        ""
    }
}

#[tokio::test(start_paused = true)]
async fn functions_are_called_once_and_answer_in_their_time() {
    let (brief, server) = (brief(), Arc::new(Functions::default()));
    let mut agent = Caller { server: server.clone(), answers: Vec::new() };
    let mut line = Paced { stage: Stage::new(&[]), next_at: Instant::now() };
    let setting = Setting { brief: &brief, voice: &Hum, notes: Notes::unread(), outside: None };
    converse(&mut line, &mut agent, setting).await;

    let requests = server.requests.lock().unwrap();
    assert_eq!(requests.len(), 4);
    let body = json!({"call_id": "call-1", "name": "free_slots", "arguments": {"day": "Monday"}});
    let headers = vec![("x-key".to_owned(), "secret".to_owned())];
    assert!(requests.contains(&("https://crm.example/slots".to_owned(), headers, body)));
    let answer = |id: &str| {
        let found = agent.answers.iter().find(|(_, answer)| answer.call_id == id);
        found.map(|(at_ms, answer)| (*at_ms, answer.output.as_str())).unwrap()
    };
    let (at_ms, output) = answer("Monday");
    assert_eq!(output, "free on Monday");
    assert!((300..=340).contains(&at_ms), "{at_ms}");
    assert!(answer("broken").1.contains("crm.example is not on the public Internet"));
    assert!(answer("full").1.contains("HTTP status 500. no such day"));
    let (at_ms, output) = answer("never");
    assert!(output.contains("within 4 s"), "{output}");
    assert!((4_000..=4_060).contains(&at_ms), "{at_ms}");
}
