//! Call ids: unique among databases, restorations and attempts.

use std::sync::Arc;

use campanile_rules::ids::{AttemptId, Cipher};
use rusqlite::Connection;

/// Maps attempts of a database to SIP Call-IDs and back. Clones share it.
#[derive(Clone)]
pub(crate) struct CallIds {
    ranges: Arc<[Range]>,
    cipher: Cipher,
}

/// The kind of id, because the cipher writes each kind differently.
const KIND: &str = "call";

/// The attempts from a first one up to the next range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: i64,
    instance: u64,
    opaque: bool,
}

impl CallIds {
    /// Reads the ranges from the database.
    pub fn read(connection: &Connection, cipher: Cipher) -> rusqlite::Result<CallIds> {
        let sql = "SELECT first_attempt, instance, opaque FROM call_id_ranges
                    ORDER BY first_attempt";
        let mut statement = connection.prepare(sql)?;
        let ranges = statement.query_map([], |row| {
            let (first, instance) = (row.get(0)?, row.get::<_, i64>(1)? as u64);
            Ok(Range { first, instance, opaque: row.get(2)? })
        })?;
        Ok(CallIds { ranges: ranges.collect::<Result<_, _>>()?, cipher })
    }

    /// The id of an attempt's call: its SIP Call-ID, and the name that users see.
    pub fn of(&self, attempt: AttemptId) -> String {
        let behind = self.ranges.partition_point(|range| range.first <= attempt.0);
        match self.ranges[..behind].last() {
            Some(Range { instance, opaque: true, .. }) => {
                format!("{instance:016x}-{}", self.cipher.write(KIND, attempt.0))
            }
            Some(Range { instance, .. }) => format!("{instance:016x}-{}", attempt.0),
            None => String::new(),
        }
    }

    /// The attempt of a call id; none when the call belongs to another database.
    pub fn attempt(&self, call_id: &str) -> Option<AttemptId> {
        let (_, word) = call_id.split_once('-')?;
        let number = word.parse().ok().or_else(|| self.cipher.read(KIND, word))?;
        let attempt = AttemptId(number);
        (self.of(attempt) == call_id).then_some(attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_keeps_its_name_when_the_instance_changes() {
        let range = |first, instance, opaque| Range { first, instance, opaque };
        let ranges = [range(1, 0xa, false), range(100, 0xb, false), range(200, 0xb, true)];
        let ids = CallIds { ranges: Arc::from(ranges), cipher: Cipher::new([7; 16]) };
        for (attempt, name) in
            [(1, "000000000000000a-1"), (99, "000000000000000a-99"), (100, "000000000000000b-100")]
        {
            assert_eq!(ids.of(AttemptId(attempt)), name);
            assert_eq!(ids.attempt(name), Some(AttemptId(attempt)));
        }
        let opaque = ids.of(AttemptId(200));
        assert!(opaque.starts_with("000000000000000b-") && !opaque.contains("200"), "{opaque}");
        assert_eq!(ids.attempt(&opaque), Some(AttemptId(200)));
        assert_eq!(ids.attempt("000000000000000b-200"), None, "it never went out so");
        for foreign in ["000000000000000b-99", "000000000000000a-100", "a-1", "", "-", "x-y-z"] {
            assert_eq!(ids.attempt(foreign), None, "{foreign}");
        }
    }
}
