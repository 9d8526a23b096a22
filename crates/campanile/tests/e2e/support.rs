//! The world of a test: a carrier, a folder of files, and the program.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_sandbox::{CallRecord, Sandbox, SandboxConfig};
use campanile_testkit::form;
use serde_json::{Value, json};
use tempfile::TempDir;

pub use campanile_testkit::PATIENCE;

/// A sandbox carrier on a free port, and a folder with everything that a `campanile run` needs.
pub struct World {
    runtime: tokio::runtime::Runtime,
    sandbox: Option<Sandbox>,
    dir: TempDir,
}

impl World {
    /// Starts the carrier with a tenth of natural waits.
    pub fn new(rows: &str, agent: &str) -> World {
        World::with(rows, agent, (0.1, None))
    }

    /// Like [`World::new`]. The carrier records what callers say to its machines, in the folder.
    pub fn that_records(rows: &str, agent: &str) -> World {
        World::started(rows, agent, |config, dir| {
            config.time_scale = 0.1;
            config.record = Some(dir.to_owned());
        })
    }

    /// Like [`World::new`], at natural speed. Everybody who answers presses this digit.
    pub fn whose_people_press(press: Option<char>, rows: &str, agent: &str) -> World {
        World::with(rows, agent, (1.0, press))
    }

    /// Like [`World::new`], at natural speed. People answer questions as their numbers say.
    pub fn whose_people_answer(rows: &str, agent: &str) -> World {
        World::started(rows, agent, |config, _| config.answers = true)
    }

    /// Like [`World::new`], with waits multiplied by `time_scale`.
    pub fn paced(rows: &str, agent: &str, time_scale: f64) -> World {
        World::with(rows, agent, (time_scale, None))
    }

    /// A folder without a carrier.
    pub fn without_carrier() -> World {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        World { runtime, sandbox: None, dir }
    }

    /// Starts the carrier on this port, with waits multiplied by `time_scale`.
    pub fn start_carrier(&mut self, port: u16, time_scale: f64) {
        let config = SandboxConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], port)),
            cdr: Some(self.path("cdr.csv")),
            time_scale,
            seed: 7,
            ..SandboxConfig::default()
        };
        self.sandbox = Some(Sandbox::start(config).expect("the carrier starts"));
    }

    fn with(rows: &str, agent: &str, (time_scale, press): (f64, Option<char>)) -> World {
        World::started(rows, agent, |config, _| {
            (config.time_scale, config.press) = (time_scale, press);
        })
    }

    fn started(
        rows: &str,
        agent: &str,
        change: impl FnOnce(&mut SandboxConfig, &std::path::Path),
    ) -> World {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let mut config = SandboxConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            cdr: Some(dir.path().join("cdr.csv")),
            record: None,
            time_scale: 1.0,
            seed: 7,
            press: None,
            answers: false,
        };
        change(&mut config, dir.path());
        let sandbox = Sandbox::start(config).expect("the carrier starts");
        let port = sandbox.local_addr().port();
        fs::write(dir.path().join("people.csv"), rows).expect("the file");
        fs::write(dir.path().join("agent.toml"), agent).expect("the agent");
        fs::write(
            dir.path().join("trunk.toml"),
            format!(
                "name = \"sandbox\"\nkind = \"workspace\"\nhost = \"127.0.0.1\"\nport = {port}\n\
                 max_calls = 300\nmax_cps = 300\n"
            ),
        )
        .expect("the trunk");
        World { runtime, sandbox: Some(sandbox), dir }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The option for the folder's `serve.toml`, if there is one.
    fn config(&self) -> Vec<std::ffi::OsString> {
        let file = self.path("serve.toml");
        if file.exists() { vec!["--config".into(), file.into()] } else { Vec::new() }
    }

    /// Starts `campanile run` on the folder's files, with more options.
    pub fn run(&self, options: &[&str]) -> Child {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("run.log"))
            .expect("the log");
        Command::new(env!("CARGO_BIN_EXE_campanile"))
            .current_dir(self.dir.path())
            .args(["run", "people.csv", "--from", "+14155550100"])
            .args(["--agent", "agent.toml", "--trunk", "trunk.toml"])
            .args(["--data", "data", "--report", "report.csv"])
            .args(options)
            .stdout(Stdio::from(log.try_clone().expect("the log")))
            .stderr(Stdio::from(log))
            .spawn()
            .expect("campanile starts")
    }

    /// The program's log, for the message of a failing test.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.path("run.log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(40).collect();
        tail.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// The carrier's port.
    pub fn carrier_port(&self) -> u16 {
        self.sandbox.as_ref().expect("the carrier is still there").local_addr().port()
    }

    /// Waits until the carrier has counted this many finished calls.
    pub fn wait_for_calls(&self, count: usize) {
        let sandbox = self.sandbox.as_ref().expect("the carrier is still there");
        self.runtime
            .block_on(async {
                tokio::time::timeout(Duration::from_secs(60), sandbox.finished(count)).await
            })
            .unwrap_or_else(|_| panic!("{count} calls were not over in a minute:\n{}", self.log()));
    }

    /// Stops the carrier and returns its call records in the order of the INVITEs.
    pub fn records(&mut self) -> Vec<CallRecord> {
        let sandbox = self.sandbox.take().expect("the carrier is still there");
        let mut records = self.runtime.block_on(sandbox.stop()).expect("the carrier ends");
        records.sort_by(|a, b| a.t_invite.total_cmp(&b.t_invite));
        records
    }

    /// The report by phone number.
    pub fn report(&self) -> BTreeMap<String, ReportRow> {
        let text = fs::read_to_string(self.path("report.csv")).expect("the report was written");
        rows_of(&text)
    }
}

