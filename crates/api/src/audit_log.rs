//! `/v1/audit-log`: who changed what.

use axum::{Json, extract::State};
use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use campanile_store::{AuditFilter, AuditRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    app::App,
    auth::{Admin, Operator},
    extract::Asked,
    fields::Mistake,
    problem::{Answer, Problem},
};

/// Which entries to show.
#[derive(Debug, Deserialize)]
pub struct Which {
    /// By this actor: the public half of a key, `cli` or `engine`.
    actor: Option<String>,
    /// With this action, such as `trunk.updated`.
    action: Option<String>,
    /// About this subject, such as `trunk_3`.
    subject: Option<String>,
    /// From this instant on, RFC 3339.
    since: Option<String>,
    /// Before this instant, RFC 3339.
    until: Option<String>,
    /// The `next_cursor` of a page, for the entries after it.
    cursor: Option<String>,
    /// Entries on a page, 1 to 500; 50 when absent.
    limit: Option<u32>,
}

/// A page of the audit log, the newest first.
#[derive(Debug, Serialize)]
pub struct AuditLog {
    /// The entries of this page.
    pub items: Vec<AuditEntry>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// A change: who, what, before, after. Secrets are left out.
#[derive(Debug, Serialize)]
pub struct AuditEntry {
    /// Its identity.
    pub id: String,
    /// Whose thing was changed; null when it belongs to the installation.
    pub workspace_id: Option<WorkspaceId>,
    /// When.
    pub at: Timestamp,
    /// Who: the public half of a key, `cli` (on the machine itself) or `engine` (a call's doing).
    pub actor: String,
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
            action: record.action,
            subject: record.subject,
            before: record.before,
            after: record.after,
        }
    }
}

/// Lists who changed what in the workspace, the newest first.
pub async fn list(
    State(app): State<App>,
    Admin(caller): Admin,
    Asked(which): Asked<Which>,
) -> Answer<Json<AuditLog>> {
    page(&app, AuditFilter { workspace: Some(caller.workspace), ..filter(which)? }).await
}

/// Lists who changed what in the whole installation, the newest first.
pub async fn list_all(
    State(app): State<App>,
    Operator(_): Operator,
    Asked(which): Asked<Which>,
) -> Answer<Json<AuditLog>> {
    page(&app, filter(which)?).await
}

async fn page(app: &App, filter: AuditFilter) -> Answer<Json<AuditLog>> {
    let limit = filter.limit;
    // One more than fits tells whether there is a next page.
    let mut found = app.store.audit_log(AuditFilter { limit: limit + 1, ..filter }).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(AuditLog { items: found.into_iter().map(AuditEntry::from).collect(), next_cursor }))
}

fn filter(which: Which) -> Result<AuditFilter, Problem> {
    let mut mistakes = Vec::new();
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let mut instant = |pointer: &str, text: Option<String>| {
        given(text).and_then(|text| match text.parse::<Timestamp>() {
            Ok(at) => Some(at),
            Err(_) => {
                let words = "is not an instant; write it as RFC 3339, for example";
                let detail = format!("{text:?} {words} 2026-12-01T09:00:00Z");
                mistakes.push(Mistake::new(pointer, detail));
                None
            }
        })
    };
    let (since, until) = (instant("/since", which.since), instant("/until", which.until));
    let cursor = given(which.cursor);
    let before_id = cursor.as_ref().and_then(|cursor| cursor.parse().ok());
    if let (Some(cursor), None) = (&cursor, before_id) {
        let detail = format!("{cursor:?} is not a cursor; use the next_cursor of a page");
        mistakes.push(Mistake::new("/cursor", detail));
    }
    if !mistakes.is_empty() {
        return Err(Problem::invalid(mistakes));
    }
    Ok(AuditFilter {
        workspace: None,
        actor: given(which.actor),
        action: given(which.action),
        subject: given(which.subject),
        since,
        until,
        before_id,
        limit: which.limit.unwrap_or(50).clamp(1, 500),
    })
}
