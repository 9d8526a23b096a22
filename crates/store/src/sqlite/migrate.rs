//! Numbered migrations; `PRAGMA user_version` says how far a database has come.

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// Each migration, as one file or several. Until the first release the first one is still being
/// written, one file a topic, and a database that was made before is not carried over.
const MIGRATIONS: &[&[&str]] = &[&[
    include_str!("../../sql/migrations/0001_first.sql"),
    include_str!("../../sql/migrations/0001_destinations.sql"),
    include_str!("../../sql/migrations/0001_events.sql"),
    include_str!("../../sql/migrations/0001_webhooks.sql"),
    include_str!("../../sql/migrations/0001_guards.sql"),
    include_str!("../../sql/migrations/0001_calls.sql"),
]];

/// `user_version` of a database after the first migration; lower ones were never released.
const FIRST_VERSION: usize = 3;

/// Makes the connection durable and the schema current. Two processes may do so at once.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(include_str!("../../sql/writer_pragmas.sql"))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: usize =
        transaction.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? as usize;
    let newest = FIRST_VERSION + MIGRATIONS.len() - 1;
    if version > newest {
        return Err(StoreError::Conflict(format!(
            "the database is of version {version} and this campanile knows versions up to \
             {newest}; use the campanile that wrote it, or a newer one"
        )));
    }
    if (1..FIRST_VERSION).contains(&version) {
        return Err(StoreError::Conflict(
            "the database was made before the first release and cannot be carried over; start \
             with a new data directory"
                .to_owned(),
        ));
    }
    let done = (version + 1).saturating_sub(FIRST_VERSION);
    for (index, files) in MIGRATIONS.iter().enumerate().skip(done) {
        for sql in *files {
            transaction.execute_batch(sql)?;
        }
        transaction.pragma_update(None, "user_version", (FIRST_VERSION + index) as i64)?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_on_the_disk_and_references_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(dir.path().join("db")).unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).expect("doing it twice changes nothing");
        let pragma = |name: &str| -> String {
            let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            connection.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        let full = "2";
        assert_eq!(
            (pragma("journal_mode").as_str(), pragma("synchronous").as_str()),
            ("wal", full)
        );
        assert_eq!(pragma("foreign_keys"), "1");
    }
}
