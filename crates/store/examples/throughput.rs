//! Measures the store: import of a million rows, calls per second with all their writes, pages.
//!
//! `cargo run --release -p campanile-store --example throughput [ROWS] [CALLS] [CALLS_PER_S]`

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use campanile_rules::{
    attempt::{EndReason, Ending, Evidence, Outcome},
    batch::{BatchSettings, BatchState},
    dispatcher::{Claim, LaneKey, Settlement},
    ids::BatchId,
    phone::E164,
    recipient::RecipientStatus,
    retry::Next,
    series::Series,
    time::Timestamp,
    zones::ZoneSet,
};
use campanile_store::{
    Actor, CallLog, ClaimedRecipient, NewRow, RecipientFilter, RowVerdict, Store,
};
use campanile_testkit::{Setup, open};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
const CLAIM: u32 = 64;
const IN_FLIGHT: usize = 1024;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut sizes = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let rows = sizes.next().transpose()?.unwrap_or(1_000_000);
    let calls = sizes.next().transpose()?.unwrap_or(100_000);
    let calls_per_s = sizes.next().transpose()?.unwrap_or(u64::MAX);
    let dir = tempfile::tempdir()?;
    let store = open(dir.path());

    let begun = Instant::now();
    let batch = import(&*store, rows).await?;
    println!(
        "import    {rows} rows in {:.2} s, {:.2} s of the writer",
        begun.elapsed().as_secs_f64(),
        writer_cpu_s()
    );
    let size = std::fs::metadata(dir.path().join(campanile_store::DATABASE_FILE))?.len();
    println!("size      {:.0} MB", size as f64 / 1e6);

    let (begun, cpu) = (Instant::now(), writer_cpu_s());
    let claims = dial(&store, batch, (calls, calls_per_s)).await?;
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), writer_cpu_s() - cpu);
    println!(
        "calls     {:.0}/s, {:.0} µs of the writer each; claim of {CLAIM}: {}",
        calls as f64 / wall,
        cpu * 1e6 / calls as f64,
        quantiles(claims)
    );

    let (completed, busy) = (Some(RecipientStatus::Completed), Some(Outcome::Busy));
    let last = calls.saturating_sub(100);
    for (name, filter) in [
        ("page", RecipientFilter { after_position: calls / 2, ..page() }),
        ("by status", RecipientFilter { status: completed, after_position: calls / 2, ..page() }),
        ("from last", RecipientFilter { offset: Some(last), ..page() }),
        ("the same", RecipientFilter { status: completed, offset: Some(last), ..page() }),
        ("outcome", RecipientFilter { outcome: busy, ..page() }),
    ] {
        let begun = Instant::now();
        let page = store.recipients(batch, filter).await?;
        println!("{name:9} {} in {:.2} ms", page.items.len(), begun.elapsed().as_secs_f64() * 1e3);
    }
    let begun = Instant::now();
    let spans = store.attempt_spans(batch).await?;
    let read = begun.elapsed();
    let series = Series::of(&spans, NOW, 120);
    println!(
        "chart     {} attempts read in {:.2} s; {} points of them in {:.2} s",
        spans.len(),
        read.as_secs_f64(),
        series.points.len(),
        (begun.elapsed() - read).as_secs_f64()
    );
    let begun = Instant::now();
    store.progress(batch).await?;
    println!("progress  {:.2} ms", begun.elapsed().as_secs_f64() * 1e3);
    let begun = Instant::now();
    let q = Some("9999999".to_owned());
    store.recipients(batch, RecipientFilter { q, limit: 100, ..Default::default() }).await?;
    println!("search    {:.2} ms", begun.elapsed().as_secs_f64() * 1e3);
    let (begun, cpu) = (Instant::now(), writer_cpu_s());
    let stopped = store
        .control_batch(batch, campanile_rules::batch::Control::Stop, (Actor::Cli, NOW))
        .await?
        .cancelled;
    println!(
        "stop      {stopped} in {:.2} s, {:.2} s of the writer",
        begun.elapsed().as_secs_f64(),
        writer_cpu_s() - cpu
    );
    Ok(())
}

fn page() -> RecipientFilter {
    RecipientFilter { limit: 100, ..Default::default() }
}

