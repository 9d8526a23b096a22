//! Tests that statements which must stay fast with a million rows do not scan them all.

use rusqlite::Connection;

use crate::sqlite::{
    SqliteStore, batches::control, batches::conversations, batches::recipients, batches::results,
    calls::Way, log::events,
};

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>();
    steps.unwrap()
}

fn bad(step: &str) -> bool {
    // Few batches run at once, and that index contains only those.
    let few = step.contains("CONSTANT ROW") || step.ends_with("USING INDEX batches_running");
    let scans = step.starts_with("SCAN") && !few;
    scans || step.contains("TEMP B-TREE") || step.contains("AUTOMATIC")
}

#[test]
fn no_statement_of_dialing_or_paging_looks_at_every_row() {
    let dir = tempfile::tempdir().unwrap();
    let _store = SqliteStore::open(dir.path()).unwrap();
    let connection = Connection::open(dir.path().join(crate::sqlite::DATABASE_FILE)).unwrap();
    let statements = [
        include_str!("../../../sql/call.sql"),
        include_str!("../../../sql/call_listed.sql"),
        include_str!("../../../sql/claim_due.sql"),
        include_str!("../../../sql/claim_gate.sql"),
        include_str!("../../../sql/competing.sql"),
        include_str!("../../../sql/waiting.sql"),
        include_str!("../../../sql/delete_rows.sql"),
        include_str!("../../../sql/end_attempt.sql"),
        include_str!("../../../sql/event_call.sql"),
        include_str!("../../../sql/lane_due.sql"),
        include_str!("../../../sql/long_rows.sql"),
        include_str!("../../../sql/mark_dialed.sql"),
        include_str!("../../../sql/next_lane.sql"),
        include_str!("../../../sql/newest_calls.sql"),
        include_str!("../../../sql/open_attempts.sql"),
        include_str!("../../../sql/rejected_rows.sql"),
        include_str!("../../../sql/release_pending.sql"),
        include_str!("../../../sql/release_stopped.sql"),
        include_str!("../../../sql/report_rows.sql"),
        include_str!("../../../sql/search.sql"),
        include_str!("../../../sql/search_text.sql"),
        include_str!("../../../sql/settle_recipient.sql"),
        include_str!("../../../sql/skip_recipient.sql"),
        include_str!("../../../sql/sweep_stopped.sql"),
        include_str!("../../../sql/wake_limited.sql"),
        control::COUNT,
        events::OF_BATCH,
        events::OF_WORKSPACE,
        recipients::LAST_OUTCOME,
        recipients::NTH_BY_STATUS,
        recipients::PAGE,
        recipients::PAGE_BY_STATUS,
        recipients::REASONS,
        recipients::ROWS_OF_REASON,
        crate::sqlite::batches::progress::COUNTS,
        crate::sqlite::batches::progress::CUT,
        crate::sqlite::batches::progress::FAILED_IN_TALK,
        conversations::LATENCIES,
        conversations::FAILURES,
        results::TOTAL,
        results::LEAST,
        results::GREATEST,
        results::OF_VALUE,
    ];
    for sql in statements {
        let steps = plan(&connection, sql);
        assert!(!steps.iter().any(|step| bad(step)), "{sql}\n{}", steps.join("\n"));
    }
}

#[test]
fn every_way_to_ask_for_calls_has_its_index() {
    let dir = tempfile::tempdir().unwrap();
    let _store = SqliteStore::open(dir.path()).unwrap();
    let connection = Connection::open(dir.path().join(crate::sqlite::DATABASE_FILE)).unwrap();
    for (way, narrow) in Way::ALL.into_iter().flat_map(|way| [(way, true), (way, false)]) {
        let steps = plan(&connection, &way.sql(narrow));
        let told = steps.join("\n");
        let index = match way {
            Way::Call => "INTEGER PRIMARY KEY (rowid=?)",
            Way::Recipient => "sqlite_autoindex_attempts_1 (recipient=?)",
            Way::Batch => {
                "calls_of_batch (workspace=? AND batch=? AND dialed_at>? AND dialed_at<?)"
            }
            Way::AnsweredBy => "calls_by_answered_by (workspace=? AND answered_by=? AND dialed_at>",
            Way::EndReason => "calls_by_end_reason (workspace=? AND end_reason=? AND dialed_at>",
            Way::Outcome => "calls_by_outcome (workspace=? AND outcome=? AND dialed_at>",
            Way::Workspace => "calls_of_workspace (workspace=? AND dialed_at>? AND dialed_at<?)",
        };
        assert!(told.contains(index) && !steps.iter().any(|step| bad(step)), "{way:?}: {told}");
        // SQLite reads a computed column from the call; and one recipient has few calls.
        let reads = matches!(way, Way::Call | Way::Recipient | Way::AnsweredBy);
        let covers = told.contains("COVERING INDEX") || reads;
        assert!(covers || !narrow, "{way:?} reads each call: {told}");
    }
}
