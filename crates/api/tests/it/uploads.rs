//! Uploads and their limits, and invalid uploads.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::{Body, Bytes},
    http::Request,
};
use futures::stream::{self, StreamExt as _};
use serde_json::json;
use tokio::sync::Notify;

use super::support::{Reply, World, form_of};

const WORKBOOK: &[u8] = include_bytes!("../../../../examples/recipients.xlsx");

async fn validate(world: &World, file: &[u8]) -> Reply {
    let request = world.request("POST", "/v1/batch-calls/validate");
    world.send(form_of(request, &[], file)).await
}

#[tokio::test]
async fn a_workbook_becomes_a_batch_and_its_report_is_a_csv() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let report = validate(&world, WORKBOOK).await.expect(200);
    assert_eq!((&report["accepted"], &report["rejected"]), (&json!(4), &json!(0)));
    let fields = [
        ("name", "June"),
        ("from_number", "+14155550100"),
        ("agent_id", agent.as_str()),
        ("start", "false"),
    ];
    let request = world.request("POST", "/v1/batch-calls");
    let made = world.send(form_of(request, &fields, WORKBOOK)).await.expect(201);
    let path = format!("/v1/batch-calls/{}/report.csv", made["id"].as_str().unwrap());
    let report = world.get(&path).await.text;
    assert!(
        report.starts_with(
            "phone_number,customer_name,appointment_date,final_status,attempts_made,call_id,digits,\
             call_url\r\n+14155550101,Jordan Lee,June 3rd at 2 PM,pending,0,,,\r\n"
        ),
        "{report}"
    );
}

#[tokio::test]
async fn a_path_in_the_place_of_a_file_is_told_with_how_to_send_the_file() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let part = |name: &str, value: &str| {
        format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = |path: &str, file: &str| {
        let fields = [("name", "June"), ("from_number", "+14155550100"), ("agent_id", &*agent)];
        let fields = fields.map(|(name, value)| part(name, value)).concat();
        let fields = if path.contains("batch") { fields } else { String::new() };
        let request = world.request("POST", path);
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        request.body(Body::from(fields + &part("file", file) + "--b--\r\n")).unwrap()
    };
    for path in ["/v1/batch-calls", "/v1/batch-calls/validate", "/v1/suppressions/upload"] {
        for file in ["examples/recipients.csv", "people.csv\n"] {
            let problem = world.send(form(path, file)).await.problem(422);
            assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
            let told = problem["errors"][0]["detail"].as_str().unwrap();
            let curl = format!("-F file=@{}", file.trim());
            assert!(told.contains(&curl), "{path}: {told}");
        }
        // A file without a file name is accepted.
        let taken = world.send(form(path, "phone_number,customer_name\n+14155550101,Ann\n")).await;
        assert!(taken.status.is_success(), "{path}: {}", taken.text);
    }
}

#[tokio::test]
async fn a_guessed_encoding_is_told_and_the_request_decides() {
    let world = World::new().await;
    let file = b"phone_number,name\n+14155550101,J\xf6rg\n+14155550102,Stra\xdfe\n";
    let report = validate(&world, file).await.expect(200);
    assert_eq!((&report["accepted"], &report["refused"]), (&json!(2), &json!(null)));
    let warning = &report["warnings"][0];
    assert_eq!((&warning["code"], &warning["rows"]), (&json!("encoding_guessed"), &json!([2, 3])));
    let detail = warning["detail"].as_str().unwrap();
    assert!(detail.starts_with("read as Windows-1252: Jörg, Straße; is that right?"), "{detail}");
    let agent = world.set_up().await;
    let fields = [
        ("name", "June"),
        ("from_number", "+14155550100"),
        ("agent_id", agent.as_str()),
        ("start", "false"),
    ];
    let named = b"phone_number,customer_name\n+14155550101,J\xf6rg\n";
    let request = world.request("POST", "/v1/batch-calls");
    let made = world.send(form_of(request, &fields, named)).await.expect(201);
    assert_eq!(made["warnings"][0]["code"], "encoding_guessed");
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.expect(200).get("warnings"), None);
    let declared = async |encoding| {
        let request = world.request("POST", "/v1/batch-calls/validate");
        world.send(form_of(request, &[("encoding", encoding)], file)).await.expect(200)
    };
    let report = declared("windows-1251").await;
    assert_eq!((&report["warnings"], &report["refused"]), (&json!([]), &json!(null)));
    assert_eq!(report["samples"][0]["variables"]["name"], "Jцrg");
    assert_eq!(declared("klingon").await["refused"]["code"], "undecodable");
    let request = world.request("POST", "/v1/suppressions/upload");
    let taken = world.send(form_of(request, &[], file)).await.expect(200);
    assert_eq!((&taken["added"], &taken["warnings"][0]["code"]), (&json!(2), &warning["code"]));
}

