//! What a POST with an Idempotency-Key was answered, for 24 hours.

use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::SqliteStore;
use crate::StoreError;

/// How long an answer is kept, in microseconds.
const KEPT_US: i64 = 24 * 3600 * 1_000_000;

/// Old answers that are forgotten whenever a new key comes in.
const FORGOTTEN_AT_ONCE: u32 = 100;

/// What is known of a request's Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// Nothing: it is now reserved for this request, which must end with
    /// [`SqliteStore::finish_idempotent`] or [`SqliteStore::forget_idempotent`].
    NotYet,
    /// The same request is being answered right now.
    InProgress,
    /// Another request used the key.
    Differently,
    /// The same request was answered so.
    With {
        /// HTTP status.
        status: u16,
        /// Body, JSON.
        body: Vec<u8>,
    },
}

impl SqliteStore {
    /// Reserves an Idempotency-Key, or says what was answered to it. `request_hash` tells one
    /// request from another.
    pub async fn begin_idempotent(
        &self,
        workspace: WorkspaceId,
        key: &str,
        request_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Answered, StoreError> {
        let key = key.to_owned();
        self.write(move |connection| {
            let oldest = now.0 - KEPT_US;
            connection.prepare_cached(FORGET_OLD)?.execute(params![oldest, FORGOTTEN_AT_ONCE])?;
            let found: Option<Kept> = connection
                .prepare_cached(
                    "SELECT request_hash, status, body FROM idempotency
                      WHERE workspace = ?1 AND key = ?2 AND created_at > ?3",
                )?
                .query_row(params![workspace.0, key, oldest], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            match found {
                Some((hash, _, _)) if hash != request_hash => Ok(Answered::Differently),
                Some((_, Some(status), Some(body))) => Ok(Answered::With { status, body }),
                Some(_) => Ok(Answered::InProgress),
                None => {
                    let sql = "INSERT OR REPLACE INTO idempotency
                               (workspace, key, request_hash, created_at) VALUES (?1, ?2, ?3, ?4)";
                    let row = params![workspace.0, key, request_hash, now.0];
                    connection.prepare_cached(sql)?.execute(row)?;
                    Ok(Answered::NotYet)
                }
            }
        })
        .await
    }

    /// Keeps the answer to a reserved key.
    pub async fn finish_idempotent(
        &self,
        workspace: WorkspaceId,
        key: &str,
        (status, body): (u16, Vec<u8>),
    ) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.write(move |connection| {
            let sql = "UPDATE idempotency SET status = ?3, body = ?4
                        WHERE workspace = ?1 AND key = ?2 AND status IS NULL";
            connection.prepare_cached(sql)?.execute(params![workspace.0, key, status, body])?;
            Ok(())
        })
        .await
    }

    /// Gives a reserved key back: the request failed in a way that may be tried again.
    pub async fn forget_idempotent(
        &self,
        workspace: WorkspaceId,
        key: &str,
    ) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.write(move |connection| {
            let sql = "DELETE FROM idempotency
                        WHERE workspace = ?1 AND key = ?2 AND status IS NULL";
            connection.prepare_cached(sql)?.execute(params![workspace.0, key])?;
            Ok(())
        })
        .await
    }
}

/// Hash of the request, status and body of the answer.
type Kept = (Vec<u8>, Option<u16>, Option<Vec<u8>>);

const FORGET_OLD: &str = "DELETE FROM idempotency WHERE (workspace, key) IN
    (SELECT workspace, key FROM idempotency WHERE created_at <= ?1 LIMIT ?2)";

/// A dead process answers nobody: its reservations are void.
pub(super) fn forget_unanswered(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("DELETE FROM idempotency WHERE status IS NULL", [])?;
    Ok(())
}
