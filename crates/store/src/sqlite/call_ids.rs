//! The names of calls: unique among databases, restorations and attempts.

use std::sync::Arc;

use campanile_rules::ids::AttemptId;
use rusqlite::Connection;

/// Which Call-IDs the attempts of a database have. Clones share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CallIds(Arc<[Range]>);

/// Attempts from one on, until the next range begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: i64,
    instance: u64,
}

impl CallIds {
    /// As the database says.
    pub fn read(connection: &Connection) -> rusqlite::Result<CallIds> {
        let sql = "SELECT first_attempt, instance FROM call_id_ranges ORDER BY first_attempt";
        let mut statement = connection.prepare(sql)?;
        let ranges = statement.query_map([], |row| {
            Ok(Range { first: row.get(0)?, instance: row.get::<_, i64>(1)? as u64 })
        })?;
        ranges.collect::<Result<_, _>>().map(CallIds)
    }

    /// The name of an attempt's call: its SIP Call-ID, and what people call it.
    pub fn of(&self, attempt: AttemptId) -> String {
        let behind = self.0.partition_point(|range| range.first <= attempt.0);
        let instance = self.0[..behind].last().map_or(0, |range| range.instance);
        format!("{instance:016x}-{}", attempt.0)
    }

    /// The attempt that a call was of, if the call is of this database.
    pub fn attempt(&self, call_id: &str) -> Option<AttemptId> {
        let (_, attempt) = call_id.split_once('-')?;
        let attempt = AttemptId(attempt.parse().ok()?);
        (self.of(attempt) == call_id).then_some(attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_keeps_its_name_when_the_instance_changes() {
        let ranges = [Range { first: 1, instance: 0xa }, Range { first: 100, instance: 0xb }];
        let ids = CallIds(Arc::from(ranges));
        for (attempt, name) in
            [(1, "000000000000000a-1"), (99, "000000000000000a-99"), (100, "000000000000000b-100")]
        {
            assert_eq!(ids.of(AttemptId(attempt)), name);
            assert_eq!(ids.attempt(name), Some(AttemptId(attempt)));
        }
        for foreign in ["000000000000000b-99", "000000000000000a-100", "a-1", "", "-", "x-y-z"] {
            assert_eq!(ids.attempt(foreign), None, "{foreign}");
        }
    }
}