#[tokio::test]
async fn a_file_that_is_no_table_is_refused_with_its_name() {
    let world = World::new().await;
    for (file, words) in [
        (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], "an old workbook (XLS)"),
        (b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "a ZIP archive"),
        (&WORKBOOK[..2_000], "cut off"),
        (b"%PDF-1.7", "a PDF"),
        (b"[{\"phone_number\": \"+14155550101\"}]", "a JSON file"),
        (b"BEGIN:VCARD\r\nTEL:+14155550101\r\n", "a vCard file"),
        (b"<html><body>", "an HTML page"),
    ] {
        let report = validate(&world, file).await.expect(200);
        assert_eq!(report["refused"]["code"], "not_a_table", "{report}");
        assert!(report["refused"]["detail"].as_str().unwrap().contains(words), "{report}");
    }
}

#[tokio::test]
async fn the_file_that_a_version_wants_is_downloaded() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let draft = json!({"first_message": "{{b}} {{a}} {{phone_number}}", "variables": {"a": "x"}});
    world.post(&format!("/v1/agents/{agent}/versions"), &draft).await.expect(201);
    let second = world.get(&format!("/v1/agents/{agent}/versions/2/template.csv")).await;
    assert_eq!(second.kind, "text/csv; charset=utf-8");
    assert_eq!(second.text, "phone_number,b,a\r\n+14155550101,b,x\r\n");
    let latest = world.get(&format!("/v1/agents/{agent}/template.csv")).await;
    assert_eq!(latest.text, "phone_number,customer_name\r\n+14155550101,customer name\r\n");
    let bare = world.post("/v1/agents", &json!({"name": "Bare"})).await.expect(201);
    let path = format!("/v1/agents/{}", bare["id"].as_str().unwrap());
    world.get(&format!("{path}/template.csv")).await.problem(404);
    world.get(&format!("{path}/versions/2/template.csv")).await.problem(404);
    assert_eq!(world.get(&format!("{path}/versions/1/template.csv")).await.status, 200);
}

#[tokio::test]
async fn rejected_rows_are_downloaded_with_their_cells_quoted_and_harmless() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let file = "phone_number,customer_name\n+14155550101,Jo\n\"1,2\",x\n\"say \"\"hi\"\"\",x\n\
                \"two\nlines\",x\n=1+1,x\n";
    let fields = [
        ("name", "June"),
        ("from_number", "+14155550100"),
        ("agent_id", agent.as_str()),
        ("start", "false"),
        ("file", file),
    ];
    let made = world.form("/v1/batch-calls", &fields).await.expect(201);
    let path = format!("/v1/batch-calls/{}/rejections.csv", made["id"].as_str().unwrap());
    let text = world.get(&path).await.text;
    for line in [
        "3,\"1,2\",malformed_number,x,",
        "4,\"say \"\"hi\"\"\",malformed_number,x,letters,",
        "5,\"two\nlines\",malformed_number,x,letters,",
        "6,'=1+1,malformed_number,x,sign,",
    ] {
        assert!(text.contains(&format!("\r\n{line}")), "{line}: {text}");
    }
}

const HEAD: &str =
    "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\n";

fn upload(world: &World, kind: &str, body: Body) -> Request<Body> {
    let request = world.request("POST", "/v1/batch-calls/validate").header("content-type", kind);
    request.body(body).expect("a request")
}

