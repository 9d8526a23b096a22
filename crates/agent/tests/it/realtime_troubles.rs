//! The engine `realtime` with models that fail, crash, expire or flood, on simulated time.

use std::{sync::Arc, time::Duration};

use campanile_agent::{Blame, Failure};
use campanile_rules::attempt::{EndReason, Party};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    bots::{Bot, Bots, speech},
    models::{Model, open, plain, show, show_with},
    realtime::{silent_from, text_of},
    stage::Act::*,
};

fn failure(cause: &str, show: &crate::bots::Show) {
    let Some(Failure { cause: told, blame }) = &show.conversation.failure else {
        panic!("{cause}: {:?}", show.conversation)
    };
    assert!(told.contains(cause), "{told}");
    assert_eq!((*blame, show.conversation.end_reason), (Blame::Agent, EndReason::AgentFailed));
}

#[tokio::test(start_paused = true)]
async fn errors_that_pass_end_no_call() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.until("response.create").await.unwrap();
        for code in ["response_cancel_not_active", "item_truncate_invalid", "server_error", ""] {
            model.error(code, "oops").await;
        }
        model.send(json!({"type": "what.is.this", "delta": 5})).await;
        model.send(json!({"type": "response.output_audio.delta", "delta": "%%%"})).await;
        model.send(json!({"type": "error"})).await;
        model.send(json!([1, 2])).await;
        model.say("r1", "Hello.", &speech(500)).await;
        model.rest().await;
        assert_eq!(model.kinds(), ["session.update", "response.create"]);
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(3_000), HangUp]).await;
    assert_eq!(text_of(&show.conversation.transcript), [(true, "Hello.")]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_meets_another_response_is_made_again_after_it() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        let request = model.until("response.create").await.unwrap();
        let error = json!({
            "code": "conversation_already_has_active_response", "message": "busy",
            "event_id": request["event_id"],
        });
        model.send(json!({"type": "error", "error": error})).await;
        model.listen(1_000).await;
        model.done("other", "completed").await;
        model.answer("r1", "Hello.", &speech(500)).await;
        model.rest().await;
        assert_eq!(model.of("response.create").len(), 2);
    });
    show(&plain(), models, 0, &[Wait(5_000), HangUp]).await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_cannot_go_on_ends_the_call_with_its_words() {
    for (code, cause) in [
        ("insufficient_quota", "no money left (insufficient_quota)"),
        ("many", "no money left (many)"),
    ] {
        let models = Bots::new(move |_, bot: Bot| async move {
            let mut model = Model::set_up(bot).await;
            model.answer("r1", "Hello.", &speech(1_000)).await;
            model.listen(200).await;
            for _ in 0..if code == "many" { 21 } else { 1 } {
                model.error(code, "no money left").await;
            }
            model.rest().await;
        });
        let (show, _) = show(&plain(), models, 0, &[Wait(60_000)]).await;
        failure(cause, &show);
        assert_eq!(text_of(&show.conversation.transcript), [(true, "Hello.")], "it is heard out");
    }
}

