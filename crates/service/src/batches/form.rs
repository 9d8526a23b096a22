//! The form that creates a batch, and rules between its fields.

use campanile_files::import::{Duplicates, ImportOptions};
use campanile_numbers::Country;
use campanile_rules::{
    agent::AgentVersion,
    batch::BatchSettings,
    hours::{self, CallingHours},
    ids::{AgentId, PhoneNumberId, WorkspaceId},
    mapping::Mapping,
    retry::RetryPolicy,
    template::{BUILT_IN, ColumnMap},
    time::Timestamp,
};
use campanile_store::StoreError;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Error, Service,
    batches::People,
    fields::{self, Field, Mistake},
};

/// The fields besides the recipients, after validation against their table.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct BatchForm {
    /// A label for people.
    pub name: String,
    /// When dialing may begin; absent means at once.
    pub starts_at: Option<Timestamp>,
    /// The time at which the batch ends in any case.
    pub ends_at: Option<Timestamp>,
    /// The time zone in which the two times were chosen.
    pub time_zone: Option<String>,
    /// The calling hours. `None` means always.
    pub calling_hours: Option<CallingHours>,
    /// The most concurrent calls of this batch. `None` means the workspace's limit.
    pub max_concurrent_calls: Option<u32>,
    /// Share of the workspace's concurrency, relative to other batches.
    pub weight: u32,
    /// What happens after a call that did not reach a live person.
    pub retry: RetryPolicy,
    /// Country of numbers without a country code.
    pub default_country: Option<Country>,
    /// What to do with a number that an earlier row has.
    pub duplicates: Duplicates,
    /// The file's encoding, when its bytes do not tell.
    pub encoding: Option<String>,
    /// The column that has the numbers.
    pub phone_column: Option<String>,
    /// The row of the header.
    pub header_row: Option<u64>,
    /// The columns of placeholders with another name.
    pub column_map: ColumnMap,
    /// Whether the batch starts. Otherwise it stays a draft.
    pub start: bool,
    /// Whether it is a test call of an agent.
    pub test: bool,
}

impl Default for BatchForm {
    fn default() -> Self {
        BatchForm {
            name: String::new(),
            starts_at: None,
            ends_at: None,
            time_zone: None,
            calling_hours: None,
            max_concurrent_calls: None,
            weight: 1,
            retry: RetryPolicy::default(),
            default_country: None,
            duplicates: Duplicates::Allow,
            encoding: None,
            phone_column: None,
            header_row: None,
            column_map: ColumnMap::new(),
            start: true,
            test: false,
        }
    }
}

/// What was sent to create a batch or to validate one.
pub struct Submission {
    /// The fields without the recipients.
    pub document: Value,
    /// The recipients. `None` if they have a mistake.
    pub people: Option<People>,
    /// The mistakes found so far.
    pub mistakes: Vec<Mistake>,
}

/// The objects that the form names.
pub struct Chosen {
    /// The caller ID.
    pub number: PhoneNumberId,
    /// The agent and its published version.
    pub agent: (AgentId, u32),
    /// The content of that version.
    pub version: AgentVersion,
}

/// An agent, its version number, and the version's content.
pub type Agent = ((AgentId, u32), AgentVersion);

/// The content of a form that only asks for a validation.
pub struct ToValidate {
    /// The fields.
    pub form: BatchForm,
    /// The caller ID, if the form names one.
    pub number: Option<PhoneNumberId>,
    /// The agent, if the form names one.
    pub agent: Option<Agent>,
    /// The recipients.
    pub people: People,
}

