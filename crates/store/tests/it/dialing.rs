//! The verbs of dialing, one by one.

use campanile_rules::{attempt::Outcome, recipient::RecipientStatus, retry::Next};
use campanile_store::{Store, Utterance};

use crate::world::*;

#[tokio::test]
async fn a_row_flows_from_pending_to_completed() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let claimed = world.claim(batch, 1).await.remove(0);
    assert_eq!((claimed.attempt.number_in_row, claimed.attempt.number), (1, number(2)));
    assert_eq!(claimed.cells, vec![number(2).to_string(), "Person 2".to_owned()]);

    let brief = world.store.brief(batch).await.unwrap();
    assert_eq!((brief.name.as_str(), brief.columns.len()), ("Reminders", 2));

    let attempt = claimed.attempt.id;
    assert!(world.store.mark_dialed(attempt, "dialog".into(), NOW).await.unwrap());
    assert!(!world.store.mark_dialed(attempt, "again".into(), NOW).await.unwrap());
    world.store.note_dialog(attempt, "answered".into(), Some(NOW)).await.unwrap();
    let said = Utterance { speaker: "agent".into(), text: "Hi".into(), start_ms: 0, end_ms: 300 };
    let ended = settlement(&claimed, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    assert!(world.store.settle_attempt(ended.clone(), vec![said.clone()]).await.unwrap());
    assert!(!world.store.settle_attempt(ended, vec![]).await.unwrap());

    let progress = world.store.progress(batch).await.unwrap();
    assert_eq!((progress.total, progress.completed, progress.pending), (2, 1, 1));
    let (recipient, attempts) =
        world.store.recipient(world.workspace, claimed.attempt.recipient).await.unwrap();
    assert_eq!((recipient.status, recipient.attempts_made), (RecipientStatus::Completed, 1));
    assert_eq!(attempts[0].call_id, claimed.attempt.call_id);
    let call = world.store.call(world.workspace, &claimed.attempt.call_id).await.unwrap();
    assert_eq!(call.transcript, vec![said]);
    let report = world.store.report_rows(batch, 0, 10, true).await.unwrap();
    assert_eq!(report[0].call_id.as_deref(), Some(claimed.attempt.call_id.as_str()));
    assert_eq!((report[0].attempts.len(), report[1].attempts.len()), (1, 0));
}
