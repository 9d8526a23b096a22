//! Reads the attempts of a batch for a chart.

use campanile_rules::{ids::BatchId, series::Span};

use crate::StoreError;
use crate::sqlite::{SqliteStore, batches::recipients::Range, db::decode};

impl SqliteStore {
    /// When each attempt of a batch began and ended. Reads all attempts: some seconds for a
    /// million.
    pub async fn attempt_spans(&self, batch: BatchId) -> Result<Vec<Span>, StoreError> {
        self.read(move |connection| {
            let mut spans = connection.prepare_cached(
                "SELECT dialed_at, ended_at, outcome FROM attempts
                  WHERE recipient > ?1 AND recipient < ?2",
            )?;
            let Range { after, before } = Range::of(batch, 0);
            let spans = spans.query_map([after, before], |row| {
                let ended_at = decode::instant(row, "ended_at")?;
                Ok(Span {
                    dialed_at: decode::instant(row, "dialed_at")?,
                    ended: ended_at.zip(decode::outcome(row, "outcome")?),
                })
            })?;
            Ok(spans.collect::<Result<_, _>>()?)
        })
        .await
    }
}
