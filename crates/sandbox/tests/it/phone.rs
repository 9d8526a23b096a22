//! A caller made of a UDP socket and strings; it shares no code with the sandbox.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use campanile_sandbox::{CallRecord, Sandbox, SandboxConfig};
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// Longer than any wait, unless the sandbox is broken.
const PATIENCE: Duration = Duration::from_secs(30);

static NUMBER: AtomicU32 = AtomicU32::new(1);

/// Starts a sandbox on a free port with this time scale.
pub fn sandbox(time_scale: f64) -> Sandbox {
    Sandbox::start(SandboxConfig { time_scale, seed: 1, ..SandboxConfig::default() }).unwrap()
}

/// Returns the records once this many calls are over.
pub async fn records(sandbox: &Sandbox, calls: usize) -> Vec<CallRecord> {
    timeout(PATIENCE, sandbox.finished(calls)).await.expect("the calls do not end");
    sandbox.records().unwrap()
}

/// A message that the phone received.
#[derive(Debug, Clone)]
pub struct Heard(pub String);

impl Heard {
    pub fn status(&self) -> u16 {
        self.0.strip_prefix("SIP/2.0 ").and_then(|rest| rest[..3].parse().ok()).unwrap_or(0)
    }

    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.0.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("")
    }

    /// Returns the port on which the sandbox receives sound.
    pub fn rtp_port(&self) -> u16 {
        let (_, rest) = self.0.split_once("m=audio ").expect("no audio in the answer");
        rest.split(' ').next().unwrap().parse().unwrap()
    }
}

/// A phone with one call.
pub struct Phone {
    pub sip: UdpSocket,
    pub rtp: UdpSocket,
    pub sandbox: SocketAddr,
    pub to: String,
    pub call_id: String,
    pub branch: u32,
    pub to_header: String,
}

impl Phone {
    pub async fn new(sandbox: &Sandbox, to: &str) -> Phone {
        let unique = NUMBER.fetch_add(1, Ordering::Relaxed);
        Phone {
            sip: UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            rtp: UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            sandbox: sandbox.local_addr(),
            to: to.to_owned(),
            call_id: format!("call-{unique}@test"),
            branch: unique * 1_000,
            to_header: format!("<sip:{to}@127.0.0.1>"),
        }
    }

    pub fn sdp(&self) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
            self.rtp.local_addr().unwrap().port()
        )
    }

    /// Writes a request with this CSeq in the current branch.
    pub fn request(&self, method: &str, cseq: u32, body: &str) -> String {
        let local = self.sip.local_addr().unwrap();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let cseq_method = if method == "CANCEL" { "CANCEL" } else { method };
        format!(
            "{method} sip:{}@{} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{};rport\r\n\
             Max-Forwards: 70\r\nFrom: \"Me\" <sip:+14155550100@{local}>;tag=me\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: {cseq} {cseq_method}\r\nContact: <sip:me@{local}>\r\n{kind}\
             Content-Length: {}\r\n\r\n{body}",
            self.to,
            self.sandbox,
            self.branch,
            self.to_header,
            self.call_id,
            body.len()
        )
    }

    pub async fn send(&self, text: &str) {
        self.sip.send_to(text.as_bytes(), self.sandbox).await.unwrap();
    }

    pub async fn invite(&self) {
        self.send(&self.request("INVITE", 1, &self.sdp())).await;
    }

    /// Waits for the next message that is not a provisional response.
    pub async fn hear(&self) -> Heard {
        loop {
            let heard = self.hear_any().await;
            if !(100..200).contains(&heard.status()) {
                return heard;
            }
        }
    }

    pub async fn hear_any(&self) -> Heard {
        let mut buffer = [0u8; 4_096];
        let received = timeout(PATIENCE, self.sip.recv(&mut buffer)).await;
        let len = received.expect("the sandbox says nothing").unwrap();
        Heard(String::from_utf8(buffer[..len].to_vec()).unwrap())
    }

    /// Calls and returns the final response, which is not acknowledged yet.
    pub async fn call(&mut self) -> Heard {
        self.invite().await;
        let response = self.hear().await;
        self.to_header = response.header("To").to_owned();
        response
    }

    /// Calls and acknowledges the final response, whatever it is.
    pub async fn call_and_ack(&mut self) -> Heard {
        let response = self.call().await;
        self.ack(response.status()).await;
        response
    }

    pub async fn ack(&mut self, status: u16) {
        // The ACK of a refusal belongs to the INVITE transaction; the ACK of a 200 has its own.
        if status < 300 {
            self.branch += 1;
        }
        self.send(&self.request("ACK", 1, "")).await;
    }

    /// Sends a request in a new branch and waits for its answer.
    pub async fn ask(&mut self, method: &str, body: &str) -> Heard {
        self.branch += 1;
        self.send(&self.request(method, 2, body)).await;
        loop {
            let heard = self.hear().await;
            if heard.header("CSeq") == format!("2 {method}") {
                return heard;
            }
        }
    }

    /// Waits for a BYE and answers it.
    pub async fn answer_bye(&self) -> Heard {
        loop {
            let heard = self.hear().await;
            if heard.0.starts_with("BYE ") {
                self.answer(&heard).await;
                return heard;
            }
        }
    }

    /// Answers a request by 200.
    pub async fn answer(&self, request: &Heard) {
        let echoed = ["Via", "From", "To", "Call-ID", "CSeq"];
        let echoed = echoed.map(|name| format!("{name}: {}\r\n", request.header(name)));
        self.send(&format!("SIP/2.0 200 OK\r\n{}Content-Length: 0\r\n\r\n", echoed.concat())).await;
    }
}
