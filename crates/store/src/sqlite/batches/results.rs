//! What agents recorded in the calls of a batch, read from counters that a trigger keeps.

use campanile_rules::{
    agent::{ResultField, ResultKind, ResultValue},
    ids::BatchId,
};
use rusqlite::{Connection, OptionalExtension};

use crate::{ResultCounts, StoreError, ValueCount};

pub(crate) const TOTAL: &str =
    "SELECT recipients, sum FROM result_totals WHERE batch = ?1 AND name = ?2";
pub(crate) const LEAST: &str = "SELECT value FROM result_values WHERE batch = ?1 AND name = ?2
    ORDER BY value LIMIT 1";
pub(crate) const GREATEST: &str = "SELECT value FROM result_values WHERE batch = ?1 AND name = ?2
    ORDER BY value DESC LIMIT 1";
pub(crate) const OF_VALUE: &str =
    "SELECT recipients FROM result_values WHERE batch = ?1 AND name = ?2 AND value = ?3";

/// Counts the values of each result.
pub(crate) fn counts(
    connection: &Connection,
    batch: BatchId,
    results: Vec<ResultField>,
) -> Result<Vec<ResultCounts>, StoreError> {
    results.into_iter().map(|result| of_one(connection, batch, result)).collect()
}

fn of_one(
    connection: &Connection,
    batch: BatchId,
    ResultField { name, kind, choices, .. }: ResultField,
) -> Result<ResultCounts, StoreError> {
    let total = connection
        .prepare_cached(TOTAL)?
        .query_row((batch.0, &name), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?)))
        .optional()?;
    let (recipients, sum) = total.unwrap_or_default();
    let extreme = |sql: &str| -> rusqlite::Result<Option<f64>> {
        connection.prepare_cached(sql)?.query_row((batch.0, &name), |row| row.get(0)).optional()
    };
    let is_number = kind == ResultKind::Number && recipients > 0;
    let min = if is_number { extreme(LEAST)? } else { None };
    let max = if is_number { extreme(GREATEST)? } else { None };
    let values = match kind {
        ResultKind::Choice => choices.into_iter().map(ResultValue::Text).collect(),
        ResultKind::Boolean => vec![ResultValue::Boolean(true), ResultValue::Boolean(false)],
        ResultKind::Number | ResultKind::Text => Vec::new(),
    };
    let mut of_value = connection.prepare_cached(OF_VALUE)?;
    let mut counts = Vec::with_capacity(values.len());
    for value in values {
        let key = (batch.0, &name, value.to_string());
        let count: Option<i64> = of_value.query_row(key, |row| row.get(0)).optional()?;
        counts.push(ValueCount { value, count: count.unwrap_or_default() as u64 });
    }
    let count = recipients as u64;
    let mean = is_number.then(|| sum / recipients as f64);
    Ok(ResultCounts { name, kind, count, counts, min, max, mean })
}
