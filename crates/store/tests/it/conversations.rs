//! How the agent of a batch does in its calls: how soon it answers, and why it failed.

use campanile_rules::{
    attempt::{EndReason, Outcome},
    conversation::Latency,
    recipient::RecipientStatus,
    retry::Next,
};
use campanile_store::{CallLog, Conversations};
use serde_json::json;

use crate::world::*;

/// An answer after so many milliseconds, the last 20 of them on the way to the wire.
fn answered_after(ms: u64) -> Latency {
    Latency {
        vad_end_ms: Some(1_000),
        tts_first_ms: Some(980 + ms),
        first_sample_ms: Some(1_000 + ms),
        ..Latency::default()
    }
}

#[tokio::test]
async fn latencies_and_failures_of_a_batch_are_counted() {
    let world = World::new().await;
    let (batch, other) = (world.batch(4).await, world.batch_of(vec![row(90)], Default::default()));
    let other = other.await;
    assert_eq!(world.store.conversations(batch).await.unwrap(), Conversations::default());
    let done = Next::Final(RecipientStatus::Completed);
    for (waits, cause) in [
        (vec![400, 700, 430], None),
        (vec![2_310], Some("the model hung up")),
        (vec![], Some("the model hung up")),
        (vec![], Some("no voice")),
    ] {
        let claimed = world.claim(batch, 1).await.remove(0);
        let mut ended = settlement(&claimed, Outcome::Failed, done);
        if let Some(cause) = cause {
            ended.ending.end_reason = EndReason::AgentFailed;
            ended.ending.evidence.cause = Some(cause.to_owned());
        }
        let latencies = waits.into_iter().map(answered_after).collect();
        let log = CallLog { latencies, ..CallLog::default() };
        assert!(world.store.settle_attempt(ended, log).await.unwrap());
    }
    let told = json!(world.store.conversations(batch).await.unwrap());
    let expected = json!({
        "latencies": [
            {"step": "answer", "turns": 4, "p50_ms": 440, "p95_ms": 2_400},
            {"step": "sending", "turns": 4, "p50_ms": 20, "p95_ms": 20},
        ],
        "agent_failures": 3,
        "failure_causes": [
            {"cause": "the model hung up", "calls": 2}, {"cause": "no voice", "calls": 1},
        ],
    });
    assert_eq!(told, expected);
    assert_eq!(world.store.conversations(other).await.unwrap(), Conversations::default());
}
