//! Loads all that a starting engine must know.

use campanile_rules::{
    attempt::Attempt,
    dispatcher::{BatchFacts, Lane, LaneKey},
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
    zones::ZoneSet,
};
use rusqlite::{Connection, params};

use crate::sqlite::{
    batches, db::decode, dialing::call_ids::CallIds, dialing::changes, settings::agents,
    settings::trunks,
};
use crate::{BatchBrief, LoadedBatch, OpenAttempt, Snapshot, StoreError, Vault};

pub(crate) fn snapshot(
    (connection, vault): (&Connection, &Vault),
    call_ids: &CallIds,
) -> Result<Snapshot, StoreError> {
    let mut workspaces =
        connection.prepare_cached("SELECT id, max_concurrent_calls FROM workspaces ORDER BY id")?;
    let trunk = trunks::record(vault);
    let mut trunks = connection.prepare_cached("SELECT * FROM trunks ORDER BY id")?;
    let mut live = connection.prepare_cached(
        "SELECT id FROM batches WHERE visible
            AND (state IN ('scheduled', 'running', 'paused') OR id IN (SELECT batch FROM slots))",
    )?;
    // Ids rise with time, so the newest attempts hold the newest INVITE.
    let mut last_dialed_at = connection.prepare_cached(
        "SELECT max(dialed_at) FROM (SELECT dialed_at FROM attempts ORDER BY id DESC LIMIT 1000)",
    )?;
    let live = live.query_map([], |row| row.get(0).map(BatchId))?.collect::<Result<Vec<_>, _>>()?;
    let batches = live.into_iter().map(|batch| loaded(connection, call_ids, batch));
    Ok(Snapshot {
        version: changes::version(connection)?,
        limits: changes::open_limits(connection)?.is_some(),
        workspaces: workspaces
            .query_map([], |row| Ok((WorkspaceId(row.get(0)?), row.get(1)?)))?
            .collect::<Result<_, _>>()?,
        trunks: trunks
            .query_map([], |row| trunk(row).map(|trunk| (trunk.id, trunk.settings)))?
            .collect::<Result<_, _>>()?,
        last_dialed_at: last_dialed_at
            .query_row([], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Timestamp)))?,
        batches: batches.collect::<Result<_, _>>()?,
    })
}

fn loaded(
    connection: &Connection,
    call_ids: &CallIds,
    batch: BatchId,
) -> Result<LoadedBatch, StoreError> {
    let facts = facts(connection, batch)?;
    let open = open(connection, call_ids, &facts)?;
    Ok(LoadedBatch { lanes: lanes(connection, batch)?, open, facts })
}

pub(crate) fn facts(connection: &Connection, batch: BatchId) -> Result<BatchFacts, StoreError> {
    let record = batches::find(connection, batch)?;
    let version = agents::find_version(connection, record.agent, record.agent_version)?;
    Ok(BatchFacts {
        id: record.id,
        version: record.version,
        workspace: record.workspace,
        trunk: record.trunk,
        agent: version.settings.engine.kind(),
        state: record.state,
        settings: record.settings,
    })
}

pub(crate) fn brief(
    (connection, vault): (&Connection, &Vault),
    batch: BatchId,
) -> Result<BatchBrief, StoreError> {
    let record = batches::find(connection, batch)?;
    let version = agents::open_version((connection, vault), record.agent, record.agent_version)?;
    Ok(BatchBrief {
        batch_version: record.version,
        name: record.name,
        from_number: record.from_number,
        columns: record.columns,
        column_map: record.mapping.column_map,
        version: version.settings,
    })
}

/// The lanes of a batch's pending recipients. Each lane costs one seek, however many recipients it
/// holds.
pub(crate) fn lanes(connection: &Connection, batch: BatchId) -> Result<Vec<Lane>, StoreError> {
    let mut next = connection.prepare_cached(include_str!("../../../sql/next_lane.sql"))?;
    let mut lanes = Vec::new();
    let mut behind = (-1_i64, false);
    loop {
        let mut rows = next.query(params![batch.0, behind.0, behind.1])?;
        let Some(row) = rows.next()? else { return Ok(lanes) };
        behind = (row.get(0)?, row.get(1)?);
        let zones =
            ZoneSet::from_joined(row.get_ref("names")?.as_str().map_err(rusqlite::Error::from)?);
        let key = LaneKey { zones, retry: behind.1 };
        lanes.push(Lane { key, next_due: decode::due(row)? });
    }
}

fn open(
    connection: &Connection,
    call_ids: &CallIds,
    facts: &BatchFacts,
) -> Result<Vec<OpenAttempt>, StoreError> {
    let mut statement =
        connection.prepare_cached(include_str!("../../../sql/open_attempts.sql"))?;
    let rows = statement.query_map([facts.id.0], |row| {
        let id = AttemptId(row.get("attempt")?);
        let number_in_row: u32 = row.get("number_in_row")?;
        Ok(OpenAttempt {
            attempt: Attempt {
                id,
                recipient: RecipientId(row.get("recipient")?),
                batch: facts.id,
                workspace: facts.workspace,
                trunk: TrunkId(row.get("trunk")?),
                number: E164::from_digits(row.get::<_, i64>("number")? as u64),
                number_in_row,
                charged_before: row.get("attempts_made")?,
                uncharged_before: row.get("uncharged")?,
                lane: LaneKey {
                    zones: ZoneSet::from_joined(row.get_ref("zones")?.as_str()?),
                    retry: number_in_row > 1,
                },
                call_id: call_ids.of(id),
            },
            dialed_at: decode::instant(row, "dialed_at")?,
            answered_at: decode::instant(row, "answered_at")?,
            dialog: row.get("dialog")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
