//! Suppressions: numbers that a workspace must not call.

use async_trait::async_trait;
use campanile_rules::{
    event::{EventKind, SuppressionAdded},
    ids::{BatchId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{
    SqliteStore,
    db::decode,
    forgetting::erasures,
    log::{
        audit::{Change, Log},
        events::{NewEvent, append},
    },
};
use crate::{StoreError, SuppressionPage, SuppressionRecord, SuppressionSource, Suppressions};

/// Numbers of an upload that are stored in one transaction.
const CHUNK: usize = 2_000;

fn record(row: &Row<'_>) -> rusqlite::Result<SuppressionRecord> {
    Ok(SuppressionRecord {
        number: E164::from_digits(row.get::<_, i64>("number")? as u64),
        source: decode::word(row, "source", SuppressionSource::from_name)?,
        reason: row.get("reason")?,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
    })
}

/// Adds a number. False: the number was suppressed already, and keeps its first source and reason.
pub(crate) fn add(
    connection: &Connection,
    workspace: WorkspaceId,
    suppression: &SuppressionRecord,
) -> Result<bool, StoreError> {
    let SuppressionRecord { number, source, reason, created_at } = suppression;
    let added = connection
        .prepare_cached(
            "INSERT INTO suppressions (workspace, number, source, reason, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            workspace.0,
            number.digits() as i64,
            source.as_str(),
            reason,
            created_at.0
        ])?;
    Ok(added == 1)
}

fn find(
    connection: &Connection,
    workspace: WorkspaceId,
    number: E164,
) -> Result<Option<SuppressionRecord>, StoreError> {
    let sql = "SELECT * FROM suppressions WHERE workspace = ?1 AND number = ?2";
    let key = [workspace.0, number.digits() as i64];
    Ok(connection.prepare_cached(sql)?.query_row(key, record).optional()?)
}

/// Deletes a number's suppression without a trace of the number.
pub(crate) fn forget(
    connection: &Connection,
    workspace: WorkspaceId,
    number: E164,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM suppressions WHERE workspace = ?1 AND number = ?2";
    let key = [workspace.0, number.digits() as i64];
    Ok(connection.prepare_cached(sql)?.execute(key)? > 0)
}

/// Adds a number, with an event and an audit entry. The event names a batch if one of its calls led
/// to the suppression.
pub(crate) fn note_added(
    connection: &Connection,
    log: &Log<'_>,
    (workspace, batch): (WorkspaceId, Option<BatchId>),
    suppression: &SuppressionRecord,
) -> Result<bool, StoreError> {
    let added = add(connection, workspace, suppression)?;
    if added {
        let data = SuppressionAdded {
            phone_number: suppression.number.to_string(),
            source: suppression.source.as_str().to_owned(),
            reason: suppression.reason.clone(),
        };
        let (at, kind) = (suppression.created_at, EventKind::SuppressionAdded);
        append(connection, NewEvent { workspace, batch, at, kind, data: &data })?;
        let change = Change::new("suppression.added", workspace, suppression.number);
        log.note(change.after(suppression))?;
    }
    Ok(added)
}

#[async_trait]
impl Suppressions for SqliteStore {
    async fn add_suppression(
        &self,
        workspace: WorkspaceId,
        suppression: SuppressionRecord,
    ) -> Result<(SuppressionRecord, bool), StoreError> {
        let vault = self.vault();
        self.change(move |connection, log| {
            // The number of an erased person must not be stored again.
            let number = suppression.number;
            if let Some(at) = erasures::erased_at((connection, &vault), workspace, number)? {
                let reason = String::new();
                return Ok((SuppressionRecord { reason, created_at: at, ..suppression }, false));
            }
            let added = note_added(connection, log, (workspace, None), &suppression)?;
            let stored = find(connection, workspace, suppression.number)?;
            Ok((stored.unwrap_or(suppression), added))
        })
        .await
    }

    async fn add_suppressions(
        &self,
        workspace: WorkspaceId,
        numbers: Vec<E164>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut added = 0;
        let numbers = self.not_erased(workspace, numbers).await?;
        let mut numbers = numbers.into_iter().peekable();
        while numbers.peek().is_some() {
            let chunk: Vec<E164> = numbers.by_ref().take(CHUNK).collect();
            let _turn = self.turn_of_a_piece().await;
            added += self
                .change(move |connection, log| {
                    let mut added = 0;
                    for number in chunk {
                        let (source, reason) = (SuppressionSource::File, String::new());
                        let one = SuppressionRecord { number, source, reason, created_at: now };
                        added += u64::from(add(connection, workspace, &one)?);
                    }
                    if added > 0 {
                        let change = Change::new("suppressions.uploaded", workspace, workspace);
                        log.note(change.after(serde_json::json!({ "added": added })))?;
                    }
                    Ok(added)
                })
                .await?;
        }
        Ok(added)
    }

    async fn remove_suppression(
        &self,
        workspace: WorkspaceId,
        number: E164,
    ) -> Result<(), StoreError> {
        let vault = self.vault();
        self.change(move |connection, log| {
            let gone = find(connection, workspace, number)?;
            let erased = erasures::forget_mark((connection, &vault), workspace, number)?;
            if gone.is_none() && !erased {
                return Err(StoreError::NotFound(format!("suppression of {number}")));
            }
            forget(connection, workspace, number)?;
            let change = Change::new("suppression.removed", workspace, number);
            log.note(match gone {
                Some(gone) => change.before(gone),
                None => change,
            })
        })
        .await
    }

    async fn suppression(
        &self,
        workspace: WorkspaceId,
        number: E164,
    ) -> Result<Option<SuppressionRecord>, StoreError> {
        self.read(move |connection| find(connection, workspace, number)).await
    }

    async fn suppressions(
        &self,
        workspace: WorkspaceId,
        (begins_with, behind): (Option<u64>, Option<E164>),
        limit: u32,
    ) -> Result<SuppressionPage, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT * FROM suppressions
                        WHERE workspace = ?1 AND number > ?2 AND number >= ?3 AND number < ?4
                        ORDER BY number LIMIT ?5";
            let mut statement = connection.prepare_cached(sql)?;
            let behind_digits = behind.map_or(0, |number| number.digits() as i64);
            let mut items: Vec<SuppressionRecord> = Vec::new();
            // One number more than fits shows whether there is a next page.
            let wanted = limit as usize + 1;
            for (from, below) in ranges(begins_with) {
                let left = (wanted - items.len()) as i64;
                let key = [workspace.0, behind_digits, from, below, left];
                for found in statement.query_map(key, record)? {
                    items.push(found?);
                }
                if items.len() == wanted {
                    break;
                }
            }
            let more = items.len() == wanted;
            items.truncate(limit as usize);
            let next = items.last().filter(|_| more).map(|last| last.number);
            let sql = "SELECT numbers FROM suppression_counts WHERE workspace = ?1";
            let total: Option<i64> =
                connection.query_row(sql, [workspace.0], |row| row.get(0)).optional()?;
            Ok(SuppressionPage { items, next, total: total.unwrap_or_default() as u64 })
        })
        .await
    }
}

