//! Reads the facts for the forecast of a batch.

use std::time::Duration;

use async_trait::async_trait;
use campanile_rules::{
    attempt::{EndReason, Outcome},
    batch::BatchSettings,
    forecast::{Load, Sample, Waiting},
    ids::{BatchId, WorkspaceId},
    time::Timestamp,
    zones::ZoneSet,
};
use rusqlite::{Connection, Row, params};

use crate::sqlite::{SqliteStore, db::decode};
use crate::{ForecastFacts, ForecastFor, Forecasts, StoreError};

/// Calls that the forecast examines, newest first.
const MOST_SAMPLES: usize = 1_000;

/// Batches of the agent whose calls are examined, and competing batches that are considered.
const MOST_BATCHES: u32 = 20;

/// The number of instants, between the first and the last, into which recipients that wait for a
/// retry are grouped.
const RETRY_STEPS: u64 = 4;

#[async_trait]
impl Forecasts for SqliteStore {
    async fn forecast_facts(&self, asked: ForecastFor) -> Result<ForecastFacts, StoreError> {
        self.read(move |connection| {
            let limits = "SELECT w.max_concurrent_calls, t.max_calls, t.settings ->> 'max_cps'
                            FROM workspaces w JOIN trunks t ON t.id = ?2 WHERE w.id = ?1";
            let key = params![asked.workspace.0, asked.trunk.0];
            let (workspace_calls, trunk_calls, trunk_cps) = connection
                .prepare_cached(limits)?
                .query_row(key, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(ForecastFacts {
                workspace_calls,
                trunk_calls,
                trunk_cps,
                waiting: match asked.batch {
                    Some(batch) => waiting(connection, batch)?,
                    None => Vec::new(),
                },
                others: others(connection, asked)?,
                calls: calls(connection, asked)?,
            })
        })
        .await
    }
}

fn waiting(connection: &Connection, batch: BatchId) -> Result<Vec<Waiting>, StoreError> {
    let mut pending = connection.prepare_cached(include_str!("../../../sql/waiting.sql"))?;
    let mut in_calls = connection.prepare_cached(
        "SELECT z.names, count(*) FROM slots s JOIN recipients r ON r.id = s.recipient
           JOIN zone_sets z ON z.id = r.zones WHERE s.batch = ?1 GROUP BY r.zones",
    )?;
    let zones = |row: &Row<'_>| -> rusqlite::Result<ZoneSet> {
        Ok(ZoneSet::from_joined(row.get_ref(0)?.as_str()?))
    };
    let mut waiting = Vec::new();
    let read = |row: &Row<'_>| {
        let due = (row.get::<_, i64>(3)?, row.get::<_, i64>(4)?);
        Ok((zones(row)?, row.get::<_, bool>(1)?, row.get::<_, i64>(2)? as u64, due))
    };
    for row in pending.query_map([batch.0], read)? {
        let (zones, retry, people, (first, last)) = row?;
        if !retry {
            waiting.push(Waiting { zones, retry_at: None, people });
            continue;
        }
        for step in 0..RETRY_STEPS {
            let between = i128::from(last - first) * i128::from(step + 1) / i128::from(RETRY_STEPS);
            let people = (people + RETRY_STEPS - 1 - step) / RETRY_STEPS;
            let retry_at = Some(Timestamp(first + between as i64));
            waiting.push(Waiting { zones: zones.clone(), retry_at, people });
        }
    }
    let read = |row: &Row<'_>| {
        Ok(Waiting { zones: zones(row)?, retry_at: None, people: row.get::<_, i64>(1)? as u64 })
    };
    for group in in_calls.query_map([batch.0], read)? {
        waiting.push(group?);
    }
    waiting.retain(|group| group.people > 0);
    Ok(waiting)
}

/// The waiting recipients of each other batch; all are assumed to be in the zones of its first one.
fn others(connection: &Connection, asked: ForecastFor) -> Result<Vec<Load>, StoreError> {
    let mut running = connection.prepare_cached(include_str!("../../../sql/competing.sql"))?;
    let but = asked.batch.map_or(0, |batch| batch.0);
    let key = params![asked.workspace.0, asked.trunk.0, but, MOST_BATCHES];
    let rows = running.query_map(key, |row| {
        let settings: BatchSettings = decode::json(row, "settings")?;
        let zones = row.get::<_, Option<String>>("zones")?.unwrap_or_default();
        let zones = ZoneSet::from_joined(&zones);
        let people = row.get::<_, i64>("people")? as u64;
        Ok(Load {
            workspace: WorkspaceId(row.get("workspace")?),
            same_trunk: row.get("same_trunk")?,
            settings,
            waiting: vec![Waiting { zones, retry_at: None, people }],
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn calls(connection: &Connection, asked: ForecastFor) -> Result<Vec<Sample>, StoreError> {
    let mut batches: Vec<i64> = asked.batch.iter().map(|batch| batch.0).collect();
    if let Some(agent) = asked.agent {
        let sql = "SELECT id FROM batches WHERE agent = ?1 ORDER BY id DESC LIMIT ?2";
        let mut with_agent = connection.prepare_cached(sql)?;
        for id in with_agent.query_map(params![agent.0, MOST_BATCHES], |row| row.get(0))? {
            batches.push(id?);
        }
    }
    let mut newest = connection.prepare_cached(include_str!("../../../sql/newest_calls.sql"))?;
    let mut samples = Vec::new();
    batches.dedup();
    for batch in batches {
        let left = (MOST_SAMPLES - samples.len()) as i64;
        for sample in newest.query_map(params![asked.workspace.0, batch, left], sample)? {
            samples.extend(sample?);
        }
        if samples.len() >= MOST_SAMPLES {
            break;
        }
    }
    Ok(samples)
}

fn sample(row: &Row<'_>) -> rusqlite::Result<Option<Sample>> {
    let lasted_us: i64 = row.get(2)?;
    let ended = Outcome::from_name(row.get_ref(0)?.as_str()?)
        .zip(EndReason::from_name(row.get_ref(1)?.as_str()?));
    Ok(ended.map(|(outcome, end_reason)| Sample {
        outcome,
        end_reason,
        permanent: matches!(end_reason, EndReason::InvalidNumber | EndReason::DestinationForbidden),
        lasts: Duration::from_micros(lasted_us.max(0) as u64),
    }))
}
