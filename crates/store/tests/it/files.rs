//! A file is imported; pages and a report come out.

use campanile_rules::{
    attempt::Outcome, batch::BatchState, ids::BatchId, recipient::RecipientStatus, retry::Next,
};
use campanile_store::{
    BatchFilter, CallLog, Pressed, RecipientFilter, RejectionGroup, RowVerdict, StoreError,
    Utterance,
};

use crate::world::*;

#[tokio::test]
async fn nobody_sees_a_batch_whose_file_is_being_read() {
    let world = World::new().await;
    let id = world.store.begin_import(world.new_batch(Default::default()), NOW).await.unwrap();
    world.store.add_rows(id, vec![row(2)]).await.unwrap();
    assert!(world.store.batch(world.workspace, id).await.is_err());
    assert_eq!(
        world.store.list_batches(world.workspace, BatchFilter::default()).await.unwrap().total,
        0
    );
    assert!(world.store.load().await.unwrap().batches.is_empty());
    world.store.finish_import(id, BatchState::Running, NOW).await.unwrap();
    assert_eq!(world.store.batch(world.workspace, id).await.unwrap().started_at, Some(NOW));
    assert!(world.store.add_rows(id, vec![row(3)]).await.is_err(), "the file has ended");
}

#[tokio::test]
async fn an_abandoned_import_leaves_nothing() {
    let world = World::new().await;
    let id = world.store.begin_import(world.new_batch(Default::default()), NOW).await.unwrap();
    world.store.add_rows(id, (2..6_000).map(row).collect()).await.unwrap();
    world.store.abandon_import(id).await.unwrap();
    assert_eq!(left_of_imports(&world), 0);
}

#[tokio::test]
async fn an_import_cut_short_by_a_crash_is_forgotten() {
    let world = World::new().await;
    let kept = world.batch(3).await;
    let id = world.store.begin_import(world.new_batch(Default::default()), NOW).await.unwrap();
    world.store.add_rows(id, (2..6_000).map(row).collect()).await.unwrap();
    let world = world.restarted().await;
    world.store.load().await.unwrap();
    while left_of_imports(&world) > 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.store.progress(kept).await.unwrap().total, 3);
}

fn left_of_imports(world: &World) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM recipients)
                    + (SELECT count(*) FROM batches WHERE imported_at IS NULL)";
    world.raw().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_row_that_comes_twice_is_refused() {
    let world = World::new().await;
    let id = world.store.begin_import(world.new_batch(Default::default()), NOW).await.unwrap();
    assert!(world.store.add_rows(id, vec![row(2), row(2)]).await.is_err());
    assert!(world.store.add_rows(id, vec![row(1_000_000_000)]).await.is_err());
}

#[tokio::test]
async fn rejected_rows_are_kept_and_grouped() {
    let world = World::new().await;
    let mut rows: Vec<_> = (2..5).map(row).collect();
    rows.extend((5..9).map(|position| rejected(position, "malformed_number")));
    rows.push(rejected(9, "missing_number"));
    rows.extend((10..12).map(|position| {
        let mut row = rejected(position, "malformed_number");
        if let RowVerdict::Rejected { cause, .. } = &mut row.verdict {
            *cause = Some("two_numbers".to_owned());
        }
        row
    }));
    let batch = world.batch_of(rows, Default::default()).await;
    let progress = world.store.progress(batch).await.unwrap();
    assert_eq!((progress.total, progress.skipped, progress.pending), (10, 7, 3));
    assert_eq!(progress.rounds[0].total, 3);
    let group = |(reason, cause): (&str, Option<&str>), count, rows: &[u64]| RejectionGroup {
        reason: reason.to_owned(),
        cause: cause.map(str::to_owned),
        count,
        rows: rows.iter().map(|row| (*row, format!("cell {row}"))).collect(),
    };
    let expected = [
        group(("malformed_number", None), 4, &[5, 6, 7]),
        group(("malformed_number", Some("two_numbers")), 2, &[10, 11]),
        group(("missing_number", None), 1, &[9]),
    ];
    assert_eq!(world.store.rejections(batch, 3).await.unwrap(), expected);
    let rows = world.store.rejected_rows(batch, 5, 2).await.unwrap();
    let kept: Vec<_> = rows.iter().map(|row| (row.position, row.phone_cell.as_str())).collect();
    assert_eq!(kept, [(6, "cell 6"), (7, "cell 7")]);
    assert_eq!(rows[0].cells, ["cell 6", "Person 6"]);
    let rows = world.store.rejected_rows(batch, 9, 2).await.unwrap();
    assert_eq!(rows[0].cause.as_deref(), Some("two_numbers"));
}

