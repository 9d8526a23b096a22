//! Phone numbers: caller IDs and the trunk that serves each.

use async_trait::async_trait;
use campanile_rules::{
    ids::{PhoneNumberId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{
    SqliteStore,
    db::decode,
    log::audit::Change,
    settings::{removal, trunks},
};
use crate::{PhoneNumberRecord, PhoneNumbers, StoreError};

fn record(row: &Row<'_>) -> rusqlite::Result<PhoneNumberRecord> {
    Ok(PhoneNumberRecord {
        id: PhoneNumberId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace")?),
        number: E164::from_digits(row.get::<_, i64>("number")? as u64),
        label: row.get("label")?,
        trunk: row.get::<_, Option<i64>>("trunk")?.map(TrunkId),
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
    })
}

#[async_trait]
impl PhoneNumbers for SqliteStore {
    async fn add_phone_number(
        &self,
        workspace: WorkspaceId,
        (number, label): (E164, String),
        trunk: Option<TrunkId>,
        now: Timestamp,
    ) -> Result<PhoneNumberRecord, StoreError> {
        self.change(move |connection, log| {
            require_trunk(connection, workspace, trunk)?;
            let trunk = trunk.map(|trunk| trunk.0);
            let added = connection
                .query_row(
                    "INSERT INTO phone_numbers (workspace, number, label, trunk, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING RETURNING *",
                    params![workspace.0, number.digits() as i64, label, trunk, now.0],
                    record,
                )
                .optional()?;
            let taken = || StoreError::Conflict(format!("{number} was added before"));
            let added = added.ok_or_else(taken)?;
            log.made(added.id)?;
            log.note(Change::new("phone_number.created", workspace, added.id).after(&added))?;
            Ok(added)
        })
        .await
    }

    async fn list_phone_numbers(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<PhoneNumberRecord>, StoreError> {
        let sql = "SELECT * FROM phone_numbers WHERE workspace = ?1 ORDER BY id";
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_map([workspace.0], record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn phone_number(
        &self,
        workspace: WorkspaceId,
        id: PhoneNumberId,
    ) -> Result<PhoneNumberRecord, StoreError> {
        self.read(move |connection| find(connection, workspace, id)).await
    }

    async fn phone_number_by_e164(
        &self,
        workspace: WorkspaceId,
        number: E164,
    ) -> Result<Option<PhoneNumberRecord>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT * FROM phone_numbers WHERE workspace = ?1 AND number = ?2";
            let key = [workspace.0, number.digits() as i64];
            Ok(connection.query_row(sql, key, record).optional()?)
        })
        .await
    }

    async fn update_phone_number(
        &self,
        workspace: WorkspaceId,
        id: PhoneNumberId,
        (label, trunk): (String, Option<TrunkId>),
    ) -> Result<PhoneNumberRecord, StoreError> {
        self.change(move |connection, log| {
            require_trunk(connection, workspace, trunk)?;
            let before = find(connection, workspace, id)?;
            let sql = "UPDATE phone_numbers SET label = ?3, trunk = ?4
                        WHERE id = ?1 AND workspace = ?2 RETURNING *";
            let key = params![id.0, workspace.0, label, trunk.map(|trunk| trunk.0)];
            let after = connection.query_one(sql, key, record)?;
            let change = Change::new("phone_number.updated", workspace, id);
            log.note(change.before(&before).after(&after))?;
            Ok(after)
        })
        .await
    }

    async fn remove_phone_number(
        &self,
        workspace: WorkspaceId,
        id: PhoneNumberId,
    ) -> Result<(), StoreError> {
        self.change(move |connection, log| {
            removal::remove_phone_number(connection, log, (workspace, id))
        })
        .await
    }
}

pub(crate) fn find(
    connection: &Connection,
    workspace: WorkspaceId,
    id: PhoneNumberId,
) -> Result<PhoneNumberRecord, StoreError> {
    let sql = "SELECT * FROM phone_numbers WHERE id = ?1 AND workspace = ?2";
    let found = connection.query_row(sql, [id.0, workspace.0], record).optional()?;
    found.ok_or_else(|| StoreError::NotFound(id.to_string()))
}

fn require_trunk(
    connection: &Connection,
    workspace: WorkspaceId,
    trunk: Option<TrunkId>,
) -> Result<(), StoreError> {
    trunk.map_or(Ok(()), |trunk| trunks::require(connection, workspace, trunk))
}
