//! Limits as the callee sees them.

use campanile_sandbox::CallRecord;

use super::support::{BRIEF_AGENT, World, number};

#[test]
fn no_second_has_too_many_calls_and_no_instant_too_many_lines() {
    const AT_ONCE: usize = 8;
    const PER_SECOND: usize = 10;
    let mut rows = String::from("phone_number,name\n");
    // Some people talk for a while and some numbers are busy, so slots free up all the time.
    for n in (0..80).map(|n| n * 3 % 60).chain(80..85).enumerate().map(|(i, n)| 100 * i as u32 + n)
    {
        rows.push_str(&format!("{},Person {n}\n", number(n)));
    }
    let mut world = World::new(&rows, BRIEF_AGENT);
    let status = world
        .run(&["--concurrency", &AT_ONCE.to_string(), "--cps", &PER_SECOND.to_string()])
        .wait()
        .expect("campanile ends");
    assert!(status.success(), "campanile run ended with {status}:\n{}", world.log());

    let records = world.records();
    assert_eq!(records.len(), 85, "one INVITE a row:\n{}", world.log());
    for (at, record) in records.iter().enumerate() {
        let second =
            records[at..].iter().take_while(|r| r.t_invite < record.t_invite + 1.0).count();
        assert!(second <= PER_SECOND, "{second} calls within the second after {record:?}");
        let lines = alive_at(&records, record.t_invite);
        assert!(lines <= AT_ONCE, "{lines} calls at once when {record:?} came");
    }
}

fn alive_at(records: &[CallRecord], at: f64) -> usize {
    records.iter().filter(|r| r.t_invite <= at && r.t_end.is_none_or(|end| at < end)).count()
}
