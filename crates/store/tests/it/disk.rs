//! The store on a disk that is full, fails or is read-only. Each test runs itself again in a child
//! process, whose temporary directory is a small disk or whose files may not grow. In the parent
//! process, the child's part does nothing.

use std::{
    fs::File,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output},
};

use campanile_store::{Found, Look, SqliteStore, StoreError, TroubleKind, look_over};

use crate::world::*;

const CHILD: &str = "CAMPANILE_TEST_DISK";

#[test]
fn what_was_answered_is_there_after_a_full_disk() {
    if is_child() {
        let ballast = std::env::temp_dir().join("ballast");
        let (fills, frees) = (ballast.clone(), ballast);
        return runtime().block_on(goes_through(
            TroubleKind::Full,
            move || fill(&fills),
            move || std::fs::remove_file(&frees).unwrap(),
        ));
    }
    on_a_small_disk("disk::what_was_answered_is_there_after_a_full_disk", "true");
}

#[test]
fn what_was_answered_is_there_after_a_disk_that_fails() {
    if is_child() {
        // For SQLite, a write beyond the limit fails like a write that the disk refuses:
        // SQLITE_IOERR.
        return runtime().block_on(goes_through(
            TroubleKind::Broken,
            || files_grow_to("65536"),
            || files_grow_to("unlimited"),
        ));
    }
    let script = "trap '' XFSZ; exec \"$0\" \"$@\"";
    let test = "disk::what_was_answered_is_there_after_a_disk_that_fails";
    expect(again(Command::new("sh").args(["-c", script]), test));
}

#[test]
fn a_directory_that_can_only_be_read_is_refused_in_words() {
    if is_child() {
        let dir = std::env::temp_dir();
        let refused = SqliteStore::open_exclusive(&dir).err().expect("it cannot be locked");
        assert!(
            matches!(&refused, StoreError::Disk(t) if t.kind == TroubleKind::ReadOnly),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("the disk is read-only"), "{refused}");
        let refused = SqliteStore::open(&dir).err().expect("it cannot be made");
        assert!(matches!(&refused, StoreError::Disk(_)), "{refused:?}");
        return;
    }
    let test = "disk::a_directory_that_can_only_be_read_is_refused_in_words";
    on_a_small_disk(test, "mount -o remount,ro \"$TMPDIR\"");
}

#[test]
fn a_full_disk_at_the_start_is_refused_in_words() {
    if is_child() {
        let dir = std::env::temp_dir();
        fill(&dir.join("ballast"));
        let refused = SqliteStore::open_exclusive(&dir.join("data")).err().expect("no room");
        let words = refused.to_string();
        assert!(
            matches!(&refused, StoreError::Disk(t) if t.kind == TroubleKind::Full),
            "{refused:?}"
        );
        assert!(words.contains("the disk is full"), "{words}");
        std::fs::remove_file(dir.join("ballast")).unwrap();
        SqliteStore::open_exclusive(&dir.join("data")).expect("there is room now");
        return;
    }
    on_a_small_disk("disk::a_full_disk_at_the_start_is_refused_in_words", "true");
}

/// Writes until the disk fails. Then the error is reported, answered writes are stored and reads
/// still work; once the disk works again, so does everything else.
async fn goes_through(kind: TroubleKind, breaks: impl FnOnce(), mends: impl FnOnce()) {
    let world = World::new().await;
    let batch = world.batch(20).await;
    let taken = world.claim(batch, 3).await;
    let mut health = world.store.health();
    breaks();
    let mut made = world.store.list_workspaces().await.unwrap().len();
    let error = loop {
        match world.store.ensure_workspace(&format!("workspace {made}"), NOW).await {
            Ok(_) => made += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, StoreError::Disk(trouble) if trouble.kind == kind), "{error:?}");
    let failing = health.borrow_and_update().clone().expect("it is known to fail");
    assert!(failing.cause.starts_with(kind.words()) && !failing.is_damage(), "{failing:?}");
    let claims = world.store.claim_recipients(claim(batch, 3, false), NOW).await;
    assert!(matches!(claims, Err(StoreError::Disk(_))), "{claims:?}");
    let marks = world.store.mark_dialed(taken[0].attempt.id, "dialog".into(), NOW).await;
    assert!(matches!(marks, Err(StoreError::Disk(_))), "{marks:?}");
    assert!(world.store.prove_writable().await.is_err());
    assert_eq!(world.store.list_workspaces().await.unwrap().len(), made, "reads are answered");

    mends();
    health.wait_for(Option::is_none).await.unwrap();
    world.store.prove_writable().await.unwrap();
    assert_eq!(world.claim(batch, 3).await.len(), 3);
    let world = world.restarted().await;
    assert_eq!(world.store.list_workspaces().await.unwrap().len(), made);
    assert_eq!(world.store.progress(batch).await.unwrap().in_progress, 6);
    assert_eq!(look_over(world.dir.path(), Look::Whole, None).unwrap(), Found::Sound);
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

fn fill(ballast: &PathBuf) {
    let mut file = File::create(ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    while file.write_all(&[0]).is_ok() {}
}

/// Limits the size of files that this process writes.
fn files_grow_to(bytes: &str) {
    let process = std::process::id().to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    let set = Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap();
    assert!(set.success());
}

/// Runs a test of this file again with a disk of 24 MB as temporary directory, prepared by a shell
/// command. Namespaces keep the disk invisible to other processes; where the system grants none,
/// the test says so and proves nothing.
fn on_a_small_disk(test: &str, prepare: &str) {
    let disk = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=24m campanile \"$TMPDIR\"";
    let script = format!("{mount} && {prepare} && exec \"$0\" \"$@\"");
    let namespaces = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let mut unshare = Command::new("unshare");
    unshare.env("TMPDIR", disk.path()).args(namespaces);
    let granted = unshare.arg(format!("{mount} && {prepare}")).output();
    if !granted.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED {test}: this system grants no namespaces: {granted:?}");
        return;
    }
    let mut unshare = Command::new("unshare");
    unshare.env("TMPDIR", disk.path()).args(namespaces).arg(script);
    expect(again(&mut unshare, test));
}

fn again(command: &mut Command, test: &str) -> Output {
    let this = std::env::current_exe().unwrap();
    let command = command.arg(this).args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env(CHILD, "1").output().unwrap()
}

fn expect(Output { status, stdout, stderr }: Output) {
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success() && out.contains("1 passed"), "{out}\n{err}");
}
