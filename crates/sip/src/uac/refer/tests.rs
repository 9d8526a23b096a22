//! Transfers against far ends of all kinds, without I/O.

use TransferOutcome as T;
use campanile_rules::{attempt::Party, time::Timestamp};

use super::{super::storm::setup, *};
use crate::uac::Setup;

/// A call that talks, and what its far end does.
struct Talk {
    uac: Uac,
    now: Now,
    sent: Vec<Message>,
    news: Vec<(TransferOutcome, Option<u16>)>,
    cseq: u32,
}

impl Talk {
    fn begin() -> Talk {
        Talk::with(setup())
    }

    fn with(setup: Setup) -> Talk {
        let now = Now { mono: Instant::now(), wall: Timestamp(1) };
        let uac = Uac::dial(setup, now);
        let mut talk = Talk { uac, now, sent: Vec::new(), news: Vec::new(), cseq: 0 };
        talk.look();
        talk.respond("INVITE", "200 OK", "");
        talk.uac.accept();
        talk.uac.refer(E164::parse_strict("+14155550199").unwrap(), talk.now);
        talk.look();
        talk
    }

    fn look(&mut self) {
        for output in self.uac.outputs() {
            match output {
                Output::Send(_, bytes) => self.sent.extend(Message::parse(&bytes)),
                Output::Transfer(result) => self.news.push((result.outcome, result.sip_code)),
                _ => {}
            }
        }
    }

    /// The latest request with this method.
    fn latest(&self, method: &str) -> &Message {
        let mut sent = self.sent.iter().rev();
        sent.find(|message| message.method() == Some(method)).expect(method)
    }

    fn count(&self, method: &str) -> usize {
        self.sent.iter().filter(|message| message.method() == Some(method)).count()
    }

    /// The far end answers our latest request with this method.
    fn respond(&mut self, method: &str, line: &str, extra: &str) {
        let request = self.latest(method);
        let header = |name| request.header(name).unwrap();
        let text = format!(
            "SIP/2.0 {line}\r\nVia: {}\r\nFrom: {}\r\nTo: <sip:x@h>;tag=far\r\nCall-ID: {}\r\n\
             CSeq: {}\r\n{extra}\r\nv=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n",
            header(Name::Via),
            header(Name::From),
            header(Name::CallId),
            header(Name::CSeq)
        );
        self.arrives(&text);
    }

    /// The far end asks; returns the code of our response.
    fn ask(&mut self, method: &str, rest: &str) -> u16 {
        self.cseq += 1;
        let text = format!(
            "{method} sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{}\r\n\
             From: <sip:x@h>;tag=far\r\nTo: {}\r\nCall-ID: storm@campanile\r\n\
             CSeq: {} {method}\r\n{rest}",
            self.cseq,
            self.uac.dialog().from,
            self.cseq
        );
        self.arrives(&text);
        self.sent.last().and_then(Message::code).expect("a response")
    }

    fn notify(&mut self, state: &str, body: &str) -> u16 {
        let head = format!(
            "Event: refer\r\nSubscription-State: {state}\r\nContent-Type: message/sipfrag\r\n"
        );
        self.ask("NOTIFY", &format!("{head}\r\n{body}"))
    }

    fn arrives(&mut self, text: &str) {
        let message = Message::parse(text.as_bytes()).unwrap();
        let flow = self.uac.dialog().flow();
        self.uac.on_message(&message, flow, self.now);
        self.look();
    }

    /// Lets time pass up to this many seconds from now.
    fn wait(&mut self, seconds: u64) {
        let until = self.now.mono + Duration::from_secs(seconds);
        for _ in 0..100 {
            let Some(at) = self.uac.wake_at().filter(|at| *at <= until) else {
                self.now.mono = until;
                return;
            };
            self.now.mono = self.now.mono.max(at);
            self.uac.on_time(self.now);
            self.look();
        }
        panic!("it wakes for ever");
    }
}

#[test]
fn the_refer_names_both_numbers_and_belongs_to_the_dialog() {
    let talk = Talk::begin();
    let refer = talk.latest("REFER");
    let text = String::from_utf8(refer.raw.to_vec()).unwrap();
    assert!(text.contains("Refer-To: <sip:+14155550199@192.0.2.1:5060>\r\n"), "{text}");
    assert!(text.contains("Referred-By: <sip:+14155550100@192.0.2.1>\r\n"), "{text}");
    assert!(text.contains("Contact: <sip:+14155550100@192.0.2.9:5060>\r\n"), "{text}");
    assert_eq!(refer.receiver_tag(), Some("far"));
    assert_eq!(refer.cseq(), Some((2, "REFER")));
}

