//! A running server with a carrier, and the command line as a client of it.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use campanile_sandbox::Sandbox;
use serde_json::{Value, json};

use super::support::{Folder, Running, Said, carrier, said};

pub struct World {
    pub folder: Folder,
    pub server: Option<Running>,
    pub url: String,
    pub key: String,
    pub carrier: Sandbox,
}

impl World {
    pub fn new() -> World {
        World::with("sip_listen = \"127.0.0.1:0\"\nmax_rows = 1000\n")
    }

    /// A server with this configuration file.
    pub fn with(config: &str) -> World {
        let folder = Folder::new();
        let carrier = carrier(&folder, 0.1);
        folder.write("serve.toml", config);
        let mut world =
            World { folder, server: None, url: String::new(), key: String::new(), carrier };
        world.start();
        world.key = world.folder.run(&["key", "create", "--data", "data"]).out.trim().to_owned();
        world
    }

    pub fn start(&mut self) {
        let args = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--config", "serve.toml"];
        let mut server = Running::start(self.folder.command(&args));
        let line = server.wait_for("ready on");
        self.url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        self.server = Some(server);
    }

    /// The program as a client of the server.
    pub fn client(&self, args: &[&str]) -> Command {
        let mut command = self.folder.command(args);
        command.env("CAMPANILE_URL", &self.url).env("CAMPANILE_API_KEY", &self.key);
        command
    }

    /// Runs the program as a client of the server.
    pub fn run(&self, args: &[&str]) -> Said {
        said(self.client(args).output().expect("campanile runs"))
    }

    /// Runs the program with `input` on standard input.
    pub fn run_with(&self, input: &str, args: &[&str]) -> Said {
        let mut command = self.client(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("campanile starts");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        said(child.wait_with_output().expect("campanile runs"))
    }

    /// Runs the program with `--json` and returns the value. Fails if it prints anything else.
    pub fn json(&self, args: &[&str]) -> Value {
        let said = self.run(&[args, &["--json"]].concat());
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{args:?}: {said:?}");
        serde_json::from_str(&said.out)
            .unwrap_or_else(|error| panic!("{args:?}: {error}: {said:?}"))
    }

    pub fn batch(&self, args: &[&str]) -> Said {
        self.run(&[&["batch"], args].concat())
    }

    /// The API's response to a GET.
    pub fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.key));
        request.call().expect("an answer").body_mut().read_json().expect("JSON")
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {}", self.key);
        let request = ureq::post(format!("{}{path}", self.url)).header("authorization", bearer);
        request.send_json(body).expect("an answer").body_mut().read_json().expect("JSON")
    }

    /// Creates a trunk to the carrier, a caller ID on it and a published agent. Returns the agent's
    /// ID.
    pub fn set_up(&self) -> String {
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
