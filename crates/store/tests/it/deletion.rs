//! Deleting a batch that is over leaves nothing but an entry in the audit log.

use std::time::Duration;

use campanile_rules::{
    attempt::Outcome, batch::Control, ids::BatchId, recipient::RecipientStatus, retry::Next,
};
use campanile_store::{
    Actor, Answered, AuditFilter, AuditRecord, BatchFilter, CallFilter, CallLog, EventFilter,
    RecipientFilter, Recording, StoreError, Utterance, WebhookSettings,
};

use crate::world::*;

const DAY: Duration = Duration::from_secs(86_400);

fn log(file: &str) -> CallLog {
    let text = "hello".to_owned();
    let said = Utterance { speaker: "person".to_owned(), text, start_ms: 0, end_ms: 9 };
    let file = file.to_owned();
    let recording = Some(Recording { file, duration_ms: 9, lost_ms: 0, lost_reason: None });
    CallLog { transcript: vec![said], recording, ..CallLog::default() }
}

/// A batch that is over: one recipient was called, one row was rejected, and the rest were
/// cancelled.
async fn finished(world: &World, people: u64) -> (BatchId, String) {
    let mut rows = vec![rejected(2, "malformed_number")];
    rows.extend((3..people + 3).map(row));
    let batch = world.batch_of(rows, Default::default()).await;
    let claimed = world.claim(batch, 1).await.remove(0);
    world.store.mark_dialed(claimed.attempt.id, "dialog".into(), NOW).await.unwrap();
    let next = Next::Final(RecipientStatus::Completed);
    let ended = settlement(&claimed, Outcome::Completed, next);
    world.store.settle_attempt(ended, log("day/one.wav")).await.unwrap();
    world.store.control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    (batch, claimed.attempt.call_id)
}

/// Deletes everything that is marked for deletion, as the engine does.
async fn forget(world: &World) -> Vec<String> {
    let mut files = Vec::new();
    for batch in world.store.deleted_batches().await.unwrap() {
        loop {
            let found = world.store.recordings_of_deleted(batch).await.unwrap();
            if found.is_empty() {
                break;
            }
            let (attempts, names): (Vec<_>, Vec<_>) = found.into_iter().unzip();
            files.extend(names);
            world.store.forget_recordings_of(attempts).await.unwrap();
        }
        world.store.finish_deletion(batch).await.unwrap();
    }
    files
}

async fn deletions(world: &World) -> Vec<AuditRecord> {
    let action = Some("batch.deleted".to_owned());
    let filter = AuditFilter { action, limit: 100, ..AuditFilter::default() };
    world.store.audit_log(filter).await.unwrap()
}

