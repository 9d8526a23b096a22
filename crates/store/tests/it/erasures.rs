//! After the erasure of a person, no file in the data directory mentions them, the counts stay, and
//! nobody calls them again.

use std::{fs, path::Path};

use campanile_rules::{
    agent::ResultValue,
    attempt::Outcome,
    batch::BatchSettings,
    conversation::Action,
    event::EventKind,
    ids::{BatchId, RecipientId},
    ladder::{Ladder, LadderMessage},
    phone::E164,
    recipient::RecipientStatus,
    retry::Next,
};
use campanile_store::{
    Again, Answered, AuditFilter, CallLog, ErasureRecord, NewRow, RecipientFilter, Recording,
    RowVerdict, Store, StoreError, SuppressionRecord, SuppressionSource, Utterance,
    WebhookSettings,
};

use crate::world::*;

/// The number of the person to erase.
fn person() -> E164 {
    E164::from_digits(14_155_559_377)
}

/// The ways in which a file of the directory may mention the person.
const SPELLINGS: [&str; 5] = ["14155559377", "4155559377", "555-9377", "Zelda", "559377"];

/// Runs all open erasures, as the engine does; false when one must wait.
async fn erase(store: &dyn Store) -> bool {
    let mut done = true;
    for erasure in store.open_erasures().await.unwrap() {
        if erasure.number.is_some() {
            if store.erasure_waits(erasure).await.unwrap() {
                done = false;
                continue;
            }
            let found = store.find_person(erasure).await.unwrap();
            let recordings = store.recordings_of(found.own.clone()).await.unwrap();
            let attempts: Vec<_> = recordings.into_iter().map(|(attempt, _)| attempt).collect();
            let recorded = attempts.len() as u64;
            store.forget_recordings_of(attempts).await.unwrap();
            store.erase_people(erasure, (found.own, recorded), NOW).await.unwrap();
            store.erase_copies(erasure, found.others).await.unwrap();
            assert!(store.seal_erasure(erasure, NOW).await.unwrap());
        }
        store.finish_erasure(erasure, NOW).await.unwrap();
    }
    done
}

/// Erases a person from request to end.
pub async fn erased(world: &World, number: E164) -> ErasureRecord {
    let begun = world.store.begin_erasure(world.workspace, number, NOW).await.unwrap();
    assert!(erase(&*world.store).await);
    world.store.erasure(world.workspace, begun.id).await.unwrap()
}

fn row_of_person(position: u64, verdict: RowVerdict) -> NewRow {
    let cells = vec!["+1 (415) 555-9377".to_owned(), "Zelda".to_owned()];
    NewRow { position, cells, verdict }
}

fn rejected_cell(position: u64, cell: &str) -> NewRow {
    let verdict = RowVerdict::Rejected {
        reason: "malformed_number".to_owned(),
        cause: None,
        phone_cell: cell.to_owned(),
    };
    NewRow { position, cells: vec![cell.to_owned(), "Zelda".to_owned()], verdict }
}

fn log(number: E164) -> CallLog {
    let text = format!("My number is {}", &number.to_string()[2..]);
    let said = Utterance { speaker: "person".to_owned(), text, start_ms: 0, end_ms: 9 };
    let message = LadderMessage {
        at: NOW,
        sent: true,
        repeats: 0,
        text: format!("INVITE sip:{number}@sip.example.com SIP/2.0\nTo: <sip:{number}@x>"),
    };
    let tool = Action::Tool {
        name: "book".to_owned(),
        arguments: format!(r#"{{"phone":"{number}"}}"#),
        at_ms: 5,
    };
    CallLog {
        transcript: vec![said],
        latencies: Vec::new(),
        actions: vec![tool],
        ladder: Ladder { messages: vec![message], left_out: 0 },
        recording: Some(Recording {
            file: "day/one.wav".to_owned(),
            duration_ms: 9,
            lost_ms: 0,
            lost_reason: None,
        }),
    }
}

/// Makes a call to the first recipient of a lane.
async fn call(world: &World, batch: BatchId, outcome: Outcome, status: RecipientStatus) -> String {
    let claimed = world.claim(batch, 1).await.remove(0);
    let number = claimed.attempt.number;
    let dialog = format!(r#"{{"to":"sip:{number}@sip.example.com"}}"#);
    assert!(world.store.mark_dialed(claimed.attempt.id, dialog, NOW).await.unwrap());
    let mut ended = settlement(&claimed, outcome, Next::Final(status));
    if number == person() {
        let name = ResultValue::Text("Zelda".to_owned());
        ended.ending.evidence.results.insert("name".to_owned(), name);
    }
    world.store.settle_attempt(ended, log(number)).await.unwrap();
    claimed.attempt.call_id
}

/// Names of files in the directory that contain one of the spellings.
fn found_in(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(found_in(&path));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        for text in SPELLINGS {
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(format!("{} holds {text}", path.display()));
            }
        }
    }
    found
}

