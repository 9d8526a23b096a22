//! Sounds that workspaces upload for their agents.

use std::collections::BTreeSet;

use async_trait::async_trait;
use campanile_rules::{
    agent::AgentVersion,
    ids::{AgentId, SoundId, WorkspaceId},
    template,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{SqliteStore, db::decode, log::audit::Change};
use crate::{MAX_SOUND_BYTES, MAX_SOUNDS, NewSound, SoundRecord, SoundUse, Sounds, StoreError};

/// The number of places using a sound that an error names.
const PLACES_NAMED: usize = 5;

const SOUNDS: &str =
    "SELECT id, workspace, name, duration_ms, length(wav) AS bytes, created_at FROM sounds";

fn record(row: &Row<'_>) -> rusqlite::Result<SoundRecord> {
    Ok(SoundRecord {
        id: SoundId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace")?),
        name: row.get("name")?,
        duration_ms: row.get::<_, i64>("duration_ms")? as u64,
        bytes: row.get::<_, i64>("bytes")? as u64,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
    })
}

#[async_trait]
impl Sounds for SqliteStore {
    async fn add_sound(
        &self,
        workspace: WorkspaceId,
        sound: NewSound,
        now: Timestamp,
    ) -> Result<SoundRecord, StoreError> {
        self.change(move |connection, log| {
            let NewSound { name, duration_ms, wav } = sound;
            let (count, bytes): (u32, i64) = connection.query_row(
                "SELECT count(*), coalesce(sum(length(wav)), 0) FROM sounds WHERE workspace = ?1",
                [workspace.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            if count >= MAX_SOUNDS || bytes as u64 + wav.len() as u64 > MAX_SOUND_BYTES {
                return Err(StoreError::Conflict(format!(
                    "the workspace has {count} sounds of {} MiB together; it may have {MAX_SOUNDS} \
                     of {} MiB: delete some that no agent plays",
                    bytes >> 20,
                    MAX_SOUND_BYTES >> 20
                )));
            }
            let added = connection
                .query_row(
                    "INSERT INTO sounds (workspace, name, duration_ms, created_at, wav)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING RETURNING id",
                    params![workspace.0, name, duration_ms as i64, now.0, wav],
                    |row| row.get(0).map(SoundId),
                )
                .optional()?;
            let id = added.ok_or_else(|| {
                StoreError::Conflict(format!(
                    "there is a sound {name:?} already; choose another name, or delete that one"
                ))
            })?;
            let added = find(connection, workspace, id)?;
            log.made(id)?;
            log.note(Change::new("sound.created", workspace, id).after(&added))?;
            Ok(added)
        })
        .await
    }

    async fn list_sounds(&self, workspace: WorkspaceId) -> Result<Vec<SoundRecord>, StoreError> {
        self.read(move |connection| {
            let sql = format!("{SOUNDS} WHERE workspace = ?1 ORDER BY name COLLATE NOCASE, id");
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_map([workspace.0], record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn sound(&self, workspace: WorkspaceId, id: SoundId) -> Result<SoundRecord, StoreError> {
        self.read(move |connection| find(connection, workspace, id)).await
    }

    async fn sound_wav(&self, workspace: WorkspaceId, id: SoundId) -> Result<Vec<u8>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT wav FROM sounds WHERE id = ?1 AND workspace = ?2";
            let found = connection.query_row(sql, [id.0, workspace.0], |row| row.get(0));
            found.optional()?.ok_or_else(|| StoreError::NotFound(id.to_string()))
        })
        .await
    }

    async fn sound_by_name(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| {
            let sql = "SELECT wav FROM sounds WHERE workspace = ?1 AND name = ?2";
            let key = params![workspace.0, name];
            Ok(connection.query_row(sql, key, |row| row.get(0)).optional()?)
        })
        .await
    }

    async fn uses_of_sounds(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<(String, SoundUse)>, StoreError> {
        self.read(move |connection| uses(connection, workspace)).await
    }

    async fn remove_sound(
        &self,
        workspace: WorkspaceId,
        id: SoundId,
    ) -> Result<SoundRecord, StoreError> {
        self.change(move |connection, log| {
            let before = find(connection, workspace, id)?;
            let mut uses = uses(connection, workspace)?;
            uses.retain(|(name, _)| *name == before.name);
            if !uses.is_empty() {
                return Err(StoreError::Conflict(in_use(&before.name, &uses)));
            }
            connection.execute("DELETE FROM sounds WHERE id = ?1", [id.0])?;
            log.note(Change::new("sound.deleted", workspace, id).before(&before))?;
            Ok(before)
        })
        .await
    }
}

fn in_use(name: &str, uses: &[(String, SoundUse)]) -> String {
    let place = |(_, one): &(String, SoundUse)| {
        let status = if one.published { "published" } else { "a draft" };
        format!("{:?} version {} ({status})", one.agent_name, one.version)
    };
    let mut places: Vec<String> = uses.iter().take(PLACES_NAMED).map(place).collect();
    if uses.len() > PLACES_NAMED {
        places.push(format!("{} more", uses.len() - PLACES_NAMED));
    }
    format!(
        "{name:?} is played by {}; drafts can be edited, and a published version goes with its agent",
        places.join(", ")
    )
}

fn uses(
    connection: &Connection,
    workspace: WorkspaceId,
) -> Result<Vec<(String, SoundUse)>, StoreError> {
    let sql = "SELECT agents.id, agents.name, number, published_at IS NOT NULL, settings
                 FROM agents JOIN agent_versions ON agent = agents.id
                WHERE workspace = ?1 AND instr(lower(settings), '.wav') > 0
                ORDER BY agents.id, number";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([workspace.0], |row| {
        let found = SoundUse {
            agent: AgentId(row.get(0)?),
            agent_name: row.get(1)?,
            version: row.get(2)?,
            published: row.get(3)?,
        };
        Ok((found, decode::json::<AgentVersion>(row, "settings")?))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (one, version) = row?;
        let names: BTreeSet<&str> = template::sounds(&version).collect();
        found.extend(names.into_iter().map(|name| (name.to_owned(), one.clone())));
    }
    Ok(found)
}

fn find(
    connection: &Connection,
    workspace: WorkspaceId,
    id: SoundId,
) -> Result<SoundRecord, StoreError> {
    let sql = format!("{SOUNDS} WHERE id = ?1 AND workspace = ?2");
    let found = connection.query_row(&sql, [id.0, workspace.0], record).optional()?;
    found.ok_or_else(|| StoreError::NotFound(id.to_string()))
}
