//! Checks that an agent version can be spoken, so that no answered call is silent, and publishes it.
//! The check runs when a version is saved or published, and before a batch is created or started.

use campanile_agent::{Mute, SpeechError, check_servers};
use campanile_rules::{
    agent::AgentVersion,
    ids::{AgentId, WorkspaceId},
};
use campanile_store::AgentVersionRecord;

use crate::{Error, Service, fields::Mistake};

impl Service {
    /// Rejects a draft with fields that cannot be spoken. A draft may be empty, and a failing
    /// text-to-speech program is not the author's mistake.
    pub async fn check_draft(
        &self,
        workspace: WorkspaceId,
        version: &AgentVersion,
    ) -> Result<(), Error> {
        let found = self.speech.of(workspace).check(version).await.into_iter();
        let found = found.filter(|Mute { error, .. }| {
            error.is_about_the_version() && !matches!(error, SpeechError::SaysNothing)
        });
        refuse(found.map(mistake).chain(self.servers(version)).collect())
    }

    /// Rejects a draft as [`Service::check_draft`] does, and takes the secrets that it leaves out from
    /// an earlier version of the agent.
    pub async fn check_edit(
        &self,
        workspace: WorkspaceId,
        version: &mut AgentVersion,
        former: &AgentVersion,
    ) -> Result<(), Error> {
        let lost = version.keep_secrets(former).into_iter();
        let detail = "is missing; the stored one is for another server, so write the new server's";
        refuse(lost.map(|at| Mistake::new(at, detail)).collect())?;
        self.check_draft(workspace, version).await
    }

    /// What is wrong with the servers of a version.
    fn servers(&self, version: &AgentVersion) -> impl Iterator<Item = Mistake> {
        let found = check_servers(version, self.engine.connectors().reach());
        found.into_iter().map(|(pointer, detail)| Mistake::new(pointer, detail))
    }

    /// Rejects a version that cannot be used in calls.
    pub async fn check_to_publish(
        &self,
        workspace: WorkspaceId,
        version: &AgentVersion,
    ) -> Result<(), Error> {
        refuse(self.unspoken(workspace, version).await)
    }

    /// Publishes a saved version. If it cannot be spoken, that is a conflict with its state, not an
    /// invalid request.
    pub async fn publish(
        &self,
        workspace: WorkspaceId,
        (agent, number): (AgentId, u32),
    ) -> Result<AgentVersionRecord, Error> {
        let version = self.store.agent_version(workspace, agent, number).await?;
        if !version.published
            && let Some(words) = self.cannot_speak(workspace, &version.settings).await
        {
            let detail = format!("This version cannot be published: {words}");
            let mistakes = self.unspoken(workspace, &version.settings).await;
            return Err(Error::WrongState { detail, mistakes });
        }
        Ok(self.store.publish_agent_version(workspace, (agent, number), self.store.now()).await?)
    }

    /// All mistakes of a version that prevent calls with it, in one text; `None` if there are none.
    pub(crate) async fn cannot_speak(
        &self,
        workspace: WorkspaceId,
        version: &AgentVersion,
    ) -> Option<String> {
        let found = self.unspoken(workspace, version).await.into_iter();
        let each: Vec<String> = found
            .map(|Mistake { pointer, detail }| format!("{}: {detail}", &pointer[1..]))
            .collect();
        (!each.is_empty()).then(|| each.join("; "))
    }

    async fn unspoken(&self, workspace: WorkspaceId, version: &AgentVersion) -> Vec<Mistake> {
        let found = self.speech.of(workspace).check(version).await.into_iter().map(mistake);
        found.chain(self.servers(version)).collect()
    }
}

fn mistake(Mute { pointer, error }: Mute) -> Mistake {
    Mistake::new(pointer, error.to_string())
}

fn refuse(found: Vec<Mistake>) -> Result<(), Error> {
    if found.is_empty() { Ok(()) } else { Err(Error::Invalid(found)) }
}
