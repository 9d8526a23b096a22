//! Deliveries to webhook endpoints: from the event log to the endpoint's answer.

use async_trait::async_trait;
use campanile_rules::{
    event::Envelope,
    ids::{Cipher, DeliveryId, WebhookId, WorkspaceId},
    time::Timestamp,
    webhook::{Follows, Tried, is_given_up},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::find;
use crate::sqlite::{
    SqliteStore,
    db::{decode, secrets},
    log::{audit::Change, events},
};
use crate::{
    Deliveries, DeliveryFilter, DeliveryPage, DeliveryRecord, DeliveryState, DisabledReason,
    DueDelivery, StoreError, TriedDelivery, Try,
};

/// Events that become deliveries in one transaction.
const LIFTED_AT_ONCE: u32 = 500;

/// The maximum number of waiting deliveries per endpoint; further events stay in the event log
/// until these are done.
const MAX_WAITING: u32 = 10_000;

fn record(row: &Row<'_>) -> rusqlite::Result<DeliveryRecord> {
    let last = match decode::instant(row, "last_at")? {
        Some(at) => Some(Try {
            at,
            status: row.get("last_status")?,
            error: row.get("last_error")?,
            duration_ms: row.get::<_, Option<i64>>("duration_ms")?.unwrap_or_default() as u64,
        }),
        None => None,
    };
    Ok(DeliveryRecord {
        id: DeliveryId(row.get("id")?),
        webhook: WebhookId(row.get("webhook")?),
        kind: row.get("kind")?,
        body: row.get("body")?,
        state: decode::word(row, "state", DeliveryState::from_name)?,
        due_at: decode::instant(row, "due_at")?,
        tries: row.get("tries")?,
        last,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
    })
}

#[async_trait]
impl Deliveries for SqliteStore {
    async fn lift_webhook_events(&self, now: Timestamp) -> Result<bool, StoreError> {
        // Mostly there is nothing to do, so a reader looks first. Each endpoint has a transaction
        // of its own, so that other writes wait for one of these at most.
        let mut more = false;
        for (webhook, last) in self.read(behind).await? {
            more |= self.write(move |connection| lift(connection, webhook, last, now)).await?;
        }
        Ok(more)
    }

    async fn enabled_webhooks(&self) -> Result<Vec<WebhookId>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT id FROM webhooks WHERE enabled = 1";
            let mut statement = connection.prepare_cached(sql)?;
            let ids = statement.query_map([], |row| Ok(WebhookId(row.get(0)?)))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let (instance, cipher) = (self.shared.instance, self.shared.cipher.clone());
        let vault = self.vault();
        self.read(move |connection| {
            let mut endpoints =
                connection.prepare_cached("SELECT id FROM webhooks WHERE enabled = 1")?;
            let endpoints: Vec<i64> =
                endpoints.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let mut due = Vec::new();
            let sql =
                "SELECT d.id, d.webhook, d.body, d.tries, d.first_at, w.url, w.secret, w.workspace
                         FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook
                        WHERE d.webhook = ?1 AND d.state = 'pending' AND d.due_at <= ?2
                        ORDER BY d.due_at, d.id LIMIT ?3";
            let mut statement = connection.prepare_cached(sql)?;
            for endpoint in endpoints {
                let rows = statement.query_map(params![endpoint, now.0, limit], |row| {
                    let id = DeliveryId(row.get("id")?);
                    let webhook = WebhookId(row.get("webhook")?);
                    Ok(DueDelivery {
                        id,
                        webhook,
                        workspace: WorkspaceId(row.get("workspace")?),
                        message_id: message_id(instance, &cipher, id),
                        url: row.get("url")?,
                        secret: secrets::open(&vault, row, &webhook.plain())?.unwrap_or_default(),
                        body: row.get("body")?,
                        tries: row.get("tries")?,
                        first_at: decode::instant(row, "first_at")?,
                    })
                })?;
                for row in rows {
                    due.push(row?);
                }
            }
            Ok(due)
        })
        .await
    }

    async fn next_delivery_at(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT min((SELECT due_at FROM webhook_deliveries
                                    WHERE webhook = w.id AND state = 'pending' AND due_at > ?1
                                    ORDER BY due_at LIMIT 1))
                         FROM webhooks w WHERE enabled = 1";
            let at: Option<i64> =
                connection.prepare_cached(sql)?.query_one([now.0], |row| row.get(0))?;
            Ok(at.map(Timestamp))
        })
        .await
    }

    async fn deliveries_waiting(&self) -> Result<u64, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT count(*) FROM webhooks w JOIN webhook_deliveries d
                           ON d.webhook = w.id AND d.state = 'pending'
                        WHERE w.enabled = 1";
            let waiting: i64 = connection.prepare_cached(sql)?.query_one([], |row| row.get(0))?;
            Ok(waiting as u64)
        })
        .await
    }

    async fn note_deliveries(
        &self,
        tried: Vec<TriedDelivery>,
    ) -> Result<Vec<(WebhookId, DisabledReason)>, StoreError> {
        self.write(move |connection| {
            let mut disabled = Vec::new();
            for one in &tried {
                note(connection, one.id, &one.made, one.follows)?;
                let reason = judge(connection, one.webhook, (one.made.at, one.tried))?;
                disabled.extend(reason.map(|reason| (one.webhook, reason)));
            }
            Ok(disabled)
        })
        .await
    }

    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        filter: DeliveryFilter,
    ) -> Result<DeliveryPage, StoreError> {
        self.read(move |connection| {
            find(connection, workspace, webhook)?;
            let sql = "SELECT * FROM webhook_deliveries
                        WHERE webhook = ?1 AND id < ?2 AND (?3 IS NULL OR state = ?3)
                        ORDER BY id DESC LIMIT ?4";
            let state = filter.state.map(DeliveryState::as_str);
            let before = filter.before.unwrap_or(i64::MAX);
            let mut statement = connection.prepare_cached(sql)?;
            let limit = i64::from(filter.limit) + 1;
            let rows = statement.query_map(params![webhook.0, before, state, limit], record)?;
            let mut items = rows.collect::<Result<Vec<_>, _>>()?;
            let more = items.len() as i64 == limit;
            items.truncate(filter.limit as usize);
            let next = items.last().map(|last| last.id.0).filter(|_| more);
            Ok(DeliveryPage { items, next })
        })
        .await
    }

    async fn redeliver(
        &self,
        workspace: WorkspaceId,
        (webhook, delivery): (WebhookId, DeliveryId),
        now: Timestamp,
    ) -> Result<DeliveryRecord, StoreError> {
        let again = self.change(move |connection, log| {
            find(connection, workspace, webhook)?;
            log.note(Change::new("webhook.redelivered", workspace, delivery))?;
            let sql = "UPDATE webhook_deliveries
                          SET state = 'pending', due_at = ?3, first_at = NULL
                        WHERE id = ?1 AND webhook = ?2 RETURNING *";
            let again = connection
                .prepare_cached(sql)?
                .query_row(params![delivery.0, webhook.0, now.0], record)
                .optional()?;
            again.ok_or_else(|| StoreError::NotFound(delivery.to_string()))
        });
        let again = again.await?;
        self.shared.webhooks_changed.notify_one();
        Ok(again)
    }

    async fn test_webhook(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        now: Timestamp,
    ) -> Result<DeliveryRecord, StoreError> {
        let test = self.change(move |connection, log| {
            find(connection, workspace, webhook)?;
            log.note(Change::new("webhook.tested", workspace, webhook))?;
            let sequence = events::horizon(connection)?;
            let kind = "webhook.test";
            let body = Envelope { sequence, kind, at: now, batch: None, data: "{}" }.posted();
            let sql =
                "INSERT INTO webhook_deliveries (webhook, kind, body, state, due_at, created_at)
                       VALUES (?1, 'webhook.test', ?2, 'pending', ?3, ?3) RETURNING *";
            Ok(connection
                .prepare_cached(sql)?
                .query_one(params![webhook.0, body, now.0], record)?)
        });
        let test = test.await?;
        self.shared.webhooks_changed.notify_one();
        Ok(test)
    }

    async fn prune_deliveries(&self, before: Timestamp) -> Result<bool, StoreError> {
        const AT_ONCE: usize = 1_000;
        self.write(move |connection| {
            let sql = "DELETE FROM webhook_deliveries WHERE id IN
                       (SELECT id FROM webhook_deliveries
                         WHERE state <> 'pending' AND last_at < ?1 LIMIT ?2)";
            let gone =
                connection.prepare_cached(sql)?.execute(params![before.0, AT_ONCE as i64])?;
            Ok(gone == AT_ONCE)
        })
        .await
    }
}

