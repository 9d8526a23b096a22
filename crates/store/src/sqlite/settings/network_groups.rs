//! Network groups: custom groups of the installation beside the catalogue, and the groups that a
//! workspace may call.

use std::collections::BTreeSet;

use async_trait::async_trait;
use campanile_numbers::destination::{CustomGroup, GroupId, find};
use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use rusqlite::{Connection, Row, params, types::Type};
use serde::Serialize;

use crate::sqlite::{
    SqliteStore,
    db::decode,
    dialing::{changes, policies},
    log::audit::Change,
    settings::operator,
};
use crate::{NetworkGroups, StoreError};

/// The groups that a workspace may call.
pub(crate) fn enabled(
    connection: &Connection,
    workspace: WorkspaceId,
) -> Result<BTreeSet<GroupId>, StoreError> {
    let sql = "SELECT network_group FROM enabled_groups WHERE workspace = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([workspace.0], |row| {
        decode::word(row, "network_group", |text| text.parse().ok())
    })?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The custom groups, by id.
pub(crate) fn custom(connection: &Connection) -> Result<Vec<CustomGroup>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM custom_groups ORDER BY id")?;
    Ok(statement.query_map([], custom_group)?.collect::<Result<_, _>>()?)
}

fn custom_group(row: &Row<'_>) -> rusqlite::Result<CustomGroup> {
    let text = |column: &str| row.get::<_, String>(column);
    let prefixes: Vec<String> = decode::json(row, "prefixes")?;
    CustomGroup::parse(&text("id")?, &text("name")?, &text("country")?, &prefixes)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
}

/// Lets a new workspace call the default groups.
pub(crate) fn enable_defaults(
    connection: &Connection,
    workspace: WorkspaceId,
) -> Result<(), StoreError> {
    for group in operator::settings(connection)?.default_groups {
        switch(connection, workspace, &group, true)?;
    }
    policies::changed(connection)
}

fn switch(
    connection: &Connection,
    workspace: WorkspaceId,
    group: &GroupId,
    on: bool,
) -> Result<(), StoreError> {
    let sql = match on {
        true => "INSERT OR IGNORE INTO enabled_groups (workspace, network_group) VALUES (?1, ?2)",
        false => "DELETE FROM enabled_groups WHERE workspace = ?1 AND network_group = ?2",
    };
    connection.prepare_cached(sql)?.execute(params![workspace.0, group.as_str()])?;
    Ok(())
}

fn exists(connection: &Connection, group: &GroupId) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM custom_groups WHERE id = ?1";
    let own: i64 = connection.query_one(sql, [group.as_str()], |row| row.get(0))?;
    Ok(own > 0 || find(group).is_some())
}

/// A group in the form of the audit log.
#[derive(Serialize)]
struct Noted<'a> {
    id: &'a GroupId,
    name: &'a str,
    country: campanile_numbers::Country,
    prefixes: &'a [campanile_numbers::destination::Prefix],
}

fn noted(group: &CustomGroup) -> Noted<'_> {
    Noted {
        id: group.id(),
        name: group.name(),
        country: group.country(),
        prefixes: group.prefixes(),
    }
}

fn taken(group: &CustomGroup) -> StoreError {
    StoreError::Conflict(format!(
        "there is a group with the id {} or called {:?} in {}; choose another",
        group.id(),
        group.name(),
        group.country()
    ))
}

#[async_trait]
impl NetworkGroups for SqliteStore {
    async fn enabled_groups(
        &self,
        workspace: WorkspaceId,
    ) -> Result<BTreeSet<GroupId>, StoreError> {
        self.read(move |connection| enabled(connection, workspace)).await
    }

    async fn switch_groups(
        &self,
        workspace: WorkspaceId,
        groups: Vec<(GroupId, bool)>,
    ) -> Result<BTreeSet<GroupId>, StoreError> {
        self.change(move |connection, log| {
            let before = enabled(connection, workspace)?;
            for (group, on) in &groups {
                if !exists(connection, group)? {
                    return Err(StoreError::NotFound(format!("network group {group}")));
                }
                switch(connection, workspace, group, *on)?;
            }
            policies::changed(connection)?;
            let after = enabled(connection, workspace)?;
            let change = Change::new("network_groups.switched", workspace, workspace);
            log.note(change.before(&before).after(&after))?;
            Ok(after)
        })
        .await
    }

    async fn custom_groups(&self) -> Result<Vec<CustomGroup>, StoreError> {
        self.read(custom).await
    }

    async fn add_custom_group(
        &self,
        group: CustomGroup,
        now: Timestamp,
    ) -> Result<CustomGroup, StoreError> {
        self.change(move |connection, log| {
            let added = connection.execute(
                "INSERT INTO custom_groups (id, name, country, prefixes, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                params![
                    group.id().as_str(),
                    group.name(),
                    group.country().to_string(),
                    decode::to_json(&group.prefixes())?,
                    now.0
                ],
            )?;
            if added == 0 {
                return Err(taken(&group));
            }
            policies::changed(connection)?;
            log.made(group.id())?;
            log.note(Change::new("network_group.created", None, group.id()).after(noted(&group)))?;
            Ok(group)
        })
        .await
    }

    async fn update_custom_group(&self, group: CustomGroup) -> Result<CustomGroup, StoreError> {
        self.change(move |connection, log| {
            let before = find_custom(connection, group.id())?;
            let changed = connection.execute(
                "UPDATE OR IGNORE custom_groups SET name = ?2, country = ?3, prefixes = ?4
                  WHERE id = ?1",
                params![
                    group.id().as_str(),
                    group.name(),
                    group.country().to_string(),
                    decode::to_json(&group.prefixes())?
                ],
            )?;
            if changed == 0 {
                return Err(taken(&group));
            }
            policies::changed(connection)?;
            changes::limits_changed(connection)?;
            let change = Change::new("network_group.updated", None, group.id());
            log.note(change.before(noted(&before)).after(noted(&group)))?;
            Ok(group)
        })
        .await
    }

    async fn remove_custom_group(&self, id: GroupId) -> Result<CustomGroup, StoreError> {
        self.change(move |connection, log| {
            let gone = find_custom(connection, &id)?;
            let settings = operator::settings(connection)?;
            if settings.default_groups.contains(&id) {
                return Err(StoreError::Conflict(format!(
                    "{id} is one of the default groups; take it out of default_groups first"
                )));
            }
            let sql = "DELETE FROM enabled_groups WHERE network_group = ?1";
            connection.execute(sql, [id.as_str()])?;
            connection.execute("DELETE FROM custom_groups WHERE id = ?1", [id.as_str()])?;
            policies::changed(connection)?;
            log.note(Change::new("network_group.deleted", None, &id).before(noted(&gone)))?;
            Ok(gone)
        })
        .await
    }
}

fn find_custom(connection: &Connection, id: &GroupId) -> Result<CustomGroup, StoreError> {
    let known = custom(connection)?.into_iter().find(|group| group.id() == id);
    known.ok_or_else(|| StoreError::NotFound(format!("network group {id}")))
}
