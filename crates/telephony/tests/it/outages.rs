//! Unreachable trunks: what we notice before an INVITE leaves, and how fast.

use std::time::Duration;

use campanile_rules::trunk::{Transport, Trunk};
use campanile_sip::EndKind;
use campanile_telephony::{CallEvent, PingError, SipError};

use crate::{
    network::{
        PATIENCE, answered, dial, dial_for, ended, endpoint, free_port, next, next_news, outgoing,
        trunk,
    },
    peer::Peer,
};

#[tokio::test]
async fn what_keeps_a_call_from_its_trunk_is_known_before_its_invite_leaves() {
    let sip = endpoint(500).await;
    let why = async |trunk: Trunk| match sip.prepare(&trunk, outgoing(PATIENCE)).await {
        Ok(_) => panic!("a call could be placed through {trunk:?}"),
        Err(error) => error,
    };
    let there = trunk(free_port());

    let refused = why(Trunk { transport: Transport::Tcp, ..there.clone() }).await;
    assert!(matches!(refused, SipError::NoConnection { .. }), "{refused:?}");
    let words = format!("127.0.0.1:{} takes no connection: nobody listens there", there.port);
    assert!(refused.to_string().contains(&words), "{refused}");

    // RFC 6761 reserves .invalid, which has no names.
    let host = "no-such-carrier.invalid".to_owned();
    let unknown = why(Trunk { host, ..there.clone() }).await;
    assert!(matches!(unknown, SipError::Unresolved { .. }), "{unknown:?}");
    assert!(unknown.to_string().contains("no-such-carrier.invalid has no address"), "{unknown}");

    // A socket on the loopback address reaches no other machine.
    let far = why(trunk("192.0.2.1:5060".parse().unwrap())).await;
    assert!(matches!(far, SipError::NoRoute { .. }), "{far:?}");
}

#[tokio::test]
async fn the_first_response_of_any_kind_tells_that_the_trunk_is_there() {
    let (peer, sip) = (Peer::start().await, endpoint(500).await);
    for line in ["100 Trying", "183 Session Progress", "486 Busy Here"] {
        let mut call = dial(&sip, &trunk(peer.at)).await;
        let invite = peer.wait_for("INVITE").await;
        peer.respond(&invite, line, "a", "").await;
        let news = next_news(&mut call, "the first response").await;
        assert!(matches!(news, CallEvent::Heard { .. }), "{line}: {news:?}");
        peer.respond(&invite, "603 Decline", "a", "").await;
        let mut rest = next_news(&mut call, "the end").await;
        while !matches!(rest, CallEvent::Ended(_)) {
            assert!(!matches!(rest, CallEvent::Heard { .. }), "{line} is told twice");
            rest = next_news(&mut call, "the end").await;
        }
    }
}

#[tokio::test]
async fn silence_is_told_long_before_the_call_is_given_up_and_the_call_goes_on() {
    let (peer, sip) = (Peer::start().await, endpoint(20).await);
    let ear = free_port();
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.wait_for("INVITE").await;
    let news = next_news(&mut call, "silence").await;
    assert!(matches!(news, CallEvent::Silent), "{news:?}");
    peer.answer(&invite, "a", ear).await;
    answered(&mut call).await;

    let mut call = dial(&sip, &trunk(peer.at)).await;
    assert!(matches!(next_news(&mut call, "silence").await, CallEvent::Silent));
    let news = next_news(&mut call, "the end").await;
    let CallEvent::Ended(end) = news else { panic!("{news:?}") };
    assert_eq!(end.kind, EndKind::Unreachable);
}

#[tokio::test]
async fn a_call_that_is_heard_of_is_never_told_as_silent() {
    let (peer, sip) = (Peer::start().await, endpoint(10).await);
    let mut call = dial_for(&sip, &trunk(peer.at), Duration::from_millis(200)).await;
    let invite = peer.wait_for("INVITE").await;
    peer.respond(&invite, "100 Trying", "", "").await;
    assert!(matches!(next_news(&mut call, "the 100").await, CallEvent::Heard { .. }));
    let cancel = peer.wait_for("CANCEL").await;
    peer.respond(&cancel, "200 OK", "a", "").await;
    peer.respond(&invite, "487 Request Terminated", "a", "").await;
    let news = next_news(&mut call, "the end").await;
    assert!(matches!(news, CallEvent::Ended(_)), "{news:?}");
}

#[tokio::test]
async fn a_port_that_is_closed_is_said_by_its_machine() {
    let sip = endpoint(20).await;
    let closed = sip.ping(&trunk(free_port()), PATIENCE).await;
    assert!(matches!(closed, Err(PingError::Closed(_))), "{closed:?}");
    // A port that is open and silent stays silent.
    let peer = Peer::start().await;
    let silent = sip.ping(&trunk(peer.at), Duration::from_millis(300)).await;
    assert!(matches!(silent, Err(PingError::Silent(_))), "{silent:?}");
}

#[tokio::test]
async fn calls_that_wait_for_one_unknown_name_share_one_answer() {
    let sip = endpoint(500).await;
    let host = "nobody-knows-me.invalid".to_owned();
    let lost = Trunk { host, ..trunk(free_port()) };
    let all = (0..50).map(|_| sip.prepare(&lost, outgoing(PATIENCE)));
    let all = futures::future::join_all(all).await;
    assert!(all.iter().all(|one| matches!(one, Err(SipError::Unresolved { .. }))));
}

#[tokio::test]
async fn nothing_is_kept_of_calls_that_nobody_answered() {
    let sip = endpoint(5).await;
    let mut call = dial_for(&sip, &trunk(free_port()), PATIENCE).await;
    assert_eq!(ended(&mut call).await.kind, EndKind::Unreachable);
    assert!(matches!(next(&mut call, "the end again").await, CallEvent::Ended(_)));
}