#[test]
fn a_transfer_is_told_from_its_notifies() {
    for (line, told) in [
        ("SIP/2.0 200 OK", (T::Completed, Some(200))),
        ("SIP/2.0 486 Busy Here", (T::Failed, Some(486))),
        ("SIP/2.0 603 Decline", (T::Failed, Some(603))),
        ("SIP/2.0 302 Moved", (T::Failed, Some(302))),
    ] {
        for response in ["202 Accepted", "200 OK"] {
            let mut talk = Talk::begin();
            talk.respond("REFER", response, "");
            assert_eq!(talk.notify("active;expires=60", "SIP/2.0 100 Trying\r\n"), 200);
            assert_eq!(talk.notify("active", "SIP/2.0 180 Ringing"), 200);
            assert_eq!(talk.notify("terminated;reason=noresource", line), 200);
            assert_eq!(std::mem::take(&mut talk.news), [(T::Accepted, None), told], "{line}");
            // Nothing more is told, but what comes is answered.
            assert_eq!(talk.notify("terminated", "SIP/2.0 503 Late\r\n"), 200);
            assert_eq!(talk.news, []);
            talk.uac.hang_up(Party::Agent, talk.now);
            talk.look();
            assert_eq!(talk.latest("BYE").cseq(), Some((3, "BYE")));
            assert_eq!(talk.notify("terminated", "SIP/2.0 200 OK"), 200, "our BYE is unanswered");
            assert_eq!(talk.news, []);
        }
    }
}

#[test]
fn a_notify_may_come_before_the_response() {
    let mut talk = Talk::begin();
    talk.notify("active", "SIP/2.0 100 Trying\r\n\r\n");
    assert_eq!(talk.news, [(T::Accepted, None)]);
    talk.notify("terminated", "SIP/2.0 200 OK\r\n\r\n");
    talk.respond("REFER", "202 Accepted", "");
    assert_eq!(talk.news, [(T::Accepted, None), (T::Completed, Some(200))]);
    talk.wait(400);
    assert_eq!((talk.news.len(), talk.count("REFER")), (2, 1));
}

#[test]
fn a_far_end_that_refuses_or_is_silent_keeps_the_call() {
    for (line, code) in
        [("403 Forbidden", 403), ("405 No", 405), ("500 Oops", 500), ("603 No", 603)]
    {
        let mut talk = Talk::begin();
        talk.respond("REFER", line, "");
        assert_eq!(talk.news, [(T::Refused, Some(code))]);
        assert_eq!(talk.count("BYE"), 0);
    }
    let mut talk = Talk::begin();
    talk.wait(31);
    assert_eq!((talk.news.len(), talk.count("REFER") > 5), (0, true), "it is repeated");
    talk.wait(2);
    assert_eq!((&*talk.news, talk.count("BYE")), (&[(T::Refused, Some(408))][..], 0));
}

#[test]
fn a_challenged_refer_goes_out_again_with_credentials() {
    let challenge = |nonce: &str| {
        format!("WWW-Authenticate: Digest realm=\"r\",nonce=\"{nonce}\",qop=\"auth\"\r\n")
    };
    let mut talk = Talk::begin();
    talk.respond("REFER", "401 Unauthorized", &challenge("1"));
    let again = talk.latest("REFER");
    assert_eq!(again.cseq(), Some((3, "REFER")));
    let text = String::from_utf8(again.raw.to_vec()).unwrap();
    assert!(text.contains("Authorization: Digest ") && text.contains("Refer-To: "), "{text}");
    talk.respond("REFER", "401 Unauthorized", &challenge("2"));
    assert_eq!(talk.news, [(T::Refused, Some(401))], "the password is wrong");
    let mut talk = Talk::with(Setup { login: None, ..setup() });
    talk.respond("REFER", "407 Who", "Proxy-Authenticate: Digest realm=\"r\",nonce=\"1\"\r\n");
    assert_eq!((&*talk.news, talk.count("REFER")), (&[(T::Refused, Some(407))][..], 1));
}