fn rows_of(report: &str) -> BTreeMap<String, ReportRow> {
    let mut lines = report.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let at = |name: &str| header.iter().position(|h| *h == name).expect("the column is there");
    let (number, status) = (at("phone_number"), at("final_status"));
    let (attempts, call_id) = (at("attempts_made"), at("call_id"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let row = ReportRow {
                status: cells[status].to_owned(),
                attempts: cells[attempts].parse().expect("a number of attempts"),
                call_id: cells[call_id].to_owned(),
            };
            (cells[number].to_owned(), row)
        })
        .collect()
}

/// `campanile serve` on a free port, and a key for it. The test that started it kills it at the
/// end.
pub struct Server {
    process: Option<Child>,
    url: String,
    key: String,
    agent: ureq::Agent,
}

impl Server {
    /// Starts the server in the world's folder and waits until it is ready.
    pub fn start(world: &World) -> Server {
        Server::start_with(world, &[])
    }

    /// Like [`Server::start`], with more options.
    pub fn start_with(world: &World, options: &[&str]) -> Server {
        Server::started(world, (Command::new(env!("CARGO_BIN_EXE_campanile")), options), None)
    }

    /// Like [`Server::start`], with a folder of the world at the front of `PATH`.
    pub fn start_with_programs(world: &World, folder: &str) -> Server {
        let mut launcher = Command::new(env!("CARGO_BIN_EXE_campanile"));
        let path = std::env::var("PATH").unwrap_or_default();
        launcher.env("PATH", format!("{}:{path}", world.path(folder).display()));
        Server::started(world, (launcher, &[]), None)
    }

    /// Like [`Server::start`], with its data on a small disk. Prints a note and returns `None` if
    /// the system allows no namespaces.
    pub fn start_on_a_small_disk(world: &World) -> Option<Server> {
        let launcher = on_a_small_disk(world, "true")?;
        Some(Server::started(world, (launcher, &[]), Some("nsenter")))
    }

