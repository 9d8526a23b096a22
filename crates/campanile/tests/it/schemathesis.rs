//! The API against its OpenAPI document. schemathesis sends valid and invalid requests to a live
//! server; an undocumented response is a failure.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use super::support::{Folder, Running};

/// The paths of batches, of agents, and of everything else. Each has a server of its own, so that the
/// three runs share the processors.
const BATCHES: &str = "^/v1/(batch-calls|calls|analytics|suppressions)";
const AGENTS: &str = "^/v1/(agents|voices|sounds)";

#[test]
fn every_answer_about_batches_is_as_documented() {
    run(BATCHES, "", 3_500);
}

#[test]
fn every_answer_about_agents_is_as_documented() {
    run(AGENTS, "", 3_000);
}

#[test]
fn every_other_answer_is_as_documented() {
    run("", &format!("|{BATCHES}|{AGENTS}"), 3_500);
}

/// Runs schemathesis on the paths that match `included` and not `excluded`, which must make at least
/// `least` cases.
fn run(included: &str, excluded: &str, least: u64) {
    let folder = Folder::new();
    folder.write("serve.toml", "sip_listen = \"127.0.0.1:0\"\nrequests_per_s = 0\n");
    // Nobody reads the log, which would fill the pipe.
    let args = ["--log", "off", "serve", "--data", "data", "--listen", "127.0.0.1:0"];
    let args = [args.as_slice(), &["--config", "serve.toml"]].concat();
    let mut server = Running::start(folder.command(&args));
    let line = server.wait_for("ready on");
    let url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
    let key = |workspace: &str, scope: &str| {
        let made = ["key", "create", "--data", "data", "--workspace", workspace, "--scope", scope];
        folder.run(&made).out.trim().to_owned()
    };
    let (key, quiet) = (key("default", "admin"), key("quiet", "admin"));
    let api = Api { url: url.clone(), key: key.clone() };
    api.seed();
    let document = strict(api.get("/openapi.json"));
    folder.write("openapi.json", document.to_string());
    let settings = include_str!("schemathesis.toml");
    folder.write(
        "schemathesis.toml",
        settings.replace("${KEY}", &key).replace("${QUIET_KEY}", &quiet),
    );
    let mut command = Command::new(tool());
    command.current_dir(folder.path("")).args(["--config-file", "schemathesis.toml", "run"]);
    command.args(["openapi.json", "--url", &url, "--max-examples", "50", "--no-color"]);
    // An event stream never ends, and a test of a missing trunk takes seconds. Both have their own
    // tests.
    let excluded = format!("/events$|/trunks/[^/]+/test${excluded}");
    command.args(["--include-path-regex", included, "--exclude-path-regex", &excluded]);
    let said = command.output().expect("schemathesis runs");
    let said_words = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{said_words}{}", String::from_utf8_lossy(&said.stderr));
    let figures = said_words.lines().find(|line| line.contains(" generated, ")).unwrap_or_default();
    println!("schemathesis: {}", figures.trim());
    let cases: u64 =
        figures.split_whitespace().next().and_then(|cases| cases.parse().ok()).unwrap_or_default();
    assert!(cases >= least, "only {cases} cases: {said_words}");
}

/// The path where `make test` installs it.
fn tool() -> std::path::PathBuf {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/st");
    assert!(tool.exists(), "schemathesis is missing; run scripts/setup python3-venv");
    tool.canonicalize().expect("a path")
}

/// A client that creates objects for the requests.
struct Api {
    url: String,
    key: String,
}

impl Api {
    fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.key));
        request.call().expect("an answer").body_mut().read_json().expect("JSON")
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = ureq::post(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.key));
        request.send_json(body).expect("an answer").body_mut().read_json().expect("JSON")
    }

    /// Creates a batch in each state, in a workspace that may not place calls, so that started
    /// batches wait.
    fn seed(&self) {
        let limit = ureq::patch(format!("{}/v1/workspace", self.url));
        let limit = limit.header("authorization", format!("Bearer {}", self.key));
        limit.send_json(json!({"max_concurrent_calls": 0})).expect("an answer");
        self.post("/v1/trunks", &json!({"name": "nowhere", "host": "127.0.0.1", "port": 9}));
        let number = json!({"phone_number": "+14155550100", "trunk_id": "trunk_1"});
        self.post("/v1/phone-numbers", &number);
        self.post("/v1/agents", &json!({"name": "brief", "first_message": "Hi {{name}}."}));
        self.post("/v1/agents/agent_1/versions/1/publish", &json!({}));
        for batch in 1..=4 {
            self.batch(&format!("batch {batch}"));
        }
        for (batch, controls) in [(2, &["start"][..]), (3, &["start", "pause"]), (4, &["stop"])] {
            for control in controls {
                self.post(&format!("/v1/batch-calls/batch_{batch}/{control}"), &json!({}));
            }
        }
    }

    fn batch(&self, name: &str) {
        let fields = [
            ("name\"", name),
            ("from_number\"", "+14155550100"),
            ("agent_id\"", "agent_1"),
            ("start\"", "false"),
            ("file\"; filename=\"people.csv\"", "phone_number,name\n+12125550101,Ann\n12,Bo\n"),
        ];
        let part = |(name, value)| {
            format!("--b\r\ncontent-disposition: form-data; name=\"{name}\r\n\r\n{value}\r\n")
        };
        let body = fields.map(part).concat() + "--b--\r\n";
        let request = ureq::post(format!("{}/v1/batch-calls", self.url))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "multipart/form-data; boundary=b");
        assert_eq!(request.send(body).expect("an answer").status(), 201);
    }
}

/// The document with every response schema closed, so that undocumented members fail. Files in
/// forms are strings, because schemathesis cannot generate an invalid file for a binary one.
fn strict(mut document: Value) -> Value {
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for file in schemas.values_mut().filter_map(|schema| schema.pointer_mut("/properties/file"))
        {
            file.as_object_mut().expect("a schema").remove("format");
        }
        let parts: Vec<String> = schemas.values().flat_map(parts).collect();
        for (name, schema) in schemas.iter_mut() {
            let whole = schema.get("properties").is_some() || schema.get("allOf").is_some();
            if whole && !parts.contains(name) && schema.get("additionalProperties").is_none() {
                schema["unevaluatedProperties"] = json!(false);
            }
        }
    }
    document
}

/// The schemas whose members a schema includes.
fn parts(schema: &Value) -> Vec<String> {
    let all = schema["allOf"].as_array().into_iter().flatten();
    let names = all.filter_map(|part| part["$ref"].as_str()?.rsplit('/').next());
    names.map(str::to_owned).collect()
}
