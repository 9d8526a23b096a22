//! Every timer and every input of the machine, one at a time.

use campanile_rules::trunk::Transport;

use super::*;
use crate::dialog::{Dialog, Ends};

/// A start, and instants after it in milliseconds.
struct Clock(Instant);

impl Clock {
    fn at(&self, ms: u64) -> Instant {
        self.0 + Duration::from_millis(ms)
    }

    fn ms(&self, at: Instant) -> u128 {
        (at - self.0).as_millis()
    }
}

fn clock() -> Clock {
    Clock(Instant::now())
}

fn far_end() -> SocketAddr {
    "192.0.2.1:5060".parse().unwrap()
}

/// The identity of a call over this transport.
pub(super) fn dialog(transport: Transport) -> Dialog {
    let ends = Ends {
        uri: "sip:+14155550101@192.0.2.1:5060".into(),
        from: "sip:+14155550100@192.0.2.1".into(),
        to: "sip:+14155550101@192.0.2.1".into(),
    };
    let flow = Flow { transport, addr: far_end() };
    Dialog::new("call-1@campanile".into(), ends, flow, "192.0.2.9:5060".into())
}

pub(super) fn invite(transport: Transport) -> Request {
    dialog(transport).invite("User-Agent: test\r\n", "v=0\r\n")
}

/// A CANCEL, for all requests that are no INVITE.
pub(super) fn other(transport: Transport) -> Request {
    dialog(transport).cancel()
}

/// Writes a response to a request.
pub(super) fn response(request: &Request, code: u16) -> Message {
    let asked = Message::parse(&request.bytes).unwrap();
    let header = |name| asked.header(name).unwrap();
    use crate::message::Name::{CSeq, CallId, From, To, Via};
    let text = format!(
        "SIP/2.0 {code} X\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag=far\r\nCall-ID: {}\r\nCSeq: {}\r\n\r\n",
        header(Via),
        header(From),
        header(To),
        header(CallId),
        header(CSeq)
    );
    Message::parse(text.as_bytes()).unwrap()
}

/// Lets time pass until the transaction is done. Returns the milliseconds of each repetition and of
/// the time-out.
fn history(transaction: &mut Transaction, clock: &Clock) -> (Vec<u128>, Option<u128>) {
    let mut repeated = Vec::new();
    while let Some(now) = transaction.wake_at() {
        match transaction.on_time(now) {
            Some(Output::Send(flow, bytes)) => {
                assert_eq!((flow, bytes), transaction.request(), "repetitions are identical");
                repeated.push(clock.ms(now));
            }
            Some(Output::TimedOut) => return (repeated, Some(clock.ms(now))),
            Some(Output::PassUp(_)) => panic!("time is no response"),
            None => {}
        }
    }
    (repeated, None)
}

fn open(request: Request, clock: &Clock) -> Transaction {
    Transaction::open(request, Timers::default(), clock.at(0))
}