    fn started(
        world: &World,
        (mut launcher, options): (Command, &[&str]),
        enter: Option<&str>,
    ) -> Server {
        let mut process = launcher
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(world.path("data"))
            .args(world.config())
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::from(fs::File::create(world.path("run.log")).expect("the log")))
            .spawn()
            .expect("campanile starts");
        let mut ready = String::new();
        let stdout = process.stdout.take().expect("its words");
        BufReader::new(stdout).read_line(&mut ready).expect("it says that it is ready");
        let url = ready.trim().rsplit(' ').next().expect("a URL").to_owned();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_recv_response(Some(PATIENCE))
            .build();
        let campanile = match enter {
            Some(enter) => {
                let mut inside = Command::new(enter);
                inside.args(["--user", "--mount", "--preserve-credentials", "--target"]);
                inside.args([&process.id().to_string(), env!("CARGO_BIN_EXE_campanile")]);
                inside
            }
            None => Command::new(env!("CARGO_BIN_EXE_campanile")),
        };
        let key = key_made_by(campanile, world, ("default", "admin"));
        Server { process: Some(process), url, key, agent: config.into() }
    }

    /// The server's process ID.
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// Sends a request with JSON or without a body. Returns status, `Retry-After` and body.
    pub fn answer(&self, method: &str, path: &str, body: &Value) -> (u16, Option<String>, Value) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("Authorization", format!("Bearer {}", self.key))
            .header("Content-Type", "application/json")
            .body(if body.is_null() { String::new() } else { body.to_string() });
        told(self.agent.run(request.expect("a request")).expect("an answer"))
    }

    /// The same server with another API key.
    pub fn asked_by(&self, world: &World, workspace: &str, scope: &str) -> Server {
        let key = make_key(world, workspace, scope);
        Server { process: None, url: self.url.clone(), key, agent: self.agent.clone() }
    }

    /// The same server, asked with this token.
    pub fn with_token(&self, token: &str) -> Server {
        let (url, key, agent) = (self.url.clone(), token.to_owned(), self.agent.clone());
        Server { process: None, url, key, agent }
    }

    /// POSTs a form with a user and a password. Returns status and body.
    pub fn post_form(
        &self,
        path: &str,
        (user, password): (&str, &str),
        form: &str,
    ) -> (u16, Value) {
        let sent = STANDARD.encode(format!("{user}:{password}"));
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request
            .header("Authorization", format!("Basic {sent}"))
            .header("Content-Type", "application/x-www-form-urlencoded");
        let (status, _, body) = told(request.send(form).expect("an answer"));
        (status, body)
    }

    /// Asks the server to stop, and waits until it has.
    pub fn stop(mut self) {
        let mut process = self.process.take().expect("it runs");
        let asked = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
        assert!(asked.expect("kill starts").success());
        assert!(process.wait().expect("it ends").success());
    }

    /// PUTs JSON and expects success.
    pub fn put(&self, path: &str, body: &Value) -> Value {
        let request = self.agent.put(format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("Bearer {}", self.key));
        expect(request.send_json(body).expect("an answer"), 200)
    }

    /// POSTs JSON and expects a status.
    pub fn post(&self, path: &str, body: &Value, status: u16) -> Value {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("Bearer {}", self.key));
        let answer = match body {
            Value::Null => request.send_empty(),
            body => request.send_json(body),
        };
        expect(answer.expect("an answer"), status)
    }

    /// The server's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The API key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// GETs a path or a byte range of it. Returns status, media type and body.
    pub fn fetch(&self, path: &str, range: Option<&str>) -> (u16, String, Vec<u8>) {
        let request = self.agent.get(format!("{}{path}", self.url));
        let mut request = request.header("Authorization", format!("Bearer {}", self.key));
        if let Some(range) = range {
            request = request.header("Range", range);
        }
        let mut answer = request.call().expect("an answer");
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let body = answer.body_mut().read_to_vec().expect("a body");
        (answer.status().as_u16(), kind, body)
    }

    /// PATCHes JSON and expects success.
    pub fn patch(&self, path: &str, body: &Value) -> Value {
        let request = self.agent.patch(format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("Bearer {}", self.key));
        expect(request.send_json(body).expect("an answer"), 200)
    }

    /// Uploads a file with fields and expects 201.
    pub fn upload(&self, path: &str, fields: &[(&str, &str)], file: &str) -> Value {
        let (status, _, answer) = self.try_upload(path, fields, file);
        assert_eq!(status, 201, "{answer}");
        answer
    }

    /// Uploads a file with fields. Returns status, `Retry-After` and body.
    pub fn try_upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: &str,
    ) -> (u16, Option<String>, Value) {
        let (kind, body) = form("a-boundary", &[fields, &[("file", file)]].concat());
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request
            .header("Authorization", format!("Bearer {}", self.key))
            .header("Content-Type", kind);
        told(request.send(&body[..]).expect("an answer"))
    }

    /// Uploads a file for a new agent, starts the batch, and returns its ID.
    pub fn new_batch(&self, rows: &str, world: &World) -> String {
        let from = if rows.contains("+1212") { "+14155550100" } else { "+14155550101" };
        let trunk = json!({ "name": format!("for {from}"), "host": "127.0.0.1",
            "port": world.carrier_port(), "max_calls": 100, "max_cps": 40 });
        let trunk = self.post("/v1/trunks", &trunk, 201);
        let number = json!({ "phone_number": from, "label": "Desk", "trunk_id": trunk["id"] });
        self.post("/v1/phone-numbers", &number, 201);
        let agent = json!({ "name": "brief", "first_message": "Hi {{name}}.", "ring_timeout_s": 2,
            "engine": { "type": "script", "lines": [], "goodbye": "Bye." } });
        let agent = self.post("/v1/agents", &agent, 201);
        let agent = agent["id"].as_str().expect("an id");
        self.post(&format!("/v1/agents/{agent}/versions/1/publish"), &Value::Null, 200);
        let fields = [("name", "people"), ("from_number", from), ("agent_id", agent)];
        let batch = self.upload("/v1/batch-calls", &fields, rows);
        batch["id"].as_str().unwrap_or_else(|| panic!("no batch: {batch}")).to_owned()
    }

    /// The report of a batch by phone number.
    pub fn report(&self, batch: &str) -> BTreeMap<String, ReportRow> {
        let request = self.agent.get(format!("{}{batch}/report.csv", self.url));
        let request = request.header("Authorization", format!("Bearer {}", self.key));
        let mut answer = request.call().expect("an answer");
        rows_of(&answer.body_mut().read_to_string().expect("text"))
    }

    /// Opens an event stream after the event `after`.
    pub fn stream(&self, path: &str, after: i64) -> impl Read + use<> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("Bearer {}", self.key));
        let answer = request.header("Last-Event-ID", after.to_string()).call().expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        answer.into_body().into_reader()
    }

    /// GETs a path until the response is as wanted.
    pub fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            let request = self.agent.get(format!("{}{path}", self.url));
            let request = request.header("Authorization", format!("Bearer {}", self.key));
            let answer = expect(request.call().expect("an answer"), 200);
            if wanted(&answer) {
                return answer;
            }
            assert!(since.elapsed() < PATIENCE, "still: {answer}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

fn make_key(world: &World, workspace: &str, scope: &str) -> String {
    key_made_by(Command::new(env!("CARGO_BIN_EXE_campanile")), world, (workspace, scope))
}

/// The command that starts the program with the world's `data` on a disk of 64 MB. `prepare` is a
/// shell command in which `$0` is that disk. Only the program and its children see the disk.
pub fn on_a_small_disk(world: &World, prepare: &str) -> Option<Command> {
    let data = world.path("data");
    fs::create_dir_all(&data).expect("a place for the disk");
    let mount = "mount -t tmpfs -o size=64m campanile \"$0\"";
    let with = |script: String| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).arg(&data);
        unshare
    };
    let granted = with(mount.to_owned()).output();
    if !granted.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: this system grants no namespaces: {granted:?}");
        return None;
    }
    let mut launcher = with(format!("{mount} && {prepare}; exec \"$@\""));
    launcher.arg(env!("CARGO_BIN_EXE_campanile"));
    Some(launcher)
}

