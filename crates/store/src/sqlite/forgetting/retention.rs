//! Deletes old transcripts, SIP messages and recordings, a little at a time; the records of the
//! calls stay.

use async_trait::async_trait;
use campanile_rules::{ids::AttemptId, time::Timestamp};
use rusqlite::{Connection, params};

use crate::sqlite::SqliteStore;
use crate::{Retention, StoreError};

/// Calls whose logs are deleted in one transaction. Dialing waits for one such transaction at most.
const AT_ONCE: usize = 500;

/// The tables of transcripts and SIP messages; the oldest calls have the lowest ids.
const TABLES: [&str; 2] = ["transcripts", "ladders"];

#[async_trait]
impl Retention for SqliteStore {
    async fn forget_call_logs(&self, before: Timestamp) -> Result<bool, StoreError> {
        let mut forgot = false;
        for table in TABLES {
            let old = self.read(move |connection| oldest(connection, table, before)).await?;
            if let Some(&last) = old.last() {
                let sql = format!("DELETE FROM {table} WHERE attempt <= ?1");
                self.write(move |connection| Ok(connection.execute(&sql, [last])?)).await?;
                forgot = true;
            }
        }
        Ok(forgot)
    }

    async fn old_recordings(
        &self,
        before: Timestamp,
    ) -> Result<Vec<(AttemptId, String)>, StoreError> {
        self.read(move |connection| {
            let attempts = oldest(connection, "recordings", before)?;
            let mut file =
                connection.prepare_cached("SELECT file FROM recordings WHERE attempt = ?1")?;
            let files = attempts.into_iter().map(|attempt| {
                Ok((AttemptId(attempt), file.query_one([attempt], |row| row.get(0))?))
            });
            files.collect()
        })
        .await
    }
}

/// The oldest attempts in a table that were claimed before an instant.
fn oldest(connection: &Connection, table: &str, before: Timestamp) -> Result<Vec<i64>, StoreError> {
    let sql = format!(
        "SELECT a.id, a.claimed_at FROM {table} t JOIN attempts a ON a.id = t.attempt
          ORDER BY t.attempt LIMIT ?1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows =
        statement.query_map(params![AT_ONCE as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows = rows.collect::<Result<Vec<(i64, i64)>, _>>()?;
    let old = rows.into_iter().take_while(|(_, claimed_at)| *claimed_at < before.0);
    Ok(old.map(|(attempt, _)| attempt).collect())
}