#[test]
fn an_invite_is_repeated_by_timer_a_until_timer_b() {
    let clock = clock();
    let mut invite = open(invite(Transport::Udp), &clock);
    let (repeated, timed_out) = history(&mut invite, &clock);
    assert_eq!(repeated, [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert_eq!(timed_out, Some(32_000));
    assert!(invite.is_done());
}

#[test]
fn other_requests_are_repeated_by_timer_e_until_timer_f() {
    let clock = clock();
    let mut cancel = open(other(Transport::Udp), &clock);
    let (repeated, timed_out) = history(&mut cancel, &clock);
    assert_eq!(
        repeated,
        [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    );
    assert_eq!(timed_out, Some(32_000));
    assert!(cancel.is_done());
}

#[test]
fn a_stream_repeats_nothing_but_times_out() {
    for request in [invite, other] {
        let clock = clock();
        let mut transaction = open(request(Transport::Tcp), &clock);
        assert_eq!(history(&mut transaction, &clock), (vec![], Some(32_000)));
    }
}

#[test]
fn an_invite_with_a_provisional_response_waits_as_long_as_its_user() {
    let clock = clock();
    let request = invite(Transport::Udp);
    let mut transaction = open(request.clone(), &clock);
    for code in [100, 180, 183] {
        let passed = transaction.on_response(&response(&request, code), clock.at(100));
        assert_eq!(passed, Some(Output::PassUp(None)), "{code}");
    }
    assert_eq!(transaction.wake_at(), None);
    assert_eq!(transaction.on_time(clock.at(3_600_000)), None);
    assert!(transaction.is_open());
}

#[test]
fn other_requests_with_a_provisional_response_are_repeated_every_t2() {
    let clock = clock();
    let request = other(Transport::Udp);
    let mut transaction = open(request.clone(), &clock);
    let passed = transaction.on_response(&response(&request, 100), clock.at(100));
    assert_eq!(passed, Some(Output::PassUp(None)));
    let (repeated, timed_out) = history(&mut transaction, &clock);
    assert_eq!(repeated, [500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500]);
    assert_eq!(timed_out, Some(32_000));
}

#[test]
fn a_refused_invite_is_acknowledged_until_timer_d() {
    let clock = clock();
    let request = invite(Transport::Udp);
    let mut transaction = open(request.clone(), &clock);
    let refusal = response(&request, 486);
    let Some(Output::PassUp(Some((flow, ack)))) = transaction.on_response(&refusal, clock.at(700))
    else {
        panic!("a refusal is passed up with its ACK")
    };
    let via = Message::parse(&request.bytes).unwrap();
    let via = via.header(crate::message::Name::Via).unwrap();
    let tag = crate::dialog::local_tag("call-1@campanile");
    assert_eq!(
        std::str::from_utf8(&ack).unwrap(),
        format!(
            "ACK sip:+14155550101@192.0.2.1:5060 SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\n\
             From: <sip:+14155550100@192.0.2.1>;tag={tag}\r\n\
             To: <sip:+14155550101@192.0.2.1>;tag=far\r\nCall-ID: call-1@campanile\r\n\
             CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"
        )
    );
    assert_eq!(flow, request.flow);
    let again = transaction.on_response(&refusal, clock.at(32_699));
    assert_eq!(again, Some(Output::Send(flow, ack)), "a repeated refusal gets the same ACK");
    assert_eq!(transaction.on_response(&response(&request, 180), clock.at(32_699)), None);
    assert!(!transaction.is_open() && !transaction.is_done());
    assert_eq!(history(&mut transaction, &clock), (vec![], None));
    assert!(transaction.is_done(), "32 s after the refusal");
    assert_eq!(transaction.on_response(&refusal, clock.at(40_000)), None);
}

#[test]
fn timer_d_and_timer_k_run_from_the_final_response() {
    for (request, code, lasts) in
        [(invite(Transport::Udp), 500, 32_000), (other(Transport::Udp), 200, 5_000)]
    {
        let clock = clock();
        let mut transaction = open(request.clone(), &clock);
        transaction.on_response(&response(&request, code), clock.at(700)).unwrap();
        assert_eq!(transaction.wake_at(), Some(clock.at(700 + lasts)));
        transaction.on_time(clock.at(699 + lasts));
        assert!(!transaction.is_done());
        transaction.on_time(clock.at(700 + lasts));
        assert!(transaction.is_done());
    }
}

#[test]
fn repetitions_of_a_final_response_are_absorbed_until_timer_k() {
    for code in [200, 481] {
        let clock = clock();
        let request = other(Transport::Udp);
        let mut transaction = open(request.clone(), &clock);
        let last = response(&request, code);
        assert_eq!(transaction.on_response(&last, clock.at(100)), Some(Output::PassUp(None)));
        for at in [100, 2_000, 5_099] {
            assert_eq!(transaction.on_response(&last, clock.at(at)), None);
        }
        assert_eq!(history(&mut transaction, &clock), (vec![], None), "nothing is sent any more");
    }
}

#[test]
fn a_stream_needs_neither_timer_d_nor_timer_k() {
    for (request, code) in [(invite(Transport::Tcp), 486), (other(Transport::Tcp), 200)] {
        let clock = clock();
        let mut transaction = open(request.clone(), &clock);
        let passed = transaction.on_response(&response(&request, code), clock.at(100));
        let is_acknowledged = matches!(passed, Some(Output::PassUp(Some(_))));
        assert_eq!(is_acknowledged, request.is_invite());
        assert!(transaction.is_done());
        assert_eq!(transaction.wake_at(), None);
    }
}

#[test]
fn an_answered_invite_is_done_and_its_user_acknowledges() {
    let clock = clock();
    let request = invite(Transport::Udp);
    let mut transaction = open(request.clone(), &clock);
    let passed = transaction.on_response(&response(&request, 200), clock.at(100));
    assert_eq!(passed, Some(Output::PassUp(None)));
    assert!(transaction.is_done());
    // Another phone answers although one refused.
    let mut transaction = open(request.clone(), &clock);
    transaction.on_response(&response(&request, 486), clock.at(100)).unwrap();
    let passed = transaction.on_response(&response(&request, 200), clock.at(200));
    assert_eq!(passed, Some(Output::PassUp(None)));
    assert!(!transaction.is_done(), "the refusal may still come again");
}

#[test]
fn only_responses_to_the_request_belong_to_it() {
    let request = invite(Transport::Udp);
    let transaction = open(request.clone(), &clock());
    let cancel = other(Transport::Udp);
    assert_eq!(cancel.branch, request.branch, "only the method tells them apart (§9.1)");
    let text = String::from_utf8(response(&request, 200).raw.to_vec()).unwrap();
    let belongs =
        |text: &str| transaction.is_answered_by(&Message::parse(text.as_bytes()).unwrap());
    assert!(belongs(&text));
    assert!(!transaction.is_answered_by(&response(&cancel, 200)));
    assert!(!belongs(&text.replace("z9hG4bK", "z9hG4bKx")), "another branch");
    assert!(!belongs(&text.replace("CSeq: 1", "CSeq: 2")), "another number");
    assert!(!belongs(&text.replace("\r\nFrom", "\r\nVia: SIP/2.0/UDP far\r\nFrom")), "two Vias");
    assert!(!transaction.is_answered_by(&Message::parse(&request.bytes).unwrap()), "a request");
}

#[test]
fn a_broken_stream_is_replaced_twice() {
    let clock = clock();
    let request = other(Transport::Tcp);
    let mut transaction = open(request.clone(), &clock);
    let sent = Some(Output::Send(request.flow, request.bytes.clone()));
    assert_eq!(transaction.on_broken_stream("192.0.2.1:5061".parse().unwrap()), None, "another");
    assert_eq!(transaction.on_broken_stream(far_end()), sent);
    assert_eq!(transaction.on_broken_stream(far_end()), sent);
    assert_eq!(transaction.on_broken_stream(far_end()), None);
    assert_eq!(history(&mut transaction, &clock), (vec![], Some(32_000)), "it still times out");
    assert_eq!(transaction.on_broken_stream(far_end()), None);

    let mut answered = open(request.clone(), &clock);
    answered.on_response(&response(&request, 200), clock.at(100)).unwrap();
    assert_eq!(answered.on_broken_stream(far_end()), None);
    let mut datagrams = open(other(Transport::Udp), &clock);
    assert_eq!(datagrams.on_broken_stream(far_end()), None);
}

#[test]
fn a_request_that_is_no_longer_repeated_still_times_out() {
    let clock = clock();
    let mut transaction = open(invite(Transport::Udp), &clock);
    transaction.stop_repeating();
    assert_eq!(history(&mut transaction, &clock), (vec![], Some(32_000)));
}

#[test]
fn the_invite_of_a_dead_process_is_not_sent_again_and_its_refusal_is_acknowledged() {
    let clock = clock();
    let request = invite(Transport::Udp);
    let mut transaction = Transaction::take_over(request.clone(), Timers::default());
    assert_eq!(transaction.wake_at(), None);
    let passed = transaction.on_response(&response(&request, 487), clock.at(100));
    assert!(matches!(passed, Some(Output::PassUp(Some(_)))));
}
