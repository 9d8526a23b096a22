//! The program is killed repeatedly in the middle of a batch. Only recipients whose call was cut
//! may notice.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use campanile_sandbox::CallRecord;

use super::support::{BRIEF_AGENT, World, number};

const PEOPLE: u32 = 300;
const KILLS: usize = 30;
const MAX_RETRIES: u32 = 1;
/// Attempts that a congested trunk refuses are not charged (the sandbox refuses once).
const UNCHARGED: usize = 1;
const OPTIONS: [&str; 8] = [
    "--concurrency",
    "12",
    "--max-retries",
    "1",
    "--wait-minutes",
    "0.01",
    "--retry-on",
    "no_answer,busy,failed",
];

#[test]
fn thirty_kills_change_nothing_but_the_calls_they_cut() {
    let mut rows = String::from("phone_number,name\n");
    for n in 0..PEOPLE {
        rows.push_str(&format!("{},Person {n}\n", number(n)));
    }
    let mut world = World::new(&rows, BRIEF_AGENT);

    let mut instants = fastrand::Rng::with_seed(20_261_123);
    let mut killed = Vec::new();
    while killed.len() < KILLS {
        let mut run = world.run(&OPTIONS);
        let lifetime = Duration::from_millis(instants.u64(150..900));
        match ends_within(&mut run, lifetime) {
            Some(status) => {
                assert!(status.success(), "run ended with {status}:\n{}", world.log());
                break;
            }
            None => {
                let before = seconds();
                run.kill().expect("it can be killed");
                run.wait().expect("it is gone");
                killed.push((before, seconds()));
            }
        }
    }
    assert_eq!(
        killed.len(),
        KILLS,
        "the batch ended before it was killed {KILLS} times: make it longer"
    );
    let status = world.run(&OPTIONS).wait().expect("campanile ends");
    assert!(status.success(), "the last run ended with {status}:\n{}", world.log());

    let records = world.records();
    let report = world.report();
    check_the_wire(&records);
    let cut: BTreeSet<&str> = records
        .iter()
        .filter(|r| killed.iter().any(|&(before, after)| r.t_invite < before && after < end_of(r)))
        .map(|r| r.call_id.as_str())
        .collect();
    assert!(!cut.is_empty(), "no kill cut a call: the test shows nothing");
    let last: BTreeMap<&str, &CallRecord> = records.iter().map(|r| (r.to.as_str(), r)).collect();
    let answered: BTreeSet<&str> = records
        .iter()
        .filter(|r| r.final_status == Some(200))
        .map(|r| r.call_id.as_str())
        .collect();
    for n in 0..PEOPLE {
        let row = &report[&number(n)];
        assert!(
            ["completed", "no_answer", "voicemail", "failed", "skipped"]
                .contains(&row.status.as_str()),
            "{} is not final: {row:?}",
            number(n)
        );
        assert!(row.attempts <= 1 + MAX_RETRIES, "{}: {row:?}", number(n));
        if row.status == "completed" {
            assert!(answered.contains(row.call_id.as_str()), "{}: {row:?}", number(n));
            assert!(!cut.contains(row.call_id.as_str()), "{} was cut: {row:?}", number(n));
        }
        if last.get(number(n).as_str()).is_some_and(|r| cut.contains(r.call_id.as_str())) {
            assert_eq!(row.status, "failed", "{} was cut: {row:?}", number(n));
        }
    }
}

fn seconds() -> f64 {
    std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs_f64()
}

fn end_of(record: &CallRecord) -> f64 {
    record.t_end.unwrap_or(f64::INFINITY)
}

/// Waits for the end of a process, up to a time limit. Polls, because there is no event for a kill.
fn ends_within(
    run: &mut std::process::Child,
    lifetime: Duration,
) -> Option<std::process::ExitStatus> {
    let until = std::time::Instant::now() + lifetime;
    while std::time::Instant::now() < until {
        if let Some(status) = run.try_wait().expect("it can be asked") {
            return Some(status);
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    None
}

fn check_the_wire(records: &[CallRecord]) {
    let mut call_ids = BTreeSet::new();
    let mut by_number: BTreeMap<&str, Vec<&CallRecord>> = BTreeMap::new();
    for record in records {
        assert!(call_ids.insert(&record.call_id), "one attempt, two INVITEs: {record:?}");
        by_number.entry(&record.to).or_default().push(record);
    }
    for (number, calls) in by_number {
        let budget = 1 + MAX_RETRIES as usize + UNCHARGED;
        assert!(calls.len() <= budget, "{number} was rung {} times: {calls:?}", calls.len());
        for pair in calls.windows(2) {
            assert!(end_of(pair[0]) <= pair[1].t_invite, "{number}: two calls at once: {pair:?}");
        }
        for call in calls {
            assert!(call.t_end.is_some(), "{number}: a call was left over: {call:?}");
        }
    }
}
