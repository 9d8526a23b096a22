//! The events of a batch agree row by row with the report and with the carrier's records, although
//! the server is killed midway.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
};

use serde_json::Value;

use super::support::{Server, World, number};

const PEOPLE: u32 = 60;

/// Reads events after `after` until the stream or the connection ends, or until `enough` recipients
/// are finished. Appends the events to `told` and returns the last ID.
fn read(server: &Server, path: &str, after: i64, told: &mut Vec<Value>, enough: usize) -> i64 {
    let mut last = after;
    for line in BufReader::new(server.stream(path, after)).lines() {
        let Ok(line) = line else { break };
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let event: Value = serde_json::from_str(data).expect("JSON");
        let Some(id) = event["id"].as_i64() else { continue };
        assert!(id > last, "{id} after {last}");
        last = id;
        told.push(event);
        if of_kind(told, "recipient.finished").len() == enough {
            break;
        }
    }
    last
}

fn of_kind<'a>(told: &'a [Value], kind: &str) -> Vec<&'a Value> {
    told.iter().filter(|event| event["kind"] == kind).map(|event| &event["data"]).collect()
}

#[test]
fn events_agree_with_the_report_and_the_wire_across_a_kill() {
    let mut world = World::new("", "");
    let mut rows = String::from("phone_number,name\n");
    for n in 0..PEOPLE {
        rows.push_str(&format!("{},Person {n}\n", number(40 + n)));
    }
    let server = Server::start(&world);
    let batch = format!("/v1/batch-calls/{}", server.new_batch(&rows, &world));
    let path = format!("{batch}/events");
    let mut told = Vec::new();
    let last = read(&server, &path, 0, &mut told, 10);
    drop(server);
    let server = Server::start(&world);
    read(&server, &path, last, &mut told, usize::MAX);

    let report = server.report(&batch);
    drop(server);
    let finished: BTreeMap<&str, &Value> = of_kind(&told, "recipient.finished")
        .into_iter()
        .map(|data| (data["phone_number"].as_str().expect("a number"), data))
        .collect();
    assert_eq!(of_kind(&told, "recipient.finished").len(), PEOPLE as usize, "each once");
    assert_eq!(finished.len(), report.len());
    for (number, row) in &report {
        let data = finished[number.as_str()];
        assert_eq!(
            (&data["status"], &data["attempts_made"]),
            (&row.status.as_str().into(), &row.attempts.into())
        );
        assert!(row.call_id.is_empty() || data["call_id"] == *row.call_id, "{number}: {data}");
    }
    let calls = |kind| -> BTreeSet<String> {
        let calls = of_kind(&told, kind);
        let ids: BTreeSet<_> = calls.iter().map(|data| data["call_id"].to_string()).collect();
        assert_eq!(ids.len(), calls.len(), "{kind}: each once");
        ids
    };
    let (dialed, ended, answered) =
        (calls("recipient.in_progress"), calls("call.ended"), calls("call.answered"));
    assert_eq!(dialed, ended);
    assert!(answered.is_subset(&dialed));
    for record in world.records() {
        let id = Value::from(record.call_id).to_string();
        assert!(dialed.contains(&id), "{id} was on the wire and nobody was told");
    }
    assert_eq!(told.last().expect("an end")["kind"], "batch.completed");
}