async fn page(world: &World, batch: BatchId, filter: RecipientFilter) -> (Vec<u64>, Option<u64>) {
    let page = world.store.recipients(batch, filter).await.unwrap();
    (page.items.iter().map(|recipient| recipient.position).collect(), page.next)
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let world = World::new().await;
    let batch = world.batch(5).await;
    world.batch(2).await;
    let at = |after_position| RecipientFilter { after_position, limit: 2, ..Default::default() };
    assert_eq!(page(&world, batch, at(0)).await, (vec![2, 3], Some(3)));
    assert_eq!(page(&world, batch, at(3)).await, (vec![4, 5], Some(5)));
    assert_eq!(page(&world, batch, at(5)).await, (vec![6], None));
    assert_eq!(page(&world, batch, at(u64::MAX)).await, (vec![], None));
    world.claim(batch, 2).await;
    let status = Some(RecipientStatus::InProgress);
    let calling = RecipientFilter { status, limit: 9, ..Default::default() };
    assert_eq!(page(&world, batch, calling).await, (vec![2, 3], None));
}

#[tokio::test]
async fn a_page_begins_anywhere_also_where_lines_are_blank() {
    let world = World::new().await;
    let whole = world.batch(5).await;
    let sparse = [row(3), row(4), rejected(7, "malformed_number"), row(9)].into();
    let sparse = world.batch_of(sparse, Default::default()).await;
    let at = |offset, status| RecipientFilter {
        offset: Some(offset),
        status,
        limit: 2,
        ..Default::default()
    };
    assert_eq!(page(&world, whole, at(0, None)).await, (vec![2, 3], Some(3)));
    assert_eq!(page(&world, whole, at(3, None)).await, (vec![5, 6], None));
    assert_eq!(page(&world, whole, at(5, None)).await, (vec![], None));
    assert_eq!(page(&world, sparse, at(1, None)).await, (vec![4, 7], Some(7)));
    assert_eq!(page(&world, sparse, at(3, None)).await, (vec![9], None));
    let pending = Some(RecipientStatus::Pending);
    assert_eq!(page(&world, sparse, at(1, pending)).await, (vec![4, 9], None));
    assert_eq!(page(&world, sparse, at(3, pending)).await, (vec![], None));
}

#[tokio::test]
async fn people_are_found_by_number() {
    let world = World::new().await;
    let rows = vec![row(2), row(3), rejected(4, "malformed_number"), row(33)];
    let batch = world.batch_of(rows, Default::default()).await;
    let find = |q: &str, status| RecipientFilter {
        q: Some(q.to_owned()),
        status,
        limit: 9,
        ..Default::default()
    };
    assert_eq!(page(&world, batch, find("+1 (415) 555-0003", None)).await.0, [3]);
    assert_eq!(page(&world, batch, find("003", None)).await.0, [3, 33]);
    assert!(page(&world, batch, find("+003", None)).await.0.is_empty());
    assert_eq!(page(&world, batch, find("cell", None)).await.0, [4]);
    let skipped = Some(RecipientStatus::Skipped);
    assert_eq!(page(&world, batch, find("4", skipped)).await.0, [4]);
}

