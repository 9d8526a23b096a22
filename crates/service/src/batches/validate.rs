//! Says what would become of recipients, and stores nothing.

use campanile_files::{
    import::{self as file, ImportOptions},
    preflight::Preflight,
};
use campanile_rules::{
    agent::AgentVersion,
    forecast::Forecast,
    ids::{PhoneNumberId, WorkspaceId},
};
use tokio::task::spawn_blocking;

use super::{
    People,
    forecast::{Asked, RING_TIMEOUT_S, Who},
    form::{Agent, BatchForm, Submission, ToValidate},
};
use crate::{Error, Service, fields::Field};

/// A request for a validation.
pub struct Question {
    /// The import options.
    pub options: ImportOptions,
    /// The recipients.
    pub people: People,
    form: BatchForm,
    number: Option<PhoneNumberId>,
    agent: Option<Agent>,
}

impl Service {
    /// Reads what was sent for a validation. Only the recipients are required; other fields may
    /// still be undecided. `table` has the fields.
    pub async fn question(
        &self,
        workspace: WorkspaceId,
        sent: Submission,
        table: &[Field],
    ) -> Result<Question, Error> {
        let asked = BatchForm::read_to_validate(self, workspace, sent, table).await?;
        let ToValidate { form, number, agent, people } = asked;
        let destination = self.store.destination_check(workspace, number).await?;
        let options = ImportOptions { destination: Some(destination), ..form.options() };
        Ok(Question { options, people, form, number, agent })
    }

    /// Validates recipients without storing them.
    pub async fn validate(
        &self,
        workspace: WorkspaceId,
        question: Question,
    ) -> Result<Preflight, Error> {
        let Question { options, people, form, number, agent } = question;
        let version = agent.as_ref().map(|(_, version)| version.clone());
        let mut report = preflight(options, version, people).await?;
        if let Some(number) = number.filter(|_| report.refused.is_none()) {
            let places = std::mem::take(&mut report.places).into_iter().collect();
            let asked = (number, agent.as_ref());
            report.forecast = self.outlook(workspace, &form, asked, Who::File(places)).await?;
        }
        Ok(report)
    }

    /// The forecast of the batch, if its caller ID has a trunk.
    async fn outlook(
        &self,
        workspace: WorkspaceId,
        form: &BatchForm,
        (number, agent): (PhoneNumberId, Option<&Agent>),
        who: Who,
    ) -> Result<Option<Forecast>, Error> {
        let number = self.store.phone_number(workspace, number).await?;
        let Some(trunk) = number.trunk else { return Ok(None) };
        let asked = Asked {
            workspace,
            trunk,
            agent: agent.map(|((id, _), _)| *id),
            settings: form.settings(),
            ring_timeout_s: agent.map_or(RING_TIMEOUT_S, |(_, version)| version.ring_timeout_s),
        };
        self.ask(asked, who).await
    }
}

async fn preflight(
    options: ImportOptions,
    version: Option<AgentVersion>,
    people: People,
) -> Result<Preflight, Error> {
    let read = move || file::preflight(people.source, options, version.as_ref());
    spawn_blocking(read).await.map_err(Error::internal)?.map_err(Error::internal)
}
