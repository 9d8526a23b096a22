//! An answered write is stored, whatever happens to the process.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    task::{Context, Waker},
};

use campanile_rules::ids::AttemptId;
use campanile_store::{BatchRecord, DATABASE_FILE, SqliteStore, StoreError, Workspaces as _};

use crate::world::*;

const CHILD_DIR: &str = "CAMPANILE_TEST_STORE_CHILD_DIR";
const CHILD: &str = "durability::child";

/// Claims and dials many recipients at once and prints a line after each answer, until it is
/// killed. The test below runs it in a child process; in any other process it does nothing.
#[test]
fn child() {
    let Ok(dir) = std::env::var(CHILD_DIR) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = open(Path::new(&dir));
        let batch = store.load().await.unwrap().batches[0].facts.id;
        let mut dialing = tokio::task::JoinSet::new();
        loop {
            let claimed = store.claim_recipients(claim(batch, 4, false), NOW).await.unwrap();
            for recipient in claimed.recipients {
                let (store, attempt) = (store.clone(), recipient.attempt.id);
                say("claimed", attempt);
                dialing.spawn(async move {
                    assert!(store.mark_dialed(attempt, "dialog".into(), NOW).await.unwrap());
                    say("dialed", attempt);
                });
            }
            tokio::task::yield_now().await;
        }
    });
}

fn say(what: &str, attempt: AttemptId) {
    let line = format!("\n{what} {}\n", attempt.0);
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

#[tokio::test]
async fn answered_means_stored() {
    for lines in [1, 37, 400] {
        let world = World::new().await;
        world.store.set_workspace_limit(world.workspace, 1_000_000).await.unwrap();
        world.batch(20_000).await;
        let World { store, dir, .. } = world;
        drop(store);
        let said = killed_after(lines, dir.path());
        let raw = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
        for (what, attempt) in said {
            let sql = "SELECT dialed_at IS NOT NULL FROM attempts WHERE id = ?1";
            let dialed: bool = raw.query_row(sql, [attempt], |row| row.get(0)).unwrap();
            assert!(dialed || what == "claimed", "attempt {attempt} was {what}");
        }
        let check: String = raw.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        SqliteStore::open_exclusive(dir.path()).expect("the lock died with its process");
    }
}

/// The lines that the child printed before it was killed, after at least `lines` of them.
fn killed_after(lines: usize, dir: &Path) -> Vec<(String, i64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--nocapture", "--test-threads=1"])
        .env(CHILD_DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        let mut words = line.split(' ');
        let (Some(what @ ("claimed" | "dialed")), Some(Ok(attempt))) =
            (words.next(), words.next().map(str::parse))
        else {
            continue;
        };
        said.push((what.to_owned(), attempt));
        if said.len() == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(said.len() >= lines, "the child said only {said:?}");
    said
}

#[tokio::test]
async fn a_dropped_store_commits_what_is_queued() {
    let world = World::new().await;
    let batch = world.batch(50).await;
    let verb = || world.store.claim_recipients(claim(batch, 1, false), NOW);
    let mut queued: Vec<_> = (0..50).map(|_| verb()).collect();
    for verb in &mut queued {
        // Polled once, the verb is in the queue; nobody will receive its answer.
        assert!(verb.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    drop(queued);
    let world = world.restarted().await;
    assert_eq!(world.store.progress(batch).await.unwrap().in_progress, 50);
}

#[tokio::test]
async fn a_failing_write_harms_nobody_else() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let panic = Box::new(|_: &BatchRecord| panic!("on purpose"));
    let panics = world.store.update_batch(world.workspace, batch, panic, NOW);
    assert!(matches!(panics.await, Err(StoreError::Database(_))));
    let refuse = Box::new(|_: &BatchRecord| None);
    let refuses = world.store.update_batch(world.workspace, batch, refuse, NOW);
    assert_eq!(refuses.await.unwrap(), None);
    assert_eq!(world.store.batch(world.workspace, batch).await.unwrap().name, "Reminders");
    assert_eq!(world.claim(batch, 9).await.len(), 2);
}

#[tokio::test]
async fn two_engines_never_share_a_directory() {
    let world = World::new().await;
    let second = SqliteStore::open_exclusive(world.dir.path());
    assert!(matches!(second.err(), Some(StoreError::Conflict(_))));
    let beside = SqliteStore::open(world.dir.path()).unwrap();
    beside.ensure_workspace("made beside", NOW).await.unwrap();
    assert_eq!(world.store.list_workspaces().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let world = World::new().await;
    world.raw().execute_batch("PRAGMA user_version = 99").unwrap();
    let refused = SqliteStore::open(world.dir.path()).err().unwrap().to_string();
    assert!(refused.contains("version 99") && refused.contains("newer"), "{refused}");
}

#[tokio::test]
async fn a_stop_cut_short_by_a_crash_is_finished() {
    let world = World::new().await;
    let batch = world.batch(5_000).await;
    // The state as a process leaves it that died between writing the batch's state and its rows.
    world.raw().execute_batch("UPDATE batches SET state = 'cancelled', finished_at = 1").unwrap();
    let world = world.restarted().await;
    world.store.load().await.unwrap();
    let progress = world.store.progress(batch).await.unwrap();
    assert_eq!((progress.cancelled, progress.pending), (5_000, 0));
}
