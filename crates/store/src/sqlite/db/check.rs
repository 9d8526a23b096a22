//! Checks a data directory's database for everything that can be wrong.

use std::path::Path;

use rusqlite::Connection;

use crate::sqlite::{
    DATABASE_FILE,
    db::integrity::{Look, broken, damage, open_existing},
    db::last_known::LastKnown,
    db::migrate,
    db::secrets,
};
use crate::{StoreError, Vault};

/// Counters and rows that must agree; each query counts those that do not.
const BOOKS: &[(&str, &str)] = &[
    (
        "counts of recipients by status differ from the recipients",
        "SELECT count(*) FROM batch_progress p WHERE recipients <>
            (SELECT count(*) FROM recipients r WHERE r.batch = p.batch AND r.status = p.status
                AND (r.attempts_made > 0) = p.tried)
            AND EXISTS (SELECT 1 FROM batches b WHERE b.id = p.batch AND b.imported_at IS NOT NULL)",
    ),
    (
        "recipients have a status that is counted nowhere",
        "SELECT count(*) FROM recipients r WHERE NOT EXISTS
            (SELECT 1 FROM batch_progress p WHERE p.batch = r.batch AND p.status = r.status
                AND p.tried = (r.attempts_made > 0))",
    ),
    (
        "counts of results differ from the recipients' results",
        "SELECT count(*) FROM result_totals t WHERE recipients <>
            (SELECT count(*) FROM recipients r WHERE r.batch = t.batch
                AND r.results -> ('$.' || t.name) IS NOT NULL)",
    ),
    (
        "counts of rejected rows are smaller than the rejected rows",
        "SELECT count(*) FROM batches b WHERE b.imported_at IS NOT NULL AND b.rejected <
            (SELECT count(*) FROM recipients r WHERE r.batch = b.id AND r.phone_cell IS NOT NULL)",
    ),
    (
        "rounds count fewer attempts than there are",
        "SELECT count(*) FROM batch_rounds o WHERE attempted <
            (SELECT count(*) FROM attempts a WHERE a.batch = o.batch AND a.number_in_row = o.round)",
    ),
    (
        "open calls have no slot",
        "SELECT count(*) FROM attempts a WHERE ended_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM slots s WHERE s.attempt = a.id)",
    ),
    (
        "slots belong to calls that are over",
        "SELECT count(*) FROM slots s JOIN attempts a ON a.id = s.attempt
          WHERE a.ended_at IS NOT NULL",
    ),
    (
        "recipients are in a call that is not there",
        "SELECT count(*) FROM recipients r WHERE status = 'in_progress'
            AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.recipient = r.id AND ended_at IS NULL)",
    ),
    (
        "counts of suppressions differ from the suppressions",
        "SELECT count(*) FROM suppression_counts c WHERE numbers <>
            (SELECT count(*) FROM suppressions s WHERE s.workspace = c.workspace)",
    ),
];

/// Checks the database in `dir` for everything that can be wrong, and returns each problem as a
/// sentence; nothing when the database is whole. A server may use it meanwhile. Blocks the thread.
pub fn check(dir: &Path) -> Result<Vec<String>, StoreError> {
    // Read before the database, which only moves forward: so the note is never ahead of it.
    let noted = LastKnown::noted(dir)?;
    let mut connection = open_existing(&dir.join(DATABASE_FILE))?;
    let transaction = match connection.transaction() {
        Ok(transaction) => transaction,
        Err(error) => return told(error).map(|words| vec![words]),
    };
    let mut wrong = damage(&transaction, Look::Whole)?;
    if !wrong.is_empty() {
        // Further checks would read from a damaged file and could be wrong themselves.
        return Ok(wrong.into_iter().map(|line| format!("the file is damaged: {line}")).collect());
    }
    if let Err(error) = migrate::supported_version(&transaction) {
        return Ok(vec![error.to_string()]);
    }
    wrong.extend(orphans(&transaction)?);
    for (words, sql) in BOOKS {
        let rows: i64 = transaction.query_row(sql, [], |row| row.get(0))?;
        if rows > 0 {
            wrong.push(format!("{words} ({rows})"));
        }
    }
    wrong.extend(shut(&transaction, dir)?);
    if let Some(noted) = noted
        && let Err(error) = noted.refuse_older(&LastKnown::of(&transaction)?, dir)
    {
        wrong.push(error.to_string());
    }
    Ok(wrong)
}

/// Rows that refer to missing rows.
fn orphans(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2";
    let mut orphans = connection.prepare(sql)?;
    let lines = orphans.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(format!(
            "rows of {table} refer to {parent} that are not there ({})",
            row.get::<_, i64>(2)?
        ))
    })?;
    Ok(lines.collect::<Result<_, _>>()?)
}

/// Why the secrets cannot be opened; none when they can, or there are none.
fn shut(connection: &Connection, dir: &Path) -> Result<Option<String>, StoreError> {
    if !secrets::in_use(connection)? {
        return Ok(None);
    }
    let opened = Vault::of(dir, true).and_then(|vault| secrets::proven(connection, &vault));
    Ok(opened.err().map(|error| error.to_string()))
}

/// Describes a file that is not a database; any other error is returned as an error.
fn told(error: rusqlite::Error) -> Result<String, StoreError> {
    if broken(&error) { Ok(format!("the file is damaged: {error}")) } else { Err(error.into()) }
}
