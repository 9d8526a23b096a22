//! A thousand rows of every kind, each with a known result.

use std::collections::BTreeMap;

use campanile_sandbox::CallRecord;

use super::support::{BRIEF_AGENT, World, last_two, number};

/// The result of a number in a batch with one retry, and the number of calls that the carrier sees.
pub fn expected(number: &str) -> (&'static str, u32, usize) {
    match last_two(number) {
        0..=59 | 99 => ("completed", 1, 1),
        60..=69 => ("voicemail", 1, 1),
        70..=79 => ("no_answer", 2, 2),
        85..=88 => ("completed", 2, 2),
        90..=92 => ("completed", 1, 2),
        80..=84 | 93..=94 => ("failed", 2, 2),
        // A person who declined is not called again, because `declined` is not among the reasons
        // for a retry.
        89 | 95..=96 => ("failed", 1, 1),
        _ => ("skipped", 1, 1),
    }
}

#[test]
fn every_row_of_a_thousand_ends_as_its_number_says() {
    let mut rows = String::from("phone_number,name\n");
    for n in 0..1000 {
        rows.push_str(&format!("{},Person {n}\n", number(n)));
    }
    rows.push_str("12,Too short\n,Nobody\n");
    let mut world = World::new(&rows, BRIEF_AGENT);

    let mut run = world.run(&[
        "--concurrency",
        "250",
        "--max-retries",
        "1",
        "--wait-minutes",
        "0.02",
        "--retry-on",
        "no_answer,busy,failed",
    ]);
    let status = run.wait().expect("campanile ends");
    assert!(status.success(), "campanile run ended with {status}:\n{}", world.log());

    let report = world.report();
    let records = world.records();
    let seen = by_number(&records);
    let mut wrong = Vec::new();
    for n in 0..1000 {
        let number = number(n);
        let (status, attempts, invites) = expected(&number);
        let row = &report[&number];
        let calls = seen.get(number.as_str()).map_or(0, Vec::len);
        if (row.status.as_str(), row.attempts, calls) != (status, attempts, invites) {
            wrong.push(format!(
                "{number}: {} after {} attempts and {calls} INVITEs, expected {status} after {attempts} and {invites}",
                row.status, row.attempts
            ));
        }
        if row.status == "completed" {
            let answered = seen[number.as_str()].iter().find(|r| r.call_id == row.call_id);
            assert!(answered.is_some_and(|r| r.final_status == Some(200)), "{number}: {row:?}");
        }
    }
    assert!(
        wrong.is_empty(),
        "{} rows differ:\n{}\n{}",
        wrong.len(),
        wrong.join("\n"),
        world.log()
    );
    assert_eq!(report["12"].status, "skipped", "a rejected row stands in the report");
    assert_eq!(report[""].status, "skipped", "a rejected row stands in the report");
    let left_over: Vec<&CallRecord> = records.iter().filter(|r| r.t_end.is_none()).collect();
    assert!(left_over.is_empty(), "calls left over on the wire: {left_over:?}");
}

#[test]
fn who_declined_is_called_again_only_when_told_so() {
    let declines = number(89);
    let (busy, broken) = (number(80), number(93));
    let rows = format!("phone_number,name\n{declines},A\n{busy},B\n{broken},C\n");
    let mut world = World::new(&rows, BRIEF_AGENT);
    let options = ["--max-retries", "1", "--wait-minutes", "0.01", "--retry-on", "declined"];
    let status = world.run(&options).wait().expect("campanile ends");
    assert!(status.success(), "campanile run ended with {status}:\n{}", world.log());
    let report = world.report();
    let records = world.records();
    let seen = by_number(&records);
    for (number, calls) in [(&declines, 2), (&busy, 1), (&broken, 1)] {
        assert_eq!(seen[number.as_str()].len(), calls, "{number}: {}", world.log());
        assert_eq!(report[number].status, "failed", "{number}");
    }
}

fn by_number(records: &[CallRecord]) -> BTreeMap<&str, Vec<&CallRecord>> {
    let mut seen: BTreeMap<&str, Vec<&CallRecord>> = BTreeMap::new();
    for record in records {
        seen.entry(&record.to).or_default().push(record);
    }
    seen
}
