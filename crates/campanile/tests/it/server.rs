//! `serve`, `key` and `batch`: a batch from upload to report, over HTTP and real SIP.

use std::process::Command;

use campanile_sandbox::Sandbox;
use serde_json::{Value, json};

use super::support::{Folder, Running, Said, carrier, people, said};

/// A running server with a carrier, and a client of it.
struct World {
    folder: Folder,
    server: Option<Running>,
    url: String,
    key: String,
    carrier: Sandbox,
}

impl World {
    fn new() -> World {
        let folder = Folder::new();
        let carrier = carrier(&folder, 0.1);
        folder.write("serve.toml", "sip_listen = \"127.0.0.1:0\"\nmax_rows = 1000\n");
        let mut world =
            World { folder, server: None, url: String::new(), key: String::new(), carrier };
        world.start();
        world.key = world.folder.run(&["key", "create", "--data", "data"]).out.trim().to_owned();
        world
    }

    fn start(&mut self) {
        let args = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--config", "serve.toml"];
        let mut server = Running::start(self.folder.command(&args));
        let line = server.wait_for("ready on");
        self.url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        self.server = Some(server);
    }

    fn batch(&self, args: &[&str]) -> Said {
        let mut command: Command = self.folder.command(&["batch"]);
        command.args(args).env("CAMPANILE_URL", &self.url).env("CAMPANILE_API_KEY", &self.key);
        said(command.output().expect("campanile runs"))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {}", self.key);
        let request = ureq::post(format!("{}{path}", self.url)).header("authorization", bearer);
        request.send_json(body).expect("an answer").body_mut().read_json().expect("JSON")
    }

    fn line_up(&self) -> String {
        let port = self.carrier.local_addr().port();
        let trunk = json!({"name": "sandbox", "host": "127.0.0.1", "port": port, "max_calls": 20, "max_cps": 50});
        let trunk = self.post("/v1/trunks", &trunk);
        let number = json!({"phone_number": "+14155550100", "trunk_id": trunk["id"]});
        self.post("/v1/phone-numbers", &number);
        let agent = json!({
            "name": "brief", "first_message": "Hi {{name}}.", "ring_timeout_s": 2,
            "engine": {"type": "script", "lines": [], "goodbye": "Bye."},
        });
        let agent = self.post("/v1/agents", &agent)["id"].as_str().expect("an id").to_owned();
        self.post(&format!("/v1/agents/{agent}/versions/1/publish"), &json!({}));
        agent
    }
}

#[test]
fn a_key_is_printed_and_nothing_else() {
    let folder = Folder::new();
    let made = folder.run(&["key", "create", "--data", "data"]);
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    let (id, secret) = made.out.trim_end().split_once(':').expect("key_id:secret");
    assert!(id.starts_with("key_") && secret.len() == 64 && !made.out.trim_end().contains(' '));
    let more = ["key", "create", "--data", "data", "--workspace", "other", "--scope", "read"];
    assert_eq!(folder.run(&more).code, 0);
    let listed = folder.run(&["key", "list", "--data", "data"]);
    assert!(listed.out.contains(id) && !listed.out.contains(secret), "{listed:?}");
    assert_eq!(folder.run(&["key", "revoke", "--data", "data", id]).code, 0);
    assert!(folder.run(&["key", "list", "--data", "data"]).out.contains("revoked"));
    assert_eq!(folder.run(&["key", "revoke", "--data", "data", "key_0"]).code, 1);
    assert_eq!(folder.run(&["key", "list", "--data", "data", "--workspace", "x"]).code, 2);
    assert_eq!(folder.run(&["key", "list", "--data", "nowhere"]).code, 2);
}

#[test]
fn a_batch_goes_from_upload_to_report() {
    let world = World::new();
    let agent = world.line_up();
    world.folder.write("people.csv", people(&[1, 65, 80, 95, 99]) + "123,Nobody\n");
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent];
    let created = world.batch(&create);
    assert_eq!(created.code, 0, "{created:?}");
    let id = created.out.trim();
    let watched = world.batch(&["watch", id]);
    assert_eq!(watched.out.trim(), "completed: 2 completed, 1 voicemail, 2 failed, 1 skipped");
    let shown: Value = serde_json::from_str(&world.batch(&["show", id]).out).unwrap();
    assert_eq!(
        (&shown["status"], &shown["blocker"]["code"]),
        (&json!("completed"), &json!("all_done"))
    );
    let report = world.batch(&["report", id, "--output", "report.csv"]);
    assert_eq!(report.code, 0, "{report:?}");
    assert_eq!(world.folder.read("report.csv"), world.batch(&["report", id]).out);
    assert_eq!(world.folder.read("report.csv").lines().count(), 7);
    for report in
        [&["report", id, "-o", "r.xlsx"][..], &["report", id, "-o", "r", "--format", "xlsx"]]
    {
        let report = world.batch(report);
        assert_eq!(report.code, 0, "{report:?}");
    }
    for name in ["r.xlsx", "r"] {
        let workbook = std::fs::read(world.folder.path(name)).unwrap();
        assert!(workbook.starts_with(b"PK\x03\x04"), "{name} is no workbook");
    }
    let checked = world.folder.run(&["check", "r.xlsx", "--json"]);
    let checked: Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!((&checked["total"], &checked["accepted"]), (&json!(6), &json!(5)));
    assert_eq!(world.batch(&["report", id, "--format", "ods"]).code, 2);
    assert!(world.batch(&["list"]).out.starts_with(&format!("{id}\tcompleted\tpeople.csv\t")));
    let refused = world.batch(&["resume", id]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("a completed batch cannot resume"), "{refused:?}");
    let detailed = world.batch(&["report", id, "--attempts"]).out;
    assert!(
        detailed.contains("voicemail_detected") && detailed.contains("invalid_number"),
        "{detailed}"
    );
}

