//! The store opens a database that commit 5a7e035 created, reads everything in it and continues its
//! work.
//!
//! The fixture is the directory that `campanile serve` of that commit left when it was killed: a
//! batch that is over, one in the middle of its calls, and a draft.

use std::{path::Path, sync::Arc};

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchState, Control},
    ids::{AgentId, BatchId, RecipientId, TrunkId, WorkspaceId},
    recipient::RecipientStatus,
};
use campanile_store::{
    Actor, AuditFilter, BatchFilter, CallFilter, DATABASE_FILE, DeliveryFilter, EventFilter,
    KEY_FILE, RecipientFilter, Store,
};

use crate::world::*;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const OVER: BatchId = BatchId(1);
const RUNNING: BatchId = BatchId(2);

/// The instance of the fixture, with which its Call-IDs begin.
const INSTANCE: &str = "d13a024ddc728093";

/// A copy of the fixture in a directory of its own.
fn copied() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/5a7e035");
    for file in [DATABASE_FILE, KEY_FILE] {
        std::fs::copy(fixture.join(file), dir.path().join(file)).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(dir.path().join(KEY_FILE), private).unwrap();
    }
    dir
}

fn opened() -> (Arc<dyn Store>, tempfile::TempDir) {
    let dir = copied();
    (open(dir.path()), dir)
}

#[tokio::test]
async fn what_was_set_up_is_there() {
    let (store, _dir) = opened();
    let workspaces = store.list_workspaces().await.unwrap();
    let seen: Vec<_> = workspaces.iter().map(|w| (&*w.name, w.max_concurrent_calls)).collect();
    assert_eq!(seen, [("default", 20)]);
    assert_eq!(store.list_keys(WORKSPACE).await.unwrap().len(), 2);
    let trunk = store.trunk(WORKSPACE, TrunkId(1)).await.unwrap().settings;
    assert_eq!((&*trunk.name, trunk.password.as_deref()), ("main", Some("open sesame")));
    let numbers = store.list_phone_numbers(WORKSPACE).await.unwrap();
    assert_eq!((numbers.len(), &*numbers[0].label), (1, "Desk"));
    let version = store.agent_version(WORKSPACE, AgentId(1), 1).await.unwrap();
    assert!(version.published && version.settings.first_message == "Hi {{name}}.");
    assert_eq!(store.suppressions(WORKSPACE, (None, None), 9).await.unwrap().items.len(), 1);
    let webhook = store.list_webhooks(WORKSPACE).await.unwrap().remove(0);
    let filter = DeliveryFilter { limit: 99, ..DeliveryFilter::default() };
    let deliveries = store.deliveries(WORKSPACE, webhook.id, filter).await.unwrap();
    assert_eq!(deliveries.items.len(), 8);
    let audit = AuditFilter { workspace: Some(WORKSPACE), limit: 99, ..AuditFilter::default() };
    assert_eq!(store.audit_log(audit).await.unwrap().len(), 13);
}

#[tokio::test]
async fn batches_people_and_calls_are_there() {
    let (store, _dir) = opened();
    let page = store.list_batches(WORKSPACE, BatchFilter { limit: 9, ..BatchFilter::default() });
    let mut states: Vec<_> = page.await.unwrap().items.iter().map(|b| (b.id, b.state)).collect();
    states.sort_by_key(|(id, _)| *id);
    let expected = [BatchState::Completed, BatchState::Running, BatchState::Draft];
    assert_eq!(states.iter().map(|(_, state)| *state).collect::<Vec<_>>(), expected);
    let progress = store.progress(OVER).await.unwrap();
    assert_eq!((progress.completed, progress.voicemail, progress.failed), (2, 1, 1));
    assert_eq!((progress.skipped, progress.total, progress.attempts), (2, 6, 6));
    let all = RecipientFilter { limit: 99, ..RecipientFilter::default() };
    let people = store.recipients(OVER, all).await.unwrap().items;
    assert_eq!((people.len(), people[3].status), (6, RecipientStatus::Completed));
    let dee = store.recipient(WORKSPACE, RecipientId(1_000_000_005)).await.unwrap();
    assert_eq!((dee.0.attempts_made, dee.1.len()), (2, 2));
    assert_eq!(store.report_rows(OVER, 0, 99, false).await.unwrap().len(), 6);
    let call = store.call(WORKSPACE, &format!("{INSTANCE}-1")).await.unwrap();
    assert_eq!(call.attempt.outcome, Some(Outcome::Completed));
    assert!(!call.log.transcript.is_empty() && !call.log.ladder.messages.is_empty());
    assert!(call.log.recording.is_some_and(|kept| kept.file.contains(INSTANCE)));
    let all = CallFilter { limit: 99, ..CallFilter::default() };
    assert_eq!(store.calls(WORKSPACE, all).await.unwrap().items.len(), 10);
    let all = EventFilter { workspace: WORKSPACE, batch: None };
    assert_eq!(store.events_after(all, 0, 99).await.unwrap().len(), 35);
}

