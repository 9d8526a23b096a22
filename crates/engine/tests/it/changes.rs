//! Pausing and stopping batches while the store is slow.

use std::collections::BTreeMap;

use campanile_rules::{
    batch::{BatchState, Control},
    ids::AttemptId,
};
use campanile_store::Actor;

use crate::{
    troubled::{Asked, Happens, passing, permanent},
    world::{World, in_time, nobody, now, rings},
};

#[tokio::test]
async fn a_pause_does_not_wait_for_another_batch_that_is_being_stopped() {
    let world = World::new(1.0).await;
    let large = world.batch((0..20).map(nobody)).await;
    let small = world.batch((20..40).map(nobody)).await;
    let engine = world.engine().await;
    let gate = world.store.waits(Asked::Control(large, Control::Stop));
    let stopping = tokio::spawn({
        let engine = engine.clone();
        async move { engine.control(large, Control::Stop).await }
    });
    in_time("a stop", world.store.was_asked(Asked::Control(large, Control::Stop), 1)).await;
    let paused = in_time("a pause", engine.control(small, Control::Pause)).await.unwrap();
    assert_eq!(paused.state, BatchState::Paused);
    assert!(!stopping.is_finished(), "the other batch is being stopped still");
    gate.open();
    let stopped = in_time("the stop", stopping).await.unwrap().unwrap();
    assert_eq!(stopped.state, BatchState::Cancelled);
}

#[tokio::test]
async fn whoever_stops_just_after_a_pause_gives_each_attempt_back_once() {
    // One call in a hundred seconds: the other attempts are claimed and wait.
    let world = World::new(0.01).await;
    let batch = world.batch((0..8).map(rings)).await;
    let gate = world.store.waits(Asked::Release(AttemptId(0)));
    let engine = world.engine().await;
    in_time("a call", world.store.was_asked(Asked::Mark, 1)).await;
    let pausing = tokio::spawn({
        let engine = engine.clone();
        async move { engine.control(batch, Control::Pause).await }
    });
    let pause = Asked::Control(batch, Control::Pause);
    in_time("a pause", world.store.was_asked(pause, 1)).await;
    engine.stop_dialing().await;
    gate.open();
    engine.hang_up_all();
    in_time("the pause", pausing).await.unwrap().unwrap();
    in_time("the end", engine.drain()).await;
    let mut given_back: BTreeMap<AttemptId, usize> = BTreeMap::new();
    for asked in world.store.log() {
        if let Asked::Release(attempt) = asked {
            *given_back.entry(attempt).or_default() += 1;
        }
    }
    assert!(given_back.values().all(|times| *times == 1), "{given_back:?}");
    let progress = world.progress(batch).await;
    assert_eq!(progress.in_progress, 0, "{progress:?}");
    assert_eq!(world.calls().values().map(Vec::len).max(), Some(1), "{:?}", world.calls());
}

#[tokio::test]
async fn a_pause_is_answered_when_a_mark_that_was_stored_before_has_left_as_an_invite() {
    let world = World::new(100.0).await;
    let batch = world.batch([nobody(1)]).await;
    let gate = world.store.answers_late(Asked::Mark);
    let engine = world.engine().await;
    in_time("a mark", world.store.was_asked(Asked::Mark, 1)).await;
    let pausing = tokio::spawn({
        let engine = engine.clone();
        async move { engine.control(batch, Control::Pause).await }
    });
    in_time("a pause", world.store.was_asked(Asked::Control(batch, Control::Pause), 1)).await;
    assert!(!pausing.is_finished(), "an INVITE may leave");
    gate.open();
    in_time("the pause", pausing).await.unwrap().unwrap();
    in_time("the call", world.carrier.finished(1)).await;
    engine.stop_dialing().await;
    in_time("the end", engine.drain()).await;
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test]
async fn a_change_that_fails_halfway_is_heard_of_all_the_same() {
    let world = World::new(100.0).await;
    let batch = world.batch((0..3).map(nobody)).await;
    let claims = world.store.waits(Asked::Claim);
    let engine = world.engine().await;
    in_time("a claim", world.store.was_asked(Asked::Claim, 1)).await;
    in_time("a pause", world.sound.control_batch(batch, Control::Pause, (Actor::Cli, now())))
        .await
        .unwrap();
    // The resume is stored, but the answer says that the disk is full.
    world.store.when(Asked::Control(batch, Control::Resume), Happens::Forgets(1, passing()));
    let refused = in_time("an error", engine.control(batch, Control::Resume)).await;
    assert!(refused.is_err());
    claims.open();
    in_time("the calls", world.carrier.finished(3)).await;
}

#[tokio::test]
async fn a_claim_that_fails_is_made_again() {
    for error in [passing(), permanent()] {
        let world = World::new(100.0).await;
        world.batch((0..3).map(nobody)).await;
        world.store.when(Asked::Claim, Happens::Fails(2, error));
        let _engine = world.engine().await;
        in_time("three calls", world.carrier.finished(3)).await;
        assert_eq!(world.calls().len(), 3, "{:?}", world.calls());
    }
}
