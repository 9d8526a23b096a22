//! A far end that does exactly what a test says, one datagram at a time.

use std::{net::SocketAddr, time::Duration};

use tokio::net::UdpSocket;

use crate::network::PATIENCE;

/// A UDP socket that speaks SIP by hand.
pub struct Peer {
    socket: UdpSocket,
    pub at: SocketAddr,
}

/// A message that the peer received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    pub text: String,
    pub from: SocketAddr,
}

impl Got {
    /// The first word of the start line: a method, or `SIP/2.0`.
    pub fn first(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> &str {
        self.text
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    }
}

impl Peer {
    pub async fn start() -> Peer {
        Peer::at("127.0.0.1:0").await
    }

    pub async fn at(listen: &str) -> Peer {
        let socket = UdpSocket::bind(listen).await.unwrap();
        let at = socket.local_addr().unwrap();
        Peer { socket, at }
    }

    /// Waits for the next message; keep-alives do not count.
    pub async fn get(&self) -> Got {
        let mut buffer = vec![0; 65_535];
        loop {
            let received = tokio::time::timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await;
            let (len, from) = received.expect("nothing came").unwrap();
            let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
            if !text.trim().is_empty() {
                return Got { text, from };
            }
        }
    }

    /// Waits for the next message whose first word is `first`; skips others, such as repetitions.
    pub async fn wait_for(&self, first: &str) -> Got {
        loop {
            let got = self.get().await;
            if got.first() == first {
                return got;
            }
        }
    }

    /// Whether nothing arrives for a moment.
    pub async fn is_quiet(&self, moment: Duration) -> bool {
        let mut buffer = [0; 1];
        tokio::time::timeout(moment, self.socket.peek_from(&mut buffer)).await.is_err()
    }

    /// Sends bytes as they are.
    pub async fn send(&self, to: SocketAddr, bytes: &[u8]) {
        self.socket.send_to(bytes, to).await.unwrap();
    }

    /// Responds to a request: status line, To tag, further header lines, body.
    pub async fn respond(&self, request: &Got, line: &str, tag: &str, body: &str) {
        let text = response(request, self.at, (line, tag), body);
        self.send(request.from, text.as_bytes()).await;
    }

    /// Sends a request within the call of `invite`, which this peer answered with `tag`. Header
    /// lines and body are sent as given.
    pub async fn ask(&self, invite: &Got, tag: &str, (method, cseq): (&str, u32), rest: &str) {
        let text = format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{method}{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: {};tag={tag}\r\nTo: {}\r\nCall-ID: {}\r\n\
             CSeq: {cseq} {method}\r\n{rest}",
            invite.header("Contact").trim_matches(['<', '>']),
            self.at,
            invite.header("To"),
            invite.header("From"),
            invite.header("Call-ID"),
        );
        self.send(invite.from, text.as_bytes()).await;
    }

    /// Returns status code and message of the next response.
    pub async fn told(&self) -> (u16, Got) {
        let got = self.wait_for("SIP/2.0").await;
        let code = got.text.split(' ').nth(1).and_then(|code| code.parse().ok());
        (code.expect("a status code"), got)
    }

    /// Answers an INVITE with 200 and sound at `media`.
    pub async fn answer(&self, invite: &Got, tag: &str, media: SocketAddr) {
        self.respond(invite, "200 OK", tag, &sdp(media)).await;
    }
}

/// Returns a response from `at` with this status line, To tag and further header lines.
pub fn response(request: &Got, at: SocketAddr, (line, tag): (&str, &str), body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let to = request.header("To");
    let to = if to.contains(";tag=") { to.to_owned() } else { format!("{to};tag={tag}") };
    format!(
        "SIP/2.0 {line}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
         Contact: <sip:peer@{at}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        request.header("Via"),
        request.header("From"),
        request.header("Call-ID"),
        request.header("CSeq"),
        body.len(),
    )
}

/// A description of one PCMU stream with telephone events.
pub fn sdp(media: SocketAddr) -> String {
    format!(
        "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
         m=audio {} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
        media.port(),
        ip = media.ip(),
        family = if media.is_ipv4() { "IP4" } else { "IP6" },
    )
}