#[tokio::test]
async fn a_form_that_breaks_the_rules_is_a_clear_mistake() {
    let world = World::new().await;
    let form = "multipart/form-data; boundary=b";
    let cases = [
        ("multipart/form-data", HEAD.to_owned(), 415, "boundary"),
        ("multipart/form-data; boundary=", HEAD.to_owned(), 400, "cannot be read"),
        ("text/csv", "phone_number".to_owned(), 415, "text/csv"),
        ("application/xml", String::new(), 415, "application/xml"),
        (form, String::new(), 400, "cut off"),
        (form, HEAD.to_owned(), 400, "cut off"),
        (form, format!("{HEAD}phone_number\n+1415"), 400, "cut off"),
        (form, "nothing of the kind".to_owned(), 400, "cut off"),
        (form, "--b\r\nbroken\r\n\r\nx\r\n--b--\r\n".to_owned(), 400, "cannot be read"),
        (form, "--b--\r\n".to_owned(), 422, "/file"),
        (form, format!("{HEAD}x\r\n{HEAD}y\r\n--b--\r\n"), 422, "twice"),
    ];
    for (kind, body, status, words) in cases {
        let reply = world.send(upload(&world, kind, Body::from(body.clone()))).await;
        let problem = reply.problem(status);
        assert!(problem.to_string().contains(words), "{words:?} {kind:?} {body:?}: {problem}");
    }
}

/// Sends a form that begins with `begin` and never ends. Returns the response and how many bytes
/// were read.
async fn send_for_ever(world: &World, begin: &str) -> (Reply, usize) {
    let zeros = Bytes::from(vec![b'0'; 64 << 10]);
    let taken = Arc::new(AtomicUsize::new(0));
    let count = taken.clone();
    let endless = stream::iter([Bytes::from(begin.to_owned())]).chain(stream::repeat(zeros)).map(
        move |chunk| {
            count.fetch_add(chunk.len(), Ordering::Relaxed);
            Ok::<_, std::io::Error>(chunk)
        },
    );
    let body = Body::from_stream(endless);
    let reply = world.send(upload(world, "multipart/form-data; boundary=b", body)).await;
    (reply, taken.load(Ordering::Relaxed))
}

#[tokio::test]
async fn an_endless_upload_is_cut_off_at_the_limit() {
    let world = World::new().await;
    let (reply, taken) = send_for_ever(&world, HEAD).await;
    let problem = reply.problem(413);
    assert!(problem["detail"].as_str().unwrap().contains("max_upload_bytes"), "{problem}");
    assert!((4_000_000..4_300_000).contains(&taken), "{taken} bytes were taken");
    let field = "--b\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\n";
    let (reply, taken) = send_for_ever(&world, field).await;
    reply.problem(413);
    assert!(taken < 500_000, "{taken} bytes were taken");
}

#[tokio::test]
async fn an_endless_beginning_or_header_is_cut_off() {
    let world = World::new().await;
    for begin in ["", "--b\r\n", "--b\r\ncontent-disposition: ", "--b\r\nx: y\r\n"] {
        let (reply, taken) = send_for_ever(&world, begin).await;
        reply.problem(400);
        assert!(taken < 2_000_000, "{taken} bytes were taken");
    }
}

#[tokio::test]
async fn an_upload_that_says_that_it_is_too_large_is_not_even_read() {
    let world = World::new().await;
    let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let mut request = upload(&world, "multipart/form-data; boundary=b", body);
    request.headers_mut().insert("content-length", "10000000000".parse().unwrap());
    world.send(request).await.problem(413);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::open(dir.path()).await;
    let files = || {
        let names = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    let before = files();
    let stuck = Arc::new(Notify::new());
    let reached = stuck.clone();
    let body = stream::once(async { Bytes::from(format!("{HEAD}phone_number\n")) })
        .chain(stream::repeat(Bytes::from_static(&[b'1'; 1_000])).take(2_000))
        .chain(stream::once(async move {
            reached.notify_one();
            std::future::pending().await
        }))
        .map(Ok::<_, std::io::Error>);
    let request = upload(&world, "multipart/form-data; boundary=b", Body::from_stream(body));
    tokio::select! {
        reply = world.send(request) => panic!("an answer to half a form: {reply:?}"),
        () = stuck.notified() => {}
    }
    assert_eq!(files(), before);
    assert_eq!(world.get("/v1/batch-calls").await.expect(200)["total"], 0);
}
