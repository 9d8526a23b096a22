//! Attempts as users see them.

use campanile_rules::ids::{AttemptId, RecipientId, TrunkId};
use rusqlite::{Connection, Row};

use crate::sqlite::{db::decode, dialing::call_ids::CallIds};
use crate::{AttemptRecord, StoreError};

/// Reads a row of `attempts`.
pub(crate) fn record(call_ids: &CallIds, row: &Row<'_>) -> rusqlite::Result<AttemptRecord> {
    let id = AttemptId(row.get("id")?);
    Ok(AttemptRecord {
        id,
        call_id: call_ids.of(id),
        recipient: RecipientId(row.get("recipient")?),
        number_in_row: row.get("number_in_row")?,
        trunk: TrunkId(row.get("trunk")?),
        claimed_at: decode::instant(row, "claimed_at")?.unwrap_or_default(),
        dialed_at: decode::instant(row, "dialed_at")?,
        answered_at: decode::instant(row, "answered_at")?,
        ended_at: decode::instant(row, "ended_at")?,
        outcome: decode::outcome(row, "outcome")?,
        end_reason: decode::end_reason(row, "end_reason")?,
        charged: row.get("charged")?,
        evidence: decode::optional_json(row, "evidence")?.unwrap_or_default(),
    })
}

/// The attempts of the recipients in a range of ids, in order.
pub(crate) fn of_recipients(
    connection: &Connection,
    call_ids: &CallIds,
    (first, last): (RecipientId, RecipientId),
) -> Result<Vec<AttemptRecord>, StoreError> {
    let sql = "SELECT * FROM attempts WHERE recipient BETWEEN ?1 AND ?2
                ORDER BY recipient, number_in_row";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([first.0, last.0], |row| record(call_ids, row))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
