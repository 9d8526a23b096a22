//! A client of a Campanile server's HTTP interface.

use std::{fs::File, io::Read};

use anyhow::{Context as _, bail};
use serde_json::Value;
use ureq::{Body, SendBody, http::Response};

use crate::failure::Usage;

/// The largest JSON answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 << 20;

/// Where the server is and who asks.
#[derive(clap::Args)]
pub struct Server {
    /// Address of the server, for example http://127.0.0.1:8080
    #[arg(long, env = "CAMPANILE_URL", value_name = "URL", global = true)]
    url: Option<String>,
    /// A key of the workspace, as `campanile key create` printed it
    #[arg(
        long,
        env = "CAMPANILE_API_KEY",
        value_name = "KEY",
        hide_env_values = true,
        global = true
    )]
    api_key: Option<String>,
}

/// Bytes as they come.
pub type Stream = Box<dyn Read + Send>;

/// Why there is no stream.
pub struct NoStream {
    /// What happened.
    pub error: anyhow::Error,
    /// Whether it may be better in a moment.
    pub may_pass: bool,
}

/// One server, as one workspace.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    bearer: String,
}

impl Server {
    /// A client of it. Both parts must be given, by option or by environment.
    pub fn client(&self) -> Result<Client, Usage> {
        let missing = |option: &str, variable: &str| {
            Usage(format!("no server to ask; set {variable} or give {option}"))
        };
        let url = self.url.as_deref().ok_or_else(|| missing("--url", "CAMPANILE_URL"))?;
        let key = self.api_key.as_deref();
        Ok(Client::new(url, key.ok_or_else(|| missing("--api-key", "CAMPANILE_API_KEY"))?))
    }
}

impl Client {
    /// A client of the server at `url` with this key.
    pub fn new(url: &str, key: &str) -> Client {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        Client {
            agent: config.into(),
            base: url.trim_end_matches('/').to_owned(),
            bearer: format!("Bearer {key}"),
        }
    }

    /// The JSON at `path`.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        json(self.get_raw(path)?)
    }

    /// Copies what is at `path` to `to`.
    pub fn download(&self, path: &str, to: &mut impl std::io::Write) -> anyhow::Result<u64> {
        let mut answer = self.get_raw(path)?;
        let mut body = answer.body_mut().as_reader();
        std::io::copy(&mut body, to).context("the download broke off")
    }

    /// The stream of events at `path`, behind an event; none when nothing more will be in it.
    pub fn stream(&self, path: &str, after: Option<&str>) -> Result<Option<Stream>, NoStream> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let mut request = request.header("authorization", &self.bearer);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let answer = request.call().with_context(|| self.unreachable());
        let answer = answer.map_err(|error| NoStream { error, may_pass: true })?;
        let status = answer.status().as_u16();
        let may_pass = status == 429 || status >= 500;
        let answer = accept(answer).map_err(|error| NoStream { error, may_pass })?;
        Ok((status != 204).then(|| Box::new(answer.into_body().into_reader()) as Stream))
    }

    fn get_raw(&self, path: &str) -> anyhow::Result<Response<Body>> {
        let url = format!("{}{path}", self.base);
        let sent = self.agent.get(&url).header("authorization", &self.bearer).call();
        accept(sent.with_context(|| self.unreachable())?)
    }

    /// Posts a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.request(path)?.header("content-type", "application/json");
        let sent = request.send(body.to_string());
        json(accept(sent.with_context(|| self.unreachable())?)?)
    }

    /// Deletes what is at `path`.
    pub fn delete(&self, path: &str) -> anyhow::Result<()> {
        let request = self.agent.delete(format!("{}{path}", self.base));
        let sent = request.header("authorization", &self.bearer).call();
        accept(sent.with_context(|| self.unreachable())?).map(drop)
    }

    /// Posts a form of fields and one file, which is streamed once the server wants it.
    pub fn post_form(
        &self,
        path: &str,
        fields: &[(&str, String)],
        file: (&str, File),
    ) -> anyhow::Result<Value> {
        let boundary = format!("campanile-{:016x}{:016x}", random()?, random()?);
        let mut head = String::new();
        for (name, value) in fields {
            head += &format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        let file_name = file.0.replace(['"', '\r', '\n', '\\'], "_");
        head += &format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; \
             filename=\"{file_name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let metadata = file.1.metadata().context("cannot read the file")?;
        let length = (head.len() + tail.len()) as u64 + metadata.len();
        let body = std::io::Cursor::new(head.into_bytes())
            .chain(file.1)
            .chain(std::io::Cursor::new(tail.into_bytes()));
        let kind = format!("multipart/form-data; boundary={boundary}");
        let mut request = self.request(path)?.header("content-type", kind);
        if metadata.is_file() {
            // A server that does not want so much says so before any of it is sent.
            request = request.header("content-length", length).header("expect", "100-continue");
        }
        let sent = request.send(SendBody::from_owned_reader(body));
        json(accept(sent.with_context(|| self.unreachable())?)?)
    }

    /// Every POST has a key of its own, so that one that is sent twice by the network below acts
    /// once.
    fn request(
        &self,
        path: &str,
    ) -> anyhow::Result<ureq::RequestBuilder<ureq::typestate::WithBody>> {
        Ok(self
            .agent
            .post(format!("{}{path}", self.base))
            .header("authorization", &self.bearer)
            .header("idempotency-key", format!("{:016x}{:016x}", random()?, random()?)))
    }

    fn unreachable(&self) -> String {
        format!("no answer from {}; is the server running there (campanile serve)?", self.base)
    }
}

fn random() -> anyhow::Result<u64> {
    getrandom::u64().context("the system has no randomness")
}

/// The answer, unless it is a problem (RFC 9457): then what its words say.
fn accept(mut answer: Response<Body>) -> anyhow::Result<Response<Body>> {
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
    let problem: Value = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
    let mut words = problem["detail"].as_str().map_or_else(|| status.to_string(), str::to_owned);
    for mistake in problem["errors"].as_array().into_iter().flatten() {
        let (pointer, detail) = (mistake["pointer"].as_str(), mistake["detail"].as_str());
        words += &format!("\n  {}: {}", pointer.unwrap_or_default(), detail.unwrap_or_default());
    }
    bail!(words)
}

fn json(mut answer: Response<Body>) -> anyhow::Result<Value> {
    let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
    let text = text.context("the answer broke off")?;
    serde_json::from_str(&text).context("the answer is not JSON; is this a Campanile server?")
}
