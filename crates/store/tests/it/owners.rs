//! A start frees what a dead process left, and nothing that a living one is doing.

use campanile_rules::batch::{BatchSettings, BatchState};
use campanile_store::{
    Answered, Dialing as _, Idempotency as _, Imports as _, SqliteStore, StoreError,
};

use crate::world::*;

#[tokio::test]
async fn an_import_of_a_living_process_goes_on_while_another_one_starts() {
    let world = World::new().await;
    let left = world.store.begin_import(world.new_batch(BatchSettings::default()), NOW).await;
    let left = left.unwrap();
    let beside = SqliteStore::open(world.dir.path()).unwrap();
    let batch = beside.begin_import(world.new_batch(BatchSettings::default()), NOW).await.unwrap();

    let world = world.restarted().await;
    world.store.load().await.unwrap();
    beside.add_rows(batch, vec![row(2)]).await.unwrap();
    beside.finish_import(batch, BatchState::Draft, NOW).await.unwrap();
    assert_eq!(world.store.progress(batch).await.unwrap().pending, 1);
    // The start deletes it by itself, and whoever does so too waits for that.
    world.store.abandon_import(left).await.unwrap();
    let gone = world.store.add_rows(left, vec![row(2)]).await;
    assert!(matches!(gone, Err(StoreError::NotFound(_))), "{gone:?}");
}

#[tokio::test]
async fn an_answer_of_a_living_process_is_waited_for_while_another_one_starts() {
    let world = World::new().await;
    let beside = SqliteStore::open(world.dir.path()).unwrap();
    let key = "ck_1";
    world.key(key).await;
    assert_eq!(
        world.store.begin_idempotent(key, "left", [1; 32], NOW).await.unwrap(),
        Answered::NotYet
    );
    assert_eq!(
        beside.begin_idempotent(key, "living", [1; 32], NOW).await.unwrap(),
        Answered::NotYet
    );

    let world = world.restarted().await;
    let again = async |name| world.store.begin_idempotent(key, name, [1; 32], NOW).await.unwrap();
    assert_eq!(again("left").await, Answered::NotYet);
    assert_eq!(again("living").await, Answered::InProgress);
}

#[tokio::test]
async fn a_process_beside_the_one_that_dials_owns_nothing_and_claims_nobody() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let beside = SqliteStore::open(world.dir.path()).unwrap();
    let refused = beside.claim_recipients(claim(batch, 1, false), NOW).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(world.claim(batch, 1).await.len(), 1);
}
