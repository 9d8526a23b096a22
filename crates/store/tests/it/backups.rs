//! A backup is complete. A restored backup repeats no id and names the recipients that may be
//! called twice.

use std::{collections::HashSet, fs, path::Path, time::Duration};

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState, Control},
    recipient::RecipientStatus,
    retry::Next,
    time::Timestamp,
};
use campanile_store::{
    Actor, CallFilter, CallLog, DATABASE_FILE, EventFilter, KEY_FILE, SqliteStore, Store,
    StoreError, back_up, check, restore,
};

use crate::world::*;

const BACKED_UP: Timestamp = Timestamp(NOW.0 + 1_000_000);
const RESTORED: Timestamp = Timestamp(NOW.0 + 3_600_000_000);

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    result.expect_err("it is refused").to_string()
}

/// A batch of five recipients: when the backup is made, one was called and one call rings.
async fn backed_up(world: &World, file: &Path) -> campanile_rules::ids::BatchId {
    let batch = world.batch(5).await;
    let taken = world.claim(batch, 2).await;
    for claimed in &taken {
        world.store.mark_dialed(claimed.attempt.id, "{}".to_owned(), NOW).await.unwrap();
    }
    let over = settlement(&taken[0], Outcome::Completed, Next::Final(RecipientStatus::Completed));
    world.store.settle_attempt(over, CallLog::default()).await.unwrap();
    back_up(world.dir.path(), file, true, BACKED_UP).unwrap();
    batch
}

/// Restores a backup in place of the world's database.
fn restored(world: World, file: &Path) -> (World, campanile_store::Restored) {
    restored_at(world, file, RESTORED)
}

fn restored_at(world: World, file: &Path, now: Timestamp) -> (World, campanile_store::Restored) {
    let World { store, dir, setup } = world;
    drop(store);
    let done = restore(dir.path(), file, now).unwrap();
    let store = open(dir.path());
    (World { store, dir, setup }, done)
}