async fn filled() -> (World, BatchId, Vec<String>) {
    let world = World::new().await;
    world.key("key_1").await;
    let hook = WebhookSettings {
        url: "https://example.com/".to_owned(),
        description: String::new(),
        events: EventKind::ALL.to_vec(),
        enabled: true,
    };
    world.store.add_webhook(world.workspace, (hook, b"secret".to_vec()), NOW).await.unwrap();
    let zones = campanile_rules::zones::ZoneSet::from_joined(ZONE);
    let accepted = || RowVerdict::Accepted { number: person(), zones: zones.clone() };
    let mut rows = vec![
        row_of_person(2, accepted()),
        rejected_cell(3, "415-555-9377 ext 5"),
        rejected_cell(4, "+1 415 555 9377 / +1 415 555 0388"),
        rejected(5, "malformed_number"),
        row_of_person(6, accepted()),
    ];
    rows.extend((7..900).map(row));
    let mut mentions = row(900);
    mentions.cells[1] = "friend of (415) 555-9377".to_owned();
    rows.push(mentions);
    let settings = BatchSettings { allow_overlapping_calls: true, ..BatchSettings::default() };
    let batch = world.batch_of(rows, settings).await;
    let mut calls = Vec::new();
    for _ in 0..40 {
        calls.push(call(&world, batch, Outcome::Completed, RecipientStatus::Completed).await);
    }
    let suppression = SuppressionRecord {
        number: person(),
        source: SuppressionSource::Api,
        reason: "+14155559377 asked".to_owned(),
        created_at: NOW,
    };
    world.store.add_suppression(world.workspace, suppression).await.unwrap();
    let begun = world.store.begin_idempotent("key_1", "one", [9; 32], NOW).await.unwrap();
    assert_eq!(begun, Answered::NotYet);
    let body = br#"{"phone_number":"+14155559377"}"#.to_vec();
    world.store.finish_idempotent("key_1", "one", (201, body)).await.unwrap();
    while world.store.lift_webhook_events(NOW).await.unwrap() {}
    (world, batch, calls)
}

#[tokio::test]
async fn nothing_in_the_directory_tells_of_a_person_who_was_erased() {
    let (world, batch, calls) = filled().await;
    let before = world.store.progress(batch).await.unwrap();
    assert!(found_in(world.dir.path()).len() >= 4, "the test sees what is to go");
    let done = erased(&world, person()).await;
    assert_eq!(found_in(world.dir.path()), Vec::<String>::new());
    assert_eq!((done.people, done.calls, done.recordings), (4, 2, 2));
    assert!(done.copies >= 8 && done.finished_at == Some(NOW), "{done:?}");
    assert_eq!(world.store.progress(batch).await.unwrap(), before, "the counts stay");
    assert_eq!(campanile_store::check(world.dir.path()).unwrap(), Vec::<String>::new());
    let gone = world.store.call(world.workspace, &calls[0]).await;
    assert!(matches!(gone, Err(StoreError::NotFound(_))), "{gone:?}");
    world.store.call(world.workspace, &calls[39]).await.expect("the call to somebody else");
    let report = world.store.report_rows(batch, 0, 1_000, true).await.unwrap();
    assert_eq!(report.len() as u64, before.total);
    assert_eq!(
        (report[0].status, &report[0].cells[..]),
        (RecipientStatus::Completed, &[String::new(), String::new()][..])
    );
    assert_eq!(report[898].cells, [number(900).to_string(), String::new()]);
    let groups = world.store.rejections(batch, 9).await.unwrap();
    let rows: Vec<_> = groups[0].rows.iter().map(|(row, _)| *row).collect();
    assert_eq!((groups[0].count, &rows[..]), (3, &[3, 4, 5][..]));
    let again = Again { statuses: vec![RecipientStatus::Completed], end_reasons: None };
    let again = world.store.cells_of(batch, (again, 0), 1_000).await.unwrap();
    assert!(again.iter().all(|(position, _)| ![2, 6].contains(position)), "called no second time");
    // A new process finds nothing either.
    let world = world.restarted().await;
    world.store.load().await.unwrap();
    assert_eq!(found_in(world.dir.path()), Vec::<String>::new());
}

