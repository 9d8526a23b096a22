//! `/v1/audit-log`: changes, with the key that made them.

use axum::{Json, extract::State};
use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use campanile_service::fields::{self, Field, Kind};
use campanile_store::{AuditFilter, AuditRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Operator},
        extract::{Asked, Query},
        problem::Answer,
    },
};

/// Selects the entries to show.
#[derive(Debug, Deserialize)]
pub struct AuditQuery {
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Query for AuditQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("actor", Kind::Text(100))
            .about("By this actor: the public half of a key, cli or engine."),
        Field::new("action", Kind::Text(100)).about("With this action, such as trunk.updated."),
        Field::new("subject", Kind::Text(100)).about("About this subject, such as trunk_3."),
        Field::new("since", fields::INSTANT).about("From this instant on."),
        Field::new("until", fields::INSTANT).about("Before this instant."),
        Field::new("cursor", fields::CURSOR).about("The next_cursor of the page before."),
        Field::new("limit", Kind::Integer(1, 500)).about("Entries on a page; 50 when left out."),
    ];
}

/// A page of the audit log, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLog {
    /// The entries of this page.
    pub items: Vec<AuditEntry>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// A change: who, what, before, after. Secrets are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its identity.
    pub id: String,
    /// Whose thing was changed; null when it belongs to the installation.
    pub workspace_id: Option<WorkspaceId>,
    /// When.
    pub at: Timestamp,
    /// Who: the public half of a key, `cli` (on the machine itself) or `engine` (a call's doing).
    pub actor: String,
    /// The name of that key; null when it has none.
    pub actor_name: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// How it was; null when it is new.
    pub before: Option<Value>,
    /// How it is; null when it is gone.
    pub after: Option<Value>,
}

impl From<AuditRecord> for AuditEntry {
    fn from(record: AuditRecord) -> AuditEntry {
        AuditEntry {
            id: format!("audit_{}", record.id),
            workspace_id: record.workspace,
            at: record.at,
            actor: record.actor,
            actor_name: record.actor_name,
            action: record.action,
            subject: record.subject,
            before: record.before,
            after: record.after,
        }
    }
}

/// Lists who changed what in the workspace, the newest first.
#[utoipa::path(get, path = "/audit-log", operation_id = "list_audit_log", tag = "Workspace",
    params(Asked<AuditQuery>),
    security(("key" = ["admin"])),
    responses((status = 200, description = "A page.", body = AuditLog)))]
pub async fn list(
    State(app): State<App>,
    Admin(caller): Admin,
    Asked(query): Asked<AuditQuery>,
) -> Answer<Json<AuditLog>> {
    page(&app, AuditFilter { workspace: Some(caller.workspace), ..filter(query) }).await
}

/// Lists who changed what in the whole installation, the newest first.
#[utoipa::path(get, path = "/operator/audit-log", operation_id = "list_whole_audit_log", tag = "Operator",
    params(Asked<AuditQuery>),
    security(("key" = ["operator"])),
    responses((status = 200, description = "A page.", body = AuditLog)))]
pub async fn list_all(
    State(app): State<App>,
    Operator(_): Operator,
    Asked(query): Asked<AuditQuery>,
) -> Answer<Json<AuditLog>> {
    page(&app, filter(query)).await
}

async fn page(app: &App, filter: AuditFilter) -> Answer<Json<AuditLog>> {
    let limit = filter.limit;
    // Reads one entry more than the page holds, to know whether there is a next page.
    let mut found = app.store.audit_log(AuditFilter { limit: limit + 1, ..filter }).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(AuditLog { items: found.into_iter().map(AuditEntry::from).collect(), next_cursor }))
}

fn filter(query: AuditQuery) -> AuditFilter {
    AuditFilter {
        workspace: None,
        actor: query.actor,
        action: query.action,
        subject: query.subject,
        since: query.since,
        until: query.until,
        before_id: query.cursor.and_then(|cursor| cursor.parse().ok()),
        limit: query.limit.unwrap_or(50),
    }
}
