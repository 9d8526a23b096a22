//! The machine's clock is set during a batch. The carrier's clock is not set, and its records are
//! the truth.

use std::{net::SocketAddr, path::Path, time::Duration};

use campanile_clock::Clock;
use campanile_sandbox::{CallRecord, Sandbox, SandboxConfig};
use serde_json::{Value, json};

use super::support::World;

const HOUR_US: i64 = 3_600_000_000;

/// A time limit far beyond anything that does not hang.
const PATIENCE: Duration = Duration::from_secs(180);

struct Scene {
    carrier: Sandbox,
    clock: Clock,
}

impl Scene {
    fn new() -> Scene {
        let config = SandboxConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            cdr: None,
            record: None,
            time_scale: 0.1,
            seed: 3,
            press: None,
            answers: false,
        };
        Scene { carrier: Sandbox::start(config).expect("a carrier"), clock: Clock::default() }
    }

    /// A server that calls through the carrier, and the ID of its agent.
    async fn server(&self, dir: &Path) -> (World, String) {
        let world = World::with_clock(dir, &self.clock).await;
        let port = self.carrier.local_addr().port();
        let trunk = json!({"name": "carrier", "host": "127.0.0.1", "port": port});
        let trunk = world.post("/v1/trunks", &trunk).await.expect(201);
        let number = json!({"phone_number": "+14155550100", "trunk_id": trunk["id"]});
        world.post("/v1/phone-numbers", &number).await.expect(201);
        let agent = json!({"name": "brief", "first_message": "Hi.", "ring_timeout_s": 1,
            "voicemail_detection": false, "max_duration_s": 1,
            "engine": {"type": "script", "lines": [], "goodbye": "Bye."}});
        let agent = world.post("/v1/agents", &agent).await.expect(201);
        let id = agent["id"].as_str().expect("an id").to_owned();
        let publish = format!("/v1/agents/{id}/versions/1/publish");
        world.post(&publish, &json!({})).await.expect(200);
        (world, id)
    }

    async fn calls(&self, count: usize) -> Vec<CallRecord> {
        let over = tokio::time::timeout(PATIENCE, self.carrier.finished(count)).await;
        over.unwrap_or_else(|_| panic!("{count} calls were not over in three minutes"));
        self.carrier.records().expect("records")
    }
}

/// Creates a batch of numbers with these last digits.
async fn batch(world: &World, agent: &str, endings: &[u32], more: &[(&str, &str)]) -> String {
    let people: Vec<String> = endings.iter().map(|n| format!("+1212555{n:04}")).collect();
    let file = format!("phone_number\n{}\n", people.join("\n"));
    let mut fields = vec![("name", "June"), ("from_number", "+14155550100"), ("agent_id", agent)];
    fields.extend(more);
    fields.push(("file", &file));
    let made = world.form("/v1/batch-calls", &fields).await.expect(201);
    format!("/v1/batch-calls/{}", made["id"].as_str().expect("an id"))
}

/// Polls a path until the response is as wanted.
async fn until(world: &World, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let asking = async {
        loop {
            let answer = world.get(path).await.expect(200);
            if wanted(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path} never came so"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_begins_when_the_clock_is_set_past_its_start() {
    let (scene, dir) = (Scene::new(), tempfile::tempdir().unwrap());
    let (world, agent) = scene.server(dir.path()).await;
    let starts_at = campanile_rules::time::Timestamp(scene.clock.now().0 + 3 * HOUR_US);
    let path = batch(&world, &agent, &[80], &[("starts_at", &starts_at.to_string())]).await;
    let waits = world.get(&path).await.expect(200);
    assert_eq!(
        (&waits["status"], &waits["blocker"]["code"]),
        (&json!("scheduled"), &json!("waiting_for_start"))
    );
    assert_eq!(waits["blocker"]["clears_at"], starts_at.to_string());
    scene.clock.set_by(3 * HOUR_US);
    scene.calls(1).await;
    let done = until(&world, &path, |batch| batch["status"] == "completed").await;
    assert!(done["started_at"].as_str() >= Some(&starts_at.to_string()), "{done}");
}

#[test]
fn a_batch_whose_time_comes_while_nobody_serves_begins_at_the_next_start() {
    let (scene, dir) = (Scene::new(), tempfile::tempdir().unwrap());
    let first = tokio::runtime::Runtime::new().unwrap();
    let path = first.block_on(async {
        let (world, agent) = scene.server(dir.path()).await;
        let starts_at = campanile_rules::time::Timestamp(scene.clock.now().0 + HOUR_US);
        batch(&world, &agent, &[80], &[("starts_at", &starts_at.to_string())]).await
    });
    drop(first);
    scene.clock.set_by(2 * HOUR_US);
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let world = World::with_clock(dir.path(), &scene.clock).await;
        scene.calls(1).await;
        until(&world, &path, |batch| batch["status"] == "completed").await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_stalls_nobody() {
    let (scene, dir) = (Scene::new(), tempfile::tempdir().unwrap());
    let (world, agent) = scene.server(dir.path()).await;
    let retry = r#"{"max_retries": 1, "wait_minutes": 0.02}"#;
    let more = [("max_concurrent_calls", "1"), ("retry", retry)];
    let path = batch(&world, &agent, &[70, 71, 72, 80, 85], &more).await;
    scene.calls(1).await;
    scene.clock.set_by(-5 * HOUR_US);
    scene.calls(10).await;
    until(&world, &path, |batch| batch["status"] == "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_waits_as_long_however_the_clock_is_set() {
    const WAIT_S: f64 = 3.0;
    let (scene, dir) = (Scene::new(), tempfile::tempdir().unwrap());
    let (world, agent) = scene.server(dir.path()).await;
    let retry = r#"{"max_retries": 1, "wait_minutes": 0.05}"#;
    let path = batch(&world, &agent, &[80], &[("retry", retry)]).await;
    until(&world, &path, |batch| batch["blocker"]["code"] == "retry_wait").await;
    scene.clock.set_by(HOUR_US);
    scene.clock.set_by(-7 * HOUR_US);
    scene.clock.set_by(12 * HOUR_US);
    let calls = scene.calls(2).await;
    let waited = calls[1].t_invite - calls[0].t_end.expect("it is over");
    assert!(waited > WAIT_S - 0.1, "the retry came after {waited} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_ends_when_the_clock_is_set_past_its_end() {
    let (scene, dir) = (Scene::new(), tempfile::tempdir().unwrap());
    let (world, agent) = scene.server(dir.path()).await;
    let at = |hours: i64| campanile_rules::time::Timestamp(scene.clock.now().0 + hours * HOUR_US);
    let (starts_at, ends_at) = (at(2).to_string(), at(3).to_string());
    let scheduled = [("starts_at", starts_at.as_str()), ("ends_at", &ends_at)];
    let scheduled = batch(&world, &agent, &[80, 81], &scheduled).await;
    let paused = batch(&world, &agent, &[82], &[("ends_at", &ends_at), ("start", "false")]).await;
    world.post(&format!("{paused}/start"), &json!({})).await.expect(200);
    world.post(&format!("{paused}/pause"), &json!({})).await.expect(200);
    scene.clock.set_by(4 * HOUR_US);
    for path in [scheduled, paused] {
        let over =
            |batch: &Value| batch["status"] == "cancelled" && batch["progress"]["pending"] == 0;
        assert_eq!(until(&world, &path, over).await["reason"], "ended");
    }
}
