//! Changes that are written to the store, by this process or another, and that nobody tells the
//! engine of.

use campanile_rules::{
    batch::{BatchState, Control},
    trunk::Trunk,
};
use campanile_sandbox::{Sandbox, SandboxConfig};
use campanile_store::{BatchRecord, SqliteStore};

use crate::{
    troubled::{Asked, Happens, passing, permanent},
    world::{World, in_time, nobody, now, rings},
};

/// The settings of the trunk, which leads to this carrier.
async fn trunk_to(world: &World, carrier: &Sandbox) -> Trunk {
    let trunk = world.sound.trunk(world.workspace, world.trunk).await.expect("the trunk");
    Trunk { port: carrier.local_addr().port(), ..trunk.settings }
}

#[tokio::test]
async fn a_batch_that_another_process_makes_is_called() {
    let world = World::new(100.0).await;
    let _engine = world.engine().await;
    let other = SqliteStore::open(world.dir.path()).expect("a second store");
    world.batch_in(&other, (0..3).map(nobody)).await;
    in_time("three calls", world.carrier.finished(3)).await;
}

#[tokio::test]
async fn a_trunk_that_is_edited_is_dialed_as_it_is_then() {
    let world = World::new(100.0).await;
    let engine = world.engine().await;
    let batch = world.batch((0..2).map(nobody)).await;
    in_time("two calls", world.carrier.finished(2)).await;
    let config = SandboxConfig { time_scale: 0.02, ..SandboxConfig::default() };
    let moved_to = Sandbox::start(config).expect("another carrier");
    let trunk = trunk_to(&world, &moved_to).await;
    world.sound.update_trunk(world.workspace, world.trunk, trunk).await.expect("the trunk");
    // A question is answered by what was stored before it.
    engine.blocker(batch).await;
    world.batch((10..13).map(nobody)).await;
    in_time("three calls there", moved_to.finished(3)).await;
    assert_eq!(world.calls().len(), 2, "{:?}", world.calls());
}

#[tokio::test]
async fn a_trunk_that_is_removed_is_in_no_metric() {
    let world = World::new(100.0).await;
    let engine = world.engine().await;
    let spare = Trunk { name: "spare".to_owned(), ..trunk_to(&world, &world.carrier).await };
    let spare = world.sound.add_trunk(world.workspace, spare, now()).await.expect("a trunk").id;
    let ids = async || {
        let load = in_time("the load", engine.load()).await;
        load.trunks.iter().map(|reading| reading.load.id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [world.trunk, spare]);
    world.sound.remove_trunk(world.workspace, spare).await.expect("it is unused");
    assert_eq!(ids().await, [world.trunk]);
}

#[tokio::test]
async fn the_name_of_the_batch_is_the_one_at_the_time_of_the_call() {
    let world = World::new(100.0).await;
    let engine = world.engine().await;
    world.sound.set_workspace_limit(world.workspace, 1).await.expect("the limit");
    let gate = world.store.waits(Asked::Settle);
    let batch = world.batch([nobody(1), nobody(2)]).await;
    in_time("a call", world.carrier.finished(1)).await;
    let said = |name: &str| world.voice.texts().iter().any(|text| text == name);
    assert!(said("This is Reminders.") && !said("This is Renewals."));
    let rename =
        Box::new(|batch: &BatchRecord| Some(("Renewals".to_owned(), batch.settings.clone())));
    let renamed = world.sound.update_batch(world.workspace, batch, rename, now());
    renamed.await.expect("a name").expect("it is allowed");
    engine.blocker(batch).await;
    gate.open();
    in_time("two calls", world.carrier.finished(2)).await;
    assert!(said("This is Renewals."), "{:?}", world.voice.texts());
}

#[tokio::test]
async fn a_limit_that_is_raised_lets_the_next_call_leave() {
    let world = World::new(100.0).await;
    world.sound.set_workspace_limit(world.workspace, 0).await.expect("the limit");
    world.batch((0..3).map(nobody)).await;
    let engine = world.engine().await;
    engine.load().await;
    assert_eq!(world.calls().len(), 0);
    world.sound.set_workspace_limit(world.workspace, 3).await.expect("the limit");
    in_time("three calls", world.carrier.finished(3)).await;
}

#[tokio::test]
async fn changes_that_cannot_be_read_at_first_are_heard_later() {
    for error in [passing(), permanent()] {
        let world = World::new(100.0).await;
        let engine = world.engine().await;
        world.store.when(Asked::Changes, Happens::Fails(1, error));
        let batch = world.batch((0..3).map(nobody)).await;
        // Nobody waits for an answer that may never come.
        in_time("an answer", engine.blocker(batch)).await;
        in_time("three calls", world.carrier.finished(3)).await;
    }
}

#[tokio::test]
async fn a_control_is_carried_through_when_its_caller_hangs_up() {
    let world = World::new(100.0).await;
    let batch = world.batch((0..3).map(rings)).await;
    world.sound.set_workspace_limit(world.workspace, 1).await.expect("the limit");
    let engine = world.engine().await;
    in_time("a call", world.store.was_asked(Asked::Mark, 1)).await;
    let stop = Asked::Control(batch, Control::Stop);
    let gate = world.store.waits(stop);
    let caller = tokio::spawn({
        let engine = engine.clone();
        async move { engine.control(batch, Control::Stop).await }
    });
    in_time("a stop", world.store.was_asked(stop, 1)).await;
    caller.abort();
    assert!(caller.await.expect_err("it hung up").is_cancelled());
    gate.open();
    // A stop is counted once more when it holds on the wire.
    in_time("the end of the stop", world.store.was_asked(stop, 2)).await;
    let facts = world.sound.batch_by_id(batch).await.expect("the batch");
    assert_eq!(facts.state, BatchState::Cancelled);
    engine.hang_up_all();
    engine.stop_dialing().await;
    in_time("the end", engine.drain()).await;
    let progress = world.progress(batch).await;
    assert_eq!((progress.in_progress, progress.cancelled), (0, 2), "{progress:?}");
    assert_eq!(world.calls().len(), 1, "{:?}", world.calls());
}
