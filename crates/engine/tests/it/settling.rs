//! Endings that the store accepts late, or never.

use campanile_rules::{batch::Control, ids::AttemptId};

use crate::{
    troubled::{Asked, Happens, passing, permanent},
    world::{World, in_time, nobody},
};

#[tokio::test]
async fn an_ending_that_could_not_be_stored_is_stored_later_and_nobody_is_called_twice() {
    let world = World::new(100.0).await;
    let batch = world.batch((0..4).map(nobody)).await;
    world.store.when(Asked::Settle, Happens::Fails(5, passing()));
    let engine = world.engine().await;
    in_time("nine tries", world.store.was_asked(Asked::Settle, 9)).await;
    engine.stop_dialing().await;
    in_time("the end", engine.drain()).await;
    let progress = world.progress(batch).await;
    assert_eq!((progress.failed, progress.in_progress), (4, 0), "{progress:?}");
    assert!(world.calls().values().all(|calls| calls.len() == 1), "{:?}", world.calls());
}

#[tokio::test]
async fn an_ending_that_the_store_never_takes_is_tried_once_and_holds_up_nobody() {
    let world = World::new(100.0).await;
    let batch = world.batch((0..4).map(nobody)).await;
    world.store.when(Asked::Settle, Happens::Fails(1, permanent()));
    let engine = world.engine().await;
    in_time("four endings", world.store.was_asked(Asked::Settle, 4)).await;
    in_time("four calls", world.carrier.finished(4)).await;
    engine.stop_dialing().await;
    in_time("the end", engine.drain()).await;
    let settles = world.store.log().into_iter().filter(|asked| *asked == Asked::Settle);
    assert_eq!(settles.count(), 4, "each ending is tried once");
    let progress = world.progress(batch).await;
    assert_eq!((progress.failed, progress.in_progress), (3, 1), "{progress:?}");
    drop(engine);
    // The next engine finds the attempt open and counts it as an interrupted call.
    let next = world.engine().await;
    in_time("its ending", world.store.was_asked(Asked::Settle, 5)).await;
    next.control(batch, Control::Stop).await.unwrap();
    next.stop_dialing().await;
    in_time("the end", next.drain()).await;
    assert_eq!(world.progress(batch).await.in_progress, 0);
    assert!(world.calls().values().all(|calls| calls.len() == 1), "{:?}", world.calls());
}

#[tokio::test]
async fn a_mark_that_fails_calls_nobody_and_gives_the_attempt_back() {
    for error in [passing(), permanent()] {
        let world = World::new(100.0).await;
        let batch = world.batch([nobody(1)]).await;
        world.store.when(Asked::Mark, Happens::Fails(1, error));
        let engine = world.engine().await;
        let release = Asked::Release(AttemptId(0));
        in_time("a release", world.store.was_asked(release, 1)).await;
        in_time("the call", world.carrier.finished(1)).await;
        in_time("its ending", world.store.was_asked(Asked::Settle, 1)).await;
        engine.stop_dialing().await;
        in_time("the end", engine.drain()).await;
        assert_eq!(world.progress(batch).await.failed, 1);
        assert_eq!(world.calls().values().map(Vec::len).sum::<usize>(), 1);
    }
}

#[tokio::test]
async fn an_attempt_that_could_not_be_given_back_is_given_back_later() {
    let world = World::new(100.0).await;
    let batch = world.batch([nobody(1)]).await;
    world.store.when(Asked::Mark, Happens::Fails(1, passing()));
    world.store.when(Asked::Release(AttemptId(0)), Happens::Fails(3, passing()));
    let engine = world.engine().await;
    in_time("the call", world.carrier.finished(1)).await;
    in_time("its ending", world.store.was_asked(Asked::Settle, 1)).await;
    engine.stop_dialing().await;
    in_time("the end", engine.drain()).await;
    assert_eq!(world.progress(batch).await.failed, 1);
    let releases = world.store.log().into_iter().filter(|a| matches!(a, Asked::Release(_)));
    assert_eq!(releases.count(), 4);
}

#[tokio::test]
async fn a_batch_completes_although_the_store_fails_to_move_it_on_at_first() {
    let world = World::new(100.0).await;
    let batch = world.batch([nobody(1)]).await;
    world.store.when(Asked::Advance, Happens::Fails(3, passing()));
    let engine = world.engine().await;
    in_time("four tries", world.store.was_asked(Asked::Advance, 4)).await;
    engine.stop_dialing().await;
    in_time("the end", engine.drain()).await;
    assert_eq!(world.progress(batch).await.failed, 1);
}
