//! The health of trunks, and probes of trunks.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use campanile_rules::{
    dispatcher::{Input, Snag},
    ids::{TrunkId, WorkspaceId},
    trunk::Trunk,
    trunk_health::{TrunkHealth, TrunkState},
};
use campanile_telephony::{PingError, Pong, SipError};
use futures::FutureExt;
use tokio::sync::oneshot;

use crate::{engine::Engine, message::Message, world::World};

/// How long a trunk may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(4);

impl Engine {
    /// The health of a trunk. If `of` is set, only the calls of that workspace are counted.
    pub async fn trunk_health(&self, trunk: TrunkId, of: Option<WorkspaceId>) -> TrunkHealth {
        self.until_known(None).await;
        let (answer, load) = oneshot::channel();
        self.world().send(Message::TrunkLoad { trunk, of, answer });
        let (calls, backing_off, outage) = load.await.unwrap_or_default();
        let health = self.world().trunk_record(trunk).health(calls, backing_off, outage.as_ref());
        match self.world().cannot_reach(trunk) {
            Some(detail) => TrunkHealth { state: TrunkState::Failing, detail, ..health },
            None => health,
        }
    }

    /// Probes a trunk for at most four seconds, without calling anyone.
    pub async fn test_trunk(&self, id: TrunkId, trunk: &Trunk) -> Result<Pong, PingError> {
        let world = self.world();
        let pong = world.sip.ping(trunk, PATIENCE).await?;
        world.note_trunk(id, |record| record.answered(world.now()));
        world.news(Input::Probed { id, answer: Ok(()) });
        Ok(pong)
    }
}

/// Probes a trunk: prepares everything that a call needs, short of the call. Whatever happens, the
/// rules get exactly one `Probed`, because calls wait for it.
pub(crate) async fn probe(world: Arc<World>, id: TrunkId) {
    let asked = AssertUnwindSafe(ask(&world, id)).catch_unwind().await;
    let answer = asked.unwrap_or_else(|_| {
        tracing::error!(trunk = %id, "asking a trunk broke off inside the engine");
        Err("it cannot be asked, by a fault of the program; its log says more".into())
    });
    if answer.is_ok() {
        world.note_trunk(id, |record| record.answered(world.now()));
    }
    world.news(Input::Probed { id, answer });
}

async fn ask(world: &World, id: TrunkId) -> Result<(), Arc<str>> {
    let trunk = world.trunk(id).ok_or("it is unknown to the engine")?;
    world.sip.ping(&trunk, PATIENCE).await.map(drop).map_err(|error| error.to_string().into())
}

/// Why a call cannot be prepared, with the side that is to blame.
pub(crate) fn snag(error: &SipError) -> Snag {
    let words = error.to_string().into();
    match error {
        SipError::Bind { .. } | SipError::NoRtpPort { .. } | SipError::NoSocket { .. } => {
            Snag::Machine(words)
        }
        SipError::Unresolved { .. }
        | SipError::NoFamily { .. }
        | SipError::NoRoute { .. }
        | SipError::NoConnection { .. } => Snag::Trunk(words),
    }
}