#[tokio::test(start_paused = true)]
async fn responses_that_fail_are_tried_three_times() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        for id in ["r1", "r2", "r3"] {
            model.until("response.create").await.unwrap();
            model.begin(id).await;
            let details =
                json!({"type": "failed", "error": {"code": "server_error", "message": "hot"}});
            let response = json!({"id": id, "status": "failed", "status_details": details});
            model.send(json!({"type": "response.done", "response": response})).await;
        }
        model.rest().await;
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(60_000)]).await;
    failure("the agent's model fails: hot (server_error)", &show);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_says_nothing_has_failed() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.rest().await;
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(60_000)]).await;
    failure("said nothing for 10 s", &show);
    assert!(show.stage.now_ms <= 10_300);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_dies_is_heard_as_far_as_it_came() {
    for (code, cause) in [(1011, "code 1011"), (1000, "code 1000")] {
        let models = Bots::new(move |_, bot: Bot| async move {
            let mut model = Model::set_up(bot).await;
            model.answer("r1", "Hello.", &speech(1_000)).await;
            model.bot.close(code).await;
        });
        let (show, _) = show(&plain(), models, 0, &[Wait(60_000)]).await;
        failure(cause, &show);
        assert_eq!(text_of(&show.conversation.transcript), [(true, "Hello.")]);
        assert!((1_000..=1_200).contains(&silent_from(&show.stage.wire)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_session_goes_on_in_a_new_one() {
    let models = Bots::new(|number, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        if number == 1 {
            model.answer("r1", "Hello.", &speech(500)).await;
            model.listen(1_000).await;
            model.person_starts("p1", 900).await;
            model.person_stops("p1", 1_000).await;
            model.person_said("p1", "What time is it?").await;
            model.error("session_expired", "Your session hit the maximum duration.").await;
            model.rest().await;
            return;
        }
        let began = Instant::now();
        model.until("response.create").await.expect("the person has an answer");
        assert!(began.elapsed() <= Duration::from_millis(1_000));
        let said: Vec<(Value, Value)> = model
            .of("conversation.item.create")
            .iter()
            .map(|event| {
                let item = &event["item"];
                (item["role"].clone(), item["content"][0]["text"].clone())
            })
            .collect();
        let expected = [("assistant", "Hello."), ("user", "What time is it?")];
        assert_eq!(said, expected.map(|(role, text)| (json!(role), json!(text))));
        model.say("r2", "It is nine.", &speech(500)).await;
        model.listen(1_000).await;
        model.person_starts("p2", 500).await;
        model.person_stops("p2", 600).await;
        model.person_said("p2", "Thanks.").await;
        model.rest().await;
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(5_000), HangUp]).await;
    let expected =
        [(true, "Hello."), (false, "What time is it?"), (true, "It is nine."), (false, "Thanks.")];
    assert_eq!(text_of(&show.conversation.transcript), expected);
    let thanks = show.conversation.transcript[3].start_ms;
    assert!((1_480..=1_700).contains(&thanks), "{thanks}: the new session counts from its start");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_does_not_come_back_ends_the_call() {
    let models = Arc::new(Bots::new(|number, bot: Bot| async move {
        if number == 2 {
            std::future::pending::<()>().await;
        }
        let mut model = Model::set_up(bot).await;
        model.answer("r1", "Hello.", &speech(500)).await;
        model.error("session_expired", "Your session hit the maximum duration.").await;
        model.rest().await;
    }));
    let (show, _) = show_with(&plain(), &models, 0, &[Wait(60_000)]).await;
    failure("did not set up a session within 1000 ms", &show);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_did_not_wait_for_the_answer_is_set_up_again() {
    let models = Bots::new(|number, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        if number == 1 {
            model.error("session_expired", "too long").await;
            return;
        }
        model.answer("r1", "Hello.", &speech(500)).await;
        model.rest().await;
    });
    let (show, _) = show(&plain(), models, 40_000, &[Wait(2_000), HangUp]).await;
    assert_eq!(text_of(&show.conversation.transcript), [(true, "Hello.")]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sets_up_no_session_rings_no_phone() {
    for (what, cause) in [
        ("nothing", "did not set up a session within 5000 ms"),
        ("half", "did not set up a session within 5000 ms"),
        ("quota", "refuses the session: no money (insufficient_quota)"),
        ("voice", "refuses the session: no such voice (invalid_value)"),
        ("load", "refuses the session: out of memory"),
        ("close", "code 1008, before the session was set up"),
        ("format", "a format that is not spoken here"),
        ("junk", "did not set up a session within 5000 ms"),
    ] {
        let models = Arc::new(Bots::new(move |_, bot: Bot| async move {
            let mut model = Model::new(bot);
            match what {
                "nothing" => {}
                "half" => model.send(json!({"type": "session.created"})).await,
                "quota" => model.error("insufficient_quota", "no money").await,
                "voice" => {
                    model.send(json!({"type": "session.created"})).await;
                    while model.until("session.update").await.is_some() {
                        model.error("invalid_value", "no such voice").await;
                    }
                }
                "load" => {
                    let error = json!({"type": "model_load_error", "message": "out of memory"});
                    model.send(error).await;
                    model.error("", "out of memory").await;
                }
                "close" => model.bot.close(1008).await,
                "format" => {
                    let session = json!({"audio": {"input": {"format": "opus"}}});
                    model.send(json!({"type": "session.updated", "session": session})).await;
                }
                _ => {
                    for _ in 0..1_000 {
                        model.send(json!({"type": 5})).await;
                    }
                }
            }
            model.rest().await;
        }));
        let failure = open(&plain(), &models).await.expect_err(what);
        assert!(failure.cause.contains(cause), "{what}: {}", failure.cause);
        assert_eq!(failure.blame, Blame::Agent);
    }
    let refused = Arc::new(Bots::new(|_, _| async {}).refusing_after(0));
    let failure = open(&plain(), &refused).await.unwrap_err();
    assert!(failure.cause.contains("answered 503"), "{}", failure.cause);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_sound_delays_nothing_and_ends_with_the_call() {
    let models = Arc::new(Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.until("response.create").await.unwrap();
        model.begin("r1").await;
        for second in 0..3_000 {
            let words = json!({
                "type": "response.output_audio_transcript.delta", "response_id": "r1",
                "item_id": format!("item_{second}"), "delta": "flood ".repeat(1_000),
            });
            model.send(words).await;
            model.speak("r1", "flood", &speech(1_000)).await;
        }
    }));
    let (show, _) = show_with(&plain(), &models, 0, &[Wait(4_000), HangUp]).await;
    assert!((4_000..=4_100).contains(&show.stage.now_ms));
    assert_eq!(show.conversation.ended_by, Party::Recipient);
    sleep(Duration::from_secs(3)).await;
}
