//! Keys that the far end presses, and the sound while the far end is on hold.

use std::{
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use campanile_media::{
    dtmf::Event,
    g711::Law,
    rtp::{RtpHeader, RtpPacket, RtpSender},
    tone::Tone,
};
use campanile_telephony::{Call, CallAudio, Sip, SipConfig};

use crate::{
    network::{answered, config, dial, endpoint, trunk},
    peer::{Got, Peer, sdp},
};

/// A call that the peer answered with tag `a`.
pub struct Line {
    pub peer: Peer,
    pub invite: Got,
    pub ear: UdpSocket,
    pub audio: CallAudio,
    pub call: Call,
    _sip: Sip,
}

impl Line {
    pub async fn open(sip: Sip) -> Line {
        Line::open_with(sip, |body| body).await
    }

    /// Does the same as [`Line::open`] with a changed description in the answer.
    pub async fn open_with(sip: Sip, change: impl Fn(String) -> String) -> Line {
        let peer = Peer::start().await;
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut call = dial(&sip, &trunk(peer.at)).await;
        let invite = peer.get().await;
        let body = change(sdp(ear.local_addr().unwrap()));
        peer.respond(&invite, "200 OK", "a", &body).await;
        let (_, audio) = answered(&mut call).await;
        peer.wait_for("ACK").await;
        Line { peer, invite, ear, audio, call, _sip: sip }
    }

    /// Sends a request with a body and returns the status code.
    pub async fn ask(&self, method: &str, cseq: u32, (kind, body): (&str, &str)) -> u16 {
        let length = body.len();
        let rest = format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}");
        self.peer.ask(&self.invite, "a", (method, cseq), &rest).await;
        let got = self.peer.get().await;
        assert_eq!(got.first(), "SIP/2.0", "{}", got.text);
        got.text.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Lets this many steps of 20 ms pass and returns the digits heard in them.
    pub async fn hear(&mut self, steps: usize) -> String {
        let mut digits = String::new();
        for _ in 0..steps {
            digits.extend(self.audio.hear().await.expect("nobody hung up").1);
        }
        digits
    }

    /// Changes the direction or the address in the description.
    async fn change(&self, cseq: u32, change: impl Fn(String) -> String) {
        let body = change(sdp(self.ear.local_addr().unwrap()));
        assert_eq!(self.ask("UPDATE", cseq, ("application/sdp", &body)).await, 200);
    }

    /// Returns the header of the next packet that we send.
    fn packet(&self) -> RtpHeader {
        let mut buffer = [0; 2_048];
        let len = self.ear.recv(&mut buffer).unwrap();
        RtpPacket::parse(&buffer[..len]).unwrap().header
    }

    /// Returns the address that receives the far end's sound.
    pub fn mouth(&self) -> SocketAddr {
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

/// The far end's sound, one packet at a time.
struct Mouth {
    sender: RtpSender,
    law: Law,
}

impl Mouth {
    fn new(law: Law) -> Mouth {
        Mouth { sender: RtpSender::new(7, 1, 160), law }
    }

    /// Sends a frame and returns the digit heard in that step.
    async fn say(&mut self, line: &mut Line, frame: &[i16]) -> String {
        let payload: Vec<u8> = frame.iter().map(|sample| self.law.encode(*sample)).collect();
        let mut packet = [0; 172];
        let header = self.sender.header(self.law.payload_type(), false);
        header.write(&payload, &mut packet).unwrap();
        self.sender.advance(160);
        line.ear.send_to(&packet, line.mouth()).unwrap();
        line.hear(1).await
    }

    /// Sends the tone of a digit for this many frames, then silence; returns the digits heard.
    async fn sing(&mut self, line: &mut Line, (digit, frames): (char, u32)) -> String {
        let mut sound = Tone::dtmf(digit, -20.0).unwrap().take_ms(frames * 20);
        sound.extend([0; 35 * 160]);
        let mut heard = String::new();
        for frame in sound.chunks_exact(160) {
            heard += &self.say(line, frame).await;
        }
        heard
    }
}

#[tokio::test]
async fn a_digit_that_comes_as_a_tone_is_heard() {
    for (law, name) in [(Law::Mu, "PCMU"), (Law::A, "PCMA")] {
        // The far end offers no events, or offers events and sends tones anyway.
        for events in [false, true] {
            let number = law.payload_type();
            let rest = if events { "101\r\na=rtpmap:101 telephone-event/8000" } else { "" };
            let mut line = Line::open_with(endpoint(1_000).await, |body| {
                let (head, _) = body.split_once(" 0 101").unwrap();
                format!("{head} {number} {rest}\r\n")
            })
            .await;
            let mut mouth = Mouth::new(law);
            for digit in ['9', '1', '#', '9', '9'] {
                let heard = mouth.sing(&mut line, (digit, 4)).await;
                assert_eq!(heard, String::from(digit), "{name}, events={events}");
            }
        }
    }
}

#[tokio::test]
async fn a_digit_that_comes_as_an_event_and_as_a_tone_is_one() {
    let mut line = Line::open(endpoint(1_000).await).await;
    let mut mouth = Mouth::new(Law::Mu);
    let (mut timestamp, mut cseq) = (1_000, 0);
    for frames in [3, 10, 60] {
        timestamp += 80_000;
        line.press(9, timestamp);
        assert_eq!(mouth.sing(&mut line, ('9', frames)).await, "9", "the event leads");
        let tone = Tone::dtmf('9', -20.0).unwrap().take_ms(frames * 20);
        let mut heard = String::new();
        for frame in tone.chunks_exact(160) {
            heard += &mouth.say(&mut line, frame).await;
        }
        cseq += 1;
        assert_eq!(line.ask("INFO", cseq, (RELAY, "Signal=9")).await, 200);
        for _ in 0..35 {
            heard += &mouth.say(&mut line, &[0; 160]).await;
        }
        assert_eq!(heard, "9", "INFO comes when the key is let go");
    }
}

/// After this many steps, the same digit is a new press.
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
    // The next message is the answer, not a BYE.
    line.change(4, |body| body).await;
    line.hear(30).await;
    assert_eq!(line.peer.get().await.first(), "BYE", "after the hold silence counts again");
}
