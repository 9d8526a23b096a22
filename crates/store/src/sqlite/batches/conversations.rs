//! How the agent of a batch does: counters of latencies, which each settlement adds to, and the calls
//! in which the agent failed.

use std::collections::BTreeMap;

use campanile_rules::{
    conversation::{Latency, Step},
    ids::BatchId,
};
use rusqlite::{Connection, params};

use crate::sqlite::db::decode;
use crate::{Conversations, FailureCause, StepLatency, StoreError};

/// The causes that are told of a batch.
const MOST_CAUSES: usize = 5;

pub(crate) const LATENCIES: &str =
    "SELECT step, ms, turns FROM batch_latencies WHERE batch = ?1 ORDER BY step, ms";
/// The index has the condition, and the cause as it is written here.
pub(crate) const FAILURES: &str = "SELECT evidence ->> 'cause' AS cause, count(*) AS calls
    FROM attempts INDEXED BY agent_failures WHERE batch = ?1 AND end_reason = 'agent_failed'
   GROUP BY cause";

/// The turns of one call, by step and rounded duration.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts(BTreeMap<(Step, u64), u64>);

impl Counts {
    pub(crate) fn of(latencies: &[Latency]) -> Counts {
        let mut counts = BTreeMap::new();
        for (step, ms) in latencies.iter().flat_map(Latency::steps) {
            *counts.entry((step, rounded(ms))).or_default() += 1;
        }
        Counts(counts)
    }

    /// Adds them to those of the batch.
    pub(crate) fn add(&self, connection: &Connection, batch: BatchId) -> Result<(), StoreError> {
        let mut add = connection.prepare_cached(
            "INSERT INTO batch_latencies (batch, step, ms, turns) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET turns = turns + excluded.turns",
        )?;
        for ((step, ms), turns) in &self.0 {
            add.execute(params![batch.0, step.as_str(), *ms as i64, *turns as i64])?;
        }
        Ok(())
    }
}

/// Rounds a duration up, so that a batch has few different ones: as exactly as sound is counted below
/// 2 s, to 0.1 s below 10 s, else to seconds up to a minute.
fn rounded(ms: u64) -> u64 {
    let unit = match ms {
        0..2_000 => 20,
        2_000..10_000 => 100,
        _ => 1_000,
    };
    ms.next_multiple_of(unit).min(60_000)
}

pub(crate) fn of(connection: &Connection, batch: BatchId) -> Result<Conversations, StoreError> {
    let mut by_step: BTreeMap<Step, Vec<(u64, u64)>> = BTreeMap::new();
    let mut latencies = connection.prepare_cached(LATENCIES)?;
    let mut rows = latencies.query([batch.0])?;
    while let Some(row) = rows.next()? {
        let step = decode::word(row, "step", Step::from_name)?;
        let counted = (row.get::<_, i64>("ms")? as u64, row.get::<_, i64>("turns")? as u64);
        by_step.entry(step).or_default().push(counted);
    }
    let mut failures = connection.prepare_cached(FAILURES)?;
    let failures = failures.query_map([batch.0], |row| {
        let cause: Option<String> = row.get("cause")?;
        let calls = row.get::<_, i64>("calls")? as u64;
        Ok(FailureCause { cause: cause.unwrap_or_default(), calls })
    })?;
    let mut failure_causes = failures.collect::<Result<Vec<_>, _>>()?;
    let agent_failures = failure_causes.iter().map(|failure| failure.calls).sum();
    failure_causes.sort_by(|one, other| {
        other.calls.cmp(&one.calls).then_with(|| one.cause.cmp(&other.cause))
    });
    failure_causes.retain(|failure| !failure.cause.is_empty());
    failure_causes.truncate(MOST_CAUSES);
    let latencies = by_step.into_iter().map(|(step, counted)| latency(step, &counted)).collect();
    Ok(Conversations { latencies, agent_failures, failure_causes })
}

/// `counted` are durations in rising order, and the turns that took that long.
fn latency(step: Step, counted: &[(u64, u64)]) -> StepLatency {
    let turns: u64 = counted.iter().map(|(_, turns)| turns).sum();
    let within = |percent: u64| {
        let mut left = (turns * percent).div_ceil(100);
        let last = counted.iter().find(|(_, turns)| {
            left = left.saturating_sub(*turns);
            left == 0
        });
        last.map_or(0, |(ms, _)| *ms)
    };
    StepLatency { step, turns, p50_ms: within(50), p95_ms: within(95) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_turns_take_no_longer_than_the_median() {
        let of = |counted: &[(u64, u64)]| {
            let StepLatency { turns, p50_ms, p95_ms, .. } = latency(Step::Answer, counted);
            (turns, p50_ms, p95_ms)
        };
        assert_eq!(of(&[(700, 1)]), (1, 700, 700));
        assert_eq!(of(&[(100, 1), (200, 1)]), (2, 100, 200));
        assert_eq!(of(&[(100, 95), (900, 5)]), (100, 100, 100));
        assert_eq!(of(&[(100, 94), (900, 6)]), (100, 100, 900));
    }

    #[test]
    fn few_different_durations_are_counted() {
        let different: std::collections::BTreeSet<_> = (0..100_000).map(rounded).collect();
        assert!(different.len() < 250, "{}", different.len());
        for (ms, counted) in [(0, 0), (1, 20), (980, 980), (2_001, 2_100), (70_000, 60_000)] {
            assert_eq!(rounded(ms), counted, "{ms}");
        }
    }
}