#[tokio::test]
async fn what_was_in_the_middle_goes_on() {
    let (store, _dir) = opened();
    let snapshot = store.load().await.unwrap();
    let running = snapshot.batches.iter().find(|batch| batch.facts.id == RUNNING).unwrap();
    assert_eq!((running.open.len(), running.lanes.len()), (3, 2));
    assert!(running.open.iter().all(|open| open.attempt.call_id.starts_with(INSTANCE)));
    store.control_batch(RUNNING, Control::Pause, (Actor::Cli, NOW)).await.unwrap();
    let moved = store.control_batch(RUNNING, Control::Resume, (Actor::Cli, NOW)).await.unwrap();
    assert_eq!((moved.state, moved.in_progress, moved.pending), (BatchState::Running, 3, 1));
}

#[tokio::test]
async fn who_was_beyond_a_daily_limit_waits_for_the_next_day_still() {
    let dir = copied();
    let connection = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    let tomorrow = next_day(NOW);
    // So an earlier version noted this wait. The other pending recipient waits for a retry.
    let sql = "UPDATE recipients SET due_at = ?2
                WHERE batch = ?1 AND status = 'pending' AND attempts_recorded = 0";
    assert_eq!(connection.execute(sql, [RUNNING.0, tomorrow.at.0]).unwrap(), 1);
    drop(connection);
    let store = open(dir.path());
    let snapshot = store.load().await.unwrap();
    let running = snapshot.batches.iter().find(|batch| batch.facts.id == RUNNING).unwrap();
    let waits: Vec<_> = running.lanes.iter().map(|lane| (lane.key.retry, lane.next_due)).collect();
    let [(false, first), (true, retry)] = waits[..] else { panic!("{waits:?}") };
    assert_eq!((first, retry.waits_for), (tomorrow, None));
    let all = RecipientFilter { limit: 99, ..RecipientFilter::default() };
    let people = store.recipients(RUNNING, all).await.unwrap().items;
    assert_eq!(people.iter().filter(|person| person.due == Some(tomorrow)).count(), 1);
}

#[tokio::test]
async fn what_was_pressed_in_earlier_calls_is_taken_from_their_transcripts() {
    let dir = copied();
    let connection = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    let said = |speaker: &str, text: &str| {
        format!("{{\"speaker\":{speaker:?},\"text\":{text:?},\"start_ms\":1,\"end_ms\":1}}")
    };
    let said = [
        said("user", "digit 1"),
        said("agent", "digit 7"),
        said("user", "speech 0.4 s"),
        said("user", "digit #"),
        said("user", "digit 10"),
    ];
    let sql = "UPDATE transcripts SET utterances = ?1 WHERE attempt = 6";
    assert_eq!(connection.execute(sql, [format!("[{}]", said.join(","))]).unwrap(), 1);
    drop(connection);
    let store = open(dir.path());
    let dee = store.recipient(WORKSPACE, RecipientId(1_000_000_005)).await.unwrap();
    assert_eq!(dee.0.digits.as_deref(), Some("1#"));
    let pressed: Vec<_> = dee.1.iter().map(|attempt| attempt.evidence.digits.as_deref()).collect();
    assert_eq!(pressed.iter().flatten().collect::<Vec<_>>(), [&"1#"]);
    let all = RecipientFilter { limit: 99, ..RecipientFilter::default() };
    let others = store.recipients(OVER, all).await.unwrap().items;
    assert_eq!(others.iter().filter(|recipient| recipient.digits.is_some()).count(), 1);
}

#[tokio::test]
async fn what_a_request_created_is_noted_by_its_path() {
    let dir = copied();
    let notes = [
        ("trunk_3", "/v1/trunks/trunk_3"),
        ("batch_k7d20xv9m41qa", "/v1/batch-calls/batch_k7d20xv9m41qa"),
        ("agent_1", "/v1/agents/agent_1"),
        ("agent_1 version 2", "/v1/agents/agent_1/versions/2"),
        ("number_1", "/v1/phone-numbers/number_1"),
        ("webhook_1", "/v1/webhooks/webhook_1"),
        ("sound_1", "/v1/sounds/sound_1"),
        ("erasure_1", "/v1/erasures/erasure_1"),
        ("key_12ab", "/v1/made/api-keys/key_12ab"),
        ("workspace_2", "/v1/made/workspaces/workspace_2"),
        ("custom-islands", "/v1/made/network-groups/custom-islands"),
    ];
    let open = || rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    let sql = "INSERT INTO idempotency (api_key, key, request_hash, made, created_at)
               SELECT id, ?1, x'00', ?1, 1 FROM api_keys LIMIT 1";
    let raw = open();
    for (made, _) in notes {
        raw.execute(sql, [made]).unwrap();
    }
    drop(raw);
    drop(campanile_testkit::open(dir.path()));
    let path = |made: &str| -> String {
        let sql = "SELECT made FROM idempotency WHERE key = ?1";
        open().query_row(sql, [made], |row| row.get(0)).unwrap()
    };
    for (made, expected) in notes {
        assert_eq!(path(made), expected);
    }
}
