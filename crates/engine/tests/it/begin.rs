//! Starting an engine.

use campanile_rules::batch::Control;

use crate::{
    troubled::{Asked, Happens, passing},
    world::{World, in_time, nobody},
};

#[tokio::test]
async fn an_engine_whose_store_cannot_be_read_says_so_and_does_not_begin() {
    for asked in [Asked::Lead, Asked::Load] {
        let world = World::new(10.0).await;
        world.store.when(asked, Happens::Fails(1, passing()));
        let refused = in_time("an error", world.try_engine()).await;
        let error = refused.err().expect("it cannot begin").to_string();
        assert!(error.contains("as the test says"), "{error}");
    }
}

#[tokio::test]
async fn a_batch_that_ran_goes_on_when_an_engine_begins() {
    let world = World::new(100.0).await;
    let batch = world.batch((0..5).map(nobody)).await;
    let engine = world.engine().await;
    in_time("five calls", world.carrier.finished(5)).await;
    engine.control(batch, Control::Pause).await.ok();
    engine.stop_dialing().await;
    in_time("the end", engine.drain()).await;
    assert_eq!(world.calls().len(), 5, "{:?}", world.calls());
}
