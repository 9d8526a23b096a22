//! API clients from common OpenAPI generators, compiled and used against a server: create a batch
//! from a file, list, pause, resume, report, stop.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use super::support::{Folder, Running, carrier, people};

/// A server, a carrier whose phones ring forever, an agent, and a recorded call.
struct World {
    folder: Folder,
    _carrier: campanile_sandbox::Sandbox,
    _server: Running,
    url: String,
    key: String,
    agent: String,
    call: String,
}

impl World {
    fn new() -> World {
        let folder = Folder::new();
        let carrier = carrier(&folder, 0.1);
        let settings = "sip_listen = \"127.0.0.1:0\"\nrequests_per_s = 0\nrecord_calls = true\n";
        folder.write("serve.toml", settings);
        folder.write("people.csv", people(&[70, 71, 72]));
        let args = ["--log", "off", "serve", "--data", "data", "--listen", "127.0.0.1:0"];
        let args = [args.as_slice(), &["--config", "serve.toml"]].concat();
        let mut server = Running::start(folder.command(&args));
        let line = server.wait_for("ready on");
        let url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let key = folder.run(&["key", "create", "--data", "data"]).out.trim().to_owned();
        let (agent, call) = (String::new(), String::new());
        let mut world = World { folder, _carrier: carrier, _server: server, url, key, agent, call };
        world.set_up();
        std::fs::write(world.folder.path("openapi.json"), world.get("/openapi.json").to_string())
            .expect("written");
        world
    }

    fn set_up(&mut self) {
        let port = self._carrier.local_addr().port();
        let trunk = json!({"name": "sandbox", "host": "127.0.0.1", "port": port});
        let trunk = self.post("/v1/trunks", &trunk);
        let number = json!({"phone_number": "+14155550100", "trunk_id": trunk["id"]});
        self.post("/v1/phone-numbers", &number);
        let agent = json!({"name": "brief", "first_message": "Hi {{name}}."});
        self.agent = text(&self.post("/v1/agents", &agent)["id"]);
        self.post(&format!("/v1/agents/{}/versions/1/publish", self.agent), &json!({}));
        let batch = json!({
            "name": "recorded", "from_number": "+14155550100", "agent_id": self.agent,
            "recipients": [{"phone_number": "+12125550001", "name": "Ann"}],
        });
        let batch = text(&self.post("/v1/batch-calls/from-list", &batch)["id"]);
        let args = ["batch", "watch", &batch];
        let mut watch = self.folder.command(&args);
        watch.env("CAMPANILE_URL", &self.url).env("CAMPANILE_API_KEY", &self.key);
        assert!(watch.output().expect("campanile runs").status.success());
        self.call = text(&self.get(&format!("/v1/calls?batch_id={batch}"))["items"][0]["call_id"]);
    }

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

    /// Runs a program in the folder, checks that it succeeds, and returns its output.
    fn run(&self, mut command: Command) -> String {
        let command = command.current_dir(self.folder.path(""));
        let told = [("URL", &self.url), ("KEY", &self.key)];
        command.envs(told).envs([("AGENT", &self.agent), ("CALL", &self.call)]);
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{command:?}:\n{said}");
        said
    }

    /// Copies the source file that uses a client into the folder.
    fn copy(&self, name: &str) {
        std::fs::copy(clients().join(name), self.folder.path(name)).expect("copied");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The folder with the programs that use clients, and with the generators.
fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// A program that must be installed.
fn tool(path: PathBuf, install: &str) -> PathBuf {
    assert!(path.exists(), "{} is missing; run {install}", path.display());
    path.canonicalize().expect("a path")
}

#[test]
fn a_python_client_is_made_and_used() {
    let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin");
    let make = tool(bin.join("openapi-python-client"), "scripts/setup python3-venv");
    let bin = bin.canonicalize().expect("a path");
    let world = World::new();
    let mut command = Command::new(make);
    command.args(["generate", "--path", "openapi.json", "--meta", "none"]);
    command.args(["--output-path", "campanile_client", "--fail-on-warning"]);
    // The generator formats its output with a program from the same folder.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", bin.display()));
    let said = world.run(command);
    assert!(!said.to_lowercase().contains("warning"), "{said}");
    world.copy("use_client.py");
    let mut command = Command::new(bin.join("python"));
    command.args(["-W", "error::SyntaxWarning", "use_client.py"]);
    world.run(command);
}

#[test]
fn typescript_clients_are_made_compiled_and_used() {
    let modules = tool(clients().join("node_modules"), "make clients");
    let world = World::new();
    std::os::unix::fs::symlink(&modules, world.folder.path("node_modules")).expect("a link");
    for name in ["tsconfig.json", "asked.ts", "use_hey_api.ts", "use_codegen.ts"] {
        world.copy(name);
    }
    let node = |program: &str, args: &[&str]| {
        let mut command = Command::new(modules.join(".bin").join(program));
        command.args(args);
        world.run(command)
    };
    let said = node("openapi-ts", &["--input", "openapi.json", "--output", "hey_api"]);
    assert!(!said.to_lowercase().contains("warn"), "{said}");
    let args = ["--input", "openapi.json", "--output", "codegen", "--client", "fetch"];
    assert_eq!(node("openapi", &args), "");
    node("tsc", &["--project", "."]);
    for user in ["out/use_hey_api.js", "out/use_codegen.js"] {
        let mut command = Command::new("node");
        command.arg(user);
        world.run(command);
    }
}
