//! Agents and their numbered versions: drafts can be edited, published versions never change.

use std::collections::BTreeMap;

use async_trait::async_trait;
use campanile_rules::{
    agent::{AgentVersion, Secret},
    ids::{AgentId, WorkspaceId},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use crate::sqlite::{
    SqliteStore,
    db::{decode, secrets},
    log::audit::{Change, Log},
    settings::removal,
};
use crate::{AgentRecord, AgentVersionRecord, Agents, StoreError, Vault};

const AGENTS: &str = "SELECT *,
    (SELECT max(number) FROM agent_versions WHERE agent = agents.id) AS latest_version,
    (SELECT max(number) FROM agent_versions
      WHERE agent = agents.id AND status = 'published') AS published_version
    FROM agents";

fn agent_record(row: &Row<'_>) -> rusqlite::Result<AgentRecord> {
    Ok(AgentRecord {
        id: AgentId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace")?),
        name: row.get("name")?,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
        latest_version: row.get("latest_version")?,
        published_version: row.get("published_version")?,
    })
}

fn version_record(row: &Row<'_>) -> rusqlite::Result<AgentVersionRecord> {
    let published_at = decode::instant(row, "published_at")?;
    Ok(AgentVersionRecord {
        agent: AgentId(row.get("agent")?),
        number: row.get("number")?,
        published: published_at.is_some(),
        settings: decode::json(row, "settings")?,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
        published_at,
    })
}

/// Reads version records and opens their secrets.
fn opened(vault: &Vault) -> impl Fn(&Row<'_>) -> rusqlite::Result<AgentVersionRecord> {
    move |row| {
        let mut record = version_record(row)?;
        let owner = owner(record.agent, record.number);
        if let Some(values) = secrets::open(vault, row, &owner)? {
            let values: BTreeMap<String, String> = serde_json::from_slice(&values)
                .map_err(|error| decode::corrupt(row, "secret", error))?;
            record.settings.each_secret(|at, _, secret| {
                *secret = values.get(&at).map(Secret::new).unwrap_or_default();
            });
        }
        Ok(record)
    }
}

/// The name under which the secrets of a version are sealed.
fn owner(agent: AgentId, number: u32) -> String {
    format!("{} version {number}", agent.plain())
}

/// Stores the secrets of a version whose other settings are stored.
fn keep_secrets(
    (connection, vault): (&Connection, &Vault),
    (agent, number): (AgentId, u32),
    mut version: AgentVersion,
) -> Result<AgentVersionRecord, StoreError> {
    let mut values = BTreeMap::new();
    version.each_secret(|at, _, secret| {
        if !secret.is_empty() {
            values.insert(at, secret.reveal().to_owned());
        }
    });
    let sealed = match values.is_empty() {
        true => None,
        false => {
            let values = decode::to_json(&values)?;
            let owner = owner(agent, number);
            Some(secrets::seal((connection, vault), values.as_bytes(), &owner)?)
        }
    };
    let sql = "UPDATE agent_versions SET secret = ?3 WHERE agent = ?1 AND number = ?2 RETURNING *";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_one(params![agent.0, number, sealed], opened(vault))?)
}

/// An agent and its first version, in the form of the audit log.
#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    agent: &'a AgentRecord,
    version: &'a AgentVersionRecord,
}

#[async_trait]
impl Agents for SqliteStore {
    async fn create_agent(
        &self,
        workspace: WorkspaceId,
        name: &str,
        version: AgentVersion,
        now: Timestamp,
    ) -> Result<(AgentRecord, AgentVersionRecord), StoreError> {
        let (name, settings) = (name.to_owned(), decode::to_json(&version)?);
        let vault = self.vault();
        self.change(move |connection, log| {
            let sql = "INSERT INTO agents (workspace, name, created_at) VALUES (?1, ?2, ?3)";
            connection.execute(sql, params![workspace.0, name, now.0])?;
            let id = AgentId(connection.last_insert_rowid());
            let number = insert_version(connection, id, &settings, now)?;
            let version = keep_secrets((connection, &vault), (id, number), version)?;
            let agent = find_agent(connection, workspace, id)?;
            let made = Made { agent: &agent, version: &version };
            log.made(id)?;
            log.note(Change::new("agent.created", workspace, id).after(made))?;
            Ok((agent, version))
        })
        .await
    }

