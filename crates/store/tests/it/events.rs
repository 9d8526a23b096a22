//! Every change is reported once, in order, by an event that is stored in the same transaction.

use std::time::Duration;

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchState, Control},
    dispatcher::Advance,
    event::EventKind,
    ids::BatchId,
    recipient::RecipientStatus,
    retry::Next,
};
use campanile_store::{
    Actor, BatchRecord, CallLog, EventFilter, EventRecord, Prune, WebhookSettings,
};
use serde_json::{Value, json};

use crate::world::*;

async fn events(world: &World, batch: Option<BatchId>) -> Vec<EventRecord> {
    let filter = EventFilter { workspace: world.workspace, batch };
    world.store.events_after(filter, 0, 1_000).await.unwrap()
}

fn told(events: &[EventRecord]) -> Vec<(&'static str, Value)> {
    let data = |event: &EventRecord| serde_json::from_str(&event.data).unwrap();
    events.iter().map(|event| (event.kind.as_str(), data(event))).collect()
}

fn names(events: &[EventRecord]) -> Vec<&'static str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

fn retry(status: RecipientStatus) -> Next {
    Next::Retry { at: NOW + Duration::from_secs(90), otherwise: status }
}

#[tokio::test]
async fn a_row_is_told_from_its_first_call_to_its_end() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let store = &world.store;
    let first = world.claim(batch, 1).await.remove(0);
    assert!(store.mark_dialed(first.attempt.id, "{}".into(), NOW).await.unwrap());
    let again = settlement(&first, Outcome::NoAnswer, retry(RecipientStatus::NoAnswer));
    assert!(store.settle_attempt(again.clone(), CallLog::default()).await.unwrap());
    assert!(!store.settle_attempt(again, CallLog::default()).await.unwrap());
    let raw = world.raw();
    raw.execute("UPDATE recipients SET due_at = 0", []).unwrap();
    let second = world.claim_lane(batch, 1, true).await.remove(0);
    let (id, answered_at) = (second.attempt.id, NOW + Duration::from_secs(3));
    store.mark_dialed(id, "{}".into(), NOW).await.unwrap();
    for _ in 0..2 {
        store.note_dialog(id, "{}".into(), Some(answered_at)).await.unwrap();
    }
    let last = settlement(&second, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    store.settle_attempt(last, CallLog::default()).await.unwrap();

    let call = |claimed: &campanile_store::ClaimedRecipient, attempt: u32| {
        json!({
            "call_id": claimed.attempt.call_id, "recipient_id": claimed.attempt.recipient,
            "row": 2, "phone_number": "+14155550002", "attempt": attempt,
        })
    };
    let with = |mut call: Value, more: Value| {
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    let ended_at = NOW + Duration::from_secs(10);
    let expected = [
        ("recipient.in_progress", with(call(&first, 1), json!({"status": "in_progress"}))),
        (
            "call.ended",
            with(
                call(&first, 1),
                json!({"outcome": "no_answer", "end_reason": "user_did_not_pick_up",
                    "charged": true, "dialed_at": NOW, "ended_at": ended_at, "sip_code": 200}),
            ),
        ),
        (
            "recipient.retry_scheduled",
            with(
                call(&first, 1),
                json!({"status": "pending", "attempts_made": 1,
                    "next_attempt_at": NOW + Duration::from_secs(90)}),
            ),
        ),
        ("recipient.in_progress", with(call(&second, 2), json!({"status": "in_progress"}))),
        ("call.answered", with(call(&second, 2), json!({"answered_at": answered_at}))),
        (
            "call.ended",
            with(
                call(&second, 2),
                json!({"outcome": "completed", "end_reason": "user_disconnected",
                    "charged": true, "dialed_at": NOW, "answered_at": answered_at,
                    "ended_at": ended_at, "sip_code": 200}),
            ),
        ),
        (
            "recipient.finished",
            json!({"recipient_id": second.attempt.recipient, "row": 2,
                "phone_number": "+14155550002", "status": "completed", "attempts_made": 2,
                "call_id": second.attempt.call_id}),
        ),
    ];
    let events = events(&world, Some(batch)).await;
    assert_eq!(told(&events[2..]), expected);
    assert!(events.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[tokio::test]
async fn the_states_of_a_batch_are_told() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let store = &world.store;
    for control in [Control::Pause, Control::Pause, Control::Resume, Control::Resume] {
        store.control_batch(batch, control, (Actor::Cli, NOW)).await.unwrap();
    }
    let rename = Box::new(|batch: &BatchRecord| Some(("July".to_owned(), batch.settings.clone())));
    store.update_batch(world.workspace, batch, rename, NOW).await.unwrap().unwrap();
    let claimed = world.claim(batch, 1).await.remove(0);
    let done = settlement(&claimed, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    store.settle_attempt(done, CallLog::default()).await.unwrap();
    for _ in 0..2 {
        store.advance_batch(batch, Advance::Complete, NOW).await.unwrap();
    }
    let mut told = told(&events(&world, None).await);
    told.retain(|(name, _)| name.starts_with("batch."));
    let names: Vec<_> = told.iter().map(|(name, _)| *name).collect();
    let expected = ["created", "started", "paused", "resumed", "changed", "completed"];
    assert_eq!(names, expected.map(|name| format!("batch.{name}")));
    let last = &told.last().unwrap().1;
    assert_eq!(
        (&last["name"], &last["status"], &last["progress"]["completed"]),
        (&json!("July"), &json!("completed"), &json!(1))
    );
}

#[tokio::test]
async fn a_stop_is_one_event_however_many_it_ends() {
    let world = World::new().await;
    let batch = world.batch(5_000).await;
    let mut claimed = world.claim(batch, 3).await;
    let ended = settlement(&claimed.remove(0), Outcome::Busy, retry(RecipientStatus::Failed));
    world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
    let before = events(&world, Some(batch)).await.len();
    for _ in 0..2 {
        world.store.control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    }
    let told = told(&events(&world, Some(batch)).await[before..]);
    let data = json!({"name": "Reminders", "status": "cancelled", "in_progress": 2,
        "cancelled": 4_997, "waiting_retries": 1});
    assert_eq!(told, [("batch.stopped", data)]);
}

#[tokio::test]
async fn what_never_rang_is_not_told() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let before = events(&world, Some(batch)).await;
    let claimed = world.claim(batch, 2).await;
    world.store.release_attempt(claimed[0].attempt.id, None).await.unwrap();
    world.store.control_batch(batch, Control::Pause, (Actor::Cli, NOW)).await.unwrap();
    let refused = world.store.mark_dialed(claimed[1].attempt.id, "{}".into(), NOW).await;
    assert!(!refused.unwrap());
    let after = events(&world, Some(batch)).await;
    assert_eq!(names(&after[before.len()..]), ["batch.paused"]);
}

#[tokio::test]
async fn nobody_reads_the_events_of_others() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let other = world.store.ensure_workspace("other", NOW).await.unwrap().id;
    for batch in [None, Some(batch)] {
        let filter = EventFilter { workspace: other, batch };
        assert_eq!(world.store.events_after(filter, 0, 9).await.unwrap(), []);
    }
    let page = EventFilter { workspace: world.workspace, batch: None };
    let all = events(&world, None).await;
    let second = world.store.events_after(page, all[0].id, 1).await.unwrap();
    assert_eq!(second, all[1..2]);
}

#[tokio::test]
async fn the_signal_moves_with_the_commit() {
    let world = World::new().await;
    let mut signal = world.store.event_signal();
    signal.mark_unchanged();
    world.store.set_workspace_limit(world.workspace, 7).await.unwrap();
    assert!(!signal.has_changed().unwrap(), "nothing was told");
    world.batch(1).await;
    assert!(signal.has_changed().unwrap());
    let last = *signal.borrow_and_update();
    assert_eq!(last, events(&world, None).await.last().unwrap().id);
}

#[tokio::test]
async fn old_events_go_and_their_ids_are_never_used_again() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claimed = world.claim(batch, 1).await.remove(0);
    world
        .store
        .mark_dialed(claimed.attempt.id, "{}".into(), NOW + Duration::from_secs(9))
        .await
        .unwrap();
    let all: Vec<i64> = events(&world, None).await.iter().map(|event| event.id).collect();
    assert_eq!(all, [1, 2, 3]);
    let old = Prune { before: NOW + Duration::from_secs(1), max_events: 99, keep_from: None };
    let kept = Prune { keep_from: Some(2), ..old };
    assert_eq!(world.store.prune_events(kept).await.unwrap(), 1);
    assert_eq!(world.store.event_bounds().await.unwrap().pruned, 1);
    assert_eq!(world.store.prune_events(old).await.unwrap(), 1);
    let too_many = Prune { max_events: 0, ..old };
    assert_eq!(world.store.prune_events(too_many).await.unwrap(), 1);
    let world = world.restarted().await;
    let bounds = world.store.event_bounds().await.unwrap();
    assert_eq!((bounds.pruned, bounds.last), (3, 3));
    assert_eq!(*world.store.event_signal().borrow(), 3);
    world.store.control_batch(batch, Control::Pause, (Actor::Cli, NOW)).await.unwrap();
    let left = events(&world, None).await;
    assert_eq!((left[0].id, left[0].kind), (4, EventKind::BatchPaused));
    assert_eq!(world.store.batch(world.workspace, batch).await.unwrap().state, BatchState::Paused);
}

