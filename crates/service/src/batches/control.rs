//! Starts, pauses, resumes and stops batches.

use campanile_rules::{
    batch::{BatchState, Control},
    ids::{BatchId, WorkspaceId},
};
use campanile_store::{BatchRecord, Controlled};

use super::form::cannot_speak;
use crate::{Error, Service};

impl Service {
    /// Carries out a control. When a pause or a stop has returned, no call of the batch is placed any
    /// more.
    pub async fn control(
        &self,
        workspace: WorkspaceId,
        id: BatchId,
        control: Control,
    ) -> Result<Controlled, Error> {
        let batch = self.store.batch(workspace, id).await?;
        if control == Control::Start {
            self.check_agent(&batch).await?;
        }
        Ok(self.engine.control(id, control).await?)
    }

    /// Refuses to start a draft whose agent cannot be spoken. A sound may have been deleted since the
    /// draft was created.
    async fn check_agent(&self, batch: &BatchRecord) -> Result<(), Error> {
        if batch.state != BatchState::Draft {
            return Ok(());
        }
        let named = (batch.agent, batch.agent_version);
        let version = self.store.agent_version(batch.workspace, named.0, named.1).await?;
        match self.cannot_speak(batch.workspace, &version.settings).await {
            None => Ok(()),
            Some(words) => {
                let words = cannot_speak(named, &words);
                Err(Error::Conflict(format!("{} cannot start: {words}.", batch.id)))
            }
        }
    }
}
