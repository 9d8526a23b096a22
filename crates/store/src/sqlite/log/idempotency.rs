//! What a POST with an Idempotency-Key created, and its answer, kept for 24 hours.
//!
//! The path of the created thing is noted in the transaction that creates it
//! ([`Store::repeatable`](crate::Store::repeatable)). So after a crash before the answer is stored, a repeated request
//! creates nothing twice, and is answered with what is at the path.

use std::fmt::Display;

use async_trait::async_trait;
use campanile_rules::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::SqliteStore;
use crate::{Answered, Idempotency, Owner, StoreError, Vault};

/// How long an answer is kept, in microseconds.
const KEPT_US: i64 = 24 * 3600 * 1_000_000;

/// Old answers that are deleted whenever a new key comes in.
const FORGOTTEN_AT_ONCE: u32 = 100;

/// The Idempotency-Key of the current request, the API key that sent it, and the path of the
/// collection in which the request creates something.
#[derive(Debug)]
pub(crate) struct RequestKey {
    api_key: String,
    key: String,
    collection: String,
}

impl RequestKey {
    /// The key of a request that creates something in a collection.
    pub(crate) fn new(api_key: &str, key: &str, collection: &str) -> RequestKey {
        let [api_key, key, collection] = [api_key, key, collection].map(str::to_owned);
        RequestKey { api_key, key, collection }
    }

    /// Notes the path of what the request created: `id` in its collection.
    pub(crate) fn note(&self, connection: &Connection, id: impl Display) -> Result<(), StoreError> {
        let made = format!("{}/{id}", self.collection);
        let sql = "UPDATE idempotency SET made = ?3 WHERE api_key = ?1 AND key = ?2";
        connection.prepare_cached(sql)?.execute(params![self.api_key, self.key, made])?;
        Ok(())
    }
}

#[async_trait]
impl Idempotency for SqliteStore {
    async fn begin_idempotent(
        &self,
        api_key: &str,
        key: &str,
        request_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Answered, StoreError> {
        let (api_key, key) = (api_key.to_owned(), key.to_owned());
        let request_hash = keyed(&self.vault(), &request_hash);
        let owner = self.shared.owner;
        let (node, epoch) = (owner.map(|owner| owner.node), owner.map(|owner| owner.epoch));
        self.write(move |connection| {
            let oldest = now.0 - KEPT_US;
            connection.prepare_cached(FORGET_OLD)?.execute(params![oldest, FORGOTTEN_AT_ONCE])?;
            let found: Option<Kept> = connection
                .prepare_cached(
                    "SELECT request_hash, status, body, answering, made, gone FROM idempotency
                      WHERE api_key = ?1 AND key = ?2 AND created_at > ?3",
                )?
                .query_row(params![api_key, key, oldest], |row| {
                    Ok(Kept {
                        hash: row.get(0)?,
                        status: row.get(1)?,
                        body: row.get(2)?,
                        answering: row.get(3)?,
                        made: row.get(4)?,
                        gone: row.get(5)?,
                    })
                })
                .optional()?;
            match found {
                Some(kept) if kept.hash != request_hash => Ok(Answered::Differently),
                Some(Kept { status: Some(status), body: Some(body), .. }) => {
                    Ok(Answered::With { status, body })
                }
                Some(Kept { answering: false, gone: Some(gone), .. }) => {
                    connection
                        .prepare_cached(ANSWERING)?
                        .execute(params![api_key, key, node, epoch])?;
                    Ok(Answered::Gone(gone))
                }
                Some(Kept { answering: false, made: Some(made), .. }) => {
                    connection
                        .prepare_cached(ANSWERING)?
                        .execute(params![api_key, key, node, epoch])?;
                    Ok(Answered::Made(made))
                }
                Some(_) => Ok(Answered::InProgress),
                None => {
                    let sql = "INSERT OR REPLACE INTO idempotency
                               (api_key, key, request_hash, keyed, created_at, node, node_epoch)
                               VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)";
                    let row = params![api_key, key, request_hash, now.0, node, epoch];
                    connection.prepare_cached(sql)?.execute(row)?;
                    Ok(Answered::NotYet)
                }
            }
        })
        .await
    }

    async fn finish_idempotent(
        &self,
        api_key: &str,
        key: &str,
        (status, body): (u16, Vec<u8>),
    ) -> Result<(), StoreError> {
        let (api_key, key) = (api_key.to_owned(), key.to_owned());
        self.write(move |connection| {
            let sql = "UPDATE idempotency SET status = ?3, body = ?4
                        WHERE api_key = ?1 AND key = ?2 AND status IS NULL";
            connection.prepare_cached(sql)?.execute(params![api_key, key, status, body])?;
            Ok(())
        })
        .await
    }

    async fn forget_idempotent(&self, api_key: &str, key: &str) -> Result<(), StoreError> {
        let (api_key, key) = (api_key.to_owned(), key.to_owned());
        self.write(move |connection| {
            let sql = "DELETE FROM idempotency WHERE api_key = ?1 AND key = ?2
                          AND status IS NULL AND made IS NULL AND gone IS NULL";
            connection.prepare_cached(sql)?.execute(params![api_key, key])?;
            let sql = "UPDATE idempotency SET answering = 0 WHERE api_key = ?1 AND key = ?2";
            connection.prepare_cached(sql)?.execute(params![api_key, key])?;
            Ok(())
        })
        .await
    }
}

/// A row of the table `idempotency`.
struct Kept {
    hash: Vec<u8>,
    status: Option<u16>,
    body: Option<Vec<u8>>,
    answering: bool,
    made: Option<String>,
    gone: Option<String>,
}

const ANSWERING: &str = "UPDATE idempotency SET answering = 1, node = ?3, node_epoch = ?4
    WHERE api_key = ?1 AND key = ?2";

const FORGET_OLD: &str = "DELETE FROM idempotency WHERE (api_key, key) IN
    (SELECT api_key, key FROM idempotency WHERE created_at <= ?1 LIMIT ?2)";

/// The stored form of a request's hash, computed with the installation's key. A body may be no more
/// than a phone number, and anybody could find that number from a plain hash by trying all numbers.
fn keyed(vault: &Vault, request_hash: &[u8]) -> [u8; 32] {
    vault.mark(request_hash, "idempotency")
}

/// Replaces the plain hashes that an earlier version stored.
pub(crate) fn key_hashes(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    let sql = "SELECT api_key, key, request_hash FROM idempotency WHERE keyed = 0";
    let mut plain = connection.prepare(sql)?;
    let rows = plain.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows = rows.collect::<Result<Vec<(String, String, Vec<u8>)>, _>>()?;
    let sql = "UPDATE idempotency SET request_hash = ?3, keyed = 1 WHERE api_key = ?1 AND key = ?2";
    let mut rewrite = connection.prepare(sql)?;
    for (api_key, key, hash) in rows {
        rewrite.execute(params![api_key, key, keyed(vault, &hash)])?;
    }
    Ok(())
}

/// Deletes reservations that former epochs of the owner's node left, which answer no request. What
/// their requests created stays noted, so that nothing is created twice.
pub(crate) fn forget_unanswered(connection: &Connection, owner: Owner) -> Result<(), StoreError> {
    let former = [owner.node, owner.epoch];
    let sql = "DELETE FROM idempotency
                WHERE status IS NULL AND made IS NULL AND gone IS NULL
                  AND node = ?1 AND node_epoch < ?2";
    connection.execute(sql, former)?;
    let sql = "UPDATE idempotency SET answering = 0
                WHERE status IS NULL AND node = ?1 AND node_epoch < ?2";
    connection.execute(sql, former)?;
    Ok(())
}