#[tokio::test]
async fn many_people_leave_no_trace_wherever_their_rows_lie() {
    let world = World::new().await;
    let mut random = fastrand::Rng::with_seed(4);
    let people: Vec<E164> = (0..30).map(|n| E164::from_digits(442_079_461_000 + n)).collect();
    for _ in 0..3 {
        let rows = (2..1_500).map(|position| {
            let number = match random.usize(..20) {
                0 => people[random.usize(..people.len())],
                _ => number(position),
            };
            let mut row = row_with_number(position, number);
            row.cells[1] = "x".repeat(random.usize(..900));
            row
        });
        let rows = rows.collect();
        let settings = BatchSettings { allow_overlapping_calls: true, ..BatchSettings::default() };
        let batch = world.batch_of(rows, settings).await;
        for claimed in world.claim(batch, 100).await {
            let dialog = format!(r#"{{"to":"{}"}}"#, claimed.attempt.number);
            world.store.mark_dialed(claimed.attempt.id, dialog, NOW).await.unwrap();
            let next = match random.bool() {
                true => Next::Final(RecipientStatus::Completed),
                false => Next::Retry { at: NOW, otherwise: RecipientStatus::NoAnswer },
            };
            let ended = settlement(&claimed, Outcome::Completed, next);
            world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
        }
    }
    for person in &people {
        erased(&world, *person).await;
    }
    for entry in fs::read_dir(world.dir.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let found =
            bytes.windows(9).filter(|window| window == b"207946100" || window == b"207946102");
        assert_eq!(found.count(), 0);
    }
    assert_eq!(campanile_store::check(world.dir.path()).unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn nobody_dials_a_person_from_the_request_on() {
    let world = World::new().await;
    let batch = world.batch(3).await;
    let claimed = world.claim(batch, 1).await.remove(0);
    let number = claimed.attempt.number;
    let begun = world.store.begin_erasure(world.workspace, number, NOW).await.unwrap();
    assert!(begun.in_call && begun.finished_at.is_none());
    let same = world.store.begin_erasure(world.workspace, number, NOW).await.unwrap();
    assert_eq!(same.id, begun.id);
    let dialog = "dialog".to_owned();
    assert!(!world.store.mark_dialed(claimed.attempt.id, dialog, NOW).await.unwrap());
    assert!(!erase(&*world.store).await, "its slot is taken");
    world.store.release_attempt(claimed.attempt.id, None).await.unwrap();
    let others = world.claim(batch, 9).await;
    assert!(others.iter().all(|other| other.attempt.number != number));
    assert!(erase(&*world.store).await);
    let filter = RecipientFilter { limit: 9, ..RecipientFilter::default() };
    let page = world.store.recipients(batch, filter).await.unwrap();
    let row = &page.items[0];
    assert_eq!((row.status, row.number), (RecipientStatus::Skipped, None));
    assert_eq!(row.reason.as_deref(), Some("suppressed"));
}

#[tokio::test]
async fn an_erasure_waits_for_a_call_and_for_a_list_that_is_being_read() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let claimed = world.claim(batch, 1).await.remove(0);
    world.store.mark_dialed(claimed.attempt.id, "dialog".into(), NOW).await.unwrap();
    let import = world.store.begin_import(world.new_batch(Default::default()), NOW).await.unwrap();
    world.store.add_rows(import, vec![row(2)]).await.unwrap();
    let number = claimed.attempt.number;
    let begun = world.store.begin_erasure(world.workspace, number, NOW).await.unwrap();
    assert!(!erase(&*world.store).await);
    world.store.to_forget().await;
    let ended = settlement(&claimed, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    world.store.settle_attempt(ended, log(number)).await.unwrap();
    world.store.to_forget().await;
    assert!(!erase(&*world.store).await, "the list may hold the person");
    let state = campanile_rules::batch::BatchState::Running;
    world.store.finish_import(import, state, NOW).await.unwrap();
    world.store.to_forget().await;
    assert!(erase(&*world.store).await);
    let done = world.store.settled_erasure(world.workspace, begun.id).await.unwrap();
    assert_eq!((done.people, done.calls, done.in_call), (2, 1, false));
    assert_eq!(world.store.progress(batch).await.unwrap().completed, 1);
}

#[tokio::test]
async fn who_was_erased_is_not_called_again_and_the_number_is_nowhere() {
    let world = World::new().await;
    erased(&world, person()).await;
    let world = world.restarted().await;
    let (store, workspace) = (&world.store, world.workspace);
    let check = store.destination_check(workspace, None).await.unwrap();
    assert!(check(person()).is_err() && check(number(5)).is_ok());
    let batch =
        world.batch_of(vec![row_with_number(2, person()), row(3)], Default::default()).await;
    let claimed = world.claim(batch, 9).await;
    assert_eq!(claimed.iter().map(|one| one.attempt.number).collect::<Vec<_>>(), [number(3)]);
    let other = store.ensure_workspace("other", NOW).await.unwrap().id;
    let check = store.destination_check(other, None).await.unwrap();
    assert!(check(person()).is_ok(), "of another workspace nobody asked it");
    let suppression = SuppressionRecord {
        number: person(),
        source: SuppressionSource::Api,
        reason: String::new(),
        created_at: NOW,
    };
    assert!(!store.add_suppression(workspace, suppression).await.unwrap().1);
    assert_eq!(store.add_suppressions(workspace, vec![person()], NOW).await.unwrap(), 0);
    assert_eq!(store.suppressions(workspace, (None, None), 9).await.unwrap().total, 0);
    store.remove_suppression(workspace, person()).await.unwrap();
    assert!(store.destination_check(workspace, None).await.unwrap()(person()).is_ok());
    assert!(store.remove_suppression(workspace, person()).await.is_err());
}

#[tokio::test]
async fn an_erasure_that_a_crash_cut_short_goes_on() {
    let (world, batch, _) = filled().await;
    let begun = world.store.begin_erasure(world.workspace, person(), NOW).await.unwrap();
    let open = world.store.open_erasures().await.unwrap()[0];
    let found = world.store.find_person(open).await.unwrap();
    world.store.erase_people(open, (found.own[..1].to_vec(), 1), NOW).await.unwrap();
    let world = world.restarted().await;
    assert!(erase(&*world.store).await);
    let done = world.store.erasure(world.workspace, begun.id).await.unwrap();
    assert_eq!((done.people, done.calls), (4, 2));
    assert_eq!(found_in(world.dir.path()), Vec::<String>::new());
    // The erasure is sealed, but not marked as done yet.
    let number = number(8);
    world.store.begin_erasure(world.workspace, number, NOW).await.unwrap();
    let open = world.store.open_erasures().await.unwrap()[0];
    assert!(world.store.seal_erasure(open, NOW).await.unwrap());
    let world = world.restarted().await;
    assert_eq!(world.store.open_erasures().await.unwrap()[0].number, None);
    assert!(erase(&*world.store).await);
    assert_eq!(world.store.progress(batch).await.unwrap().total, 899);
}

#[tokio::test]
async fn what_is_written_down_changes_for_nobody_else() {
    let world = World::new().await;
    let change = "UPDATE audit_log SET subject = 'erased'";
    assert!(world.raw().execute(change, []).is_err());
    let batch = world.batch(2).await;
    call(&world, batch, Outcome::Completed, RecipientStatus::Completed).await;
    assert!(world.raw().execute("DELETE FROM attempts", []).is_err());
    world.store.begin_erasure(world.workspace, person(), NOW).await.unwrap();
    assert!(world.raw().execute("UPDATE audit_log SET actor = 'nobody'", []).is_err());
    assert!(world.raw().execute("DELETE FROM audit_log", []).is_err());
    assert!(world.raw().execute("DELETE FROM attempts", []).is_err());
    assert!(erase(&*world.store).await);
    assert!(world.raw().execute(change, []).is_err());
    let filter = AuditFilter { limit: 2, ..AuditFilter::default() };
    let written = world.store.audit_log(filter).await.unwrap();
    let actions: Vec<_> = written.iter().map(|entry| &*entry.action).collect();
    assert_eq!(actions, ["erasure.finished", "erasure.created"]);
    assert_eq!(RecipientId(batch.0 * 1_000_000_000 + 2).0 % 1_000_000_000, 2);
}

#[tokio::test]
async fn the_hash_of_a_request_is_made_with_the_key_of_the_installation() {
    let (world, ..) = filled().await;
    let kept = || -> (Vec<u8>, bool) {
        let sql = "SELECT request_hash, keyed FROM idempotency WHERE key = 'one'";
        world.raw().query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert!(kept().0 != [9; 32] && kept().1);
    // The hash as an earlier version stored it.
    let sql = "UPDATE idempotency SET request_hash = ?1, keyed = 0";
    world.raw().execute(sql, [vec![9_u8; 32]]).unwrap();
    let world = world.restarted().await;
    let again = world.store.begin_idempotent("key_1", "one", [9; 32], NOW).await.unwrap();
    assert!(matches!(again, Answered::With { status: 201, .. }), "{again:?}");
    let other = world.store.begin_idempotent("key_1", "one", [8; 32], NOW).await.unwrap();
    assert_eq!(other, Answered::Differently);
}