#[test]
fn ids_and_call_ids_say_nothing_and_numbers_are_still_read() {
    let world = World::new();
    let agent = world.line_up();
    let opaque = |text: &str, prefix: &str| {
        let word = text.strip_prefix(prefix).unwrap_or_else(|| panic!("{text} is no {prefix}…"));
        assert_eq!(word.len(), 13, "{text}");
        assert!(word.starts_with(|c: char| c.is_ascii_lowercase()), "{text}");
    };
    opaque(&agent, "agent_");
    world.folder.write("people.csv", people(&[95, 96]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent];
    let id = world.batch(&create).out.trim().to_owned();
    opaque(&id, "batch_");
    world.batch(&["watch", &id]);
    // A number that somebody kept from before is understood, and answered with the word.
    let shown: Value = serde_json::from_str(&world.batch(&["show", "batch_1"]).out).unwrap();
    assert_eq!((shown["id"].as_str(), shown["agent_id"].as_str()), (Some(&*id), Some(&*agent)));
    let none = world.batch(&["show", "batch_k7d20xv9m41qa"]);
    assert!(none.code == 1 && none.out.is_empty(), "nobody's batch is not found: {none:?}");
    let detailed = world.batch(&["report", &id, "--attempts"]).out;
    let records = world.carrier.records().unwrap();
    assert_eq!(records.len(), 2);
    for record in records {
        assert!(detailed.contains(&record.call_id), "{} is not in {detailed}", record.call_id);
        let (instance, word) = record.call_id.split_once('-').expect("two parts");
        assert_eq!(instance.len(), 16);
        opaque(word, "");
    }
}

#[test]
fn a_workspace_that_is_made_while_the_server_runs_can_dial() {
    let mut world = World::new();
    let key = ["key", "create", "--data", "data", "--workspace", "later"];
    world.key = world.folder.run(&key).out.trim().to_owned();
    let agent = world.line_up();
    world.folder.write("people.csv", people(&[80, 95]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent];
    assert_eq!(world.batch(&create).code, 0);
    assert_eq!(world.batch(&["watch", "batch_1"]).out.trim(), "completed: 2 failed");
}

#[test]
fn a_paused_batch_survives_a_restart_and_can_be_stopped() {
    let mut world = World::new();
    let agent = world.line_up();
    world.folder.write("people.csv", people(&[1, 2, 3]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent, "--draft"];
    assert_eq!(world.batch(&create).code, 0);
    let show = |world: &World| -> Value {
        serde_json::from_str(&world.batch(&["show", "batch_1"]).out).expect("a batch")
    };
    world.post("/v1/batch-calls/batch_1/start", &json!({}));
    assert_eq!(world.batch(&["pause", "batch_1"]).code, 0);
    assert_eq!(show(&world)["status"], "paused");
    let mut server = world.server.take().unwrap();
    server.signal("TERM");
    assert!(server.wait().success(), "a server that is asked to end did what it should");
    world.start();
    assert_eq!(
        (&show(&world)["status"], &show(&world)["blocker"]["code"]),
        (&json!("paused"), &json!("paused"))
    );
    assert_eq!(world.batch(&["stop", "batch_1"]).code, 0);
    assert_eq!(show(&world)["status"], "cancelled");
}

#[test]
fn a_mistake_is_told_as_it_is_and_a_missing_server_too() {
    let world = World::new();
    world.folder.write("people.csv", people(&[1]));
    let create = ["create", "people.csv", "--from", "+1415", "--agent", "agent_7"];
    let said = world.batch(&create);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("/from_number: \"+1415\" is not a full number"), "{said:?}");
    assert!(said.err.contains("/agent_id: there is no agent_"), "{said:?}");
    let key = ["--api-key", "k:s"];
    let nowhere =
        world.folder.run(&[&["batch", "list", "--url", "http://127.0.0.1:9"], &key[..]].concat());
    assert_eq!(nowhere.code, 1);
    assert!(nowhere.err.contains("is the server running"), "{nowhere:?}");
    let second = world.folder.run(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 1);
    assert!(second.err.contains("another campanile is running"), "{second:?}");
}
