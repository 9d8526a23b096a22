//! The audit log: who changed what. An entry is written in the transaction of its change, so that
//! no change lacks an entry and no entry lacks a change.

use std::fmt;

use async_trait::async_trait;
use campanile_clock::Clock;
use campanile_rules::ids::{WorkspaceId, spellings};
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::Value;

use crate::sqlite::{SqliteStore, db::decode, log::idempotency::RequestKey};
use crate::{Actor, AuditFilter, AuditLog, AuditRecord, StoreError};

/// A change to note in the audit log.
pub(crate) struct Change {
    action: &'static str,
    workspace: Option<WorkspaceId>,
    subject: String,
    before: Option<Value>,
    after: Option<Value>,
}

impl Change {
    /// A change: `action` on `subject`, a thing of `workspace` (none: of the installation).
    pub fn new(
        action: &'static str,
        workspace: impl Into<Option<WorkspaceId>>,
        subject: impl fmt::Display,
    ) -> Change {
        let (workspace, subject) = (workspace.into(), subject.to_string());
        Change { action, workspace, subject, before: None, after: None }
    }

    /// Sets the thing before the change. The caller must leave out secrets.
    pub fn before(self, before: impl Serialize) -> Change {
        Change { before: serde_json::to_value(before).ok(), ..self }
    }

    /// Sets the thing after the change. The caller must leave out secrets.
    pub fn after(self, after: impl Serialize) -> Change {
        Change { after: serde_json::to_value(after).ok(), ..self }
    }
}

/// Gives a write access to the audit log, in the write's own transaction.
pub(crate) struct Log<'a> {
    connection: &'a Connection,
    actor: &'a Actor,
    clock: &'a Clock,
    request: Option<&'a RequestKey>,
}

impl<'a> Log<'a> {
    /// A log for a change that is made without a store.
    pub fn on(connection: &'a Connection, actor: &'a Actor, clock: &'a Clock) -> Log<'a> {
        Log { connection, actor, clock, request: None }
    }
}

impl Log<'_> {
    /// Notes the id of what the change created, for a repeated request.
    pub fn made(&self, id: impl fmt::Display) -> Result<(), StoreError> {
        self.request.map_or(Ok(()), |request| request.note(self.connection, id))
    }

    /// Notes a change in the audit log. A change that leaves everything as it was gets no entry.
    ///
    /// The instant is taken here, at the commit, so that no caller can choose it.
    pub fn note(&self, change: Change) -> Result<(), StoreError> {
        if change.before.is_some() && change.before == change.after {
            return Ok(());
        }
        let json = |value: Option<Value>| value.map(|value| value.to_string());
        self.connection
            .prepare_cached(
                "INSERT INTO audit_log (workspace, at, actor, action, subject, before, after)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                change.workspace.map(|workspace| workspace.0),
                self.clock.now().0,
                self.actor.to_string(),
                change.action,
                change.subject,
                json(change.before),
                json(change.after),
            ])?;
        Ok(())
    }
}

#[async_trait]
impl AuditLog for SqliteStore {
    async fn audit_log(&self, filter: AuditFilter) -> Result<Vec<AuditRecord>, StoreError> {
        self.read(move |connection| {
            let mut page =
                connection.prepare_cached(include_str!("../../../sql/audit_page.sql"))?;
            let [subject, as_it_was] = match filter.subject.as_deref().map(spellings) {
                Some(both) => both.map(Some),
                None => [None, None],
            };
            let asked = params![
                filter.workspace.map(|workspace| workspace.0),
                filter.actor,
                filter.action,
                subject,
                filter.since.map(|since| since.0),
                filter.until.map(|until| until.0),
                filter.before_id.unwrap_or(i64::MAX),
                filter.limit,
                as_it_was,
            ];
            Ok(page.query_map(asked, record)?.collect::<Result<_, _>>()?)
        })
        .await
    }
}

impl SqliteStore {
    /// The same store; the audit log names `actor` for all changes made through it.
    pub(crate) fn acting_as(&self, actor: Actor) -> SqliteStore {
        SqliteStore { actor, ..self.clone() }
    }

    /// Like [`SqliteStore::write`], for a change that somebody asked for: `work` notes its changes.
    pub(crate) async fn change<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Log<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let SqliteStore { actor, clock, request, .. } = self.clone();
        self.write(move |connection| {
            let request = request.as_deref();
            work(connection, &Log { connection, actor: &actor, clock: &clock, request })
        })
        .await
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<AuditRecord> {
    let json = |column: &str| match row.get_ref(column)?.as_str_or_null()? {
        Some(_) => decode::json(row, column).map(Some),
        None => Ok(None),
    };
    Ok(AuditRecord {
        id: row.get("id")?,
        workspace: row.get::<_, Option<i64>>("workspace")?.map(WorkspaceId),
        at: decode::instant(row, "at")?.unwrap_or_default(),
        actor: row.get("actor")?,
        actor_name: row.get("actor_name")?,
        action: row.get("action")?,
        subject: row.get("subject")?,
        before: json("before")?,
        after: json("after")?,
    })
}