    async fn list_agents(&self, workspace: WorkspaceId) -> Result<Vec<AgentRecord>, StoreError> {
        self.read(move |connection| {
            let sql = format!("{AGENTS} WHERE workspace = ?1 ORDER BY id");
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_map([workspace.0], agent_record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn agent(&self, workspace: WorkspaceId, id: AgentId) -> Result<AgentRecord, StoreError> {
        self.read(move |connection| find_agent(connection, workspace, id)).await
    }

    async fn rename_agent(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        name: &str,
    ) -> Result<AgentRecord, StoreError> {
        let name = name.to_owned();
        self.change(move |connection, log| {
            let before = find_agent(connection, workspace, id)?;
            connection.execute("UPDATE agents SET name = ?2 WHERE id = ?1", params![id.0, name])?;
            let after = find_agent(connection, workspace, id)?;
            let change = Change::new("agent.updated", workspace, id);
            log.note(change.before(before).after(&after))?;
            Ok(after)
        })
        .await
    }

    async fn agent_versions(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
    ) -> Result<Vec<AgentVersionRecord>, StoreError> {
        let vault = self.vault();
        self.read(move |connection| {
            find_agent(connection, workspace, id)?;
            let sql = "SELECT * FROM agent_versions WHERE agent = ?1 ORDER BY number";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_map([id.0], opened(&vault))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn agent_version(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        number: u32,
    ) -> Result<AgentVersionRecord, StoreError> {
        let vault = self.vault();
        self.read(move |connection| {
            find_agent(connection, workspace, id)?;
            open_version((connection, &vault), id, number)
        })
        .await
    }

    async fn latest_published(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
    ) -> Result<Option<AgentVersionRecord>, StoreError> {
        let vault = self.vault();
        self.read(move |connection| {
            let published = find_agent(connection, workspace, id)?.published_version;
            let open = |number| open_version((connection, &vault), id, number);
            published.map(open).transpose()
        })
        .await
    }

    async fn add_agent_version(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        version: AgentVersion,
        now: Timestamp,
    ) -> Result<AgentVersionRecord, StoreError> {
        let settings = decode::to_json(&version)?;
        let vault = self.vault();
        self.change(move |connection, log| {
            find_agent(connection, workspace, id)?;
            let number = insert_version(connection, id, &settings, now)?;
            let added = keep_secrets((connection, &vault), (id, number), version)?;
            log.made(added.number)?;
            note(log, ("agent_version.created", workspace), (None, &added))?;
            Ok(added)
        })
        .await
    }

    async fn update_agent_version(
        &self,
        workspace: WorkspaceId,
        (id, number): (AgentId, u32),
        version: AgentVersion,
    ) -> Result<AgentVersionRecord, StoreError> {
        let settings = decode::to_json(&version)?;
        let vault = self.vault();
        self.change(move |connection, log| {
            find_agent(connection, workspace, id)?;
            let before = find_version(connection, id, number)?;
            if before.published {
                return Err(StoreError::Conflict(format!(
                    "version {number} of {id} is published and never changes; add a new version"
                )));
            }
            connection.execute(
                "UPDATE agent_versions SET settings = ?3 WHERE agent = ?1 AND number = ?2",
                params![id.0, number, settings],
            )?;
            let after = keep_secrets((connection, &vault), (id, number), version)?;
            note(log, ("agent_version.updated", workspace), (Some(&before), &after))?;
            Ok(after)
        })
        .await
    }

    async fn publish_agent_version(
        &self,
        workspace: WorkspaceId,
        (id, number): (AgentId, u32),
        now: Timestamp,
    ) -> Result<AgentVersionRecord, StoreError> {
        let vault = self.vault();
        self.change(move |connection, log| {
            find_agent(connection, workspace, id)?;
            let before = find_version(connection, id, number)?;
            connection.execute(
                "UPDATE agent_versions SET status = 'published', published_at = ?3
                  WHERE agent = ?1 AND number = ?2 AND status = 'draft'",
                params![id.0, number, now.0],
            )?;
            let after = open_version((connection, &vault), id, number)?;
            note(log, ("agent_version.published", workspace), (Some(&before), &after))?;
            Ok(after)
        })
        .await
    }

    async fn remove_agent(&self, workspace: WorkspaceId, id: AgentId) -> Result<(), StoreError> {
        self.change(move |connection, log| removal::remove_agent(connection, log, (workspace, id)))
            .await
    }
}

/// Notes a change of a version in the audit log.
fn note(
    log: &Log<'_>,
    (action, workspace): (&'static str, WorkspaceId),
    (before, after): (Option<&AgentVersionRecord>, &AgentVersionRecord),
) -> Result<(), StoreError> {
    let subject = format!("{} version {}", after.agent, after.number);
    let change = Change::new(action, workspace, subject).after(after);
    log.note(match before {
        Some(before) => change.before(before),
        None => change,
    })
}

pub(crate) fn find_agent(
    connection: &Connection,
    workspace: WorkspaceId,
    id: AgentId,
) -> Result<AgentRecord, StoreError> {
    let sql = format!("{AGENTS} WHERE id = ?1 AND workspace = ?2");
    let found =
        connection.prepare_cached(&sql)?.query_row([id.0, workspace.0], agent_record).optional()?;
    found.ok_or_else(|| StoreError::NotFound(id.to_string()))
}

/// A version without its secrets.
pub(crate) fn find_version(
    connection: &Connection,
    id: AgentId,
    number: u32,
) -> Result<AgentVersionRecord, StoreError> {
    read_version(connection, (id, number), version_record)
}

/// A version with its secrets.
pub(crate) fn open_version(
    (connection, vault): (&Connection, &Vault),
    id: AgentId,
    number: u32,
) -> Result<AgentVersionRecord, StoreError> {
    read_version(connection, (id, number), opened(vault))
}

fn read_version(
    connection: &Connection,
    (id, number): (AgentId, u32),
    read: impl Fn(&Row<'_>) -> rusqlite::Result<AgentVersionRecord>,
) -> Result<AgentVersionRecord, StoreError> {
    let sql = "SELECT * FROM agent_versions WHERE agent = ?1 AND number = ?2";
    let found =
        connection.prepare_cached(sql)?.query_row(params![id.0, number], read).optional()?;
    found.ok_or_else(|| StoreError::NotFound(format!("version {number} of {id}")))
}

/// Adds a draft version and returns its number.
fn insert_version(
    connection: &Connection,
    id: AgentId,
    settings: &str,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let sql = "INSERT INTO agent_versions (agent, number, status, settings, created_at)
               SELECT ?1, coalesce(max(number), 0) + 1, 'draft', ?2, ?3
                 FROM agent_versions WHERE agent = ?1 RETURNING number";
    Ok(connection.query_one(sql, params![id.0, settings, now.0], |row| row.get(0))?)
}