/// The `webhook-id` by which a receiver knows a delivery. It is never used again, even after a
/// restoration.
fn message_id(instance: u64, cipher: &Cipher, id: DeliveryId) -> String {
    format!("msg_{instance:016x}_{}", cipher.write("message", id.0))
}

/// Enabled endpoints that have room and for which events wait, each with the last event of its
/// workspace.
fn behind(connection: &Connection) -> Result<Vec<(WebhookId, i64)>, StoreError> {
    let sql = "SELECT w.id, (SELECT max(id) FROM events e WHERE e.workspace = w.workspace) AS last
                 FROM webhooks w
                WHERE w.enabled = 1 AND last > w.cursor
                  AND (SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries d
                        WHERE d.webhook = w.id AND d.state = 'pending' LIMIT ?1)) < ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let rows =
        statement.query_map([MAX_WAITING], |row| Ok((WebhookId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Turns some events after an endpoint's cursor into deliveries; true when more wait.
fn lift(
    connection: &Connection,
    webhook: WebhookId,
    last: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // The last event that this transaction examines, whether the endpoint wants its kind or not.
    let sql = "SELECT max(id), count(*) FROM (SELECT id FROM events
                WHERE workspace = (SELECT workspace FROM webhooks WHERE id = ?1)
                  AND id > (SELECT cursor FROM webhooks WHERE id = ?1) ORDER BY id LIMIT ?2)";
    let (end, seen): (Option<i64>, u32) = connection
        .prepare_cached(sql)?
        .query_one(params![webhook.0, LIFTED_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let end = end.unwrap_or(last);
    let sql = "SELECT e.*
                 FROM webhooks w
                 JOIN events e ON e.workspace = w.workspace AND e.id > w.cursor AND e.id <= ?2
                WHERE w.id = ?1 AND w.enabled = 1
                  AND e.kind IN (SELECT value FROM json_each(w.events))
                  AND NOT EXISTS (SELECT 1 FROM batches b
                                   WHERE b.id = e.batch AND b.deleted_at IS NOT NULL)
                ORDER BY e.id";
    let mut wanted = connection.prepare_cached(sql)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO webhook_deliveries (webhook, event, kind, body, state, due_at, created_at)
         VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?5)",
    )?;
    let mut due = wanted.query(params![webhook.0, end])?;
    while let Some(event) = due.next()? {
        let event = events::record(event)?;
        let (kind, body) = (event.kind.as_str(), event.envelope().posted());
        insert.execute(params![webhook.0, event.id, kind, body, now.0])?;
    }
    connection
        .prepare_cached("UPDATE webhooks SET cursor = ?2 WHERE id = ?1")?
        .execute([webhook.0, end])?;
    Ok(seen == LIFTED_AT_ONCE)
}

fn note(
    connection: &Connection,
    id: DeliveryId,
    made: &Try,
    follows: Follows,
) -> Result<(), StoreError> {
    let (state, due_at) = match follows {
        Follows::Delivered => (DeliveryState::Delivered, None),
        Follows::RetryAt(at) => (DeliveryState::Pending, Some(at.0)),
        Follows::Failed => (DeliveryState::Failed, None),
    };
    let sql = "UPDATE webhook_deliveries
                  SET state = ?2, due_at = ?3, tries = tries + 1, last_at = ?4, last_status = ?5,
                      last_error = ?6, duration_ms = ?7, first_at = coalesce(first_at, ?4)
                WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        id.0,
        state.as_str(),
        due_at,
        made.at.0,
        made.status,
        made.error,
        made.duration_ms as i64,
    ])?;
    Ok(())
}

