//! The guard against toll fraud: daily limits (UTC days) on the calls of a workspace to countries
//! that are not on the operator's list.

use std::{collections::BTreeSet, time::Duration};

use campanile_numbers::{Country, destination::country_of};
use campanile_rules::{
    event::{DestinationLimitReached, EventKind},
    ids::{BatchId, WorkspaceId},
    phone::E164,
    recipient::{Due, WaitsFor},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::{
    SqliteStore,
    dialing::changes,
    log::events::{NewEvent, append},
};
use crate::{DailyUsage, StoreError};

/// Recipients whose wait for the next day ends in one transaction. Calls wait for one such
/// transaction at most.
const WOKEN_AT_ONCE: i64 = 2_000;

/// A workspace's limits for one day, outside the home countries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DailyLimits {
    /// The home countries, whose calls are not counted.
    pub home: BTreeSet<Country>,
    /// The limit of attempts; none means no limit.
    pub attempts: Option<u64>,
    /// The limit of talk time; none means no limit.
    pub talk: Option<Duration>,
}

impl DailyLimits {
    /// Whether calls to a number count. A number of unknown country counts.
    pub fn count(&self, number: E164) -> bool {
        country_of(number).is_none_or(|country| !self.home.contains(&country))
    }
}

impl DailyUsage {
    /// Whether the usage is beyond the limits once `more` attempts are added.
    fn exceeds(&self, limits: &DailyLimits, more: u64) -> bool {
        limits.attempts.is_some_and(|most| self.attempts + more > most)
            || limits.talk.is_some_and(|most| Duration::from_millis(self.talk_ms) >= most)
    }
}

/// Today's usage of the daily limits, for the duration of a claim.
pub(crate) struct Today<'c> {
    connection: &'c Connection,
    workspace: WorkspaceId,
    now: Timestamp,
    usage: Option<DailyUsage>,
}

impl<'c> Today<'c> {
    pub fn new(connection: &'c Connection, workspace: WorkspaceId, now: Timestamp) -> Today<'c> {
        Today { connection, workspace, now, usage: None }
    }

    /// Counts one more attempt. False: today's limit is used up, which is noted.
    pub fn take(&mut self, limits: &DailyLimits) -> Result<bool, StoreError> {
        let day = self.now.utc_day();
        let usage = match &mut self.usage {
            Some(usage) => usage,
            None => self.usage.insert(of_day(self.connection, self.workspace, day)?),
        };
        let used_up = usage.exceeds(limits, 1);
        if !used_up {
            usage.attempts += 1;
            add(self.connection, (self.workspace, day), (1, 0))?;
        } else if usage.reached_at.is_none() {
            usage.reached_at = Some(self.now);
            let usage = *usage;
            self.reached(usage)?;
        }
        Ok(!used_up)
    }

    /// When a recipient is due who is beyond the limits: at the next 00:00 UTC, when the limits
    /// start anew.
    pub fn next_due(&self) -> Due {
        Due { at: self.now.next_utc_day(), waits_for: Some(WaitsFor::DailyLimit) }
    }

    fn reached(&self, usage: DailyUsage) -> Result<(), StoreError> {
        let (workspace, day) = (self.workspace, self.now.utc_day());
        tracing::warn!(
            %workspace,
            attempts = usage.attempts,
            minutes = usage.talk_ms / 60_000,
            "the daily limits for other countries are used up: such calls wait for the next day"
        );
        self.connection
            .prepare_cached(
                "INSERT INTO destination_usage (workspace, day, attempts, talk_ms, reached_at)
                 VALUES (?1, ?2, 0, 0, ?3) ON CONFLICT DO UPDATE SET reached_at = ?3",
            )?
            .execute(params![workspace.0, day, self.now.0])?;
        let data = DestinationLimitReached {
            attempts: usage.attempts,
            minutes: usage.talk_ms as f64 / 60_000.0,
            clears_at: self.next_due().at,
        };
        let (at, kind) = (self.now, EventKind::DestinationLimitReached);
        append(self.connection, NewEvent { workspace, batch: None, at, kind, data: &data })
    }
}

/// Adds attempts and talk time to a workspace's usage of a day.
pub(crate) fn add(
    connection: &Connection,
    (workspace, day): (WorkspaceId, i64),
    (attempts, talk_ms): (i64, u64),
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO destination_usage (workspace, day, attempts, talk_ms)
             VALUES (?1, ?2, max(0, ?3), ?4) ON CONFLICT DO UPDATE
                SET attempts = max(0, attempts + ?3), talk_ms = talk_ms + ?4",
        )?
        .execute(params![workspace.0, day, attempts, talk_ms as i64])?;
    Ok(())
}

/// Whether the calls that were already counted today exceed the workspace's limits.
pub(crate) fn is_exceeded(
    connection: &Connection,
    (workspace, limits): (WorkspaceId, &DailyLimits),
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(of_day(connection, workspace, now.utc_day())?.exceeds(limits, 0))
}

/// Notes that no workspace has reached its limits on this day, because the limits have changed.
pub(crate) fn not_reached(connection: &Connection, day: i64) -> Result<(), StoreError> {
    let sql = "UPDATE destination_usage SET reached_at = NULL WHERE day = ?1";
    connection.prepare_cached(sql)?.execute([day])?;
    Ok(())
}

/// Makes some of a batch's recipients that wait for the next day due at `now`; false when none is
/// left.
fn wake(connection: &Connection, batch: BatchId, now: Timestamp) -> Result<bool, StoreError> {
    let woken = connection
        .prepare_cached(include_str!("../../../sql/wake_limited.sql"))?
        .execute([batch.0, now.0, WOKEN_AT_ONCE])?;
    Ok(woken as i64 == WOKEN_AT_ONCE)
}

pub(crate) fn of_day(
    connection: &Connection,
    workspace: WorkspaceId,
    day: i64,
) -> Result<DailyUsage, StoreError> {
    let sql = "SELECT attempts, talk_ms, reached_at FROM destination_usage
                WHERE workspace = ?1 AND day = ?2";
    let found = connection.prepare_cached(sql)?.query_row([workspace.0, day], |row| {
        Ok(DailyUsage {
            attempts: row.get::<_, i64>(0)? as u64,
            talk_ms: row.get::<_, i64>(1)? as u64,
            reached_at: row.get::<_, Option<i64>>(2)?.map(Timestamp),
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

impl SqliteStore {
    /// Makes all recipients due that daily limits postponed to the next day. The next claim postpones
    /// those that the limits still exclude.
    pub(crate) async fn end_waits_for_limits(&self, now: Timestamp) -> Result<(), StoreError> {
        let sql = "SELECT id FROM batches WHERE state IN ('running', 'paused')";
        let (version, batches) = self
            .read(move |connection| {
                let mut statement = connection.prepare_cached(sql)?;
                let ids = statement.query_map([], |row| row.get(0).map(BatchId))?;
                let ids = ids.collect::<Result<Vec<_>, _>>()?;
                Ok((changes::open_limits(connection)?, ids))
            })
            .await?;
        let Some(version) = version else { return Ok(()) };
        for batch in batches {
            while self.write(move |connection| wake(connection, batch, now)).await? {}
        }
        self.write(move |connection| changes::limits_done(connection, version)).await
    }
}