impl BatchForm {
    /// Reads the form that creates a batch. The error has all mistakes.
    pub async fn read(
        service: &Service,
        workspace: WorkspaceId,
        form: Submission,
    ) -> Result<(BatchForm, Chosen, People), Error> {
        let mut mistakes = form.mistakes;
        mistakes.extend(fields::check(&form.document, fields::BATCH));
        check_times(&form.document, service.engine.now(), &mut mistakes);
        check_hours(&form.document, &mut mistakes);
        check_test(&form.document, form.people.as_ref(), &mut mistakes);
        check_map(&form.document, &mut mistakes);
        let number = find_number(service, workspace, &form.document, &mut mistakes).await?;
        let agent = find_version(service, workspace, &form.document, &mut mistakes).await?;
        match (number, agent, form.people) {
            (Some(number), Some((agent, version)), Some(people)) if mistakes.is_empty() => {
                let fields = parse(form.document)?;
                Ok((fields, Chosen { number, agent, version }, people))
            }
            _ => Err(Error::Invalid(mistakes)),
        }
    }

    /// Reads the form that asks for a validation. Only the recipients are required.
    pub async fn read_to_validate(
        service: &Service,
        workspace: WorkspaceId,
        form: Submission,
        table: &[Field],
    ) -> Result<ToValidate, Error> {
        let mut mistakes = form.mistakes;
        mistakes.extend(fields::check(&form.document, table));
        check_times(&form.document, service.engine.now(), &mut mistakes);
        check_hours(&form.document, &mut mistakes);
        check_test(&form.document, form.people.as_ref(), &mut mistakes);
        check_map(&form.document, &mut mistakes);
        let number = find_number(service, workspace, &form.document, &mut mistakes).await?;
        let agent = find_version(service, workspace, &form.document, &mut mistakes).await?;
        match form.people {
            Some(people) if mistakes.is_empty() => {
                Ok(ToValidate { form: parse(form.document)?, number, agent, people })
            }
            _ => Err(Error::Invalid(mistakes)),
        }
    }

    /// The mapping of the file's rows and columns. An empty field counts as missing.
    pub fn mapping(&self) -> Mapping {
        let is_chosen = |(_, column): &(&String, &String)| !column.is_empty();
        let chosen = self.column_map.iter().filter(is_chosen);
        Mapping {
            phone_column: self.phone_column.clone().filter(|column| !column.is_empty()),
            header_row: self.header_row,
            column_map: chosen.map(|(name, column)| (name.clone(), column.clone())).collect(),
        }
    }

    /// The options for reading the recipients.
    pub fn options(&self) -> ImportOptions {
        ImportOptions {
            default_country: self.default_country,
            duplicates: self.duplicates,
            encoding: self.encoding.clone(),
            mapping: self.mapping(),
            ..ImportOptions::default()
        }
    }

    /// The batch settings from the form.
    pub fn settings(&self) -> BatchSettings {
        BatchSettings {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            time_zone: self.time_zone.clone(),
            calling_hours: self.calling_hours.clone(),
            max_concurrent_calls: self.max_concurrent_calls,
            weight: self.weight,
            retry: self.retry.clone(),
            allow_overlapping_calls: false,
        }
    }
}

fn parse(document: Value) -> Result<BatchForm, Error> {
    Ok(fields::read(document, &fields::optional(fields::BATCH))?)
}

pub fn check_times(document: &Value, now: Timestamp, mistakes: &mut Vec<Mistake>) {
    let instant = |name: &str| document[name].as_str().and_then(|text| text.parse().ok());
    let (starts_at, ends_at): (Option<Timestamp>, Option<Timestamp>) =
        (instant("starts_at"), instant("ends_at"));
    if starts_at.is_some_and(|at| at < now) {
        let detail = "lies in the past; leave it out to start now, or choose a later instant";
        mistakes.push(Mistake::new("/starts_at", detail));
    }
    let begins_at = starts_at.unwrap_or(now);
    if ends_at.is_some_and(|at| at <= begins_at) {
        let detail = format!("is not after the batch begins ({begins_at}); choose a later instant");
        mistakes.push(Mistake::new("/ends_at", detail));
    }
}