#[tokio::test]
async fn the_report_has_every_row_and_the_completed_call() {
    let world = World::new().await;
    let rows = vec![row(2), row(3), rejected(4, "missing_number")];
    let batch = world.batch_of(rows, Default::default()).await;
    let claimed = world.claim(batch, 1).await.remove(0);
    let said = Utterance { speaker: "agent".into(), text: "Hi".into(), start_ms: 0, end_ms: 300 };
    let ended = settlement(&claimed, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    let log = CallLog { transcript: vec![said.clone()], ..CallLog::default() };
    world.store.settle_attempt(ended.clone(), log).await.unwrap();

    let report = world.store.report_rows(batch, 0, 10, true).await.unwrap();
    let lines: Vec<_> = report.iter().map(|row| (row.position, row.status)).collect();
    use RecipientStatus::{Completed, Pending, Skipped};
    assert_eq!(lines, [(2, Completed), (3, Pending), (4, Skipped)]);
    assert_eq!(report[0].cells, claimed.cells);
    assert_eq!(report[0].call_id.as_deref(), Some(claimed.attempt.call_id.as_str()));
    assert_eq!(report.iter().map(|row| row.attempts.len()).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(report[0].attempts[0].evidence, ended.ending.evidence);
    assert_eq!(world.store.report_rows(batch, 2, 1, false).await.unwrap()[0].position, 3);

    let call = world.store.call(world.workspace, &claimed.attempt.call_id).await.unwrap();
    assert_eq!((call.log.transcript, call.number), (vec![said], number(2)));
    for unknown in ["", "1", "0000000000000000-1", "+"] {
        let call = world.store.call(world.workspace, unknown).await;
        assert!(matches!(call, Err(StoreError::NotFound(_))), "{unknown:?}");
    }
}

#[tokio::test]
async fn a_recipient_keeps_what_was_pressed_in_its_newest_call_with_digits() {
    let world = World::new().await;
    let batch = world.batch(3).await;
    let again = Next::Retry { at: NOW, otherwise: RecipientStatus::NoAnswer };
    for (retry, pressed, outcome, next) in [
        (false, Some("1"), Outcome::Interrupted, again),
        (true, Some("2#"), Outcome::Interrupted, again),
        (true, None, Outcome::NoAnswer, Next::Final(RecipientStatus::NoAnswer)),
    ] {
        let claimed = world.claim_lane(batch, 1, retry).await.remove(0);
        let mut ended = settlement(&claimed, outcome, next);
        ended.ending.evidence.digits = pressed.map(str::to_owned);
        assert!(world.store.settle_attempt(ended, CallLog::default()).await.unwrap());
    }
    let report = world.store.report_rows(batch, 0, 10, true).await.unwrap();
    assert_eq!(report[0].digits.as_deref(), Some("2#"));
    let each: Vec<_> =
        report[0].attempts.iter().map(|attempt| attempt.evidence.digits.as_deref()).collect();
    assert_eq!(each, [Some("1"), Some("2#"), None]);
    assert_eq!((&report[1].digits, &report[2].digits), (&None, &None));
    for (pressed, rows) in [
        (Pressed::Exactly("2#".to_owned()), vec![2]),
        (Pressed::Exactly("1".to_owned()), vec![]),
        (Pressed::Any, vec![2]),
        (Pressed::None, vec![3, 4]),
    ] {
        let filter =
            RecipientFilter { digits: Some(pressed.clone()), limit: 9, ..Default::default() };
        assert_eq!(page(&world, batch, filter).await.0, rows, "{pressed:?}");
    }
}

#[tokio::test]
async fn the_longest_cells_are_known_as_far_as_they_are_long() {
    let world = World::new().await;
    let long = |position, cell: &str| {
        let mut long = row(position);
        long.cells[1] = cell.to_owned();
        long
    };
    let batch = world.batch_of(vec![row(2), long(3, &"ü".repeat(60))], Default::default()).await;
    assert!(world.store.longest_cells(batch, 100).await.unwrap().is_empty(), "120 bytes, 60 units");
    let rows = vec![long(2, &"𝄞".repeat(60)), long(3, &"x".repeat(110))];
    let batch = world.batch_of(rows, Default::default()).await;
    let number = number(2).to_string().len();
    assert_eq!(world.store.longest_cells(batch, 100).await.unwrap(), [number, 120]);
    assert!(world.store.longest_cells(batch, 200).await.unwrap().is_empty());
}
