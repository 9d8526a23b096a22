//! Tests the machine with random far ends and impatient users: it must always keep the rules and
//! come to an end.

use std::{collections::HashMap, time::Instant};

use campanile_rules::{
    phone::E164,
    trunk::{Codec, Transport},
};

use super::*;
use crate::{dialog::local_tag, message::Name};

const SDP: &str = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n";
const CODES: [u16; 14] = [100, 180, 183, 200, 200, 202, 302, 401, 407, 481, 486, 487, 503, 603];
const METHODS: [&str; 9] =
    ["BYE", "INVITE", "ACK", "UPDATE", "INFO", "OPTIONS", "CANCEL", "NOTIFY", "DANCE"];

/// One random call and what was seen of it.
struct Storm {
    random: fastrand::Rng,
    uac: Uac,
    now: Now,
    flow: Flow,
    /// The latest request of each method that the far end received.
    got: HashMap<String, Message>,
    provisional: bool,
    accepted: bool,
    hung_up: bool,
    ended: usize,
}

pub(super) fn setup() -> Setup {
    let call_id = "storm@campanile";
    Setup {
        dialog: Dialog {
            call_id: call_id.into(),
            uri: "sip:+14155550101@192.0.2.1:5060".into(),
            from: format!("<sip:+14155550100@192.0.2.1>;tag={}", local_tag(call_id)),
            to: "<sip:+14155550101@192.0.2.1>".into(),
            sent_by: "192.0.2.9:5060".into(),
            transport: Transport::Udp,
            at: "192.0.2.1:5060".parse().unwrap(),
            cseq: 1,
            remote: None,
        },
        local: Local {
            addr: "192.0.2.9:4000".parse().unwrap(),
            codecs: vec![Codec::Pcmu],
            session: 1,
        },
        login: Some(Login { username: "u".into(), password: "p".into(), trunk: "t".into() }),
        nonces: Arc::default(),
        timers: Timers::default(),
        ring_timeout: Duration::from_secs(30),
        user_agent: "storm".into(),
    }
}

impl Storm {
    fn start(seed: u64) -> Storm {
        let now = Now { mono: Instant::now(), wall: Timestamp(1) };
        let flow = Flow { transport: Transport::Udp, addr: "192.0.2.1:5060".parse().unwrap() };
        let mut random = fastrand::Rng::with_seed(seed);
        let uac = match random.u8(..4) {
            0 => Uac::clear(setup(), random.bool(), now),
            _ => Uac::dial(setup(), now),
        };
        let clearing = uac.clearing;
        let mut storm = Storm {
            random,
            uac,
            now,
            flow,
            got: HashMap::new(),
            provisional: clearing,
            accepted: false,
            hung_up: clearing,
            ended: 0,
        };
        storm.look();
        storm
    }

    /// Takes the machine's outputs and checks them.
    fn look(&mut self) {
        for output in self.uac.outputs() {
            match output {
                Output::Send(_, bytes) => self.sent(&bytes),
                Output::Ended(_) => self.ended += 1,
                Output::Answered(..)
                | Output::Challenged(_)
                | Output::Ringing(_)
                | Output::Silent => {
                    assert_eq!(self.ended, 0, "news after the end");
                }
                Output::Heard(_) | Output::Media(_) | Output::Pressed(_) => {}
                Output::Transfer(_) => assert_eq!(self.ended, 0, "news after the end"),
            }
        }
        assert!(self.ended <= 1, "it ended twice");
    }

    fn sent(&mut self, bytes: &[u8]) {
        let message = Message::parse(bytes).expect("what we write can be read");
        let Some(method) = message.method().map(str::to_owned) else { return };
        if method == "CANCEL" {
            assert!(self.provisional, "a CANCEL before any provisional response");
        }
        if method == "INVITE" {
            let (cseq, _) = message.cseq().unwrap();
            assert!(cseq <= 5, "challenged for ever");
        }
        self.got.insert(method, message);
    }

