//! What the far end presses, and what becomes of the sound while it does not listen.

use std::{
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use campanile_media::{
    dtmf::Event,
    rtp::{RtpHeader, RtpPacket, RtpSender},
};
use campanile_telephony::{Call, CallAudio, Sip, SipConfig};

use crate::{
    network::{answered, config, dial, endpoint, trunk},
    peer::{Got, Peer, sdp},
};

/// A call that the peer answered with tag `a`.
struct Line {
    peer: Peer,
    invite: Got,
    ear: UdpSocket,
    audio: CallAudio,
    _call: Call,
    _sip: Sip,
}

impl Line {
    async fn open(sip: Sip) -> Line {
        let peer = Peer::start().await;
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut call = dial(&sip, &trunk(peer.at)).await;
        let invite = peer.get().await;
        peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
        let (_, audio) = answered(&mut call).await;
        peer.wait_for("ACK").await;
        Line { peer, invite, ear, audio, _call: call, _sip: sip }
    }

    /// Asks with a body and gives the status code.
    async fn ask(&self, method: &str, cseq: u32, (kind, body): (&str, &str)) -> u16 {
        let length = body.len();
        let rest = format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}");
        self.peer.ask(&self.invite, "a", (method, cseq), &rest).await;
        let got = self.peer.get().await;
        assert_eq!(got.first(), "SIP/2.0", "{}", got.text);
        got.text.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Lets so many steps of 20 ms go by; gives the digits in them.
    async fn hear(&mut self, steps: usize) -> String {
        let mut digits = String::new();
        for _ in 0..steps {
            digits.extend(self.audio.hear().await.expect("nobody hung up").1);
        }
        digits
    }

    /// Changes the description: its direction, or its address.
    async fn change(&self, cseq: u32, change: impl Fn(String) -> String) {
        let body = change(sdp(self.ear.local_addr().unwrap()));
        assert_eq!(self.ask("UPDATE", cseq, ("application/sdp", &body)).await, 200);
    }

    /// The header of the next packet that was sent.
    fn packet(&self) -> RtpHeader {
        let mut buffer = [0; 2_048];
        let len = self.ear.recv(&mut buffer).unwrap();
        RtpPacket::parse(&buffer[..len]).unwrap().header
    }

    /// Where the sound of the far end is to go.
    fn mouth(&self) -> SocketAddr {
        let (_, rest) = self.invite.text.split_once("m=audio ").unwrap();
        let port = rest.split(' ').next().unwrap().parse().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Presses a key as a telephone event that starts at `timestamp`.
    fn press(&self, event: u8, timestamp: u32) {
        let payload = Event { event, end: true, volume: 10, duration: 800 }.to_bytes();
        let mut packet = [0; 16];
        let header = RtpSender::new(1, 2, timestamp).header(101, true);
        header.write(&payload, &mut packet).unwrap();
        self.ear.send_to(&packet, self.mouth()).unwrap();
    }
}

/// Steps after which another press is another one.
const APART: usize = 11;

const RELAY: &str = "application/dtmf-relay";

#[tokio::test]
async fn digits_that_come_by_info_are_heard_once() {
    let mut line = Line::open(endpoint(1_000).await).await;
    for (n, (kind, body, digits)) in [
        (RELAY, "Signal=9\r\nDuration=160\r\n", "9"),
        ("application/dtmf", "9", "9"),
        ("Application/DTMF-Relay; charset=utf-8", "Signal = 11\n", "#"),
        (RELAY, "Signal=16\r\n", ""),
        (RELAY, "Duration=9\r\n", ""),
        (RELAY, "", ""),
    ]
    .into_iter()
    .enumerate()
    {
        for again in [false, true] {
            assert_eq!(line.ask("INFO", n as u32 + 1, (kind, body)).await, 200);
            let wanted = if again { "" } else { digits };
            assert_eq!(line.hear(APART).await, wanted, "{kind} {body} again={again}");
        }
    }
    assert_eq!(line.ask("INFO", 20, ("text/plain", "9")).await, 415);
    assert_eq!(line.hear(APART).await, "");
}

#[tokio::test]
async fn a_digit_that_comes_by_info_and_in_the_sound_is_one() {
    let mut line = Line::open(endpoint(1_000).await).await;
    line.press(9, 1_000);
    assert_eq!(line.ask("INFO", 1, (RELAY, "Signal=9")).await, 200);
    assert_eq!(line.hear(APART).await, "9");
    assert_eq!(line.ask("INFO", 2, (RELAY, "Signal=9")).await, 200);
    assert_eq!(line.hear(3).await, "9");
    line.press(9, 20_000);
    assert_eq!(line.hear(APART).await, "");
    line.press(9, 40_000);
    assert_eq!(line.hear(APART).await, "9", "later it is another press");
    assert_eq!(line.ask("INFO", 3, (RELAY, "Signal=9")).await, 200);
    assert_eq!(line.hear(APART).await, "9", "later it is another press");
}

#[tokio::test]
async fn a_hold_leaves_no_gap_in_the_sequence_numbers() {
    let mut line = Line::open(endpoint(1_000).await).await;
    line.hear(2).await;
    assert!(line.packet().marker, "sound begins");
    let before = line.packet();
    assert!(!before.marker);
    line.change(1, |body| body + "a=sendonly\r\n").await;
    line.hear(5).await;
    line.change(2, |body| body).await;
    line.hear(2).await;
    let (first, second) = (line.packet(), line.packet());
    assert_eq!(first.sequence, before.sequence.wrapping_add(1));
    assert_eq!(first.timestamp, before.timestamp.wrapping_add(6 * 160), "time went on");
    assert_eq!(second.sequence, first.sequence.wrapping_add(1));
    assert!(first.marker && !second.marker, "sound begins anew");
}

#[tokio::test]
async fn a_silent_hold_in_any_form_does_not_end_the_call() {
    let rtp_timeout = Duration::from_millis(200);
    let sip = Sip::start(SipConfig { rtp_timeout, ..config(1_000) }).await.unwrap();
    let mut line = Line::open(sip).await;
    line.change(1, |body| body.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0")).await;
    line.hear(30).await;
    for (cseq, direction) in [(2, "sendonly"), (3, "inactive")] {
        line.change(cseq, |body| format!("{body}a={direction}\r\n")).await;
        line.hear(30).await;
    }
    // The next thing that comes is the answer, not a BYE.
    line.change(4, |body| body).await;
    line.hear(30).await;
    assert_eq!(line.peer.get().await.first(), "BYE", "after the hold silence counts again");
}
