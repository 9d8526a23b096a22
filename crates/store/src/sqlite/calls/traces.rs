//! Deletes what mentions a batch or a person outside its own rows: deliveries to webhooks and kept
//! answers. A reader searches them, so that only matches cost the writer time.

use std::sync::Arc;

use campanile_rules::ids::WorkspaceId;
use rusqlite::params;

use crate::StoreError;
use crate::sqlite::SqliteStore;

/// Rows that one read examines, and that one transaction changes.
const AT_ONCE: usize = 500;

/// The key of a kept answer: the API key that sent the request, and its Idempotency-Key.
type AnswerKey = (String, String);

impl SqliteStore {
    /// Deletes a workspace's deliveries whose body satisfies `is_about`, and returns how many.
    pub(crate) async fn forget_deliveries(
        &self,
        workspace: WorkspaceId,
        is_about: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<u64, StoreError> {
        let is_about = Arc::new(is_about);
        let (mut behind, mut gone) = (Some(0_i64), 0);
        while let Some(after) = behind {
            let is_about = is_about.clone();
            let (last, found) = self
                .read(move |connection| {
                    let sql = "SELECT d.id, d.body FROM webhook_deliveries d
                                 JOIN webhooks w ON w.id = d.webhook
                                WHERE d.id > ?1 AND w.workspace = ?2 ORDER BY d.id LIMIT ?3";
                    let mut statement = connection.prepare_cached(sql)?;
                    let mut rows = statement.query(params![after, workspace.0, AT_ONCE as i64])?;
                    let (mut last, mut found) = (None, Vec::new());
                    while let Some(row) = rows.next()? {
                        last = Some(row.get(0)?);
                        if is_about(row.get_ref(1)?.as_str().unwrap_or_default()) {
                            found.push(row.get::<_, i64>(0)?);
                        }
                    }
                    Ok((last, found))
                })
                .await?;
            gone += found.len() as u64;
            if !found.is_empty() {
                self.write(move |connection| {
                    let sql = "DELETE FROM webhook_deliveries WHERE id = ?1";
                    let mut delete = connection.prepare_cached(sql)?;
                    found.iter().try_for_each(|id| delete.execute([id]).map(drop))?;
                    Ok(())
                })
                .await?;
            }
            behind = last;
        }
        // The courier may have read some of these deliveries already.
        self.shared.webhooks_changed.notify_one();
        Ok(gone)
    }

    /// Deletes a workspace's kept answers whose body satisfies `is_about`, and returns how many. A
    /// repeated request is still not carried out again: it is told that the thing `gone` is not
    /// there any more, or shown what it created as it is now.
    pub(crate) async fn forget_answers(
        &self,
        workspace: WorkspaceId,
        is_about: impl Fn(&str) -> bool + Send + Sync + 'static,
        gone: Option<String>,
    ) -> Result<u64, StoreError> {
        let is_about = Arc::new(is_about);
        let (mut behind, mut forgotten) = (Some(AnswerKey::default()), 0);
        while let Some((after_api_key, after_key)) = behind {
            let is_about = is_about.clone();
            let (last, found) = self
                .read(move |connection| {
                    let sql = "SELECT i.api_key, i.key, i.body FROM idempotency i
                                 JOIN api_keys k ON k.id = i.api_key
                                WHERE (i.api_key, i.key) > (?1, ?2) AND k.workspace = ?3
                                ORDER BY i.api_key, i.key LIMIT ?4";
                    let mut statement = connection.prepare_cached(sql)?;
                    let key = params![after_api_key, after_key, workspace.0, AT_ONCE as i64];
                    let mut rows = statement.query(key)?;
                    let (mut last, mut found) = (None, Vec::<AnswerKey>::new());
                    while let Some(row) = rows.next()? {
                        let key = (row.get(0)?, row.get(1)?);
                        let body =
                            row.get_ref(2)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
                        let body = body.unwrap_or_default();
                        if is_about(&String::from_utf8_lossy(body)) {
                            found.push(AnswerKey::clone(&key));
                        }
                        last = Some(key);
                    }
                    Ok((last, found))
                })
                .await?;
            forgotten += found.len() as u64;
            let gone = gone.clone();
            if !found.is_empty() {
                self.write(move |connection| {
                    let mut again = connection.prepare_cached(
                        "UPDATE idempotency SET status = NULL, body = NULL, answering = 0,
                                gone = ?3 WHERE api_key = ?1 AND key = ?2",
                    )?;
                    let mut forget = connection.prepare_cached(
                        "DELETE FROM idempotency WHERE api_key = ?1 AND key = ?2
                            AND status IS NULL AND made IS NULL AND gone IS NULL",
                    )?;
                    for (api_key, key) in &found {
                        again.execute(params![api_key, key, gone])?;
                        forget.execute([api_key, key])?;
                    }
                    Ok(())
                })
                .await?;
            }
            behind = last;
        }
        Ok(forgotten)
    }
}
