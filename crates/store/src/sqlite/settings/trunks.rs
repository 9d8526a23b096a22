//! Trunks: routes into the telephone network.

use async_trait::async_trait;
use campanile_rules::{
    ids::{TrunkId, WorkspaceId},
    time::Timestamp,
    trunk::{Trunk, TrunkKind},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{
    SqliteStore,
    db::{decode, secrets},
    log::audit::Change,
    settings::removal,
};
use crate::{StoreError, TrunkRecord, Trunks, Vault};

/// Reads trunk records and opens their passwords.
pub(crate) fn record(vault: &Vault) -> impl Fn(&Row<'_>) -> rusqlite::Result<TrunkRecord> {
    move |row| {
        let id = TrunkId(row.get("id")?);
        let password = secrets::open(vault, row, &id.plain())?;
        let password = password.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(TrunkRecord {
            id,
            workspace: row.get::<_, Option<i64>>("workspace")?.map(WorkspaceId),
            settings: Trunk { password, ..decode::json(row, "settings")? },
            created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
        })
    }
}

/// The trunks that a workspace sees: its own, and the managed ones that serve one of its numbers.
const SEEN: &str = "SELECT * FROM trunks WHERE workspace = ?1
    UNION SELECT t.* FROM trunks t JOIN phone_numbers n ON n.trunk = t.id
           WHERE t.workspace IS NULL AND n.workspace = ?1";

#[async_trait]
impl Trunks for SqliteStore {
    async fn add_trunk(
        &self,
        workspace: WorkspaceId,
        trunk: Trunk,
        now: Timestamp,
    ) -> Result<TrunkRecord, StoreError> {
        let settings = decode::to_json(&Trunk { password: None, ..trunk.clone() })?;
        let vault = self.vault();
        self.change(move |connection, log| {
            let added = connection
                .query_row(
                    "INSERT INTO trunks (workspace, name, settings, created_at)
                     VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING RETURNING *",
                    params![owner(workspace, trunk.kind), trunk.name, settings, now.0],
                    record(&vault),
                )
                .optional()?;
            let added = added.ok_or_else(|| taken(&trunk.name))?.id;
            let added = keep_password((connection, &vault), added, trunk.password)?;
            log.made(added.id)?;
            let change = Change::new("trunk.created", added.workspace, added.id);
            log.note(change.after(without_password(&added.settings, None)))?;
            Ok(added)
        })
        .await
    }

    async fn list_trunks(&self, workspace: WorkspaceId) -> Result<Vec<TrunkRecord>, StoreError> {
        let sql = format!("{SEEN} ORDER BY id");
        let vault = self.vault();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_map([workspace.0], record(&vault))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn list_managed_trunks(&self) -> Result<Vec<TrunkRecord>, StoreError> {
        let vault = self.vault();
        self.read(move |connection| {
            let sql = "SELECT * FROM trunks WHERE workspace IS NULL ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_map([], record(&vault))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn trunk(&self, workspace: WorkspaceId, id: TrunkId) -> Result<TrunkRecord, StoreError> {
        let sql = format!("SELECT * FROM ({SEEN}) WHERE id = ?2");
        let vault = self.vault();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_row([workspace.0, id.0], record(&vault)).optional()?;
            found.ok_or_else(|| StoreError::NotFound(id.to_string()))
        })
        .await
    }

    async fn trunk_for_operator(
        &self,
        workspace: WorkspaceId,
        id: TrunkId,
    ) -> Result<TrunkRecord, StoreError> {
        let vault = self.vault();
        self.read(move |connection| find((connection, &vault), workspace, id)).await
    }

    async fn trunk_by_name(
        &self,
        workspace: WorkspaceId,
        (kind, name): (TrunkKind, &str),
    ) -> Result<Option<TrunkRecord>, StoreError> {
        let name = name.to_owned();
        let vault = self.vault();
        self.read(move |connection| {
            let sql = "SELECT * FROM trunks WHERE workspace IS ?1 AND name = ?2";
            let key = params![owner(workspace, kind), name];
            Ok(connection.query_row(sql, key, record(&vault)).optional()?)
        })
        .await
    }

    async fn update_trunk(
        &self,
        workspace: WorkspaceId,
        id: TrunkId,
        trunk: Trunk,
    ) -> Result<TrunkRecord, StoreError> {
        let settings = decode::to_json(&Trunk { password: None, ..trunk.clone() })?;
        let vault = self.vault();
        self.change(move |connection, log| {
            let TrunkRecord { workspace, settings: before, .. } =
                find((connection, &vault), workspace, id)?;
            if before.kind != trunk.kind {
                let words = format!("the kind of {id} cannot change; make another trunk");
                return Err(StoreError::Conflict(words));
            }
            let sql = "UPDATE OR IGNORE trunks SET name = ?2, settings = ?3
                        WHERE id = ?1 RETURNING *";
            let changed = connection
                .query_row(sql, params![id.0, trunk.name, settings], record(&vault))
                .optional()?;
            let changed = changed.ok_or_else(|| taken(&trunk.name))?.id;
            let changed = keep_password((connection, &vault), changed, trunk.password)?;
            let after = without_password(&changed.settings, Some(&before));
            let change = Change::new("trunk.updated", workspace, id);
            log.note(change.before(without_password(&before, None)).after(after))?;
            Ok(changed)
        })
        .await
    }

    async fn remove_trunk(&self, workspace: WorkspaceId, id: TrunkId) -> Result<(), StoreError> {
        let vault = self.vault();
        self.change(move |connection, log| {
            removal::remove_trunk((connection, &vault), log, (workspace, id))
        })
        .await
    }
}

/// The owner of a trunk of this kind.
fn owner(workspace: WorkspaceId, kind: TrunkKind) -> Option<i64> {
    match kind {
        TrunkKind::Managed => None,
        TrunkKind::Workspace => Some(workspace.0),
    }
}

/// Fails when the workspace has no such trunk and there is no such managed trunk.
pub(crate) fn require(
    connection: &Connection,
    workspace: WorkspaceId,
    id: TrunkId,
) -> Result<(), StoreError> {
    let sql = "SELECT 1 FROM trunks WHERE id = ?1 AND (workspace = ?2 OR workspace IS NULL)";
    let found = connection.prepare_cached(sql)?.exists([id.0, workspace.0])?;
    if found { Ok(()) } else { Err(StoreError::NotFound(id.to_string())) }
}

/// Seals and stores a trunk's password, and returns the trunk's current record.
fn keep_password(
    (connection, vault): (&Connection, &Vault),
    id: TrunkId,
    password: Option<String>,
) -> Result<TrunkRecord, StoreError> {
    let seal =
        |password: String| secrets::seal((connection, vault), password.as_bytes(), &id.plain());
    let sealed = password.map(seal).transpose()?;
    let sql = "UPDATE trunks SET secret = ?2 WHERE id = ?1 RETURNING *";
    Ok(connection.prepare_cached(sql)?.query_one(params![id.0, sealed], record(vault))?)
}

/// A trunk of a workspace, or a managed one.
pub(crate) fn find(
    (connection, vault): (&Connection, &Vault),
    workspace: WorkspaceId,
    id: TrunkId,
) -> Result<TrunkRecord, StoreError> {
    let sql = "SELECT * FROM trunks WHERE id = ?1 AND (workspace = ?2 OR workspace IS NULL)";
    let found =
        connection.prepare_cached(sql)?.query_row([id.0, workspace.0], record(vault)).optional()?;
    found.ok_or_else(|| StoreError::NotFound(id.to_string()))
}

/// The settings in the form of the audit log: only whether there is a password, and whether it
/// differs from that of `before`.
pub(crate) fn without_password(trunk: &Trunk, before: Option<&Trunk>) -> Trunk {
    let changed = before.is_some_and(|before| before.password != trunk.password);
    let word = if changed { "(changed)" } else { "(set)" };
    Trunk { password: trunk.password.as_ref().map(|_| word.to_owned()), ..trunk.clone() }
}

fn taken(name: &str) -> StoreError {
    StoreError::Conflict(format!("there is a trunk called {name:?}; choose another name"))
}
