//! `/metrics` of a server, compared with the carrier's call records.

use std::collections::BTreeMap;

use campanile_sandbox::CallRecord;
use campanile_testkit::exposition::{Exposition, read};
use serde_json::Value;

use super::support::{Server, World, number};

/// Every behavior of the carrier except the slow retries.
const ENDINGS: [u32; 14] = [1, 2, 3, 65, 71, 80, 81, 89, 93, 95, 96, 97, 98, 99];

/// The outcome of an attempt, from what the carrier sent.
fn outcome(record: &CallRecord) -> &'static str {
    match (record.final_status, &record.to[record.to.len() - 2..]) {
        (Some(200), "65") => "voicemail",
        (Some(200), _) => "completed",
        (Some(486), _) => "busy",
        (Some(487), _) => "no_answer",
        (Some(403), _) => "rejected_by_route",
        _ => "failed",
    }
}

fn metrics(server: &Server) -> Exposition {
    let (status, kind, body) = server.fetch("/metrics", None);
    assert_eq!((status, kind.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    read(&String::from_utf8(body).expect("text")).expect("the format")
}

fn rows(from: u32) -> String {
    let rows = ENDINGS.iter().map(|n| format!("{},Person {n}\n", number(from + n)));
    format!("phone_number,name\n{}", rows.collect::<String>())
}

fn finished(server: &Server, batch: &str) {
    let path = format!("/v1/batch-calls/{batch}");
    server.until(&path, |batch| batch["status"] == "completed");
}

#[test]
fn metrics_agree_with_the_carrier_and_another_batch_makes_no_new_series() {
    let mut world = World::new("", "");
    let server = Server::start(&world);
    let first = server.new_batch(&rows(100), &world);
    finished(&server, &first);
    let agents = server.until("/v1/agents", |_| true);
    metrics(&server);
    let before = metrics(&server);

    let agent = agents["items"][0]["id"].as_str().expect("an agent");
    let fields = [("name", "others"), ("from_number", "+14155550100"), ("agent_id", agent)];
    let second: Value = server.upload("/v1/batch-calls", &fields, &rows(200));
    finished(&server, second["id"].as_str().expect("a batch"));
    let after = metrics(&server);
    assert_eq!(before.series(), after.series(), "the second batch made other series");

    let records = world.records();
    let calls = records.len() as f64;
    assert_eq!(calls, 2.0 * ENDINGS.len() as f64);
    let mut expected: BTreeMap<&str, f64> = BTreeMap::new();
    for record in &records {
        *expected.entry(outcome(record)).or_default() += 1.0;
    }
    for (outcome, count) in expected {
        let labels = [("outcome", outcome)];
        assert_eq!(after.sum("campanile_attempts_total", &labels), count, "{outcome}");
    }
    for code in [200, 404, 486, 487, 500, 603] {
        let sent = records.iter().filter(|record| record.final_status == Some(code)).count();
        let labels = [("code", &*code.to_string())];
        assert_eq!(after.sum("campanile_sip_final_codes_total", &labels), sent as f64, "{code}");
    }
    let answered = records.iter().filter(|record| record.final_status == Some(200)).count() as f64;
    for (name, count) in [
        ("campanile_dialed_total", calls),
        ("campanile_attempts_total", calls),
        ("campanile_attempt_ends_total", calls),
        ("campanile_place_to_dial_seconds_count", calls),
        ("campanile_dial_to_answer_seconds_count", answered),
        ("campanile_talk_seconds_count", answered),
        ("campanile_batches", 0.0),
        ("campanile_trunk_calls", 0.0),
        ("campanile_trunk_calls_limit", 100.0),
        ("campanile_trunk_cps_limit", 40.0),
    ] {
        assert_eq!(after.sum(name, &[]), count, "{name}");
    }
    assert_eq!(after.sum("campanile_amd_verdicts_total", &[("verdict", "voicemail")]), 2.0);
    for busy in [
        "campanile_store_commits_total",
        "campanile_rtp_frames_total",
        "campanile_rtp_received_total",
    ] {
        assert!(after.sum(busy, &[]) > 0.0, "{busy}");
    }
}
