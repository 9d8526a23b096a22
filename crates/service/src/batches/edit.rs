//! Changes the settings of a batch: the changeable fields, and the states that allow each change.

use campanile_rules::{
    batch::{BatchField, BatchSettings, BatchState},
    hours::CallingHours,
    ids::{BatchId, WorkspaceId},
    retry::RetryPolicy,
    time::Timestamp,
};
use campanile_store::BatchRecord;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::form::{check_hours, check_times};
use crate::{
    Error, Service,
    fields::{self, Mistake},
};

/// The changeable fields after the change.
#[derive(Debug, Deserialize)]
struct Edited {
    name: String,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    time_zone: Option<String>,
    calling_hours: Option<CallingHours>,
    max_concurrent_calls: Option<u32>,
    #[serde(default = "one")]
    weight: u32,
    #[serde(default)]
    retry: RetryPolicy,
}

fn one() -> u32 {
    1
}

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
    let edited: Edited = fields::read(document.clone(), fields::BATCH_EDIT)?;
    let settings = BatchSettings {
        starts_at: edited.starts_at,
        ends_at: edited.ends_at,
        time_zone: edited.time_zone,
        calling_hours: edited.calling_hours,
        max_concurrent_calls: edited.max_concurrent_calls,
        weight: edited.weight,
        retry: edited.retry,
        ..batch.settings.clone()
    };
    let fields = differences(batch, &edited.name, &settings);
    refuse_by_state(batch.state, &fields)?;
    if fields.iter().any(|field| matches!(field, BatchField::StartsAt | BatchField::EndsAt)) {
        // An unchanged `starts_at` or `ends_at` may be in the past.
        if !fields.contains(&BatchField::StartsAt) && batch.started_at.is_some() {
            document["starts_at"] = Value::Null;
        }
        check_times(&document, now, &mut mistakes);
    }
    if mistakes.is_empty() { Ok((edited.name, settings)) } else { Err(mistakes.into()) }
}

/// The changeable fields as they are. Fields that are not set are left out.
pub fn current(batch: &BatchRecord) -> Value {
    let settings = &batch.settings;
    fields::without_nulls(json!({
        "name": batch.name,
        "starts_at": settings.starts_at,
        "ends_at": settings.ends_at,
        "time_zone": settings.time_zone,
        "calling_hours": settings.calling_hours,
        "max_concurrent_calls": settings.max_concurrent_calls,
        "weight": settings.weight,
        "retry": settings.retry,
    }))
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

fn differences(batch: &BatchRecord, name: &str, after: &BatchSettings) -> Vec<BatchField> {
    let before = &batch.settings;
    let differs = |field: &BatchField| match field {
        BatchField::Name => batch.name != name,
        BatchField::StartsAt => before.starts_at != after.starts_at,
        BatchField::EndsAt => before.ends_at != after.ends_at,
        BatchField::TimeZone => before.time_zone != after.time_zone,
        BatchField::CallingHours => before.calling_hours != after.calling_hours,
        BatchField::MaxConcurrentCalls => before.max_concurrent_calls != after.max_concurrent_calls,
        BatchField::Weight => before.weight != after.weight,
        BatchField::Retry => before.retry != after.retry,
    };
    BatchField::ALL.into_iter().filter(differs).collect()
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
