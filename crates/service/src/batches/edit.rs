//! Changes the settings of a batch: the changeable fields, and the states that allow each change.

use campanile_rules::{
    batch::{BatchField, BatchSettings, BatchState},
    ids::{BatchId, WorkspaceId},
    time::Timestamp,
};
use campanile_store::BatchRecord;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::form::{check_hours, check_times};
use crate::{
    Error, Service,
    fields::{self, Mistake},
};

impl Service {
    /// Changes the settings of a batch by a JSON Merge Patch (RFC 7396). `check` may
    /// refuse the batch as it is.
    pub async fn edit(
        &self,
        (workspace, id): (WorkspaceId, BatchId),
        patch: Value,
        check: impl FnOnce(&BatchRecord) -> Result<(), Error> + Send + 'static,
    ) -> Result<BatchRecord, Error> {
        if !patch.is_object() {
            return Err(fields::check(&patch, fields::BATCH_EDIT).into());
        }
        let now = self.engine.now();
        let (refuse, refused) = oneshot::channel();
        let change = move |batch: &BatchRecord| {
            let change = check(batch).and_then(|()| changed(batch, &patch, now));
            change.map_err(|error| refuse.send(error)).ok()
        };
        match self.store.update_batch(workspace, id, Box::new(change), now).await? {
            Some(batch) => Ok(batch),
            None => Err(refused.await.unwrap_or_else(|error| Error::Internal(error.to_string()))),
        }
    }
}

/// The name and settings of a batch after a patch, or all mistakes in the patch.
fn changed(
    batch: &BatchRecord,
    patch: &Value,
    now: Timestamp,
) -> Result<(String, BatchSettings), Error> {
    let mut document = current(batch);
    merge(&mut document, patch);
    let mut mistakes = fields::check(&document, fields::BATCH_EDIT);
    check_hours(&document, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes.into());
    }
    let (name, settings) = read(document.clone(), &batch.settings)?;
    let (before, after) = (current(batch), changeable(&name, &settings));
    let differs = |field: &BatchField| before.get(field.as_str()) != after.get(field.as_str());
    let fields: Vec<BatchField> = BatchField::ALL.into_iter().filter(differs).collect();
    refuse_by_state(batch.state, &fields)?;
    if fields.iter().any(|field| matches!(field, BatchField::StartsAt | BatchField::EndsAt)) {
        // An unchanged `starts_at` or `ends_at` may be in the past.
        if !fields.contains(&BatchField::StartsAt) && batch.started_at.is_some() {
            document["starts_at"] = Value::Null;
        }
        check_times(&document, now, &mut mistakes);
    }
    if mistakes.is_empty() { Ok((name, settings)) } else { Err(mistakes.into()) }
}

/// The changeable fields of a batch as they are. Fields that are not set are left out.
pub fn current(batch: &BatchRecord) -> Value {
    changeable(&batch.name, &batch.settings)
}

fn changeable(name: &str, settings: &BatchSettings) -> Value {
    let mut document = json!(settings);
    document["name"] = name.into();
    let of = |field: BatchField| (field.as_str().to_owned(), document[field.as_str()].clone());
    fields::without_nulls(Value::Object(BatchField::ALL.into_iter().map(of).collect()))
}

/// The name and the settings in a document of changeable fields. A field that is left out has its
/// default; `settings` has the rest.
fn read(document: Value, settings: &BatchSettings) -> Result<(String, BatchSettings), Error> {
    let mut all = json!(BatchSettings {
        allow_overlapping_calls: settings.allow_overlapping_calls,
        ..BatchSettings::default()
    });
    merge(&mut all, &document);
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    Ok((name, fields::into_type(all)?))
}

/// JSON Merge Patch (RFC 7396 §2).
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        match value {
            Value::Null => drop(target.shift_remove(key)),
            value => merge(target.entry(key.clone()).or_insert(Value::Null), value),
        }
    }
}

fn refuse_by_state(state: BatchState, fields: &[BatchField]) -> Result<(), Error> {
    let refused = fields.iter().filter(|field| !state.may_change(**field));
    let mistakes: Vec<Mistake> = refused
        .map(|field| {
            let detail = format!("cannot be changed while the batch is {}", state.as_str());
            Mistake::new(format!("/{}", field.as_str()), detail)
        })
        .collect();
    let Some(first) = mistakes.first() else { return Ok(()) };
    let field = first.pointer.trim_start_matches('/');
    let detail = format!("{field} {}.", first.detail);
    Err(Error::WrongState { detail, mistakes })
}
