//! Event streams deliver live events and resume where the client was.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use campanile_api::GuardConfig;
use campanile_rules::time::Timestamp;
use campanile_store::{KeyScope, Prune};
use futures::StreamExt;
use serde_json::{Value, json};

use super::support::{World, pointers};

/// An open event stream.
struct Stream {
    body: BodyDataStream,
    unread: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Told {
    id: Option<i64>,
    name: String,
    data: Value,
}

impl Stream {
    async fn open(world: &World, path: &str, last_event_id: Option<i64>) -> Stream {
        let mut request = world.request("GET", path);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let answer = world.answer(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Stream { body: answer.into_body().into_data_stream(), unread: String::new() }
    }

    /// The next block: an event, a comment or a single field. `None` at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.unread.split_once("\n\n") {
                let block = block.to_owned();
                self.unread = rest.to_owned();
                return Some(block);
            }
            let bytes = self.body.next().await?.expect("the stream goes on");
            self.unread += std::str::from_utf8(&bytes).unwrap();
        }
    }

    async fn next(&mut self) -> Option<Told> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                let mut lines = block.lines();
                lines.find_map(|line| line.strip_prefix(name)).map(str::to_owned)
            };
            if let (Some(name), Some(data)) = (field("event: "), field("data: ")) {
                let id = field("id: ").map(|id| id.parse().unwrap());
                return Some(Told { id, name, data: serde_json::from_str(&data).unwrap() });
            }
        }
    }

    /// The next event from the log.
    async fn logged(&mut self) -> Option<Told> {
        loop {
            let told = self.next().await?;
            if !["snapshot", "progress", "end"].contains(&told.name.as_str()) {
                return Some(told);
            }
        }
    }

    /// All events from the log until the stream ends.
    async fn rest(&mut self) -> Vec<Told> {
        let mut rest = Vec::new();
        while let Some(told) = self.logged().await {
            rest.push(told);
        }
        rest
    }
}

/// A batch whose start is a thousand years ahead.
async fn scheduled(world: &World) -> String {
    let agent = world.set_up().await;
    let fields = [
        ("name", "Later"),
        ("from_number", "+14155550100"),
        ("agent_id", agent.as_str()),
        ("starts_at", "2999-01-01T00:00:00Z"),
        ("file", "phone_number,customer_name\n+14155550101,Jo\n"),
    ];
    let made = world.form("/v1/batch-calls", &fields).await.expect(201);
    format!("/v1/batch-calls/{}", made["id"].as_str().unwrap())
}

async fn control(world: &World, batch: &str, verbs: &[&str]) {
    for verb in verbs {
        world.post(&format!("{batch}/{verb}"), &json!({})).await.expect(200);
    }
}

#[tokio::test]
async fn a_batch_is_followed_from_a_snapshot_to_its_end() {
    let world = World::new().await;
    let batch = scheduled(&world).await;
    let mut stream = Stream::open(&world, &format!("{batch}/events"), None).await;
    let first = stream.next().await.unwrap();
    let shown = &first.data["batches"][0];
    assert_eq!((first.name.as_str(), &first.data["missed"]), ("snapshot", &json!(false)));
    assert_eq!((&shown["status"], &shown["progress"]["pending"]), (&json!("scheduled"), &json!(1)));
    control(&world, &batch, &["pause", "stop"]).await;
    let paused = stream.logged().await.unwrap();
    assert!(paused.id > first.id);
    let envelope = paused.data;
    assert_eq!((&envelope["id"], &envelope["kind"]), (&json!(paused.id), &json!("batch.paused")));
    assert_eq!(format!("/v1/batch-calls/{}", envelope["batch_id"].as_str().unwrap()), batch);
    assert!(
        envelope["at"].as_str().unwrap().parse::<Timestamp>().unwrap() <= world.app.store.now()
    );
    assert_eq!(envelope["data"]["status"], "paused");
    let mut last = None;
    while let Some(told) = stream.next().await {
        last = Some(told);
    }
    let last = last.unwrap();
    assert_eq!((last.id, last.name.as_str()), (None, "end"));
    assert_eq!(last.data["progress"]["cancelled"], 1);
}

#[tokio::test]
async fn whoever_comes_back_reads_exactly_what_was_missed() {
    let world = World::new().await;
    let batch = scheduled(&world).await;
    let path = format!("{batch}/events");
    let verbs = ["pause", "resume", "pause", "resume", "stop"];
    control(&world, &batch, &verbs).await;
    let all = Stream::open(&world, &path, Some(0)).await.rest().await;
    let names: Vec<&str> = all.iter().map(|told| told.name.as_str()).collect();
    let expected =
        ["created", "scheduled", "paused", "scheduled", "paused", "scheduled", "stopped"];
    assert_eq!(names, expected.map(|name| format!("batch.{name}")));
    for (read, told) in all.iter().enumerate() {
        let id = told.id.unwrap();
        if read + 1 < all.len() {
            assert_eq!(Stream::open(&world, &path, Some(id)).await.rest().await, all[read + 1..]);
        }
        let by_query = format!("{path}?last_event_id={id}");
        let request = world.request("GET", &by_query).body(Body::empty()).unwrap();
        let status = world.answer(request).await.status();
        assert_eq!(status, if read + 1 < all.len() { 200 } else { 204 }, "after {told:?}");
    }
}

