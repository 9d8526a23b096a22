//! The check whether a trunk is there.

use std::time::Duration;

use campanile_rules::trunk::{Transport, Trunk};
use campanile_telephony::PingError;

use crate::{
    network::{PATIENCE, endpoint, free_port, trunk},
    peer::Peer,
};

#[tokio::test]
async fn any_answer_proves_that_a_trunk_is_there() {
    let (peer, sip) = (Peer::start().await, endpoint(500).await);
    for (line, code, reason) in [("200 OK", 200, "OK"), ("404 Not Found", 404, "Not Found")] {
        let trunk = trunk(peer.at);
        let far_end = async {
            let asked = peer.get().await;
            assert_eq!(asked.first(), "OPTIONS");
            assert_eq!(asked.header("CSeq"), "1 OPTIONS");
            peer.respond(&asked, line, "a", "").await;
        };
        let (pong, ()) = tokio::join!(sip.ping(&trunk, PATIENCE), far_end);
        let pong = pong.expect("an answer");
        assert_eq!((pong.code, pong.reason.as_str()), (code, reason));
    }
    assert_eq!(sip.known_calls(), 0, "nothing is kept of it");
}

#[tokio::test]
async fn a_question_that_is_lost_is_repeated_until_time_is_up() {
    let (peer, sip) = (Peer::start().await, endpoint(10).await);
    let trunk = trunk(peer.at);
    let silent = sip.ping(&trunk, Duration::from_millis(300)).await;
    assert!(matches!(silent, Err(PingError::Silent(_))), "{silent:?}");
    let first = peer.get().await;
    assert_eq!(peer.get().await, first, "repetitions are identical");
    assert_eq!(sip.known_calls(), 0, "nothing is kept of it");
}

#[tokio::test]
async fn a_port_that_takes_no_connection_is_said_at_once() {
    let sip = endpoint(500).await;
    let closed = Trunk { transport: Transport::Tcp, ..trunk(free_port()) };
    let refused = sip.ping(&closed, PATIENCE).await;
    assert!(matches!(refused, Err(PingError::Unsent { .. })), "{refused:?}");
}
