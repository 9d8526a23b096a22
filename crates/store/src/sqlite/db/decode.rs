//! Reads columns into types of the rules.

use campanile_rules::{
    attempt::{EndReason, Outcome},
    batch::BatchState,
    phone::E164,
    recipient::{Due, RecipientStatus, WaitsFor},
    time::Timestamp,
};
use rusqlite::{Row, types::Type};
use serde::de::DeserializeOwned;

/// An optional instant.
pub(crate) fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

/// An optional number.
pub(crate) fn number(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<E164>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|digits| E164::from_digits(digits as u64)))
}

/// A value stored as JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| corrupt(row, column, error))
}

/// An optional value stored as JSON.
pub(crate) fn optional_json<T: DeserializeOwned>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        Some(_) => json(row, column).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn state(row: &Row<'_>, column: &str) -> rusqlite::Result<BatchState> {
    word(row, column, BatchState::from_name)
}

pub(crate) fn status(row: &Row<'_>, column: &str) -> rusqlite::Result<RecipientStatus> {
    word(row, column, RecipientStatus::from_name)
}

pub(crate) fn outcome(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Outcome>> {
    optional(row, column, Outcome::from_name)
}

pub(crate) fn end_reason(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<EndReason>> {
    optional(row, column, EndReason::from_name)
}

/// When a pending recipient is due.
pub(crate) fn due(row: &Row<'_>) -> rusqlite::Result<Due> {
    let waits_for = optional(row, "waits_for", WaitsFor::from_name)?;
    Ok(Due { at: Timestamp(row.get("due_at")?), waits_for })
}

/// A word of a closed set.
pub(crate) fn word<T>(
    row: &Row<'_>,
    column: &str,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    read(text).ok_or_else(|| corrupt(row, column, format!("{text:?} is unknown")))
}

pub(crate) fn optional<T>(
    row: &Row<'_>,
    column: &str,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        Some(_) => word(row, column, read).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn corrupt(
    row: &Row<'_>,
    column: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    let index = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error.into())
}

/// A value as JSON to store. Our own types can always be serialized.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, crate::StoreError> {
    serde_json::to_string(value).map_err(|error| crate::StoreError::Database(error.to_string()))
}