/// Notes since when an endpoint fails, and disables it once that is long enough.
fn judge(
    connection: &Connection,
    webhook: WebhookId,
    (at, tried): (Timestamp, Tried),
) -> Result<Option<DisabledReason>, StoreError> {
    let sql = match tried {
        Tried::Accepted => {
            "UPDATE webhooks SET failing_since = NULL
              WHERE id = ?1 AND failing_since IS NOT NULL AND ?2 RETURNING failing_since"
        }
        Tried::Refused | Tried::Gone => {
            "UPDATE webhooks SET failing_since = coalesce(failing_since, ?2)
              WHERE id = ?1 RETURNING failing_since"
        }
    };
    let since: Option<Option<i64>> = connection
        .prepare_cached(sql)?
        .query_row([webhook.0, at.0], |row| row.get(0))
        .optional()?;
    let reason = match tried {
        Tried::Accepted => return Ok(None),
        Tried::Gone => DisabledReason::Gone,
        Tried::Refused if is_given_up(since.flatten().map(Timestamp), at) => {
            DisabledReason::Failing
        }
        Tried::Refused => return Ok(None),
    };
    let disabled = connection
        .prepare_cached(
            "UPDATE webhooks SET enabled = 0, disabled_reason = ?2 WHERE id = ?1 AND enabled = 1",
        )?
        .execute(params![webhook.0, reason.as_str()])?;
    Ok((disabled == 1).then_some(reason))
}
