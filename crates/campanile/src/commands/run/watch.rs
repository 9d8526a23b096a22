//! Shows a batch until it is over.

use std::time::Duration;

use campanile_engine::Engine;
use campanile_rules::{
    batch::BatchState,
    blocker::{Blocker, describe},
    ids::BatchId,
};
use campanile_store::Registry;

use crate::{
    progress::{Progress, Tally},
    shutdown::wind_down,
    signals::Signals,
};

/// Time between two reads of the progress.
const EVERY: Duration = Duration::from_millis(250);

/// The result of the run.
pub struct End {
    /// The state of the batch.
    pub state: BatchState,
    /// The recipients by status.
    pub tally: Tally,
}

/// Shows the progress until the batch is final and none of its calls are open. After a signal it
/// returns once the open calls are over.
pub async fn until_the_end(
    store: &dyn Registry,
    engine: &Engine,
    (batch, signals): (BatchId, &mut Signals),
) -> anyhow::Result<End> {
    let mut progress = Progress::new();
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = signals.next() => {
                wind_down(engine, signals, |words| progress.say(words)).await;
                break;
            }
        }
        let end = look(store, batch).await?;
        if end.state.is_final() && end.tally.in_progress == 0 {
            break;
        }
        let blocked = engine.blocker(batch).await.filter(|b| b.blocker != Blocker::AllDone);
        let why = blocked.as_ref().map(describe);
        progress.show(&end.tally, why.as_deref());
    }
    progress.clear();
    look(store, batch).await
}

async fn look(store: &dyn Registry, batch: BatchId) -> anyhow::Result<End> {
    let state = store.batch_by_id(batch).await?.state;
    Ok(End { state, tally: store.progress(batch).await?.into() })
}
