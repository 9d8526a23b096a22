//! Downloads of reports in every format, with pressed digits and recorded results.

use std::{io::Cursor, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use campanile_api::{Client, GuardConfig};
use campanile_files::import::{self, ImportOptions, RowReader, Source};
use campanile_rules::{attempt::Ending, dispatcher::Claim, ids::BatchId};
use campanile_store::{CallLog, EventFilter};
use serde_json::{Value, json};

use super::support::{World, completed, form_of, lane_of};

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The headers and bytes of a response.
pub async fn download(world: &World, request: Request<Body>) -> (HeaderMap, Vec<u8>) {
    let answer = world.answer(request).await;
    assert_eq!(answer.status(), 200);
    let (head, body) = answer.into_parts();
    (head.headers, to_bytes(body, usize::MAX).await.expect("a whole body").to_vec())
}

pub async fn get(world: &World, path: &str) -> (HeaderMap, Vec<u8>) {
    let request = world.request("GET", path).header("host", "calls.example:8080");
    download(world, request.body(Body::empty()).expect("a request")).await
}

/// The columns and rows of a file, as the import reads them.
pub fn rows_of(file: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let options = ImportOptions { limits: import::Limits::default(), ..ImportOptions::default() };
    let rows = RowReader::open(Source::file(Cursor::new(file.to_vec())), options).expect("a file");
    let columns = rows.columns().to_vec();
    (columns, rows.map(|row| row.expect("a row").cells).collect())
}

/// Creates a draft with these recipients and returns its path.
async fn draft(world: &World, name: &str, recipients: Value) -> String {
    let agent = world.set_up().await;
    let body = json!({
        "name": name, "from_number": "+14155550100", "agent_id": agent, "start": false,
        "recipients": recipients,
    });
    let made = world.post("/v1/batch-calls/from-list", &body).await.expect(201);
    format!("/v1/batch-calls/{}", made["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_report_in_any_format_comes_back_through_the_import_as_it_was() {
    let world = World::new().await;
    let cells = [
        "+4915112345678",
        "007",
        "Müller, Größe 日本",
        "=1+1",
        "'=x",
        " two\r\nlines\t ",
        "_x000D_\u{1}\u{ffff}",
        "<b>&amp;",
        &"ü𝄞x".repeat(9_000),
    ];
    let recipients: Vec<Value> = cells
        .iter()
        .map(|cell| json!({"phone_number": "+14155550101", "customer_name": cell, "plan": "1"}))
        .collect();
    let path = draft(&world, "June", json!(recipients)).await;
    let expected: Vec<Vec<String>> = cells
        .iter()
        .map(|cell| vec!["+14155550101".to_owned(), (*cell).to_owned(), "1".to_owned()])
        .collect();
    for file in [
        "report.csv",
        "report.csv?bom=true",
        "report.csv?format=xlsx",
        "report.xlsx",
        "report.csv?detail=attempts&bom=True",
        "report.xlsx?detail=attempts",
    ] {
        let (headers, bytes) = get(&world, &format!("{path}/{file}")).await;
        let is_workbook = file.contains("xlsx");
        let kind = if is_workbook { XLSX } else { "text/csv; charset=utf-8" };
        assert_eq!(headers["content-type"], kind, "{file}");
        assert_eq!(bytes.starts_with(b"\xef\xbb\xbf"), file.contains("bom"), "{file}");
        let (columns, rows) = rows_of(&bytes);
        assert_eq!(columns, ["phone_number", "customer_name", "plan"], "{file}");
        assert!(rows == expected, "{file}");
        if !is_workbook {
            continue;
        }
        let request = world.request("POST", "/v1/batch-calls/validate");
        let preflight = world.send(form_of(request, &[], &bytes)).await.expect(200);
        assert_eq!((&preflight["accepted"], &preflight["refused"]), (&json!(9), &Value::Null));
    }
    world.get(&format!("{path}/report.csv?format=ods")).await.problem(422);
    world.get(&format!("{path}/report.xlsx?bom=true")).await.problem(422);
}

#[tokio::test]
async fn downloads_are_named_after_their_thing() {
    let world = World::new().await;
    let path = draft(
        &world,
        "Müller & \"Söhne\"",
        json!([{"phone_number": "1", "customer_name": ""},
        {"phone_number": "+14155550101", "customer_name": "Jo"}]),
    )
    .await;
    for (file, plain, whole) in [
        (
            "report.csv",
            "M_ller & _S_hne_ report.csv",
            "M%C3%BCller%20&%20_S%C3%B6hne_%20report.csv",
        ),
        (
            "report.xlsx?detail=attempts",
            "M_ller & _S_hne_ report with attempts.xlsx",
            "M%C3%BCller%20&%20_S%C3%B6hne_%20report%20with%20attempts.xlsx",
        ),
        (
            "rejections.csv",
            "M_ller & _S_hne_ rejected rows.csv",
            "M%C3%BCller%20&%20_S%C3%B6hne_%20rejected%20rows.csv",
        ),
    ] {
        let (headers, _) = get(&world, &format!("{path}/{file}")).await;
        assert_eq!(
            headers["content-disposition"].to_str().unwrap(),
            format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
        );
    }
    let (headers, _) = get(&world, "/v1/agents/agent_1/template.csv").await;
    let name = "attachment; filename=\"Reminder version 1 template.csv\"";
    assert_eq!(headers["content-disposition"], name);
}

/// A batch with a call in which these digits were pressed: its path and the call ID.
async fn called(world: &World, pressed: &str) -> (String, String) {
    world.app.engine.stop_dialing().await;
    let path = draft(
        world,
        "June",
        json!([{"phone_number": "+14155550101", "customer_name": "Jo"},
               {"phone_number": "+14155550102", "customer_name": "Wei"},
               {"phone_number": "1", "customer_name": "Nobody"}]),
    )
    .await;
    world.post(&format!("{path}/start"), &json!({})).await.expect(200);
    let digits = Some(pressed.to_owned());
    let call = settled(world, &path, |ending| ending.evidence.digits = digits).await;
    (path, call)
}

/// Lets a completed call to the first recipient of a running batch end so, and returns its ID.
async fn settled(world: &World, path: &str, so: impl FnOnce(&mut Ending)) -> String {
    let id: BatchId = path.rsplit('/').next().unwrap().parse().unwrap();
    let (store, now) = (&world.app.store, world.app.engine.now());
    let lane = lane_of(store, id).await;
    let busy_number_wait = Duration::from_secs(5);
    let claim = Claim { batch: id, lane, limit: 1, due_by: now, busy_number_wait };
    let claimed = store.claim_recipients(claim, now).await.unwrap().recipients.remove(0);
    let dialed = store.mark_dialed(claimed.attempt.id, "{}".to_owned(), now).await.unwrap();
    assert!(dialed);
    let mut ended = completed(&claimed.attempt, now);
    so(&mut ended.ending);
    assert!(store.settle_attempt(ended, CallLog::default()).await.unwrap());
    claimed.attempt.call_id
}

#[tokio::test]
async fn what_was_pressed_is_in_the_report_the_recipient_the_call_the_filter_and_the_event() {
    let world = World::new().await;
    let (path, call) = called(&world, "1#").await;
    let (_, report) = get(&world, &format!("{path}/report.csv")).await;
    let report = String::from_utf8(report).unwrap();
    assert_eq!(
        report,
        format!(
            "phone_number,customer_name,final_status,attempts_made,call_id,digits,call_url\r\n\
             +14155550101,Jo,completed,1,{call},1#,http://calls.example:8080/calls/{call}\r\n\
             +14155550102,Wei,pending,0,,,\r\n1,Nobody,skipped,0,,,\r\n"
        )
    );
    let (_, detailed) = get(&world, &format!("{path}/report.csv?detail=attempts")).await;
    let detailed = String::from_utf8(detailed).unwrap();
    let ending = format!(",{call},1#,http://calls.example:8080/calls/{call}");
    assert!(detailed.lines().nth(1).unwrap().ends_with(&ending), "{detailed}");
    let shown = world.get(&format!("/v1/calls/{call}")).await.expect(200);
    assert_eq!(shown["digits"], "1#");
    for (asked, rows) in [
        ("digits=1%23", json!([2])),
        ("digits=any", json!([2])),
        ("digits=1", json!([])),
        ("digits=none", json!([3, 4])),
        ("digits=none&status=skipped", json!([4])),
        ("digits=any&q=0102", json!([])),
    ] {
        let page = world.get(&format!("{path}/recipients?{asked}")).await.expect(200);
        let found: Vec<&Value> =
            page["items"].as_array().unwrap().iter().map(|found| &found["row"]).collect();
        assert_eq!(json!(found), rows, "{asked}");
        assert_eq!(page["total"], Value::Null);
    }
    let page = world.get(&format!("{path}/recipients")).await.expect(200);
    assert_eq!(page["items"][0]["digits"], "1#");
    assert_eq!(page["items"][1]["digits"], Value::Null);
    let one = format!("/v1/recipients/{}", page["items"][0]["id"].as_str().unwrap());
    let one = world.get(&one).await.expect(200);
    assert_eq!((&one["digits"], &one["attempts"][0]["digits"]), (&json!("1#"), &json!("1#")));
    world.get(&format!("{path}/recipients?digits=hello")).await.problem(422);
    world.get(&format!("{path}/recipients?digits=1&offset=0")).await.problem(422);
    let filter = EventFilter { workspace: world.workspace().await, batch: None };
    let events = world.app.store.events_after(filter, 0, 100).await.unwrap();
    for kind in ["call.ended", "recipient.finished"] {
        let event = events.iter().find(|event| event.kind.as_str() == kind).expect(kind);
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        assert_eq!(data["digits"], "1#", "{kind}");
    }
}

/// Adds an agent that records `answer` (a choice), `guests` and `note`, and returns its ID.
async fn recording_agent(world: &World) -> String {
    let version = json!({"name": "Host", "first_message": "Are you coming?", "results": [
        {"name": "answer", "type": "choice", "choices": ["yes", "no"]},
        {"name": "guests", "type": "number"},
        {"name": "note"},
    ]});
    let made = world.post("/v1/agents", &version).await.expect(201);
    let agent = made["id"].as_str().expect("an id").to_owned();
    world.post(&format!("/v1/agents/{agent}/versions/1/publish"), &json!({})).await.expect(200);
    agent
}

#[tokio::test]
async fn what_was_recorded_is_in_the_report_the_recipient_the_call_the_filter_the_counts_and_the_event()
 {
    let world = World::new().await;
    world.set_up().await;
    world.app.engine.stop_dialing().await;
    let agent = recording_agent(&world).await;
    let body = json!({
        "name": "June", "from_number": "+14155550100", "agent_id": agent,
        "recipients": [{"phone_number": "+14155550101"}, {"phone_number": "+14155550102"}],
    });
    let made = world.post("/v1/batch-calls/from-list", &body).await.expect(201);
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().expect("an id"));
    let recorded = json!({"answer": "yes", "guests": 3, "note": "=1+1"});
    let call = settled(&world, &path, |ending| {
        ending.evidence.results = serde_json::from_value(recorded.clone()).unwrap();
    })
    .await;
    let (_, report) = get(&world, &format!("{path}/report.csv")).await;
    assert_eq!(
        String::from_utf8(report).unwrap(),
        format!(
            "phone_number,final_status,attempts_made,call_id,result.answer,result.guests,\
             result.note,digits,call_url\r\n\
             +14155550101,completed,1,{call},yes,3,'=1+1,,http://calls.example:8080/calls/{call}\r\n\
             +14155550102,pending,0,,,,,,\r\n"
        )
    );
    for file in
        ["report.csv", "report.xlsx", "report.csv?detail=attempts", "report.xlsx?detail=attempts"]
    {
        let (_, bytes) = get(&world, &format!("{path}/{file}")).await;
        let (columns, rows) = rows_of(&bytes);
        assert_eq!((columns, rows.len()), (vec!["phone_number".to_owned()], 2), "{file}");
    }
    let shown = world.get(&format!("/v1/calls/{call}")).await.expect(200);
    assert_eq!(shown["results"], recorded);
    for (asked, rows) in [
        ("result=answer:yes", json!([2])),
        ("result=guests:3", json!([2])),
        ("result=note:%3D1%2B1", json!([2])),
        ("result=answer", json!([2])),
        ("result=answer:no", json!([])),
    ] {
        let page = world.get(&format!("{path}/recipients?{asked}")).await.expect(200);
        let found: Vec<&Value> =
            page["items"].as_array().unwrap().iter().map(|found| &found["row"]).collect();
        assert_eq!(json!(found), rows, "{asked}");
        assert_eq!(page["total"], Value::Null);
    }
    for wrong in ["result=", "result=answer:", "result=a%20b:c", "result=answer&offset=0"] {
        world.get(&format!("{path}/recipients?{wrong}")).await.problem(422);
    }
    let page = world.get(&format!("{path}/recipients")).await.expect(200);
    assert_eq!(
        (&page["items"][0]["results"], &page["items"][1]["results"]),
        (&recorded, &json!({}))
    );
    let one = format!("/v1/recipients/{}", page["items"][0]["id"].as_str().unwrap());
    let one = world.get(&one).await.expect(200);
    assert_eq!((&one["results"], &one["attempts"][0]["results"]), (&recorded, &recorded));
    let counts = world.get(&path).await.expect(200)["results"].clone();
    assert_eq!(
        counts[0]["counts"],
        json!([{"value": "yes", "count": 1}, {"value": "no", "count": 0}])
    );
    assert_eq!((&counts[1]["type"], &counts[1]["mean"]), (&json!("number"), &json!(3.0)));
    assert_eq!((&counts[2]["name"], &counts[2]["count"]), (&json!("note"), &json!(1)));
    let filter = EventFilter { workspace: world.workspace().await, batch: None };
    let events = world.app.store.events_after(filter, 0, 100).await.unwrap();
    for kind in ["call.ended", "recipient.finished"] {
        let event = events.iter().find(|event| event.kind.as_str() == kind).expect(kind);
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        assert_eq!(data["results"], recorded, "{kind}");
    }
}

#[tokio::test]
async fn the_page_of_a_call_is_where_browsers_reach_the_server() {
    let behind_proxy =
        GuardConfig { requests_per_s: 0, behind_proxy: true, ..GuardConfig::default() };
    let world = World::guarded(behind_proxy).await;
    let (path, call) = called(&world, "1").await;
    let url_of = async |world: &World, (host, proto): (&str, &str), secure: bool| {
        let request = world.request("GET", &format!("{path}/report.csv"));
        let request = request.header("host", host).header("x-forwarded-proto", proto);
        let client = Client { ip: [127, 0, 0, 1].into(), secure };
        let request = request.extension(client).body(Body::empty()).unwrap();
        let report = String::from_utf8(download(world, request).await.1).unwrap();
        report.lines().nth(1).unwrap().rsplit(',').next().unwrap().to_owned()
    };
    let url = url_of(&world, ("calls.example", "https"), false).await;
    assert_eq!(url, format!("https://calls.example/calls/{call}"));
    let url = url_of(&world, ("[::1]:8080", "http"), false).await;
    assert_eq!(url, format!("http://[::1]:8080/calls/{call}"));
    let url = url_of(&world, ("calls.example", "http"), true).await;
    assert_eq!(url, format!("https://calls.example/calls/{call}"));
    assert_eq!(url_of(&world, ("a/b,\"c", "http"), false).await, "");
    let mut app = world.app.clone();
    app.public_url = Some("https://public.example/".to_owned());
    let world = world.with_app(app);
    let url = url_of(&world, ("calls.example", "http"), false).await;
    assert_eq!(url, format!("https://public.example/calls/{call}"));
}

/// A form with its fields in the form that client generators write.
#[tokio::test]
async fn forms_are_read_as_generators_send_them() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let json_type = "content-type: application/json";
    let send = async |fields: &[(&str, &str, &str)]| {
        let file = (
            "file\"; filename=\"x.csv",
            "content-type: application/octet-stream",
            "phone_number,customer_name\n+14155550101,Jo\n",
        );
        let part = |(name, kind, value): &(&str, &str, &str)| {
            format!(
                "--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n{kind}\r\n\r\n{value}\r\n"
            )
        };
        let body = fields.iter().chain([&file]).map(part).collect::<String>() + "--b--\r\n";
        let request = world.request("POST", "/v1/batch-calls");
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        world.send(request.body(Body::from(body)).unwrap()).await
    };
    let plain = "content-type: text/plain";
    let retry = r#"{"max_retries": 2, "wait_minutes": 0.5, "retry_on_busy": null}"#;
    for (start, weight) in [("False", "3"), ("false", "3.0"), ("0", "3"), ("off", "3")] {
        let made = send(&[
            ("name", plain, "June"),
            ("from_number", plain, "+14155550100"),
            ("agent_id", plain, &agent),
            ("start", plain, start),
            ("weight", plain, weight),
            ("retry", json_type, retry),
        ])
        .await
        .expect(201);
        assert_eq!((&made["status"], &made["weight"]), (&json!("draft"), &json!(3)));
        assert_eq!(made["retry"]["max_retries"], 2);
    }
    let agent_as_json = format!("{agent:?}");
    let made = send(&[
        ("name", "content-type: application/json; charset=utf-8", "\"June\""),
        ("from_number", json_type, "\"+14155550100\""),
        ("agent_id", json_type, &agent_as_json),
        ("start", json_type, "false"),
        ("weight", json_type, "3"),
        ("ends_at", json_type, "null"),
        ("retry", plain, retry),
    ])
    .await
    .expect(201);
    assert_eq!((&made["name"], &made["ends_at"]), (&json!("June"), &Value::Null));
    let refused =
        send(&[("start", plain, "maybe"), ("weight", json_type, "{}")]).await.problem(422);
    let told = super::support::pointers(&refused);
    assert!(told.contains(&"/start") && told.contains(&"/weight"), "{refused}");
}
