//! Numbered migrations; `PRAGMA user_version` says which of them a database has.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;
use crate::sqlite::{DATABASE_FILE, db::integrity::open_existing};

/// The files of the first migration, in the order in which they run.
const FIRST: &[(&str, &str)] = &[
    ("0001_first.sql", include_str!("../../../sql/migrations/0001_first.sql")),
    ("0001_destinations.sql", include_str!("../../../sql/migrations/0001_destinations.sql")),
    ("0001_events.sql", include_str!("../../../sql/migrations/0001_events.sql")),
    ("0001_webhooks.sql", include_str!("../../../sql/migrations/0001_webhooks.sql")),
    ("0001_guards.sql", include_str!("../../../sql/migrations/0001_guards.sql")),
    ("0001_calls.sql", include_str!("../../../sql/migrations/0001_calls.sql")),
];

/// The later migrations, one per file, in the order of their numbers. Every file in
/// `sql/migrations` becomes one (`build.rs`). A released file never changes: a test compares the
/// files with `SHA256SUMS` beside them.
const LATER: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// `user_version` after the first migration; lower versions were never released.
const FIRST_VERSION: usize = 3;

/// `user_version` after all migrations that this program knows.
const NEWEST_VERSION: usize = FIRST_VERSION + LATER.len();

/// Makes the connection durable and the schema current. Two processes may do this at once.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(include_str!("../../../sql/writer_pragmas.sql"))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = supported_version(&transaction)?;
    let first = if version == 0 { FIRST } else { &[] };
    let later = LATER.iter().skip(version.saturating_sub(FIRST_VERSION));
    for (name, sql) in first.iter().chain(later) {
        transaction.execute_batch(sql).map_err(|error| {
            StoreError::of_sqlite(format_args!("the migration {name} failed: "), &error)
        })?;
    }
    transaction.pragma_update(None, "user_version", NEWEST_VERSION as i64)?;
    transaction.commit()?;
    Ok(())
}

/// Whether the database in `dir` has every migration that this program knows. An error: this
/// program cannot migrate the database. Changes nothing.
pub fn is_current(dir: &Path) -> Result<bool, StoreError> {
    let connection = open_existing(&dir.join(DATABASE_FILE))?;
    Ok(supported_version(&connection)? == NEWEST_VERSION)
}

/// The `user_version` of a database; 0 when it is empty. Refuses a version that cannot be migrated.
pub(crate) fn supported_version(connection: &Connection) -> Result<usize, StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let refused = |words: String| Err(StoreError::Conflict(words));
    match usize::try_from(version) {
        Ok(0) if connection.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))? => refused(
            "the database is not one of Campanile: it has tables and no version; choose another \
             data directory, or put the right file back"
                .to_owned(),
        ),
        Ok(version) if version > NEWEST_VERSION => refused(format!(
            "the database is of version {version} and this campanile knows versions up to \
             {NEWEST_VERSION}; use the campanile that wrote it, or a newer one"
        )),
        Ok(version) if version == 0 || version >= FIRST_VERSION => Ok(version),
        Ok(_) | Err(_) => refused(format!(
            "the database is of version {version}, older than the first that can be carried over \
             ({FIRST_VERSION}); download the reports with the campanile that wrote it and start \
             with a new data directory"
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use ring::digest::SHA256;

    use super::*;

    const SUMS: &str = "sql/migrations/SHA256SUMS";

    /// The migration files in the source tree, with their checksums.
    fn in_the_tree() -> BTreeMap<String, String> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/migrations");
        let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let files = entries.filter(|path| path.extension().is_some_and(|ending| ending == "sql"));
        files
            .map(|path| {
                let sum = ring::digest::digest(&SHA256, &std::fs::read(&path).unwrap());
                let hex = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
                (path.file_name().unwrap().to_str().unwrap().to_owned(), hex)
            })
            .collect()
    }

    #[test]
    fn a_migration_that_has_landed_never_changes() {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(SUMS));
        let text = text.unwrap();
        let mut tree = in_the_tree();
        for (sum, name) in text.lines().map(|line| line.split_once("  ").expect("sum  name")) {
            let found = tree.remove(name);
            assert_eq!(
                found.as_deref(),
                Some(sum),
                "{name} has landed, and databases that it made are out there. Put back what it \
                 was, and write a new migration: sql/migrations/NNNN_topic.sql with the next number"
            );
        }
        let lines: Vec<_> = tree.iter().map(|(name, sum)| format!("{sum}  {name}")).collect();
        assert!(lines.is_empty(), "new: append to {SUMS}\n{}", lines.join("\n"));
    }

    #[test]
    fn every_file_is_run_and_every_number_is_used_once() {
        let run: Vec<_> = FIRST.iter().chain(LATER).map(|(name, _)| (*name).to_owned()).collect();
        let sorted: BTreeSet<_> = run.iter().cloned().collect();
        assert_eq!(sorted, in_the_tree().into_keys().collect());
        assert_eq!(sorted.len(), run.len());
        let numbers: Vec<_> = LATER.iter().map(|(name, _)| &name[..4]).collect();
        assert!(numbers.iter().all(|number| number.parse::<u16>().is_ok()), "{numbers:?}");
        assert!(
            numbers.is_sorted_by(|one, next| one < next),
            "a number is used twice: {numbers:?}"
        );
    }

    #[test]
    fn what_cannot_be_carried_over_is_refused_in_words() {
        let refused = |sql: &str| {
            let mut connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(sql).unwrap();
            migrate(&mut connection).unwrap_err().to_string()
        };
        for old in [1, 2, -1] {
            let words = refused(&format!("PRAGMA user_version = {old}"));
            assert!(words.contains("older") && words.contains("new data directory"), "{words}");
        }
        let words = refused("PRAGMA user_version = 99999");
        assert!(words.contains("version 99999") && words.contains("or a newer one"), "{words}");
        let words = refused("CREATE TABLE contacts (name)");
        assert!(words.contains("not one of Campanile"), "{words}");
    }

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