async fn import(store: &dyn Store, rows: u64) -> Result<BatchId> {
    let trunk = serde_json::from_str(r#"{"name":"t","host":"127.0.0.1","max_calls":1000000}"#)?;
    let setup = Setup::new(store, (trunk, serde_json::from_str("{}")?), NOW).await;
    store.set_workspace_limit(setup.workspace, 1_000_000).await?;
    let columns = ["phone_number", "name", "date", "account"];
    let batch = setup.new_batch(&columns, BatchSettings::default());
    let batch = store.begin_import(batch, NOW).await?;
    let mut position = 2;
    while position < rows + 2 {
        let until = (position + 10_000).min(rows + 2);
        store.add_rows(batch, (position..until).map(row).collect()).await?;
        position = until;
    }
    store.finish_import(batch, BatchState::Running, NOW).await?;
    Ok(batch)
}

fn row(position: u64) -> NewRow {
    // Scattered numbers, each used once.
    let number = E164::from_digits(12_000_000_000 + position * 7_919 % 7_999_999_999);
    let cells = vec![
        number.to_string(),
        format!("Person {position}"),
        "June 3rd at 2 PM".to_owned(),
        format!("acct_{position:09}"),
    ];
    let zones = ZoneSet::from_joined("America/New_York");
    NewRow { position, cells, verdict: RowVerdict::Accepted { number, zones } }
}

/// Dials `calls` recipients, [`IN_FLIGHT`] at a time; returns how long each claim took.
async fn dial(
    store: &Arc<dyn Store>,
    batch: BatchId,
    (calls, calls_per_s): (u64, u64),
) -> Result<Vec<Duration>> {
    let room = Arc::new(tokio::sync::Semaphore::new(IN_FLIGHT));
    let (mut claimed, mut claims) = (0, Vec::new());
    let failures = Arc::new(AtomicU64::new(0));
    let mut next = tokio::time::Instant::now();
    while claimed < calls {
        next += Duration::from_secs(CLAIM.into()) / u32::try_from(calls_per_s).unwrap_or(u32::MAX);
        tokio::time::sleep_until(next).await;
        let permits = Arc::clone(&room).acquire_many_owned(CLAIM).await?;
        let lane = LaneKey { zones: ZoneSet::from_joined("America/New_York"), retry: false };
        let wait = Duration::from_secs(5);
        let claim = Claim { batch, lane, limit: CLAIM, due_by: NOW, busy_number_wait: wait };
        let begun = Instant::now();
        let taken = store.claim_recipients(claim, NOW).await?.recipients;
        claims.push(begun.elapsed());
        if taken.is_empty() {
            // Some of the scattered numbers must not be called.
            break;
        }
        claimed += taken.len() as u64;
        let permits = Arc::new(permits);
        for recipient in taken {
            let (store, permits) = (store.clone(), Arc::clone(&permits));
            let failures = Arc::clone(&failures);
            tokio::spawn(async move {
                let _permit = permits;
                if call(&*store, recipient).await.is_err() {
                    failures.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    }
    let _all = room.acquire_many(IN_FLIGHT as u32).await?;
    match failures.load(Ordering::Relaxed) {
        0 => Ok(claims),
        failures => Err(format!("{failures} calls failed").into()),
    }
}

async fn call(store: &dyn Store, recipient: ClaimedRecipient) -> Result<()> {
    let attempt = recipient.attempt;
    let dialog =
        format!("z9hG4bK{:032x};from-tag={:016x};contact=sip:a@127.0.0.1", attempt.id.0, 7);
    store.mark_dialed(attempt.id, dialog.clone(), NOW).await?;
    store.note_dialog(attempt.id, dialog + ";to-tag=1234567890", Some(NOW)).await?;
    let ending = Ending {
        outcome: Outcome::Completed,
        end_reason: EndReason::UserDisconnected,
        permanent: false,
        retry_after: None,
        ended_at: NOW + Duration::from_millis(attempt.id.0.unsigned_abs()),
        evidence: Evidence {
            sip_code: Some(200),
            sip_reason: Some("OK".to_owned()),
            answered_at: Some(NOW),
            talk_ms: Some(12_000),
            ..Evidence::default()
        },
    };
    let next = Next::Final(RecipientStatus::Completed);
    let (recipient, batch) = (attempt.recipient, attempt.batch);
    let settlement = Settlement {
        attempt: attempt.id,
        recipient,
        batch,
        ending,
        charged: true,
        excused: false,
        next,
    };
    store.settle_attempt(settlement, CallLog::default()).await?;
    Ok(())
}

fn quantiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |per_mille: usize| match times.get(times.len().saturating_sub(1) * per_mille / 1000) {
        Some(time) => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        None => "none".to_owned(),
    };
    format!("p50 {}, p99 {}, longest {}", at(500), at(990), at(1000))
}

/// CPU time of the thread `store-writer`, in seconds; zero where /proc does not tell it.
fn writer_cpu_s() -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let stat = tasks.flatten().find_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).ok()?;
        stat.contains("(store-writer)").then_some(stat)
    });
    let ticks = stat.map(|stat| {
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split(' ').collect();
        [12, 13].iter().filter_map(|&at| fields.get(at)?.parse::<f64>().ok()).sum::<f64>()
    });
    ticks.unwrap_or(0.0) / 100.0
}
