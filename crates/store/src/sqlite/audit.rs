//! The audit log: who changed what, written in the transaction of the change itself, so that there
//! is no change without its entry and no entry without its change.

use std::{fmt, sync::Arc, time::SystemTime};

use campanile_rules::{
    ids::{WorkspaceId, spellings},
    time::Timestamp,
};
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::Value;

use super::{SqliteStore, decode, idempotency::RequestKey};
use crate::StoreError;

/// Who changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Whoever holds the key with this public half.
    Key(Arc<str>),
    /// Somebody who uses the program on the machine itself.
    Cli,
    /// The engine: a call's own doing, such as a person who asks not to be called again.
    Engine,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Actor::Key(id) => id,
            Actor::Cli => "cli",
            Actor::Engine => "engine",
        })
    }
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRecord {
    /// Rises with time.
    pub id: i64,
    /// Whose thing was changed; none when it belongs to the installation.
    pub workspace: Option<WorkspaceId>,
    /// When.
    pub at: Timestamp,
    /// Who: the public half of a key, `cli` or `engine`.
    pub actor: String,
    /// What that key is called; none when it has no name, or is of another workspace than was
    /// asked for.
    pub actor_name: Option<String>,
    /// What was done, such as `trunk.updated`.
    pub action: String,
    /// To what, such as `trunk_3`.
    pub subject: String,
    /// How it was, without secrets; none when it is new.
    pub before: Option<Value>,
    /// How it is, without secrets; none when it is gone.
    pub after: Option<Value>,
}

/// Which entries to show. What is none does not matter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this workspace; none: of all of them, and of the installation.
    pub workspace: Option<WorkspaceId>,
    /// By this actor.
    pub actor: Option<String>,
    /// With this action.
    pub action: Option<String>,
    /// About this subject.
    pub subject: Option<String>,
    /// From this instant on.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Older than the entry with this id: the next page.
    pub before_id: Option<i64>,
    /// How many at most.
    pub limit: u32,
}

/// A change to write down.
pub(super) struct Change {
    action: &'static str,
    workspace: Option<WorkspaceId>,
    subject: String,
    before: Option<Value>,
    after: Option<Value>,
}

impl Change {
    /// `action` was done to `subject`, a thing of `workspace` (none: of the installation).
    pub fn new(
        action: &'static str,
        workspace: impl Into<Option<WorkspaceId>>,
        subject: impl fmt::Display,
    ) -> Change {
        let (workspace, subject) = (workspace.into(), subject.to_string());
        Change { action, workspace, subject, before: None, after: None }
    }

    /// How it was. Secrets are for the caller to leave out.
    pub fn before(self, before: impl Serialize) -> Change {
        Change { before: serde_json::to_value(before).ok(), ..self }
    }

    /// How it is now. Secrets are for the caller to leave out.
    pub fn after(self, after: impl Serialize) -> Change {
        Change { after: serde_json::to_value(after).ok(), ..self }
    }
}

/// What a write is given beside its connection: where it writes down what it changes.
pub(super) struct Log<'a> {
    connection: &'a Connection,
    actor: &'a Actor,
    request: Option<&'a RequestKey>,
}

impl<'a> Log<'a> {
    /// For a change outside of a store.
    pub fn on(connection: &'a Connection, actor: &'a Actor) -> Log<'a> {
        Log { connection, actor, request: None }
    }
}

impl Log<'_> {
    /// Writes a change down. One that leaves everything as it was is none.
    ///
    /// The instant is taken here, at the commit, so that nobody who asks for a change can choose it.
    pub fn note(&self, change: Change) -> Result<(), StoreError> {
        if let Some(request) = self.request.filter(|_| change.action.ends_with(".created")) {
            request.note(self.connection, &change.subject)?;
        }
        if change.before.is_some() && change.before == change.after {
            return Ok(());
        }
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let json = |value: Option<Value>| value.map(|value| value.to_string());
        self.connection
            .prepare_cached(
                "INSERT INTO audit_log (workspace, at, actor, action, subject, before, after)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                change.workspace.map(|workspace| workspace.0),
                i64::try_from(at.as_micros()).unwrap_or(i64::MAX),
                self.actor.to_string(),
                change.action,
                change.subject,
                json(change.before),
                json(change.after),
            ])?;
        Ok(())
    }
}

impl SqliteStore {
    /// The same store, which writes `actor` down for whatever is changed through it.
    pub fn by(&self, actor: Actor) -> SqliteStore {
        SqliteStore { actor, ..self.clone() }
    }

    /// As [`SqliteStore::write`], for what somebody asked for: `work` writes down what it changes.
    pub(super) async fn change<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Log<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (actor, request) = (self.actor.clone(), self.request.clone());
        self.write(move |connection| {
            let request = request.as_deref();
            work(connection, &Log { connection, actor: &actor, request })
        })
        .await
    }

    /// Entries of the audit log, the newest first.
    pub async fn audit_log(&self, filter: AuditFilter) -> Result<Vec<AuditRecord>, StoreError> {
        self.read(move |connection| {
            let mut page = connection.prepare_cached(include_str!("../../sql/audit_page.sql"))?;
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