/// Rules that the table cannot express: the time zones, and the calling hours as a whole.
pub fn check_hours(document: &Value, mistakes: &mut Vec<Mistake>) {
    if let Some(detail) = document["time_zone"].as_str().and_then(hours::zone_mistake) {
        mistakes.push(Mistake::new("/time_zone", detail));
    }
    let hours = document.get("calling_hours").cloned();
    if let Some(Ok(hours)) = hours.map(serde_json::from_value::<CallingHours>) {
        let found = hours.mistakes();
        mistakes.extend(found.into_iter().map(|detail| Mistake::new("/calling_hours", detail)));
    }
}

fn is_test(document: &Value) -> bool {
    document["test"] == true
}

/// A test call has one recipient, because a draft must not call many people.
fn check_test(document: &Value, people: Option<&People>, mistakes: &mut Vec<Mistake>) {
    let of_one = people.is_none_or(|people| people.count == Some(1));
    if is_test(document) && !of_one {
        let detail = "is a call to one person: send one recipient as JSON, or leave test out";
        mistakes.push(Mistake::new("/test", detail));
    }
}

/// Rejects a column for a built-in placeholder.
fn check_map(document: &Value, mistakes: &mut Vec<Mistake>) {
    let chosen = document["column_map"].as_object().into_iter().flat_map(|map| map.keys());
    for name in chosen.filter(|name| BUILT_IN.contains(&name.as_str())) {
        let detail = "is built in and comes from no column; leave it out";
        mistakes.push(Mistake::new(fields::join("/column_map", name), detail));
    }
}

async fn find_number(
    service: &Service,
    workspace: WorkspaceId,
    document: &Value,
    mistakes: &mut Vec<Mistake>,
) -> Result<Option<PhoneNumberId>, Error> {
    let written = document["from_number"].as_str().unwrap_or_default();
    let Ok(number) = fields::number("/from_number", written) else { return Ok(None) };
    let found = service.store.phone_number_by_e164(workspace, number).await?;
    if found.is_none() {
        let detail = format!(
            "{number} is not a phone number of the workspace; add it with POST /v1/phone-numbers"
        );
        mistakes.push(Mistake::new("/from_number", detail));
    }
    Ok(found.map(|record| record.id))
}

/// The message for a published version that can no longer be spoken.
pub fn cannot_speak((agent, version): (AgentId, u32), words: &str) -> String {
    format!(
        "version {version} of {agent} cannot be spoken ({words}); correct that, or publish another \
         version"
    )
}

/// Finds the version that the form names, or the latest published one.
async fn find_version(
    service: &Service,
    workspace: WorkspaceId,
    document: &Value,
    mistakes: &mut Vec<Mistake>,
) -> Result<Option<Agent>, Error> {
    let named = document["agent_id"].as_str().and_then(|text| text.parse::<AgentId>().ok());
    let Some(agent) = named else { return Ok(None) };
    let number = document["agent_version"].as_u64().and_then(|n| u32::try_from(n).ok());
    let found = match number {
        Some(n) => service.store.agent_version(workspace, agent, n).await.map(Some),
        None => service.store.latest_published(workspace, agent).await,
    };
    let mut wrong = |pointer, detail: String| {
        mistakes.push(Mistake::new(pointer, detail));
        Ok(None)
    };
    match found {
        Ok(Some(record)) if record.published || is_test(document) => {
            match service.cannot_speak(workspace, &record.settings).await {
                None => Ok(Some(((agent, record.number), record.settings))),
                Some(words) => wrong("/agent_id", cannot_speak((agent, record.number), &words)),
            }
        }
        Ok(Some(record)) => wrong(
            "/agent_version",
            format!(
                "version {} of {agent} is a draft; publish it first, or make a test call with \
                 \"test\": true",
                record.number
            ),
        ),
        Ok(None) => wrong("/agent_id", format!("{agent} has no published version; publish one")),
        Err(StoreError::NotFound(what)) => wrong(
            if number.is_some() && what.starts_with("version") {
                "/agent_version"
            } else {
                "/agent_id"
            },
            format!("there is no {what}; GET /v1/agents lists what there is"),
        ),
        Err(error) => Err(error.into()),
    }
}