impl SqliteStore {
    /// Those numbers whose people were not erased.
    async fn not_erased(
        &self,
        workspace: WorkspaceId,
        mut numbers: Vec<E164>,
    ) -> Result<Vec<E164>, StoreError> {
        let vault = self.vault();
        self.read(move |connection| {
            if erasures::are_any(connection, workspace)? {
                let mut kept = Vec::with_capacity(numbers.len());
                for number in numbers {
                    if erasures::erased_at((connection, &vault), workspace, number)?.is_none() {
                        kept.push(number);
                    }
                }
                numbers = kept;
            }
            Ok(numbers)
        })
        .await
    }
}

/// The numbers that begin with these digits: one range for each length, in order.
fn ranges(begins_with: Option<u64>) -> Vec<(i64, i64)> {
    const LONGEST: u64 = 1_000_000_000_000_000;
    let Some(digits) = begins_with.filter(|digits| (1..LONGEST).contains(digits)) else {
        return vec![(0, i64::MAX)];
    };
    let scales = std::iter::successors(Some(1_u64), |scale| scale.checked_mul(10));
    scales
        .take_while(|scale| digits * scale < LONGEST)
        .map(|scale| ((digits * scale) as i64, ((digits + 1) * scale) as i64))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_some_digits_lies_in_a_range_for_each_length() {
        assert_eq!(ranges(Some(141))[..2], [(141, 142), (1_410, 1_420)]);
        assert_eq!(ranges(Some(141)).len(), 13);
        assert_eq!(ranges(Some(123_456_789_012_345)), [(123_456_789_012_345, 123_456_789_012_346)]);
        assert_eq!(ranges(None), [(0, i64::MAX)]);
    }
}
