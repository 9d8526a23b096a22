//! Webhook endpoints: the servers that receive events.

mod deliveries;

use async_trait::async_trait;
use campanile_rules::{
    event::EventKind,
    ids::{WebhookId, WorkspaceId},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{
    SqliteStore,
    db::{decode, secrets},
    log::audit::Change,
};
use crate::{
    DisabledReason, MAX_WEBHOOKS, StoreError, Vault, WebhookRecord, WebhookSettings, Webhooks,
};

/// Seals and stores the secret of an endpoint.
fn keep_secret(
    (connection, vault): (&Connection, &Vault),
    id: WebhookId,
    secret: &[u8],
) -> Result<(), StoreError> {
    let sealed = secrets::seal((connection, vault), secret, &id.plain())?;
    let sql = "UPDATE webhooks SET secret = ?2 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![id.0, sealed])?;
    Ok(())
}

fn record(row: &Row<'_>) -> rusqlite::Result<WebhookRecord> {
    let names: Vec<String> = decode::json(row, "events")?;
    Ok(WebhookRecord {
        id: WebhookId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace")?),
        settings: WebhookSettings {
            url: row.get("url")?,
            description: row.get("description")?,
            events: names.iter().filter_map(|name| EventKind::from_name(name)).collect(),
            enabled: row.get("enabled")?,
        },
        disabled_reason: decode::optional(row, "disabled_reason", DisabledReason::from_name)?,
        failing_since: decode::instant(row, "failing_since")?,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
    })
}

fn names(events: &[EventKind]) -> Result<String, StoreError> {
    decode::to_json(&events.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
}

fn find(
    connection: &Connection,
    workspace: WorkspaceId,
    id: WebhookId,
) -> Result<WebhookRecord, StoreError> {
    let sql = "SELECT * FROM webhooks WHERE id = ?1 AND workspace = ?2";
    let found =
        connection.prepare_cached(sql)?.query_row(params![id.0, workspace.0], record).optional()?;
    found.ok_or_else(|| StoreError::NotFound(id.to_string()))
}

#[async_trait]
impl Webhooks for SqliteStore {
    async fn webhooks_changed(&self) {
        self.shared.webhooks_changed.notified().await;
    }

    async fn webhook_cursor(&self) -> Result<Option<i64>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT min(cursor) + 1 FROM webhooks WHERE enabled = 1";
            Ok(connection.prepare_cached(sql)?.query_one([], |row| row.get(0))?)
        })
        .await
    }

    async fn add_webhook(
        &self,
        workspace: WorkspaceId,
        (settings, secret): (WebhookSettings, Vec<u8>),
        now: Timestamp,
    ) -> Result<WebhookRecord, StoreError> {
        let vault = self.vault();
        self.change(move |connection, log| {
            let sql = "INSERT INTO webhooks
                    (workspace, url, description, events, secret, enabled, cursor, created_at)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, coalesce((SELECT max(id) FROM events), 0), ?7
                 WHERE (SELECT count(*) FROM webhooks WHERE workspace = ?1) < ?8
                RETURNING *";
            let WebhookSettings { url, description, events, enabled } = settings;
            let events = names(&events)?;
            let key =
                params![workspace.0, url, description, events, b"", enabled, now.0, MAX_WEBHOOKS];
            let added = connection.prepare_cached(sql)?.query_row(key, record).optional()?;
            let added = added.ok_or_else(|| {
                StoreError::Conflict(format!(
                    "the workspace has {MAX_WEBHOOKS} webhooks; delete one first"
                ))
            })?;
            keep_secret((connection, &vault), added.id, &secret)?;
            log.made(added.id)?;
            log.note(Change::new("webhook.created", workspace, added.id).after(&added.settings))?;
            Ok(added)
        })
        .await
    }

    async fn list_webhooks(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<WebhookRecord>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT * FROM webhooks WHERE workspace = ?1 ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_map([workspace.0], record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
    ) -> Result<WebhookRecord, StoreError> {
        self.read(move |connection| find(connection, workspace, id)).await
    }

    async fn update_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        (settings, now): (WebhookSettings, Timestamp),
    ) -> Result<WebhookRecord, StoreError> {
        let updated = self.change(move |connection, log| {
            let before = find(connection, workspace, id)?;
            let wakes = settings.enabled && !before.settings.enabled;
            if wakes {
                connection.execute(
                    "UPDATE webhooks SET failing_since = NULL, disabled_reason = NULL,
                            cursor = coalesce((SELECT max(id) FROM events), 0) WHERE id = ?1",
                    [id.0],
                )?;
                connection.execute(
                    "UPDATE webhook_deliveries SET due_at = ?2
                      WHERE webhook = ?1 AND state = 'pending'",
                    [id.0, now.0],
                )?;
            }
            let WebhookSettings { url, description, events, enabled } = settings;
            let sql = "UPDATE webhooks SET url = ?2, description = ?3, events = ?4, enabled = ?5
                        WHERE id = ?1 RETURNING *";
            let key = params![id.0, url, description, names(&events)?, enabled];
            let after = connection.prepare_cached(sql)?.query_one(key, record)?;
            let change = Change::new("webhook.updated", workspace, id).before(&before.settings);
            log.note(change.after(&after.settings))?;
            Ok(after)
        });
        let updated = updated.await?;
        self.shared.webhooks_changed.notify_one();
        Ok(updated)
    }

    async fn replace_webhook_secret(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        secret: Vec<u8>,
    ) -> Result<WebhookRecord, StoreError> {
        let vault = self.vault();
        let replaced = self.change(move |connection, log| {
            let webhook = find(connection, workspace, id)?;
            log.note(Change::new("webhook.secret_rotated", workspace, id))?;
            keep_secret((connection, &vault), id, &secret)?;
            Ok(webhook)
        });
        let replaced = replaced.await?;
        self.shared.webhooks_changed.notify_one();
        Ok(replaced)
    }

    async fn delete_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
    ) -> Result<WebhookRecord, StoreError> {
        let deleted = self.change(move |connection, log| {
            let record = find(connection, workspace, id)?;
            log.note(Change::new("webhook.deleted", workspace, id).before(&record.settings))?;
            connection.execute("DELETE FROM webhooks WHERE id = ?1", [id.0])?;
            Ok(record)
        });
        let deleted = deleted.await?;
        self.shared.webhooks_changed.notify_one();
        Ok(deleted)
    }
}
