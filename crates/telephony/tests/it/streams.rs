//! SIP over TCP: streams that are cut, break, lead elsewhere, or do not speak SIP.

use std::{net::SocketAddr, net::UdpSocket};

use campanile_rules::{
    attempt::{EndReason as R, Outcome as O, Party},
    trunk::{Transport, Trunk},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::{
    network::{PATIENCE, answered, dial, ended, endpoint, meaning, trunk},
    peer::{Got, response, sdp},
};

/// A far end that accepts streams.
struct Far {
    listener: TcpListener,
    at: SocketAddr,
}

/// A stream to the far end.
struct Stream {
    stream: TcpStream,
    from: SocketAddr,
    at: SocketAddr,
    read: String,
}

impl Far {
    async fn start() -> Far {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        Far { listener, at }
    }

    fn trunk(&self) -> Trunk {
        Trunk { transport: Transport::Tcp, ..trunk(self.at) }
    }

    async fn accept(&self) -> Stream {
        let accepted = timeout(PATIENCE, self.listener.accept()).await;
        let (stream, from) = accepted.expect("nobody connected").unwrap();
        Stream { stream, from, at: self.at, read: String::new() }
    }
}

impl Stream {
    /// Waits for the next message whose first word is `first`.
    async fn wait_for(&mut self, first: &str) -> Got {
        loop {
            if let Some(end) = self.read.find("\r\n\r\n") {
                let head: String = self.read.drain(..end + 4).collect();
                let got = Got { text: head, from: self.from };
                let length: usize = got.header("Content-Length").parse().unwrap();
                while self.read.len() < length {
                    self.fill().await;
                }
                self.read.drain(..length);
                if got.first() == first {
                    return got;
                }
            } else {
                self.fill().await;
            }
        }
    }

    async fn fill(&mut self) {
        let mut buffer = [0; 4_096];
        let read = timeout(PATIENCE, self.stream.read(&mut buffer)).await;
        let len = read.expect("nothing came").unwrap();
        assert!(len > 0, "the stream was closed");
        self.read.push_str(std::str::from_utf8(&buffer[..len]).unwrap());
    }

    async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    fn reply(&self, request: &Got, line: &str, body: &str) -> String {
        response(request, self.at, (line, "a"), body)
    }

    /// Waits for a BYE and answers it.
    async fn takes_bye(&mut self) {
        let bye = self.wait_for("BYE").await;
        let ok = self.reply(&bye, "200 OK", "");
        self.say(&ok).await;
    }
}

fn ear() -> (UdpSocket, String) {
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    let description = sdp(ear.local_addr().unwrap());
    (ear, description)
}

#[tokio::test]
async fn messages_come_in_pieces_and_in_heaps() {
    let (far, sip, (_ear, sound)) = (Far::start().await, endpoint(1_000).await, ear());
    let mut call = dial(&sip, &far.trunk()).await;
    let mut stream = far.accept().await;
    stream.stream.set_nodelay(true).unwrap();
    let invite = stream.wait_for("INVITE").await;
    let ringing = stream.reply(&invite, "180 Ringing", "");
    let answer = stream.reply(&invite, "200 OK", &sound);
    // Two and a half messages at once, then the rest byte by byte.
    let (half, rest) = answer.split_at(answer.len() - 90);
    stream.say(&format!("\r\n\r\n{ringing}{ringing}{half}")).await;
    for byte in rest.chars() {
        stream.say(&byte.to_string()).await;
        tokio::task::yield_now().await;
    }
    let (_, _audio) = answered(&mut call).await;
    stream.wait_for("ACK").await;
    call.hang_up(Party::Agent).await;
    stream.takes_bye().await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
}

#[tokio::test]
async fn a_stream_that_closes_after_the_answer_ends_no_call() {
    for lives in 0..3 {
        let (far, sip, (_ear, sound)) = (Far::start().await, endpoint(1_000).await, ear());
        let mut call = dial(&sip, &far.trunk()).await;
        let mut stream = far.accept().await;
        let invite = stream.wait_for("INVITE").await;
        let answer = stream.reply(&invite, "200 OK", &sound);
        stream.say(&answer).await;
        // The far end closes the stream at once, after the ACK, or during the BYE.
        let _audio = if lives == 0 {
            drop(stream);
            let (_, audio) = answered(&mut call).await;
            stream = far.accept().await;
            assert!(stream.wait_for("ACK").await.header("To").ends_with("tag=a"));
            audio
        } else {
            let (_, audio) = answered(&mut call).await;
            stream.wait_for("ACK").await;
            audio
        };
        if lives == 1 {
            drop(stream);
            stream = far.accept().await;
            stream.wait_for("ACK").await;
        }
        call.hang_up(Party::Agent).await;
        if lives == 2 {
            stream.wait_for("BYE").await;
            drop(stream);
            stream = far.accept().await;
        }
        stream.takes_bye().await;
        assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
    }
}

#[tokio::test]
async fn the_address_of_a_record_route_is_dialed_anew() {
    let (far, proxy, sip) = (Far::start().await, Far::start().await, endpoint(1_000).await);
    let (_ear, sound) = ear();
    let mut call = dial(&sip, &far.trunk()).await;
    let mut stream = far.accept().await;
    let invite = stream.wait_for("INVITE").await;
    let line = format!("200 OK\r\nRecord-Route: <sip:{};transport=tcp;lr>", proxy.at);
    let answer = stream.reply(&invite, &line, &sound);
    stream.say(&answer).await;
    let (_, _audio) = answered(&mut call).await;
    let mut stream = proxy.accept().await;
    let ack = stream.wait_for("ACK").await;
    assert!(ack.text.starts_with(&format!("ACK sip:peer@{} ", far.at)), "{}", ack.text);
    call.hang_up(Party::Agent).await;
    stream.takes_bye().await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
}

#[tokio::test]
async fn an_address_that_takes_no_stream_is_reached_on_the_way_of_the_invite() {
    let (far, sip, (_ear, sound)) = (Far::start().await, endpoint(1_000).await, ear());
    let mut call = dial(&sip, &far.trunk()).await;
    let mut stream = far.accept().await;
    let invite = stream.wait_for("INVITE").await;
    let nobody = crate::network::free_port();
    let answer =
        stream.reply(&invite, &format!("200 OK\r\nRecord-Route: <sip:{nobody};lr>"), &sound);
    stream.say(&answer).await;
    let (_, _audio) = answered(&mut call).await;
    stream.wait_for("ACK").await;
    call.hang_up(Party::Agent).await;
    stream.takes_bye().await;
    ended(&mut call).await;
}

#[tokio::test]
async fn a_length_that_is_missing_or_wrong_costs_no_call() {
    let right = |text: &str| {
        let at = text.find("Content-Length").unwrap();
        (text[..at].to_owned(), text[at..].split_once("\r\n").unwrap().1.to_owned())
    };
    for length in ["", "Content-Length: 5000\r\n", "Content-Length: x\r\n"] {
        let (far, sip, (_ear, sound)) = (Far::start().await, endpoint(1_000).await, ear());
        let mut call = dial(&sip, &far.trunk()).await;
        let mut stream = far.accept().await;
        let invite = stream.wait_for("INVITE").await;
        let (head, rest) = right(&stream.reply(&invite, "200 OK", &sound));
        // The next message shows where the answer must have ended.
        stream.say(&format!("{head}{length}{rest}SIP/2.0 100 Trying\r\nl: 0\r\n\r\n")).await;
        let (_, _audio) = answered(&mut call).await;
        stream.wait_for("ACK").await;
        call.hang_up(Party::Agent).await;
        stream.takes_bye().await;
        assert_eq!(
            meaning(&ended(&mut call).await),
            (O::Completed, R::AgentDisconnected),
            "{length}"
        );
    }
}

/// Returns how many bytes arrive on a stream before it is closed.
async fn said_until_closed(stream: &mut TcpStream) -> usize {
    let mut rest = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("it stays open");
    read.unwrap_or_default()
}

#[tokio::test]
async fn another_protocol_is_closed_at_its_first_line() {
    let sip = endpoint(1_000).await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n"[..],
        b"POST /login HTTP/1.1\r\nHost: h\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"\x80\x2e\x01\x00\x02",
        b"SSH-2.0-scan\r\n",
        b"\x00\x00\x00\x00",
        b"EHLO h\r\n",
    ] {
        let mut stream = TcpStream::connect(sip.local_addr()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        assert_eq!(said_until_closed(&mut stream).await, 0, "{}", String::from_utf8_lossy(bytes));
    }
    // A message that never ends does not block other streams.
    let mut half = TcpStream::connect(sip.local_addr()).await.unwrap();
    half.write_all(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP").await.unwrap();
    let mut stream = TcpStream::connect(sip.local_addr()).await.unwrap();
    let ask = "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1;rport\r\nFrom: <sip:a@h>;tag=1\r\n\
               To: <sip:x@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut start = [0; 14];
    timeout(PATIENCE, stream.read_exact(&mut start)).await.unwrap().unwrap();
    assert_eq!(&start, b"SIP/2.0 200 OK");
}