#[test]
fn a_transfer_of_which_nothing_is_told_is_unconfirmed() {
    let mut talk = Talk::begin();
    talk.respond("REFER", "202 Accepted", "");
    talk.wait(31);
    assert_eq!(talk.news, [(T::Accepted, None)]);
    talk.wait(2);
    assert_eq!(talk.news[1..], [(T::Unconfirmed, None)]);

    // A far end that tells of a ringing phone may take longer.
    let mut talk = Talk::begin();
    talk.respond("REFER", "202 Accepted", "");
    talk.notify("active", "SIP/2.0 180 Ringing");
    talk.wait(170);
    talk.notify("active", "SIP/2.0 180 Ringing");
    assert_eq!(talk.news, [(T::Accepted, None)]);
    talk.wait(11);
    assert_eq!(talk.news.last(), Some(&(T::Unconfirmed, None)), "and not for ever");

    // The last NOTIFY says nothing.
    for body in ["", "SIP/2.0 180 Ringing", "nonsense", "INVITE sip:x SIP/2.0"] {
        let mut talk = Talk::begin();
        talk.respond("REFER", "202 Accepted", "");
        talk.notify("Terminated ; reason=timeout", body);
        assert_eq!(talk.news[1..], [(T::Unconfirmed, None)], "{body}");
    }
}

#[test]
fn a_far_end_that_transfers_need_not_send_sound() {
    let mut talk = Talk::begin();
    talk.respond("REFER", "202 Accepted", "");
    talk.uac.media_died(talk.now);
    talk.look();
    assert_eq!(talk.count("BYE"), 0);
    talk.notify("terminated", "SIP/2.0 486 Busy");
    talk.uac.media_died(talk.now);
    talk.look();
    assert_eq!(talk.count("BYE"), 1);
}

#[test]
fn a_bye_ends_a_transfer_at_any_time() {
    for responds in [false, true] {
        let mut talk = Talk::begin();
        if responds {
            talk.respond("REFER", "202 Accepted", "");
        }
        assert_eq!(talk.ask("BYE", "\r\n"), 200);
        assert!(talk.uac.is_done());
        talk.wait(400);
        assert_eq!(talk.news.len(), usize::from(responds));
    }
}

#[test]
fn a_notify_that_nobody_asked_for_is_refused() {
    let mut talk = Talk::begin();
    assert_eq!(talk.ask("NOTIFY", "Event: presence\r\n\r\n"), 489);
    assert_eq!(talk.ask("NOTIFY", "\r\nSIP/2.0 200 OK"), 489);
    assert_eq!(talk.ask("NOTIFY", "o: Refer;id=2\r\n\r\nSIP/2.0 200 OK"), 200);
    assert_eq!(talk.news, [(T::Completed, Some(200))]);
    let mut talk = Talk::begin();
    talk.uac.referral = None;
    assert_eq!(talk.notify("active", "SIP/2.0 200 OK"), 481);
}

#[test]
fn a_call_is_transferred_once_and_only_while_it_talks() {
    let mut talk = Talk::begin();
    let number = E164::parse_strict("+14155550188").unwrap();
    talk.uac.refer(number, talk.now);
    talk.uac.hang_up(Party::Agent, talk.now);
    talk.uac.refer(number, talk.now);
    talk.look();
    assert_eq!(talk.count("REFER"), 1);
}

#[test]
fn no_notify_makes_the_machine_panic() {
    let pieces: [&[u8]; 10] = [
        b"SIP/2.0 200 OK",
        b"\r\n",
        b"Event: refer",
        b"Subscription-State: ",
        b"terminated",
        b";",
        b"SIP/2.0 ",
        b"99999",
        b"\xff\xfe",
        b"o: refer\r\n",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..5_000 {
        let mut talk = Talk::begin();
        let head = format!(
            "NOTIFY sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
             From: <sip:x@h>;tag=far\r\nTo: {}\r\nCall-ID: storm@campanile\r\nCSeq: 1 NOTIFY\r\n",
            talk.uac.dialog().from
        );
        let mut bytes = head.into_bytes();
        for _ in 0..random.usize(..12) {
            bytes.extend(pieces[random.usize(..pieces.len())]);
        }
        for _ in 0..random.usize(..3) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        let flow = talk.uac.dialog().flow();
        if let Some(message) = Message::parse(&bytes) {
            talk.uac.on_message(&message, flow, talk.now);
            talk.look();
            assert!(talk.news.len() <= 1, "{:?}", talk.news);
        }
    }
}

#[test]
fn a_process_that_takes_over_hangs_up_with_a_number_above_all_others() {
    let mut talk = Talk::begin();
    let setup = Setup { dialog: talk.uac.dialog().clone(), ..setup() };
    let highest = talk.latest("REFER").cseq().unwrap().0;
    talk.uac = Uac::clear(setup, true, talk.now);
    talk.look();
    assert!(talk.latest("BYE").cseq().unwrap().0 > highest + 1_000);
}
