//! The audit log: who changed what.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::StoreError;

/// The actor of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The holder of the API key with this public half.
    Key(Arc<str>),
    /// A user of the command line on the machine itself.
    Cli,
    /// The engine, for example when the person called asks not to be called again.
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
    /// The entry's id; ids rise with time.
    pub id: i64,
    /// The workspace of the changed thing; none when the thing belongs to the installation.
    pub workspace: Option<WorkspaceId>,
    /// When the change was made.
    pub at: Timestamp,
    /// The actor: the public half of a key, `cli` or `engine`.
    pub actor: String,
    /// The name of the actor's key; none when the key has no name, or belongs to another workspace
    /// than the one asked for.
    pub actor_name: Option<String>,
    /// The action, such as `trunk.updated`.
    pub action: String,
    /// The changed thing, such as `trunk_3`.
    pub subject: String,
    /// The thing before the change, without secrets; none when the thing is new.
    pub before: Option<Value>,
    /// The thing after the change, without secrets; none when the thing was removed.
    pub after: Option<Value>,
}

/// Selects entries to show. A field that is none selects all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Entries of this workspace; none: entries of all workspaces and of the installation.
    pub workspace: Option<WorkspaceId>,
    /// Entries by this actor.
    pub actor: Option<String>,
    /// Entries with this action.
    pub action: Option<String>,
    /// Entries about this subject.
    pub subject: Option<String>,
    /// Entries from this instant on.
    pub since: Option<Timestamp>,
    /// Entries before this instant.
    pub until: Option<Timestamp>,
    /// Entries older than the one with this id: the next page.
    pub before_id: Option<i64>,
    /// The maximum number of entries.
    pub limit: u32,
}

/// The log of who changed what.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Entries of the audit log, newest first.
    async fn audit_log(&self, filter: AuditFilter) -> Result<Vec<AuditRecord>, StoreError>;
}
