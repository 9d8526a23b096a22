//! Tests that the schema refuses violations, whatever the code above it does.

use campanile_rules::{attempt::Outcome, recipient::RecipientStatus, retry::Next};
use campanile_store::CallLog;
use rusqlite::ErrorCode;

use crate::world::*;

/// A batch with row 2 in a call, row 3 pending, row 4 completed, row 5 rejected.
async fn world() -> World {
    let world = World::new().await;
    let rows = vec![row(4), row(2), row(3), rejected(5, "malformed_number")];
    let batch = world.batch_of(rows, Default::default()).await;
    let claimed = world.claim(batch, 3).await;
    let release = claimed[1].attempt.id;
    world.store.release_attempt(release, None).await.unwrap();
    let next = Next::Final(RecipientStatus::Completed);
    let ended = settlement(&claimed[2], Outcome::Completed, next);
    assert!(world.store.settle_attempt(ended, CallLog::default()).await.unwrap());
    world.store.mark_dialed(claimed[0].attempt.id, "dialog".into(), NOW).await.unwrap();
    world
}

const REFUSED: &[(&str, &str)] = &[
    ("a state nobody knows", "UPDATE batches SET state = 'active'"),
    ("a status nobody knows", "UPDATE recipients SET status = 'done' WHERE position = 3"),
    ("an outcome nobody knows", "UPDATE attempts SET outcome = 'lost' WHERE ended_at IS NULL"),
    (
        "a second attempt with one number",
        "INSERT INTO attempts (recipient, batch, workspace, trunk, number, number_in_row, claimed_at)
         SELECT recipient, batch, workspace, trunk, number, number_in_row, 0 FROM attempts WHERE ended_at IS NOT NULL",
    ),
    (
        "a second open attempt of a recipient",
        "INSERT INTO attempts (recipient, batch, workspace, trunk, number, number_in_row, claimed_at)
         SELECT recipient, batch, workspace, trunk, number, 2, 0 FROM attempts WHERE ended_at IS NULL",
    ),
    (
        "two calls to one number at once",
        "INSERT INTO slots SELECT a.id, s.workspace, s.batch, s.trunk, a.recipient, s.number, 1, 0, 0, 1, 1
         FROM slots s JOIN attempts a ON a.ended_at IS NOT NULL",
    ),
    (
        "two slots of one recipient",
        "INSERT INTO slots SELECT a.id, s.workspace, s.batch, s.trunk, s.recipient, 1, 1, 0, 0, 1, 1
         FROM slots s JOIN attempts a ON a.ended_at IS NOT NULL",
    ),
    ("a final recipient that moves", "UPDATE recipients SET status = 'failed' WHERE position = 4"),
    (
        "an ended attempt that changes",
        "UPDATE attempts SET outcome = 'busy', answered_at = 1
         WHERE ended_at IS NOT NULL",
    ),
    ("a dialed attempt that goes", "DELETE FROM attempts WHERE dialed_at IS NOT NULL"),
    ("half an ending", "UPDATE attempts SET ended_at = 1 WHERE ended_at IS NULL"),
    ("dialed without a dialog", "UPDATE attempts SET dialog = NULL WHERE dialed_at IS NOT NULL"),
    ("skipped without a reason", "UPDATE recipients SET reason = NULL WHERE position = 5"),
    ("a reason for nothing", "UPDATE recipients SET reason = 'suppressed' WHERE position = 3"),
    ("pending without an instant", "UPDATE recipients SET due_at = NULL WHERE position = 3"),
    (
        "at rest and waiting for something",
        "UPDATE recipients SET waits_for = 'daily_limit' WHERE position = 4",
    ),
    (
        "attempts that do not add up",
        "UPDATE recipients SET attempts_made = 1, otherwise = 'failed' WHERE position = 3",
    ),
    ("a row in another's place", "UPDATE recipients SET position = 9 WHERE position = 3"),
    ("a count below nothing", "UPDATE batch_progress SET recipients = -1"),
    ("more attempted than there were", "UPDATE batch_rounds SET attempted = total + 1"),
    (
        "a final batch that moves",
        "UPDATE batches SET state = 'completed', finished_at = 1;
         UPDATE batches SET state = 'running', finished_at = NULL",
    ),
    ("final without an instant", "UPDATE batches SET state = 'completed'"),
    ("a published version that changes", "UPDATE agent_versions SET settings = '{}'"),
    ("a published version that is a draft", "UPDATE agent_versions SET status = 'draft'"),
    (
        "a secret instead of its hash",
        "INSERT INTO api_keys VALUES ('k', 1, x'00', 'read', 0, 0, 0, 0, '')",
    ),
    (
        "a recipient of no batch",
        "UPDATE recipients SET batch = 99, id = 99000000003
         WHERE position = 3",
    ),
];

#[tokio::test]
async fn the_schema_refuses_what_must_never_be() {
    let world = world().await;
    let mut raw = world.raw();
    for (what, sql) in REFUSED {
        let transaction = raw.transaction().unwrap();
        let refused = transaction.execute_batch(sql).expect_err(what);
        let code = refused.sqlite_error_code();
        assert_eq!(code, Some(ErrorCode::ConstraintViolation), "{what}: {refused}");
    }
}

#[tokio::test]
async fn an_attempt_never_gets_a_number_that_another_had() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let attempt = world.claim(batch, 1).await.remove(0).attempt;
        world.store.release_attempt(attempt.id, None).await.unwrap();
        ids.push(attempt.id);
    }
    assert!(ids[0] < ids[1] && ids[1] < ids[2]);
}
