//! What the engine hears of changes of trunks, caller IDs and limits, also from other processes.

use campanile_rules::{batch::BatchSettings, phone::E164, trunk::Trunk};
use campanile_store::{Actor, Changes, SqliteStore, Workspaces as _};

use crate::world::{NOW, World, rejected, row, trunk};

async fn changed(world: &World, known: u64) -> Changes {
    world.store.changes_since(known).await.unwrap()
}

#[tokio::test]
async fn a_trunk_is_told_with_its_password_and_as_removed_when_it_is_gone() {
    let world = World::new().await;
    let known = world.store.version();
    let (username, password) = (Some("ann".to_owned()), Some("secret".to_owned()));
    let spare = Trunk { username, password, ..trunk("spare", 5) };
    let id = world.store.add_trunk(world.workspace, spare.clone(), NOW).await.unwrap().id;
    assert_eq!(changed(&world, known).await.trunks, [(id, Some(spare.clone()))]);
    let known = world.store.version();
    let moved = Trunk { host: "10.0.0.1".to_owned(), ..spare };
    world.store.update_trunk(world.workspace, id, moved.clone()).await.unwrap();
    assert_eq!(changed(&world, known).await.trunks, [(id, Some(moved))]);
    let known = world.store.version();
    world.store.remove_trunk(world.workspace, id).await.unwrap();
    assert_eq!(changed(&world, known).await.trunks, [(id, None)]);
}

#[tokio::test]
async fn a_caller_id_that_gets_another_trunk_changes_its_batches_that_are_not_over() {
    let world = World::new().await;
    let (runs, over) = (world.batch(3).await, world.batch_of(vec![row(2)], batch()).await);
    world
        .store
        .control_batch(over, campanile_rules::batch::Control::Stop, (Actor::Cli, NOW))
        .await
        .unwrap();
    let other = world.store.add_trunk(world.workspace, trunk("other", 5), NOW).await.unwrap().id;
    let before = changed(&world, 0).await;
    let facts = |changes: &Changes| {
        let batch = changes.batches.iter().find(|batch| batch.facts.id == runs).unwrap();
        (batch.facts.version, batch.facts.trunk)
    };
    let after = ("Office".to_owned(), Some(other));
    let number = world.phone_number;
    world.store.update_phone_number(world.workspace, number, after.clone()).await.unwrap();
    let changes = changed(&world, before.version).await;
    assert_eq!(changes.batches.len(), 1);
    assert_eq!(facts(&changes).1, Some(other));
    assert!(facts(&changes).0 > facts(&before).0);
    assert!(changes.limits, "another kind of trunk has other limits");
    // A new label changes nothing.
    let (_, route) = after;
    let after = ("Front desk".to_owned(), route);
    world.store.update_phone_number(world.workspace, number, after).await.unwrap();
    assert_eq!(world.store.version(), changes.version);
}

fn batch() -> BatchSettings {
    BatchSettings::default()
}

#[tokio::test]
async fn a_change_of_another_process_is_noticed() {
    let world = World::new().await;
    let known = world.store.version();
    let other = SqliteStore::open(world.dir.path()).unwrap();
    let written = other.create_workspace("other", Some(3), NOW).await.unwrap();
    assert_eq!(world.store.version(), known, "it was not told");
    let newest = world.store.next_version(known).await.unwrap();
    assert_eq!(world.store.version(), newest);
    assert_eq!(changed(&world, known).await.workspaces, [(written.id, 3)]);
}

#[tokio::test]
async fn what_the_engine_does_not_keep_raises_no_version() {
    let world = World::new().await;
    world.batch_of(vec![row(2), rejected(3, "malformed_number")], batch()).await;
    let known = world.store.version();
    let number = E164::from_digits(14_155_550_199);
    let caller_id = (number, "Spare".to_owned());
    world.store.add_phone_number(world.workspace, caller_id, None, NOW).await.unwrap();
    world.store.set_keep_batches_days(world.workspace, Some(9)).await.unwrap();
    assert_eq!(world.store.version(), known);
}
