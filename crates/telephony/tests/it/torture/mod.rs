//! Messages designed to break a parser, sent to the port during a call.

mod ipv6;
mod misuse;
mod syntax;

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use campanile_rules::attempt::{EndReason, Outcome, Party};
use campanile_telephony::{Call, CallAudio, Sip};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    network::{answered, dial, ended, endpoint, meaning, trunk},
    peer::{Got, Peer},
};

/// An RFC's message with its name there.
pub type Message = (&'static str, Vec<u8>);

/// Counts panics inside the two crates of calls, caught or not.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = ["sip/src", "telephony/src"];
            if info.location().is_some_and(|at| ours.iter().any(|our| at.file().contains(our))) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            before(info);
        }));
    });
}

/// Converts text to bytes; each `\n` becomes CRLF.
pub fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// Every message of RFC 4475 and RFC 5118.
fn all() -> Vec<Message> {
    [syntax::valid(), syntax::invalid(), misuse::all(), ipv6::all()].concat()
}

/// A call that must survive unharmed.
struct Witness {
    sip: Sip,
    peer: Peer,
    call: Call,
    audio: CallAudio,
    invite: Got,
    _ear: UdpSocket,
}

impl Witness {
    async fn start() -> Witness {
        count_panics();
        let (sip, peer) = (endpoint(1_000).await, Peer::start().await);
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut call = dial(&sip, &trunk(peer.at)).await;
        let invite = peer.get().await;
        peer.answer(&invite, "witness", ear.local_addr().unwrap()).await;
        let (_, audio) = answered(&mut call).await;
        peer.wait_for("ACK").await;
        Witness { sip, peer, call, audio, invite, _ear: ear }
    }

    /// Checks that the endpoint answers, the call continues and ends normally, and nothing
    /// panicked.
    async fn ends_unharmed(mut self) {
        let stranger = Peer::start().await;
        let ping = format!(
            "OPTIONS sip:x@h SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKp;rport\r\n\
             From: <sip:p@h>;tag=1\r\nTo: <sip:x@h>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\n\r\n",
            stranger.at
        );
        stranger.send(self.sip.local_addr(), ping.as_bytes()).await;
        assert!(stranger.get().await.text.starts_with("SIP/2.0 200 OK"));
        assert!(self.audio.hear().await.is_some());
        self.call.hang_up(Party::Agent).await;
        let bye = self.peer.wait_for("BYE").await;
        self.peer.respond(&bye, "200 OK", "", "").await;
        let end = ended(&mut self.call).await;
        assert_eq!(meaning(&end), (Outcome::Completed, EndReason::AgentDisconnected));
        assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    }
}

/// Sends bytes on a stream of their own.
async fn send_stream(to: SocketAddr, bytes: &[u8]) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // The far end may close before everything is written; that is an answer, too.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut rest = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest);
    let _ = tokio::time::timeout(Duration::from_secs(30), read).await.expect("it hangs");
}

#[tokio::test]
async fn the_messages_of_rfc_4475_and_5118_do_no_harm() {
    let witness = Witness::start().await;
    let (to, tormentor) = (witness.sip.local_addr(), Peer::start().await);
    let messages = all();
    assert_eq!(messages.len(), 49 + 14);
    for (_, bytes) in &messages {
        tormentor.send(to, bytes).await;
        send_stream(to, bytes).await;
    }
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn mutations_of_them_do_no_harm() {
    let witness = Witness::start().await;
    let (to, tormentor) = (witness.sip.local_addr(), Peer::start().await);
    let (messages, mut random) = (all(), fastrand::Rng::with_seed(4_475));
    for _ in 0..3_000 {
        let (_, bytes) = &messages[random.usize(..messages.len())];
        let mut bytes = bytes.clone();
        for _ in 0..random.usize(1..10) {
            let at = random.usize(..bytes.len());
            match random.u8(..3) {
                0 => bytes[at] = random.u8(..),
                1 => drop(bytes.drain(at..bytes.len().min(at + 20))),
                _ => bytes.extend_from_within(at..),
            }
            bytes.push(b'\n');
        }
        bytes.truncate(60_000);
        tormentor.send(to, &bytes).await;
    }
    for _ in 0..200 {
        let noise: Vec<u8> = (0..random.usize(1..2_000)).map(|_| random.u8(..)).collect();
        tormentor.send(to, &noise).await;
    }
    witness.ends_unharmed().await;
}

/// The same within the call, as a confused far end or an eavesdropper might send. No message
/// carries the far end's tag, so none may end the call.
#[tokio::test]
async fn confused_messages_of_a_running_call_do_no_harm() {
    let witness = Witness::start().await;
    let to = witness.sip.local_addr();
    let invite = &witness.invite;
    let mut random = fastrand::Rng::with_seed(3_261);
    let codes = ["100 Trying", "183 Progress", "200 OK", "401 No", "487 Ended", "699 X", "999 X"];
    let methods = ["BYE", "INVITE", "CANCEL", "UPDATE", "ACK", "PRACK", "INFO", "DANCE"];
    for round in 0..1_000 {
        let cseq = random.u32(2..10);
        let response = format!(
            "SIP/2.0 {}\r\nVia: {}\r\nFrom: {}\r\nTo: <sip:x@h>;tag=witness\r\nCall-ID: {}\r\n\
             CSeq: {cseq} {}\r\nRecord-Route: <<sip:>,;lr\r\nContact: *\r\n\r\nv=0",
            codes[random.usize(..codes.len())],
            invite.header("Via"),
            invite.header("From"),
            invite.header("Call-ID"),
            ["CANCEL", "BYE", "X", ""][random.usize(..4)],
        );
        let request = format!(
            "{} sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{round}\r\nFrom: <sip:x@h>;tag=w\r\n\
             To: {}\r\nCall-ID: {}\r\nCSeq: {cseq} X\r\n\r\n",
            methods[random.usize(..methods.len())],
            invite.header("From"),
            invite.header("Call-ID"),
        );
        for text in [response, request] {
            let mut bytes = text.into_bytes();
            if random.bool() {
                bytes.truncate(random.usize(..bytes.len()));
            }
            witness.peer.send(to, &bytes).await;
        }
    }
    witness.ends_unharmed().await;
}