#[tokio::test]
async fn a_webhooks_sequence_is_the_streams() {
    let world = World::new().await;
    let store = &world.store;
    let (url, events_told) = ("https://example.com/".to_owned(), EventKind::ALL.to_vec());
    let settings =
        WebhookSettings { url, description: String::new(), events: events_told, enabled: true };
    store.add_webhook(world.workspace, (settings, vec![7; 32]), NOW).await.unwrap();
    let batch = world.batch(1).await;
    let claimed = world.claim(batch, 1).await.remove(0);
    store.mark_dialed(claimed.attempt.id, "{}".into(), NOW).await.unwrap();
    let end = settlement(&claimed, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    store.settle_attempt(end, CallLog::default()).await.unwrap();

    while store.lift_webhook_events(NOW).await.unwrap() {}
    let due = store.due_deliveries(NOW, 100).await.unwrap();
    let bodies: Vec<Value> =
        due.iter().map(|due| serde_json::from_str(&due.body).unwrap()).collect();
    let sent: Vec<_> = bodies.iter().map(|body| (&body["sequence"], &body["type"])).collect();
    let log = events(&world, None).await;
    let log: Vec<_> = log.iter().map(|event| (json!(event.id), json!(event.kind))).collect();
    assert_eq!(sent, log.iter().map(|(id, kind)| (id, kind)).collect::<Vec<_>>());
    let last_two: Vec<&Value> =
        bodies.iter().rev().take(2).map(|body| &body["timestamp"]).collect();
    assert_eq!(last_two[0], last_two[1], "they share a time: the sequence tells them apart");
}