#[tokio::test]
async fn an_id_that_leads_nowhere_is_refused() {
    let world = World::new().await;
    let batch = scheduled(&world).await;
    for path in [format!("{batch}/events"), "/v1/events".to_owned()] {
        for id in ["999999", "-1", "1.5", "zero", "9999999999999999999"] {
            let request = world.request("GET", &path).header("last-event-id", id);
            let problem = world.send(request.body(Body::empty()).unwrap()).await.problem(422);
            assert_eq!(pointers(&problem), ["/last_event_id"], "{id}");
            let problem = world.get(&format!("{path}?last_event_id={id}")).await.problem(422);
            assert_eq!(pointers(&problem), ["/last_event_id"], "{id}");
        }
    }
}

#[tokio::test]
async fn whoever_was_away_too_long_is_told_so() {
    let world = World::new().await;
    let batch = scheduled(&world).await;
    let bounds = world.app.store.event_bounds().await.unwrap();
    let prune = Prune { before: world.app.store.now(), max_events: 0, keep_from: None };
    world.app.store.prune_events(prune).await.unwrap();
    for last_event_id in [0, bounds.last - 1] {
        let mut stream =
            Stream::open(&world, &format!("{batch}/events"), Some(last_event_id)).await;
        let first = stream.next().await.unwrap();
        assert_eq!((first.name.as_str(), first.id), ("snapshot", Some(bounds.last)));
        assert_eq!(first.data["missed"], true);
    }
    let mut stream = Stream::open(&world, &format!("{batch}/events"), Some(bounds.last)).await;
    assert_eq!(stream.next().await.unwrap().name, "progress", "nothing was missed");
}

#[tokio::test]
async fn nobody_hears_of_another_workspace() {
    let world = World::new().await;
    let batch = scheduled(&world).await;
    let other = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    other.get(&format!("{batch}/events")).await.problem(404);
    let mut stream = Stream::open(&other, "/v1/events", None).await;
    assert_eq!(stream.next().await.unwrap().data["batches"], json!([]));
    control(&world, &batch, &["pause"]).await;
    let own = scheduled(&other).await;
    let told = stream.logged().await.unwrap();
    assert_eq!(
        (told.name.as_str(), &told.data["data"]["name"]),
        ("batch.created", &json!("Later"))
    );
    assert_eq!(format!("/v1/batch-calls/{}", told.data["batch_id"].as_str().unwrap()), own);
}

#[tokio::test]
async fn a_silent_stream_is_seen_to_be_alive() {
    assert_eq!(GuardConfig::default().heartbeat_every, Duration::from_secs(15));
    let heartbeat_every = Duration::from_millis(20);
    let world = World::guarded(GuardConfig { heartbeat_every, ..GuardConfig::default() }).await;
    let batch = scheduled(&world).await;
    let mut stream = Stream::open(&world, &format!("{batch}/events"), None).await;
    for _ in 0..2 {
        while stream.block().await.unwrap() != ": still here" {}
    }
}

#[tokio::test]
async fn too_many_streams_are_refused_and_a_place_is_free_again() {
    let world = World::new().await;
    let mut open = Vec::new();
    for _ in 0..50 {
        open.push(Stream::open(&world, "/v1/events", None).await);
    }
    let refused = world.get("/v1/events").await;
    assert_eq!(refused.headers["retry-after"], "10");
    let problem = refused.problem(429);
    assert_eq!(problem["code"], "too_many_streams");
    let other = world.with_key(&world.make_key("other", KeyScope::Read).await);
    Stream::open(&other, "/v1/events", None).await;
    open.pop();
    Stream::open(&world, "/v1/events", None).await;
}

#[tokio::test]
async fn streams_end_with_the_server() {
    let world = World::new().await;
    let mut stream = Stream::open(&world, "/v1/events", None).await;
    stream.next().await.unwrap();
    world.app.streams.close();
    while stream.block().await.is_some() {}
}

#[tokio::test]
async fn sequence_grows_as_events_were_stored_also_where_they_share_a_time() {
    let world = World::new().await;
    let batch = scheduled(&world).await;
    control(&world, &batch, &["pause", "resume", "stop"]).await;
    let all = Stream::open(&world, &format!("{batch}/events"), Some(0)).await.rest().await;
    let sequence: Vec<i64> =
        all.iter().map(|told| told.data["sequence"].as_i64().expect("a number")).collect();
    assert!(sequence.len() > 3 && sequence.is_sorted_by(|one, next| one < next), "{sequence:?}");
    assert_eq!(sequence, all.iter().filter_map(|told| told.id).collect::<Vec<_>>());
}