    fn far_end_acts(&mut self) {
        let tag = ["a", "b", "c"][self.random.usize(..3)];
        let methods: Vec<String> = self.got.keys().filter(|m| *m != "ACK").cloned().collect();
        let text = if self.random.u8(..4) > 0 && !methods.is_empty() {
            let mut methods = methods;
            methods.sort();
            let request = &self.got[&methods[self.random.usize(..methods.len())]];
            let code = CODES[self.random.usize(..CODES.len())];
            let invite = request.method() == Some("INVITE");
            let current = request.cseq().map(|(n, _)| n) == Some(self.uac.dialog().cseq);
            self.provisional |= invite && code < 200 && current;
            let nonce = self.random.u8(..3);
            let header = |name| request.header(name).unwrap_or_default();
            let body = if self.random.bool() { SDP } else { "" };
            format!(
                "SIP/2.0 {code} X\r\nVia: {}\r\nFrom: {}\r\nTo: <sip:x@h>;tag={tag}\r\nCall-ID: {}\r\n\
                 CSeq: {}\r\nWWW-Authenticate: Digest realm=\"r\",nonce=\"{nonce}\",stale={}\r\n\
                 Proxy-Authenticate: Digest realm=\"r\",nonce=\"{nonce}\"\r\n\r\n{body}",
                header(Name::Via),
                header(Name::From),
                header(Name::CallId),
                header(Name::CSeq),
                self.random.bool(),
            )
        } else {
            let method = METHODS[self.random.usize(..METHODS.len())];
            let body = ["", SDP, "SIP/2.0 180 X", "SIP/2.0 200 X"][self.random.usize(..4)];
            format!(
                "{method} sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
                 From: <sip:x@h>;tag={tag}\r\nTo: {}\r\nCall-ID: storm@campanile\r\n\
                 CSeq: {} {method}\r\nEvent: refer\r\n\r\n{body}",
                self.uac.dialog().from,
                self.random.u32(1..6)
            )
        };
        let message = Message::parse(text.as_bytes()).unwrap();
        self.uac.on_message(&message, self.flow, self.now);
    }

    fn user_acts(&mut self) {
        match self.random.u8(..8) {
            0 => {
                self.uac.hang_up(Party::Agent, self.now);
                self.hung_up = true;
            }
            1 => self.uac.media_died(self.now),
            2 => self.uac.wire_broke(self.now),
            3 => self.uac.refer(E164::from_digits(14_155_550_199), self.now),
            4..=5 => {
                self.uac.accept();
                self.accepted = true;
            }
            _ => self.uac.proceed(self.now),
        }
    }

    fn time_passes(&mut self) {
        if let Some(at) = self.uac.wake_at() {
            self.now.mono = self.now.mono.max(at);
            self.uac.on_time(self.now);
        }
    }

    fn step(&mut self) {
        match self.random.u8(..8) {
            0..=3 => self.far_end_acts(),
            4 => self.user_acts(),
            _ => self.time_passes(),
        }
        self.look();
    }
}

#[test]
fn whatever_happens_the_rules_are_kept_and_the_call_ends() {
    let seeds = std::env::var("STORM_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in seeds.map_or(0..4_000, |seed: u64| seed..seed + 1) {
        let run = std::panic::catch_unwind(|| {
            let mut storm = Storm::start(seed);
            for _ in 0..storm.random.usize(1..80) {
                storm.step();
            }
            // From here on the far end is silent and the user wants the call to end.
            storm.uac.hang_up(Party::Engine, storm.now);
            storm.look();
            let silent_since = storm.now.mono;
            for _ in 0..200 {
                if storm.uac.is_done() {
                    break;
                }
                storm.time_passes();
                storm.look();
            }
            assert!(storm.uac.is_done(), "it never ends: {:?}", storm.uac.stage);
            assert_eq!(storm.ended, 1);
            let waited = storm.now.mono - silent_since;
            assert!(waited <= 2 * Timers::default().patience(), "waited {waited:?}");
            assert!(storm.uac.forks.len() <= MAX_FORKS);
        });
        assert!(run.is_ok(), "replay with STORM_SEED={seed}");
    }
}

#[test]
fn an_answer_is_not_acknowledged_before_it_is_accepted() {
    for seed in 0..2_000 {
        let mut storm = Storm::start(seed);
        for _ in 0..60 {
            storm.step();
            if storm.uac.stage == Stage::Picked {
                storm.got.remove("ACK");
                let cseq = storm.uac.dialog().cseq;
                let tag = storm.uac.dialog().remote.as_ref().unwrap().tag.clone();
                while storm.uac.stage == Stage::Picked {
                    if let Some(ack) = storm.got.get("ACK") {
                        let ours = ack.receiver_tag() == Some(&tag)
                            && ack.cseq().map(|(number, _)| number) == Some(cseq);
                        assert!(!ours, "seed {seed}: acknowledged before it was stored");
                    }
                    storm.far_end_acts();
                    storm.time_passes();
                    storm.look();
                }
            }
        }
    }
}