#[tokio::test]
async fn a_restored_backup_repeats_nothing_and_names_who_may_be_called_twice() {
    let world = World::new().await;
    let file = world.dir.path().join("copy");
    let batch = backed_up(&world, &file).await;
    let all = || CallFilter { limit: 99, ..CallFilter::default() };
    let before = world.store.calls(world.workspace, all()).await.unwrap().items;
    assert_eq!(before.len(), 2);
    // Three more calls, which the backup does not contain.
    let later = world.claim(batch, 3).await;
    let used: Vec<_> = later.iter().map(|claimed| claimed.attempt.call_id.clone()).collect();
    let events = world.store.event_bounds().await.unwrap().last;

    let (world, done) = restored(world, &file);
    assert_eq!((done.backed_up_at, done.exact), (BACKED_UP, true));
    assert!(done.kept.is_some_and(|kept| kept.is_file()));
    let named: Vec<_> = done.batches.iter().map(|b| (b.id, b.state, b.people)).collect();
    assert_eq!(named, [(batch, BatchState::Paused, 3)]);
    let record = world.store.batch(world.workspace, batch).await.unwrap();
    assert_eq!((record.state, record.reason.as_deref()), (BatchState::Paused, Some("restored")));
    assert_eq!(
        record.restored.map(|r| (r.restored_at, r.backed_up_at)),
        Some((RESTORED, BACKED_UP))
    );
    assert_eq!(world.claim(batch, 9).await.len(), 0, "it waits");

    // Calls in the backup keep their ids, and are found by them.
    let after = world.store.calls(world.workspace, all()).await.unwrap().items;
    assert_eq!(before, after);
    for call in &before {
        let name = &call.attempt.call_id;
        assert_eq!(
            world.store.call(world.workspace, name).await.unwrap().attempt.id,
            call.attempt.id
        );
    }
    let loaded = world.store.load().await.unwrap().batches;
    let open = loaded.into_iter().find(|loaded| loaded.facts.id == batch).unwrap().open;
    assert!(before.iter().any(|call| call.attempt.call_id == open[0].attempt.call_id));

    world.store.control_batch(batch, Control::Resume, (Actor::Cli, RESTORED)).await.unwrap();
    let record = world.store.batch(world.workspace, batch).await.unwrap();
    assert_eq!((record.reason, record.restored), (None, None), "somebody answered for it");
    let again = world.claim(batch, 9).await;
    assert_eq!(again.len(), 3);
    for claimed in &again {
        let name = &claimed.attempt.call_id;
        assert!(!used.contains(name) && !later.iter().any(|l| l.attempt.id == claimed.attempt.id));
        assert!(!before.iter().any(|call| call.attempt.call_id == *name));
    }
    let bounds = world.store.event_bounds().await.unwrap();
    assert!(bounds.pruned > events, "who read until {events} is told that it missed something");
    let all = EventFilter { workspace: world.workspace, batch: None };
    let told = world.store.events_after(all, bounds.pruned, 99).await.unwrap();
    assert!(told.iter().any(|event| event.kind.as_str() == "batch.paused"));
    assert_eq!(check(world.dir.path()).unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_backup_that_is_restored_again_and_elsewhere_repeats_nothing_either() {
    let world = World::new().await;
    let file = world.dir.path().join("copy");
    let batch = backed_up(&world, &file).await;
    let mut used = Vec::new();
    let mut call = async |store: &dyn Store| {
        store.control_batch(batch, Control::Resume, (Actor::Cli, RESTORED)).await.unwrap();
        let claimed = store.claim_recipients(claim(batch, 9, false), NOW).await.unwrap();
        used.extend(claimed.recipients.into_iter().map(|claimed| claimed.attempt));
    };
    call(&*world.store).await;
    let (world, _) = restored(world, &file);
    call(&*world.store).await;
    let (world, _) = restored_at(world, &file, RESTORED + Duration::from_secs(60));
    call(&*world.store).await;
    let elsewhere = tempfile::tempdir().unwrap();
    restore(elsewhere.path(), &file, RESTORED).unwrap();
    call(&*open(elsewhere.path())).await;
    assert_eq!(used.len(), 12);
    let names: HashSet<_> = used.iter().map(|attempt| &attempt.call_id).collect();
    assert_eq!(names.len(), used.len(), "{names:?}");
    let instances: HashSet<_> = names.iter().map(|name| name.split_once('-').unwrap().0).collect();
    assert_eq!(instances.len(), 4, "each restoration is an instance of its own");
    let here: HashSet<_> = used[..9].iter().map(|attempt| attempt.id).collect();
    assert_eq!(here.len(), 9);
    drop(world);
}

#[tokio::test]
async fn whatever_was_not_over_waits() {
    let world = World::new().await;
    let file = world.dir.path().join("copy");
    let mut batches = Vec::new();
    let at = |hours: u64| Some(NOW + Duration::from_secs(hours * 3_600));
    for (state, starts_at) in [
        (BatchState::Draft, None),
        (BatchState::Scheduled, at(1)),
        (BatchState::Scheduled, at(100_000)),
        (BatchState::Running, None),
    ] {
        let settings = BatchSettings { starts_at, ..BatchSettings::default() };
        let id = world.store.begin_import(world.new_batch(settings), NOW).await.unwrap();
        world.store.add_rows(id, vec![row(2), row(3)]).await.unwrap();
        world.store.finish_import(id, state, NOW).await.unwrap();
        batches.push(id);
    }
    let paused = world.batch(1).await;
    world.store.control_batch(paused, Control::Pause, (Actor::Cli, NOW)).await.unwrap();
    let stopped = world.batch(1).await;
    world.store.control_batch(stopped, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    back_up(world.dir.path(), &file, true, BACKED_UP).unwrap();

    let (world, done) = restored(world, &file);
    let named: Vec<_> = done.batches.iter().map(|batch| (batch.id, batch.people)).collect();
    let expected = batches.iter().map(|id| (*id, 2)).chain([(paused, 1)]);
    assert_eq!(named, expected.collect::<Vec<_>>());
    let mut states = Vec::new();
    for id in batches.into_iter().chain([paused, stopped]) {
        let record = world.store.batch(world.workspace, id).await.unwrap();
        states.push((record.state, record.restored.is_some()));
    }
    let waits = (BatchState::Paused, true);
    let draft = (BatchState::Draft, true);
    assert_eq!(states, [draft, waits, waits, waits, waits, (BatchState::Cancelled, false)]);
}

#[tokio::test]
async fn nothing_is_written_over_and_nothing_half_is_left() {
    let world = World::new().await;
    let file = world.dir.path().join("copy");
    back_up(world.dir.path(), &file, true, NOW).unwrap();
    let first = fs::read(&file).unwrap();
    let words = refused(back_up(world.dir.path(), &file, true, NOW));
    assert!(words.contains("exists already"), "{words}");
    assert_eq!(fs::read(&file).unwrap(), first);
    let nowhere = world.dir.path().join("no/such/dir/copy");
    assert!(back_up(world.dir.path(), &nowhere, true, NOW).is_err());
    let left = fs::read_dir(world.dir.path()).unwrap();
    let drafts = left
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("draft"));
    assert_eq!(drafts.count(), 0);
}

#[tokio::test]
async fn a_running_directory_and_a_bad_file_are_refused() {
    let world = World::new().await;
    world.batch(50).await;
    let file = world.dir.path().join("copy");
    back_up(world.dir.path(), &file, true, NOW).unwrap();
    let words = refused(restore(world.dir.path(), &file, RESTORED));
    assert!(words.contains("another campanile is running"), "{words}");

    let elsewhere = tempfile::tempdir().unwrap();
    let bad = elsewhere.path().join("bad");
    let whole = fs::read(&file).unwrap();
    let mut holed = whole.clone();
    holed[4096 * 9..4096 * 12].fill(0xa5);
    for (content, word) in [
        (&whole[..whole.len() / 2], "damaged"),
        (&holed, "damaged"),
        (b"phone_number,name\n+14155550100,Ann\n".as_slice(), "damaged"),
        (b"".as_slice(), "empty"),
    ] {
        fs::write(&bad, content).unwrap();
        let words = refused(restore(elsewhere.path(), &bad, RESTORED));
        assert!(words.contains("cannot be restored") && words.contains(word), "{words}");
        assert!(!elsewhere.path().join(DATABASE_FILE).exists());
    }
}

#[tokio::test]
async fn the_key_of_the_secrets_goes_along() {
    let world = World::new().await;
    let secret = campanile_rules::trunk::Trunk {
        password: Some("hidden-word".to_owned()),
        ..trunk("main", 5)
    };
    world.store.update_trunk(world.workspace, world.trunk, secret).await.unwrap();
    let file = world.dir.path().join("copy");
    let made = back_up(world.dir.path(), &file, true, NOW).unwrap();
    let key = made.key.unwrap();
    let bare = world.dir.path().join("bare");
    let made = back_up(world.dir.path(), &bare, false, NOW).unwrap();
    assert_eq!((made.key, made.secrets), (None, true));

    let other = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(other.path()).unwrap());
    let words = refused(restore(other.path(), &bare, RESTORED));
    assert!(words.contains(KEY_FILE) && words.contains("bare.key"), "{words}");
    fs::copy(&key, world.dir.path().join("bare.key")).unwrap();
    restore(other.path(), &bare, RESTORED).unwrap();
    let store = open(other.path());
    let trunk = store.trunk(world.workspace, world.trunk).await.unwrap();
    assert_eq!(trunk.settings.password.as_deref(), Some("hidden-word"));
}

#[tokio::test]
async fn a_database_that_was_copied_back_by_hand_is_refused_until_it_is_restored() {
    let world = World::new().await;
    let batch = world.batch(5).await;
    let World { store, dir, .. } = world;
    drop(store);
    let database = dir.path().join(DATABASE_FILE);
    let old = fs::read(&database).unwrap();
    let store = open(dir.path());
    let used = store.claim_recipients(claim(batch, 2, false), NOW).await.unwrap().recipients;
    drop(store);

    fs::write(&database, old).unwrap();
    let words = refused(SqliteStore::open_exclusive(dir.path()).map(drop));
    assert!(words.contains("older than") && words.contains("campanile db restore"), "{words}");
    assert!(check(dir.path()).unwrap().iter().any(|line| line.contains("older than")));
    let done = restore(dir.path(), &database, RESTORED).unwrap();
    assert_eq!((done.exact, done.batches[0].people), (false, 5));
    let store = open(dir.path());
    store.control_batch(batch, Control::Resume, (Actor::Cli, RESTORED)).await.unwrap();
    let again = store.claim_recipients(claim(batch, 9, false), NOW).await.unwrap().recipients;
    assert_eq!(again.len(), 5);
    let name = |claimed: &campanile_store::ClaimedRecipient| claimed.attempt.call_id.clone();
    assert!(again.iter().all(|claimed| !used.iter().map(name).any(|old| old == name(claimed))));
}

#[tokio::test]
async fn a_lost_or_foreign_database_is_noticed_and_a_moved_directory_goes_on() {
    let world = World::new().await;
    world.batch(2).await;
    let World { store, dir, .. } = world;
    drop(store);
    let moved = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, moved.path().join(path.file_name().unwrap())).unwrap();
    }
    SqliteStore::open_exclusive(moved.path()).expect("a moved directory is the same");

    let database = dir.path().join(DATABASE_FILE);
    fs::remove_file(&database).unwrap();
    let words = refused(SqliteStore::open_exclusive(dir.path()).map(drop));
    assert!(words.contains("is missing") && !database.exists(), "{words}");
    let foreign = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(foreign.path()).unwrap());
    fs::copy(foreign.path().join(DATABASE_FILE), &database).unwrap();
    let words = refused(SqliteStore::open_exclusive(dir.path()).map(drop));
    assert!(words.contains("is not the one that was here before"), "{words}");
}

#[tokio::test]
async fn a_count_that_is_wrong_is_found() {
    let world = World::new().await;
    let batch = world.batch(3).await;
    world.claim(batch, 1).await;
    assert_eq!(check(world.dir.path()).unwrap(), Vec::<String>::new());
    for (broken, word) in [
        (
            "UPDATE batch_progress SET recipients = 7 WHERE status = 'pending' AND tried = 0",
            "counts of recipients",
        ),
        ("DELETE FROM slots", "no slot"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM workspaces", "refer to workspaces"),
    ] {
        world.raw().execute_batch(broken).unwrap();
        let found = check(world.dir.path()).unwrap();
        assert!(found.iter().any(|line| line.contains(word)), "{broken}: {found:?}");
    }
}