fn key_made_by(mut campanile: Command, world: &World, (workspace, scope): (&str, &str)) -> String {
    let key = campanile
        .args(["key", "create", "--scope", scope, "--workspace", workspace, "--data"])
        .arg(world.path("data"))
        .output()
        .expect("a key is made while the server runs");
    String::from_utf8(key.stdout).expect("text").trim().to_owned()
}

/// Status, `Retry-After` and body of a response.
fn told(mut answer: ureq::http::Response<ureq::Body>) -> (u16, Option<String>, Value) {
    let later = answer.headers().get("retry-after").and_then(|later| later.to_str().ok());
    let later = later.map(str::to_owned);
    let text = answer.body_mut().read_to_string().expect("a body");
    (answer.status().as_u16(), later, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn expect(mut answer: ureq::http::Response<ureq::Body>, status: u16) -> Value {
    let body = answer.body_mut().read_to_string().expect("a body");
    assert_eq!(answer.status().as_u16(), status, "{body}");
    serde_json::from_str(&body).unwrap_or(Value::Null)
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A row of the report.
#[derive(Debug)]
pub struct ReportRow {
    pub status: String,
    pub attempts: u32,
    pub call_id: String,
}

/// A United States number whose last digits select the carrier's behavior.
pub fn number(n: u32) -> String {
    format!("+1212555{n:04}")
}

/// The last two digits, which select the carrier's behavior.
pub fn last_two(number: &str) -> u32 {
    number[number.len() - 2..].parse().expect("two digits")
}

/// An agent with a short text, so that a thousand calls end soon.
pub const BRIEF_AGENT: &str = "\
name = \"brief\"
first_message = \"Hi {{name}}.\"
ring_timeout_s = 1
max_duration_s = 20
engine = { type = \"script\", lines = [], goodbye = \"Bye.\" }
";