/// The number of rows in every table that may concern a batch.
fn left(world: &World) -> Vec<(String, i64)> {
    let raw = world.raw();
    let count = |table: &str| {
        raw.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    [
        "batches",
        "recipients",
        "recipient_cells",
        "attempts",
        "transcripts",
        "ladders",
        "recordings",
        "batch_progress",
        "batch_rounds",
        "batch_latencies",
        "result_totals",
        "result_values",
        "events",
        "webhook_deliveries",
    ]
    .map(|table| (table.to_owned(), count(table)))
    .into_iter()
    .filter(|(_, rows)| *rows > 0)
    .collect()
}

#[tokio::test]
async fn a_deleted_batch_is_gone_at_once_and_then_altogether() {
    let world = World::new().await;
    let hook = WebhookSettings {
        url: "https://example.com/".to_owned(),
        description: String::new(),
        events: vec![campanile_rules::event::EventKind::CallEnded],
        enabled: true,
    };
    world.store.add_webhook(world.workspace, (hook, b"secret".to_vec()), NOW).await.unwrap();
    let (batch, call_id) = finished(&world, 1_200).await;
    world.store.lift_webhook_events(NOW).await.unwrap();
    assert_eq!(world.store.deliveries_waiting().await.unwrap(), 1);
    let before = world.store.progress(batch).await.unwrap();
    world.store.remove_batch(world.workspace, batch, NOW).await.unwrap();

    let (store, workspace) = (&world.store, world.workspace);
    let gone = |found: Result<(), StoreError>| {
        assert!(matches!(found, Err(StoreError::NotFound(_))), "{found:?}");
    };
    gone(store.batch(workspace, batch).await.map(drop));
    gone(store.call(workspace, &call_id).await.map(drop));
    let recipient = campanile_rules::ids::RecipientId(batch.0 * 1_000_000_000 + 3);
    gone(store.recipient(workspace, recipient).await.map(drop));
    gone(store.report_rows(batch, 0, 10, true).await.map(drop));
    gone(store.rejected_rows(batch, 0, 10).await.map(drop));
    gone(store.remove_batch(workspace, batch, NOW).await);
    assert_eq!(store.list_batches(workspace, BatchFilter::default()).await.unwrap().total, 0);
    let calls = CallFilter { limit: 9, ..CallFilter::default() };
    assert_eq!(store.calls(workspace, calls.clone()).await.unwrap().items, []);
    assert_eq!(store.count_calls(workspace, calls).await.unwrap(), 0);
    let events = EventFilter { workspace, batch: None };
    assert_eq!(store.events_after(events, 0, 9).await.unwrap(), []);

    assert_eq!(forget(&world).await, ["day/one.wav"]);
    assert_eq!(left(&world), []);
    let entries = deletions(&world).await;
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    let told = entry.before.as_ref().unwrap();
    assert_eq!(
        (told["name"].as_str(), told["status"].as_str()),
        (Some("Reminders"), Some("cancelled"))
    );
    assert_eq!(told["progress"], serde_json::to_value(&before).unwrap());
    assert_eq!((before.total, before.skipped, before.completed), (1_201, 1, 1));
}

#[tokio::test]
async fn a_deletion_that_a_crash_cut_short_goes_on() {
    let world = World::new().await;
    let (batch, _) = finished(&world, 1_200).await;
    let (kept, kept_call) = finished(&world, 3).await;
    world.store.remove_batch(world.workspace, batch, NOW).await.unwrap();
    // Some rows are gone already, in an order that no process would choose.
    world.raw().execute("DELETE FROM events WHERE batch = ?1 AND id % 2 = 0", [batch.0]).unwrap();
    let rows = "DELETE FROM recipients WHERE batch = ?1 AND position BETWEEN 600 AND 800";
    world.raw().execute(rows, [batch.0]).unwrap();
    let world = world.restarted().await;
    world.store.load().await.unwrap();
    assert!(world.store.batch(world.workspace, batch).await.is_err());
    forget(&world).await;
    let sql = "SELECT (SELECT count(*) FROM batches WHERE id = ?1)
                    + (SELECT count(*) FROM recipients WHERE batch = ?1)
                    + (SELECT count(*) FROM attempts WHERE batch = ?1)";
    let left: i64 = world.raw().query_row(sql, [batch.0], |row| row.get(0)).unwrap();
    assert_eq!((left, deletions(&world).await.len()), (0, 1));
    assert_eq!(world.store.progress(kept).await.unwrap().total, 4);
    let call = world.store.call(world.workspace, &kept_call).await.unwrap();
    assert!(call.log.recording.is_some() && !call.log.transcript.is_empty());
    assert_eq!(campanile_store::check(world.dir.path()).unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_may_still_call_somebody_is_not_deleted() {
    let world = World::new().await;
    let batch = world.batch(3).await;
    let refused = |done: Result<(), StoreError>| match done {
        Err(StoreError::Conflict(words)) => words,
        other => panic!("{other:?}"),
    };
    let words = refused(world.store.remove_batch(world.workspace, batch, NOW).await);
    assert!(words.contains("is running; stop it first"), "{words}");
    let claimed = world.claim(batch, 1).await.remove(0);
    world.store.mark_dialed(claimed.attempt.id, "dialog".into(), NOW).await.unwrap();
    world.store.control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    let words = refused(world.store.remove_batch(world.workspace, batch, NOW).await);
    assert!(words.contains("1 of its calls still go on"), "{words}");
    let ended = settlement(&claimed, Outcome::NoAnswer, Next::Final(RecipientStatus::NoAnswer));
    world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
    world.store.remove_batch(world.workspace, batch, NOW).await.unwrap();
    let filter = RecipientFilter { limit: 9, ..RecipientFilter::default() };
    forget(&world).await;
    assert_eq!(world.store.recipients(batch, filter).await.unwrap().items, []);
}

#[tokio::test]
async fn a_batch_is_kept_for_as_many_days_as_its_workspace_says() {
    let world = World::new().await;
    let other = world.store.ensure_workspace("other", NOW).await.unwrap().id;
    let (batch, _) = finished(&world, 2).await;
    let running = world.batch(2).await;
    let expired = async |at| {
        world.store.expire_batches(at).await.unwrap();
        world.store.deleted_batches().await.unwrap()
    };
    assert_eq!(expired(NOW + DAY * 10_000).await, [], "for ever, unless somebody says otherwise");
    world.store.set_keep_batches_days(other, Some(1)).await.unwrap();
    assert_eq!(expired(NOW + DAY * 10_000).await, [], "the days of others");
    world.store.set_keep_batches_days(world.workspace, Some(30)).await.unwrap();
    assert_eq!(expired(NOW + DAY * 30).await, [], "its thirtieth day");
    assert_eq!(expired(NOW + DAY * 30 + Duration::from_micros(1)).await, [batch]);
    forget(&world).await;
    world.store.set_keep_batches_days(world.workspace, None).await.unwrap();
    assert_eq!(expired(NOW + DAY * 10_000).await, []);
    assert!(world.store.batch(world.workspace, running).await.is_ok());
    assert_eq!(deletions(&world).await.len(), 1);
}

#[tokio::test]
async fn a_request_that_made_a_deleted_batch_is_not_acted_on_again() {
    let world = World::new().await;
    world.key("key_1").await;
    let (batch, _) = finished(&world, 2).await;
    let asks =
        async |key: &str| world.store.begin_idempotent("key_1", key, [1; 32], NOW).await.unwrap();
    let body = format!(r#"{{"id":"{batch}","name":"Reminders"}}"#).into_bytes();
    for (name, body) in [("its", body.clone()), ("another's", b"{\"id\":\"batch_99\"}".to_vec())] {
        assert_eq!(asks(name).await, Answered::NotYet);
        world.store.finish_idempotent("key_1", name, (201, body)).await.unwrap();
    }
    world.store.remove_batch(world.workspace, batch, NOW).await.unwrap();
    forget(&world).await;
    assert_eq!(asks("its").await, Answered::Gone(batch.to_string()));
    assert!(matches!(asks("another's").await, Answered::With { status: 201, .. }));
}
