//! KYC records: the documents that a workspace submitted in order to call a regulated country, and
//! the operator's decision.

use std::collections::BTreeSet;

use async_trait::async_trait;
use campanile_numbers::Country;
use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{SqliteStore, db::decode, dialing::policies, log::audit::Change};
use crate::{Kyc, KycDecision, KycDocument, KycRecord, KycState, StoreError};

fn record(row: &Row<'_>) -> rusqlite::Result<KycRecord> {
    Ok(KycRecord {
        workspace: WorkspaceId(row.get("workspace")?),
        country: decode::word(row, "country", |text| text.parse().ok())?,
        state: decode::word(row, "state", KycState::from_name)?,
        documents: decode::json(row, "documents")?,
        submitted_at: decode::instant(row, "submitted_at")?.unwrap_or_default(),
        decided_by: row.get("decided_by")?,
        decided_at: decode::instant(row, "decided_at")?,
        note: row.get("note")?,
    })
}

/// The countries for which a workspace has an approved record.
pub(crate) fn approved(
    connection: &Connection,
    workspace: WorkspaceId,
) -> Result<BTreeSet<Country>, StoreError> {
    let records = of_workspace(connection, workspace)?.into_iter();
    let approved = records.filter(|record| record.state == KycState::Approved);
    Ok(approved.map(|record| record.country).collect())
}

fn of_workspace(
    connection: &Connection,
    workspace: WorkspaceId,
) -> Result<Vec<KycRecord>, StoreError> {
    let sql = "SELECT * FROM kyc_records WHERE workspace = ?1 ORDER BY country";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_map([workspace.0], record)?.collect::<Result<_, _>>()?)
}

fn find(
    connection: &Connection,
    (workspace, country): (WorkspaceId, Country),
) -> Result<Option<KycRecord>, StoreError> {
    let sql = "SELECT * FROM kyc_records WHERE workspace = ?1 AND country = ?2";
    let key = params![workspace.0, country.to_string()];
    Ok(connection.query_row(sql, key, record).optional()?)
}

#[async_trait]
impl Kyc for SqliteStore {
    async fn kyc_records(&self, workspace: WorkspaceId) -> Result<Vec<KycRecord>, StoreError> {
        self.read(move |connection| of_workspace(connection, workspace)).await
    }

    async fn all_kyc_records(
        &self,
        state: Option<KycState>,
        (skip, limit): (u64, u32),
    ) -> Result<Vec<KycRecord>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT * FROM kyc_records WHERE ?1 IS NULL OR state = ?1
                        ORDER BY submitted_at, workspace, country LIMIT ?2 OFFSET ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let page = params![state.map(KycState::as_str), limit, skip as i64];
            Ok(statement.query_map(page, record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn submit_kyc(
        &self,
        (workspace, country): (WorkspaceId, Country),
        documents: Vec<KycDocument>,
        now: Timestamp,
    ) -> Result<KycRecord, StoreError> {
        self.change(move |connection, log| {
            let before = find(connection, (workspace, country))?;
            if before.as_ref().is_some_and(|record| record.state == KycState::Approved) {
                return Err(StoreError::Conflict(format!(
                    "KYC for {country} is approved; there is nothing to hand in"
                )));
            }
            let sql = "INSERT INTO kyc_records (workspace, country, state, documents, submitted_at)
                       VALUES (?1, ?2, 'pending', ?3, ?4) ON CONFLICT DO UPDATE
                          SET state = 'pending', documents = ?3, submitted_at = ?4,
                              decided_by = NULL, decided_at = NULL, note = NULL
                       RETURNING *";
            let documents = decode::to_json(&documents)?;
            let row = params![workspace.0, country.to_string(), documents, now.0];
            let after = connection.query_one(sql, row, record)?;
            let change = Change::new("kyc.submitted", workspace, country).after(&after);
            log.note(match before {
                Some(before) => change.before(before),
                None => change,
            })?;
            Ok(after)
        })
        .await
    }

    async fn decide_kyc(
        &self,
        (workspace, country): (WorkspaceId, Country),
        decision: KycDecision,
        now: Timestamp,
    ) -> Result<KycRecord, StoreError> {
        self.change(move |connection, log| {
            let before = find(connection, (workspace, country))?.ok_or_else(|| {
                StoreError::NotFound(format!("KYC record of {workspace} for {country}"))
            })?;
            let state = if decision.approved { KycState::Approved } else { KycState::Rejected };
            let sql = "UPDATE kyc_records
                          SET state = ?3, decided_by = ?4, decided_at = ?5, note = ?6
                        WHERE workspace = ?1 AND country = ?2 RETURNING *";
            let row = params![
                workspace.0,
                country.to_string(),
                state.as_str(),
                decision.by,
                now.0,
                decision.note
            ];
            let after = connection.query_one(sql, row, record)?;
            policies::changed(connection)?;
            let change = Change::new("kyc.decided", workspace, country);
            log.note(change.before(&before).after(&after))?;
            Ok(after)
        })
        .await
    }
}
