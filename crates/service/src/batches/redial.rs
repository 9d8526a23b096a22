//! Creates a batch with the recipients of an earlier one who were not reached.

use std::{io, sync::Arc};

use campanile_files::import::{Source, Table};
use campanile_rules::{
    attempt::EndReason, batch::BatchState, recipient::RecipientStatus, time::Timestamp,
};
use campanile_store::{Again, BatchRecord, Registry, StoreError};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    People,
    edit::{current, merge},
    form::Submission,
};
use crate::{
    Error, Service,
    fields::{self, Mistake},
};

/// Rows per page from the store.
const PAGE_ROWS: u32 = 1_000;

/// Pages that may wait for the import.
const PAGES_WAITING: usize = 2;

/// The longest name of a batch to which a suffix is added.
const MAX_NAME: usize = 190;

/// The statuses to call again by default.
const NOT_REACHED: [RecipientStatus; 4] = [
    RecipientStatus::NoAnswer,
    RecipientStatus::Voicemail,
    RecipientStatus::Failed,
    RecipientStatus::Cancelled,
];

/// The fields of the request besides the fields of a batch.
#[derive(Debug, Deserialize)]
struct Asked {
    statuses: Option<Vec<RecipientStatus>>,
    end_reasons: Option<Vec<EndReason>>,
}

impl Service {
    /// What would be sent to create a batch with the recipients of `batch` that `asked` selects.
    /// `asked` has the fields of a redial.
    pub async fn redial(&self, batch: &BatchRecord, mut asked: Value) -> Result<Submission, Error> {
        let mistakes = fields::check(&asked, fields::REDIAL);
        if !mistakes.is_empty() {
            return Err(mistakes.into());
        }
        let only = asked.as_object_mut().map(|fields| {
            json!({
                "statuses": fields.shift_remove("statuses"),
                "end_reasons": fields.shift_remove("end_reasons"),
            })
        });
        let only = fields::without_nulls(only.unwrap_or_default());
        let Asked { statuses, end_reasons } = fields::read(only, fields::REDIAL)?;
        // Recipients with an end reason are final, so they can be selected while the batch runs.
        let chosen = end_reasons.is_some() && batch.state == BatchState::Running;
        if !chosen && batch.state != BatchState::Paused && !batch.state.is_final() {
            let detail = format!(
                "{} is {}; pause or stop it first, so that nobody is called twice.",
                batch.id,
                batch.state.as_str()
            );
            return Err(Error::WrongState { detail, mistakes: Vec::new() });
        }
        let again =
            Again { statuses: statuses.unwrap_or_else(|| NOT_REACHED.to_vec()), end_reasons };
        if self.store.cells_of(batch.id, (again.clone(), 0), 1).await?.is_empty() {
            let field = if again.end_reasons.is_some() { "/end_reasons" } else { "/statuses" };
            let detail = "finds nobody: no recipient ended so";
            return Err(Error::Invalid(vec![Mistake::new(field, detail)]));
        }
        Ok(Submission {
            document: document(batch, &asked, self.engine.now()),
            people: Some(People {
                source: Source::Table(table(self.store.clone(), batch, again)),
                file_name: batch.file_name.clone(),
                count: None,
            }),
            mistakes: Vec::new(),
        })
    }
}

/// The fields of the new batch: those of the old one, overridden by the request.
fn document(batch: &BatchRecord, asked: &Value, now: Timestamp) -> Value {
    let mut document = current(batch);
    let name: String = batch.name.chars().take(MAX_NAME).collect();
    document["name"] = format!("{name} (redial)").into();
    document["from_number"] = batch.from_number.to_string().into();
    document["agent_id"] = batch.agent.to_string().into();
    document["duplicates"] = if batch.reject_duplicates { "reject" } else { "allow" }.into();
    document["phone_column"] = json!(batch.mapping.phone_column);
    document["column_map"] = json!(batch.mapping.column_map);
    if let Some(country) = &batch.default_country {
        document["default_country"] = country.clone().into();
    }
    if asked.get("agent_id").is_none_or(Value::is_null) {
        document["agent_version"] = batch.agent_version.into();
    }
    document["starts_at"] = Value::Null;
    if batch.settings.ends_at.is_some_and(|at| at <= now) {
        document["ends_at"] = Value::Null;
    }
    merge(&mut document, asked);
    fields::without_nulls(document)
}

/// The rows of the selected recipients in file order, read from the store on demand.
fn table(store: Arc<dyn Registry>, batch: &BatchRecord, again: Again) -> Table {
    let (pages, mut waiting) = mpsc::channel(PAGES_WAITING);
    let id = batch.id;
    tokio::spawn(async move {
        let mut after = 0;
        loop {
            let page = store.cells_of(id, (again.clone(), after), PAGE_ROWS).await;
            let last = page.as_ref().ok().and_then(|rows| rows.last()).map(|(at, _)| *at);
            if pages.send(page).await.is_err() {
                return;
            }
            match last {
                Some(at) => after = at,
                None => return,
            }
        }
    });
    let rows = std::iter::from_fn(move || waiting.blocking_recv()).flat_map(rows_of);
    Table { columns: batch.columns.clone(), rows: Box::new(rows) }
}

type Page = Result<Vec<(u64, Vec<String>)>, StoreError>;

fn rows_of(page: Page) -> Vec<io::Result<Vec<String>>> {
    match page {
        Ok(rows) => rows.into_iter().map(|(_, cells)| Ok(cells)).collect(),
        Err(error) => vec![Err(io::Error::other(error))],
    }
}
