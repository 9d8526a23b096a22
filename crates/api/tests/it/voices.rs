//! Voices, previews and test calls.

use campanile_media::{tone, wav};
use serde_json::{Value, json};

use crate::support::{World, pointers};

#[tokio::test]
async fn voices_are_listed_and_each_can_be_saved_and_heard() {
    let world = World::new().await;
    let list = world.get("/v1/voices").await.expect(200);
    let languages = list["languages"].as_array().unwrap();
    let german = languages.iter().find(|one| one["language"] == "de").expect("German");
    assert_eq!(german["name"], "German");
    let variants = list["variants"].as_array().unwrap();
    let woman = variants.iter().find(|one| one["variant"] == "f3").expect("a woman");
    assert_eq!(woman["gender"], "female");
    let agent = json!({"name": "A", "first_message": "Hallo.", "language": "de", "voice": "de+f3"});
    world.post("/v1/agents", &agent).await.expect(201);
    let heard = async |query: &str| {
        let (kind, file) = world.fetch(&format!("/v1/voices/preview.wav?{query}")).await;
        assert_eq!(kind, "audio/wav", "{query}");
        wav::read_from(&file[..], 10).unwrap()
    };
    let own = heard("text=Guten+Tag&language=de").await;
    let other = heard("text=Guten+Tag&language=de&voice=de%2Bf3").await;
    assert!(own.len() > 4_000 && tone::level_dbfs(&own) > -35.0, "{} samples", own.len());
    assert_ne!(own, other);
}

#[tokio::test]
async fn a_voice_that_is_mistyped_is_refused_and_near_ones_are_named() {
    let world = World::new().await;
    for (fields, pointer, near) in [
        (json!({"language": "en-UX"}), "/language", "en-us"),
        (json!({"language": "german"}), "/language", "de"),
        (json!({"voice": "en-us+f33"}), "/voice", "en-us+f3"),
        (json!({"language": "de", "voice": "dee+f3"}), "/voice", "de+f3"),
    ] {
        let mut agent = json!({"name": "A", "first_message": "Hi."});
        agent.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let problem = world.post("/v1/agents", &agent).await.problem(422);
        assert_eq!(pointers(&problem), [pointer], "{problem}");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("did you mean") && detail.contains(near), "{detail}");
        let mut query = "/v1/voices/preview.wav?text=Hi".to_owned();
        for (name, value) in fields.as_object().unwrap() {
            query += &format!("&{name}={}", value.as_str().unwrap().replace('+', "%2B"));
        }
        let problem = world.get(&query).await.problem(422);
        assert_eq!(pointers(&problem), [pointer], "{problem}");
    }
}

#[tokio::test]
async fn what_is_heard_before_a_call_is_short() {
    let world = World::new().await;
    let preview =
        async |text: &str| world.get(&format!("/v1/voices/preview.wav?text={text}")).await;
    assert_eq!(pointers(&preview(&"a".repeat(1_001)).await.problem(422)), ["/text"]);
    assert_eq!(pointers(&preview("").await.problem(422)), ["/text"]);
    assert_eq!(pointers(&preview("gone.wav").await.problem(422)), ["/text"]);
    world
        .form("/v1/sounds", &[("name", "a.wav"), ("file", &*crate::sounds::ascii_wav())])
        .await
        .expect(201);
    assert_eq!(world.fetch("/v1/voices/preview.wav?text=a.wav").await.1.len(), 44 + 128);
}

/// The body of a batch with a version of an agent.
fn batch(agent: &str, version: u32, numbers: &[&str]) -> Value {
    let recipients: Vec<Value> = numbers
        .iter()
        .map(|number| json!({"phone_number": number, "customer_name": "Jo"}))
        .collect();
    json!({"name": "June", "from_number": "+14155550100", "agent_id": agent,
        "agent_version": version, "start": false, "recipients": recipients})
}

#[tokio::test]
async fn a_draft_can_be_called_with_by_one_test_call_and_by_no_batch() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let draft = json!({"first_message": "Hello {{customer_name}}, a draft."});
    world.post(&format!("/v1/agents/{agent}/versions"), &draft).await.expect(201);
    let mut wanted = batch(&agent, 2, &["+14155550101"]);
    let problem = world.post("/v1/batch-calls", &wanted).await.problem(422);
    assert_eq!(pointers(&problem), ["/agent_version"], "{problem}");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("test call"), "{problem}");
    wanted["test"] = json!(true);
    let made = world.post("/v1/batch-calls", &wanted).await.expect(201);
    assert_eq!((&made["test"], &made["agent_version"]), (&json!(true), &json!(2)));
    let mut many = batch(&agent, 1, &["+14155550101", "+14155550102"]);
    assert_eq!(world.post("/v1/batch-calls", &many).await.expect(201)["test"], false);
    many["test"] = json!(true);
    let problem = world.post("/v1/batch-calls", &many).await.problem(422);
    assert_eq!(pointers(&problem), ["/test"], "{problem}");
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
    let edited = world.put(("PATCH", &path), &json!({"name": "Another"})).await.expect(200);
    assert_eq!(edited["test"], true, "it stays one");
}

#[tokio::test]
async fn what_nearly_is_a_placeholder_is_warned_of() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let versions = format!("/v1/agents/{agent}/versions");
    let near = json!({"first_message": "Hello {customer_name}, {{customer_name."});
    world.post(&versions, &near).await.expect(201);
    world.post(&format!("{versions}/2/publish"), &json!({})).await.expect(200);
    let wanted = batch(&agent, 2, &["+14155550101"]);
    for (path, status) in [("/v1/batch-calls/validate", 200), ("/v1/batch-calls", 201)] {
        let report = world.post(path, &wanted).await.expect(status);
        let warnings = report["warnings"].as_array().unwrap();
        let near: Vec<&str> = warnings
            .iter()
            .filter(|warning| warning["code"] == "near_placeholder")
            .map(|warning| warning["detail"].as_str().unwrap())
            .collect();
        assert_eq!(near.len(), 2, "{report}");
        assert!(near[0].contains("{customer_name}") && near[1].contains("{{customer_name"));
    }
}
