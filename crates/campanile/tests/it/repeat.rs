//! A POST with an Idempotency-Key takes effect once, even if the server is killed midway.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::support::{Folder, Running};

/// The number of kills.
const KILLS: u64 = 24;

/// A server that starts with the same data each time.
struct World {
    folder: Folder,
    server: Option<Running>,
    url: String,
    key: String,
}

/// A request that creates an object.
#[derive(Clone)]
struct Making {
    path: &'static str,
    kind: &'static str,
    body: String,
}

impl Making {
    fn json(path: &'static str, body: &Value) -> Making {
        Making { path, kind: "application/json", body: body.to_string() }
    }

    /// A request that creates a batch from a file.
    fn form(name: &str, rows: u32) -> Making {
        let people = (0..rows).map(|n| format!("+1212555{n:04}\n")).collect::<String>();
        let fields = [
            ("name\"", name),
            ("from_number\"", "+14155550100"),
            ("agent_id\"", "agent_1"),
            ("file\"; filename=\"people.csv\"", &format!("phone_number\n{people}")),
        ];
        let part = |(name, value): (&str, &str)| {
            format!("--b\r\ncontent-disposition: form-data; name=\"{name}\r\n\r\n{value}\r\n")
        };
        let body = fields.map(part).concat() + "--b--\r\n";
        Making { path: "/v1/batch-calls", kind: "multipart/form-data; boundary=b", body }
    }

    /// The request that the n-th kill interrupts.
    fn nth(n: u64) -> Making {
        let name = format!("thing {n}");
        match n % 4 {
            0 => Making::form(&name, 1_500),
            1 => Making::json("/v1/trunks", &json!({"name": name, "host": "127.0.0.1"})),
            2 => Making::json("/v1/agents", &json!({"name": name})),
            _ => Making::json("/v1/batch-calls/batch_1/redial", &json!({"name": name})),
        }
    }

    /// The same request with different content.
    fn otherwise(&self) -> Making {
        Making { body: self.body.replacen("thing", "other", 1), ..self.clone() }
    }

    /// Sends the request. Returns the status and the body of the response.
    fn send(&self, (url, key): (&str, &str), repeat: &str) -> Result<(u16, Value), ureq::Error> {
        let request = ureq::post(format!("{url}{}", self.path))
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", self.kind)
            .header("idempotency-key", repeat);
        let mut answer = request.send(&self.body)?;
        let status = answer.status().as_u16();
        Ok((status, answer.body_mut().read_json()?))
    }
}

impl World {
    fn new() -> World {
        let folder = Folder::new();
        folder.write("serve.toml", "sip_listen = \"127.0.0.1:0\"\n");
        let key = folder.run(&["key", "create", "--data", "data", "--init"]).out.trim().to_owned();
        let mut world = World { folder, server: None, url: String::new(), key };
        world.start();
        world.set_up();
        world
    }

    fn start(&mut self) {
        let args = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--config", "serve.toml"];
        let mut server = Running::start(self.folder.command(&args));
        let line = server.wait_for("ready on");
        self.url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        self.server = Some(server);
    }

    fn at(&self) -> (&str, &str) {
        (&self.url, &self.key)
    }

    /// Prepares a workspace that cannot place calls.
    fn set_up(&self) {
        let limit = ureq::patch(format!("{}/v1/workspace", self.url))
            .header("authorization", format!("Bearer {}", self.key));
        limit.send_json(json!({"max_concurrent_calls": 0})).expect("an answer");
        let made = [
            Making::json("/v1/trunks", &json!({"name": "nowhere", "host": "127.0.0.1"})),
            Making::json(
                "/v1/phone-numbers",
                &json!({"phone_number": "+14155550100", "trunk_id": "trunk_1"}),
            ),
            Making::json("/v1/agents", &json!({"name": "brief", "first_message": "Hello."})),
            Making::json("/v1/agents/agent_1/versions/1/publish", &json!({})),
            Making::form("first", 1_500),
            Making::json("/v1/batch-calls/batch_1/stop", &json!({})),
        ];
        for (n, making) in made.iter().enumerate() {
            let (status, answer) =
                making.send(self.at(), &format!("first {n}").replace(' ', "-")).expect("an answer");
            assert!(status < 300, "{answer}");
        }
    }

    /// Sends a request and kills the server after at most `patience`.
    fn interrupt(&mut self, making: &Making, repeat: &str, patience: Duration) -> bool {
        let (answered, answer) = mpsc::channel();
        let (making, repeat) = (making.clone(), repeat.to_owned());
        let (url, key) = (self.url.clone(), self.key.clone());
        let asking = thread::spawn(move || {
            let _ = answered.send(making.send((&url, &key), &repeat).is_ok());
        });
        let answered = answer.recv_timeout(patience).is_ok();
        let mut server = self.server.take().expect("a server");
        server.signal("KILL");
        server.wait();
        asking.join().expect("the client ends");
        answered
    }

    /// The names of all objects in the list at `path`.
    fn names(&self, path: &str) -> Vec<String> {
        let request = ureq::get(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.key));
        let listed: Value =
            request.call().expect("an answer").body_mut().read_json().expect("JSON");
        let items = listed["items"].as_array().expect("items").iter();
        items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
    }
}

#[test]
fn what_a_killed_server_has_made_is_not_made_again() {
    let mut world = World::new();
    let mut random = fastrand::Rng::with_seed(9);
    // The duration of each kind of request without an interruption.
    let mut takes = [Duration::ZERO; 4];
    for n in 0..4 {
        let began = Instant::now();
        let made = Making::nth(1_000 + n).send(world.at(), &format!("calm-{n}"));
        assert_eq!(made.expect("an answer").0, 201);
        takes[n as usize] = began.elapsed();
    }
    let mut interrupted = 0;
    for n in 0..KILLS {
        let (making, repeat) = (Making::nth(n), format!("kill-{n}"));
        let patience = takes[(n % 4) as usize].mul_f64(random.f64() * 1.2);
        interrupted += u64::from(!world.interrupt(&making, &repeat, patience));
        world.start();
        let (status, first) = making.send(world.at(), &repeat).expect("an answer");
        assert_eq!(status, 201, "{repeat}: {first}");
        assert_eq!(making.send(world.at(), &repeat).expect("an answer"), (201, first));
        let (status, other) = making.otherwise().send(world.at(), &repeat).expect("an answer");
        assert_eq!((status, &other["code"]), (409, &json!("idempotency_key_reused")));
    }
    for path in ["/v1/batch-calls?limit=100", "/v1/trunks", "/v1/agents"] {
        let mut names = world.names(path);
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "{path} has something twice: {names:?}");
    }
    let things = world.names("/v1/batch-calls?limit=100").len()
        + world.names("/v1/trunks").len()
        + world.names("/v1/agents").len();
    assert_eq!(things as u64, 3 + 4 + KILLS);
    assert!(interrupted > KILLS / 4, "only {interrupted} requests were interrupted");
}
