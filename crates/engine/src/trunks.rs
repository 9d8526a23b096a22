//! How trunks are, and whether they are there.

use std::time::Duration;

use campanile_rules::{
    ids::{TrunkId, WorkspaceId},
    trunk::Trunk,
    trunk_health::{TrunkHealth, TrunkState},
};
use campanile_telephony::{PingError, Pong};
use tokio::sync::oneshot;

use crate::{engine::Engine, message::Message};

/// How long a trunk may take to answer a question.
const PATIENCE: Duration = Duration::from_secs(4);

impl Engine {
    /// How a trunk is; of its calls those of one workspace are counted, if asked so.
    pub async fn trunk_health(&self, trunk: TrunkId, of: Option<WorkspaceId>) -> TrunkHealth {
        let (answer, load) = oneshot::channel();
        self.world().tell(Message::TrunkLoad { trunk, of, answer });
        let (calls, backing_off) = load.await.unwrap_or_default();
        let health = self.world().trunk_record(trunk).health(calls, backing_off);
        match self.world().cannot_reach(trunk) {
            Some(detail) => TrunkHealth { state: TrunkState::Failing, detail, ..health },
            None => health,
        }
    }

    /// Asks a trunk whether it is there, for at most four seconds. Nobody is called.
    pub async fn test_trunk(&self, id: TrunkId, trunk: &Trunk) -> Result<Pong, PingError> {
        let world = self.world();
        let pong = world.sip.ping(trunk, PATIENCE).await?;
        world.note_trunk(id, |record| record.answered(world.now()));
        Ok(pong)
    }
}
