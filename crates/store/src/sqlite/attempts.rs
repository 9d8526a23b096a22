//! Attempts as people see them.

use campanile_rules::{
    attempt::{EndReason, Evidence, Outcome},
    ids::{AttemptId, RecipientId, TrunkId},
    time::Timestamp,
};
use rusqlite::{Connection, Row};

use super::{call_ids::CallIds, decode};
use crate::StoreError;

/// An attempt as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRecord {
    /// Its identity.
    pub id: AttemptId,
    /// The call it put on the wire: its SIP Call-ID, and what people call it.
    pub call_id: String,
    /// Who was to be reached.
    pub recipient: RecipientId,
    /// From 1, without gaps.
    pub number_in_row: u32,
    /// Through which trunk.
    pub trunk: TrunkId,
    /// When it was taken.
    pub claimed_at: Timestamp,
    /// When its INVITE was about to leave.
    pub dialed_at: Option<Timestamp>,
    /// The 2xx.
    pub answered_at: Option<Timestamp>,
    /// When it was over on the wire; none while it is open.
    pub ended_at: Option<Timestamp>,
    /// What happened; none while it is open.
    pub outcome: Option<Outcome>,
    /// Why; none while it is open.
    pub end_reason: Option<EndReason>,
    /// Whether it counts in `attempts_made`; none while it is open.
    pub charged: Option<bool>,
    /// What was seen; empty while it is open.
    pub evidence: Evidence,
}

/// Reads a row of `attempts`.
pub(super) fn record(call_ids: &CallIds, row: &Row<'_>) -> rusqlite::Result<AttemptRecord> {
    let id = AttemptId(row.get("id")?);
    let evidence = match row.get_ref("evidence")?.as_str_or_null()? {
        Some(_) => decode::json(row, "evidence")?,
        None => Evidence::default(),
    };
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
        evidence,
    })
}

/// The attempts of the recipients whose identities lie in a range, in order.
pub(super) fn of_recipients(
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
