//! The event log. An event is written in the transaction of the change it reports, and read from
//! any id on.

use async_trait::async_trait;
use campanile_rules::{
    event::EventKind,
    ids::{BatchId, WorkspaceId},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use tokio::sync::watch;

use crate::sqlite::{SqliteStore, db::decode};
use crate::{EventBounds, EventFilter, EventRecord, Events, Prune, StoreError};

/// Events that are deleted in one transaction. Calls that go on meanwhile wait for one such
/// transaction at most.
const PRUNE_ROWS: u32 = 2_000;

/// An event to store; `data` is what clients receive, an object of [`campanile_rules::event`].
pub(crate) struct NewEvent<'a, D> {
    pub workspace: WorkspaceId,
    pub batch: Option<BatchId>,
    pub at: Timestamp,
    pub kind: EventKind,
    pub data: &'a D,
}

/// Stores an event in the transaction that is open on `connection`.
pub(crate) fn append(
    connection: &Connection,
    event: NewEvent<'_, impl Serialize>,
) -> Result<(), StoreError> {
    connection.prepare_cached(include_str!("../../../sql/append_event.sql"))?.execute(params![
        event.workspace.0,
        event.batch.map(|batch| batch.0),
        event.at.0,
        event.kind.as_str(),
        decode::to_json(event.data)?,
    ])?;
    Ok(())
}

/// The horizon of the log: no event with this id or a lower one will still be committed. SQLite has
/// one writer at a time, whichever process it is, so ids are committed in order and the horizon is the
/// newest id.
pub(crate) fn horizon(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or(0))
}

pub(crate) const OF_WORKSPACE: &str = "SELECT * FROM events WHERE workspace = ?1 AND id > ?2
    AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = events.batch AND b.deleted_at IS NOT NULL)
    ORDER BY id LIMIT ?3";
pub(crate) const OF_BATCH: &str = "SELECT * FROM events WHERE batch = ?1 AND id > ?2
    AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = events.batch AND b.deleted_at IS NOT NULL)
    ORDER BY id LIMIT ?3";

/// The event in a row of `events`.
pub(crate) fn record(row: &Row<'_>) -> rusqlite::Result<EventRecord> {
    Ok(EventRecord {
        id: row.get("id")?,
        workspace: WorkspaceId(row.get("workspace")?),
        batch: row.get::<_, Option<i64>>("batch")?.map(BatchId),
        at: Timestamp(row.get("at")?),
        kind: decode::word(row, "kind", EventKind::from_name)?,
        data: row.get("data")?,
    })
}

fn bounds(connection: &Connection) -> Result<EventBounds, StoreError> {
    let last = horizon(connection)?;
    let oldest: Option<i64> =
        connection.prepare_cached("SELECT min(id) FROM events")?.query_one([], |row| row.get(0))?;
    // A reader from the time before a backup was restored has read events that are no longer true.
    let sql = "SELECT coalesce(max(events_after), 0) FROM restores";
    let restored: i64 = connection.prepare_cached(sql)?.query_one([], |row| row.get(0))?;
    let pruned = oldest.map_or(last, |oldest| oldest - 1).max(restored);
    Ok(EventBounds { last, pruned })
}

/// Deletes some of the events that may go, oldest first, so that the rest has no holes.
fn prune(connection: &Connection, prune: &Prune) -> Result<u64, StoreError> {
    let too_many = horizon(connection)?.saturating_sub_unsigned(prune.max_events);
    let keep_from = prune.keep_from.unwrap_or(i64::MAX);
    let mut oldest = connection.prepare_cached("SELECT id, at FROM events ORDER BY id LIMIT ?1")?;
    let mut rows = oldest.query([PRUNE_ROWS])?;
    let mut up_to = None;
    while let Some(row) = rows.next()? {
        let (id, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        if id >= keep_from || (at >= prune.before.0 && id > too_many) {
            break;
        }
        up_to = Some(id);
    }
    let gone = connection.prepare_cached("DELETE FROM events WHERE id <= ?1")?.execute([up_to])?;
    Ok(gone as u64)
}

#[async_trait]
impl Events for SqliteStore {
    async fn events_after(
        &self,
        filter: EventFilter,
        after: i64,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError> {
        self.read(move |connection| {
            let (sql, key) = match filter.batch {
                Some(batch) => (OF_BATCH, batch.0),
                None => (OF_WORKSPACE, filter.workspace.0),
            };
            let mut events = connection
                .prepare_cached(sql)?
                .query_map(params![key, after, limit], record)?
                .collect::<Result<Vec<_>, _>>()?;
            events.retain(|event| event.workspace == filter.workspace);
            Ok(events)
        })
        .await
    }

    async fn event_bounds(&self) -> Result<EventBounds, StoreError> {
        self.read(bounds).await
    }

    fn event_signal(&self) -> watch::Receiver<i64> {
        self.shared.writer.event_signal()
    }

    async fn prune_events(&self, what: Prune) -> Result<u64, StoreError> {
        let mut gone = 0;
        loop {
            let some = self.write(move |connection| prune(connection, &what)).await?;
            gone += some;
            if some < u64::from(PRUNE_ROWS) {
                return Ok(gone);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_undone_is_not_told() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path()).unwrap();
        let tell = |connection: &Connection, data: &'static str| {
            let (workspace, at) = (WorkspaceId(1), Timestamp(0));
            let kind = EventKind::SuppressionAdded;
            append(connection, NewEvent { workspace, batch: None, at, kind, data: &data })
        };
        let undone = store.write(move |connection| {
            tell(connection, "undone")?;
            Err::<(), _>(StoreError::Conflict("no".to_owned()))
        });
        let stored = store.write(move |connection| tell(connection, "stored"));
        // Both writes are most likely in one group: a failing write must not undo its neighbours.
        let (undone, stored) = tokio::join!(undone, stored);
        assert!(undone.is_err() && stored.is_ok());
        let filter = EventFilter { workspace: WorkspaceId(1), batch: None };
        let told = store.events_after(filter, 0, 9).await.unwrap();
        assert_eq!(
            told.iter().map(|event| (event.id, &*event.data)).collect::<Vec<_>>(),
            [(1, "\"stored\"")]
        );
        assert_eq!(*store.event_signal().borrow(), 1);
    }
}
