//! Creates a batch from rows.

use campanile_files::{
    import::{Duplicates, ImportOptions},
    preflight::Preflight,
};
use campanile_rules::{
    agent::AgentVersion,
    batch::BatchSettings,
    ids::{AgentId, PhoneNumberId, WorkspaceId},
    mapping::Mapping,
};
use campanile_store::{BatchRecord, NewBatch};

use super::{
    People,
    form::{BatchForm, Chosen, Submission},
};
use crate::{
    Error, Service,
    import::{Import, import},
};

/// A batch to create.
pub struct Plan {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// A label for people.
    pub name: String,
    /// The caller ID.
    pub number: PhoneNumberId,
    /// The agent and its version.
    pub agent: (AgentId, u32),
    /// The content of that version.
    pub version: AgentVersion,
    /// The settings of the batch.
    pub settings: BatchSettings,
    /// How the rows are read. Where they may be called is looked up when the batch is created.
    pub options: ImportOptions,
    /// Whether the batch starts, now or at `starts_at`. Otherwise it stays a draft.
    pub start: bool,
    /// Whether it is a test call of an agent.
    pub test: bool,
}

impl Service {
    /// Reads what was sent to create a batch. The error has all mistakes.
    pub async fn plan(
        &self,
        workspace: WorkspaceId,
        sent: Submission,
    ) -> Result<(Plan, People), Error> {
        let (form, chosen, people) = BatchForm::read(self, workspace, sent).await?;
        let Chosen { number, agent, version } = chosen;
        let plan = Plan {
            workspace,
            name: form.name.clone(),
            number,
            agent,
            version,
            settings: form.settings(),
            options: form.options(),
            start: form.start,
            test: form.test,
        };
        Ok((plan, people))
    }

    /// Creates a batch and tells the engine. Ends and leaves nothing once `lost` is ready: whoever
    /// asked for it may not any more.
    pub async fn create(
        &self,
        plan: Plan,
        people: People,
        lost: impl Future<Output = ()>,
    ) -> Result<(BatchRecord, Preflight), Error> {
        let Plan { workspace, name, number, agent, version, settings, options, start, test } = plan;
        let destination = self.store.destination_check(workspace, Some(number)).await?;
        let batch = NewBatch {
            workspace,
            name,
            phone_number: number,
            agent,
            columns: Vec::new(),
            mapping: Mapping::default(),
            settings,
            file_name: people.file_name,
            default_country: options.default_country.map(|country| country.to_string()),
            reject_duplicates: options.duplicates == Duplicates::Reject,
            test,
        };
        let options = ImportOptions { destination: Some(destination), ..options };
        let new = Import { batch, options, version, start };
        import(&self.store, new, people.source, lost).await
    }
}
