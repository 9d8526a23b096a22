//! A batch whose agent asks a question, and what the report, the filters and the counts make of the
//! answers. The carrier's own records say what its people pressed and said.

use std::collections::BTreeMap;

use campanile_sandbox::CallRecord;
use serde_json::{Value, json};

use super::support::{Server, World, number};

/// The people of the batch.
const PEOPLE: u32 = 100;

fn agent() -> Value {
    let recorded = |value: &str| json!({"name": "answer", "value": value});
    json!({
        "name": "appointment",
        "ring_timeout_s": 10,
        "results": [{
            "name": "answer", "type": "choice",
            "choices": ["confirmed", "moved", "spoke", "other", "silent"],
        }],
        "engine": {"type": "script", "goodbye": "Bye.", "steps": [
            {
                "type": "ask", "text": "{{name}}, do you come? Press 1 or 2.", "wait_s": 2,
                "answers": [
                    {"when": "1", "record": recorded("confirmed")},
                    {"when": "2", "go_to": "end", "record": recorded("moved")},
                    {"when": "speech", "go_to": "end", "record": recorded("spoke")},
                ],
                "no_input": {"text": "Hello?", "record": recorded("silent")},
                "no_match": {"record": recorded("other")},
            },
            {"type": "say", "text": "See you."},
        ]},
    })
}

/// What the agent should have recorded, by what the carrier's person did.
fn expected(record: &CallRecord) -> &'static str {
    let did = |event: &str| record.events.iter().any(|known| known.starts_with(event));
    match () {
        () if did("pressed=9") => "",
        () if did("pressed=1") => "confirmed",
        () if did("pressed=2") => "moved",
        () if did("said=") => "spoke",
        () => "silent",
    }
}

#[test]
fn results_agree_with_what_people_pressed_and_said() {
    let mut rows = String::from("phone_number,name\n");
    for n in 0..PEOPLE {
        rows.push_str(&format!("{},Ana\n", number(n / 10 * 100 + n % 10 + 40)));
    }
    let mut world = World::whose_people_answer(&rows, "");
    let server = Server::start(&world);
    let batch = batch(&server, &world, &rows);
    let done = server.until(&batch, |batch| batch["status"] == "completed");
    let progress = &done["progress"];
    assert_eq!(progress["completed"], PEOPLE, "{progress}");

    let (_, _, report) = server.fetch(&format!("{batch}/report.csv"), None);
    let found = results_of(&String::from_utf8(report).expect("text"));
    let pages = ["confirmed", "moved", "spoke", "other", "silent"].map(|value| {
        let path = format!("{batch}/recipients?result=answer:{value}&limit=500");
        (value, server.until(&path, |_| true))
    });
    let nine = server.until("/v1/suppressions?limit=500", |_| true);
    let records = world.records();
    assert_eq!(records.len(), PEOPLE as usize);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for record in &records {
        let expected = expected(record);
        *counts.entry(expected).or_default() += 1;
        if found[&record.to] != expected {
            wrong.push(format!("{}, not {expected}: {record:?}", found[&record.to]));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    // The carrier's table: of ten last digits, three press 1, two press 2, three speak.
    let table = [("", 10), ("confirmed", 30), ("moved", 20), ("silent", 10), ("spoke", 30)];
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), table);

    let counted = &done["results"][0];
    assert_eq!((&counted["name"], &counted["count"]), (&json!("answer"), &json!(90)));
    for (value, page) in &pages {
        let of_table =
            table.iter().find(|(known, _)| known == value).map_or(0, |(_, count)| *count);
        let shown = counted["counts"].as_array().expect("counts");
        let shown = shown.iter().find(|shown| shown["value"] == *value).expect("the value");
        assert_eq!(shown["count"], of_table, "{value}");
        let items = page["items"].as_array().expect("recipients");
        assert_eq!(items.len(), of_table, "{value}");
        for item in items {
            assert_eq!(found[item["phone_number"].as_str().expect("a number")], *value);
        }
    }
    assert_eq!(nine["items"].as_array().expect("numbers").len(), 10, "who pressed 9");
}

/// Makes a batch of the rows with the agent that asks.
fn batch(server: &Server, world: &World, rows: &str) -> String {
    let trunk = json!({ "name": "carrier", "host": "127.0.0.1", "port": world.carrier_port(),
        "max_calls": 50, "max_cps": 20 });
    let trunk = server.post("/v1/trunks", &trunk, 201);
    let from = json!({ "phone_number": "+14155550100", "trunk_id": trunk["id"] });
    server.post("/v1/phone-numbers", &from, 201);
    let agent = server.post("/v1/agents", &agent(), 201);
    let agent = agent["id"].as_str().expect("an id");
    server.post(&format!("/v1/agents/{agent}/versions/1/publish"), &Value::Null, 200);
    let fields = [("name", "people"), ("from_number", "+14155550100"), ("agent_id", agent)];
    let batch = server.upload("/v1/batch-calls", &fields, rows);
    format!("/v1/batch-calls/{}", batch["id"].as_str().unwrap_or_else(|| panic!("{batch}")))
}

/// The column `result.answer` of a report, by number.
fn results_of(report: &str) -> BTreeMap<String, String> {
    let mut lines = report.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let at = |name: &str| header.iter().position(|column| *column == name).expect("a column");
    let (number, result) = (at("phone_number"), at("result.answer"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[number].to_owned(), cells[result].to_owned())
        })
        .collect()
}
