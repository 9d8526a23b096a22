//! The recorded messages of a call.

use campanile_rules::{
    attempt::Party,
    ladder::{Ladder, LadderMessage},
};

use crate::{
    network::{
        PATIENCE, answered, dial, ended, endpoint, free_port, next, outgoing, trunk, with_login,
    },
    peer::{Peer, sdp},
};

/// Returns direction and first line of each message.
fn steps(ladder: &Ladder) -> Vec<(&'static str, String)> {
    let step = |message: &LadderMessage| -> (&'static str, String) {
        let line = message.start_line();
        let of_response = line.starts_with("SIP/2.0");
        let line = if of_response { line } else { line.split(' ').next().unwrap_or(line) };
        (if message.sent { "out" } else { "in" }, line.to_owned())
    };
    ladder.messages.iter().map(step).collect()
}

#[tokio::test]
async fn a_call_with_credentials_leaves_its_messages_and_no_secret() {
    let (peer, sip) = (Peer::start().await, endpoint(20_000).await);
    let mut call = dial(&sip, &with_login(trunk(peer.at))).await;
    let invite = peer.wait_for("INVITE").await;
    let challenge = "401 Who\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
    peer.respond(&invite, challenge, "a", "").await;
    let driven = tokio::spawn(async move {
        let (_, audio) = answered(&mut call).await;
        call.hang_up(Party::Agent).await;
        ended(&mut call).await;
        drop(audio);
        call
    });
    peer.wait_for("ACK").await;
    let invite = peer.wait_for("INVITE").await;
    let proof = invite.header("Authorization").to_owned();
    assert!(proof.contains("response="), "the test shows nothing without credentials: {proof}");
    peer.respond(&invite, "180 Ringing", "b", "").await;
    peer.respond(&invite, "180 Ringing", "b", "").await;
    let keyed = format!("{}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY\r\n", sdp(free_port()));
    peer.respond(&invite, "200 OK", "b", &keyed).await;
    peer.wait_for("ACK").await;
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "b", "").await;
    let mut call = driven.await.unwrap();
    let ladder = call.take_ladder();
    let expected = [
        ("out", "INVITE"),
        ("in", "SIP/2.0 401 Who"),
        ("out", "ACK"),
        ("out", "INVITE"),
        ("in", "SIP/2.0 180 Ringing"),
        ("in", "SIP/2.0 200 OK"),
        ("out", "ACK"),
        ("out", "BYE"),
        ("in", "SIP/2.0 200 OK"),
    ];
    assert_eq!(steps(&ladder), expected.map(|(way, line)| (way, line.to_owned())));
    assert_eq!(ladder.messages[4].repeats, 1, "the same 180 came twice");
    assert!(ladder.messages.is_sorted_by_key(|message| message.at));
    let all: String = ladder.messages.iter().map(|message| message.text.as_str()).collect();
    assert!(all.contains("m=audio") && all.contains("Authorization: (removed)"), "{all}");
    let response = proof.split("response=").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    for secret in [response, "cnonce", "Mufasa", "Circle", "inline:KEY"] {
        assert!(!all.contains(secret), "{secret} is in there:\n{all}");
    }
    assert_eq!(call.take_ladder(), Ladder::default(), "handed over once");
}

#[tokio::test]
async fn what_ends_a_call_of_a_dead_process_is_kept_too() {
    let (peer, sip) = (Peer::start().await, endpoint(20_000).await);
    let prepared = sip.prepare(&trunk(peer.at), outgoing(PATIENCE)).await.unwrap();
    let dialog = prepared.dialog().clone();
    let clearing = {
        let (sip, trunk) = (sip.clone(), trunk(peer.at));
        tokio::spawn(async move { sip.clear(&trunk, dialog, false).await })
    };
    let cancel = peer.wait_for("CANCEL").await;
    peer.respond(&cancel, "481 Gone", "a", "").await;
    let ladder = clearing.await.unwrap();
    let expected = [("out", "CANCEL"), ("in", "SIP/2.0 481 Gone")];
    assert_eq!(steps(&ladder), expected.map(|(way, line)| (way, line.to_owned())));
}

#[tokio::test]
async fn nothing_is_kept_when_it_is_not_wished() {
    let config =
        campanile_telephony::SipConfig { keep_ladder: false, ..crate::network::config(20_000) };
    let (peer, sip) = (Peer::start().await, campanile_telephony::Sip::start(config).await.unwrap());
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.wait_for("INVITE").await;
    peer.respond(&invite, "486 Busy Here", "a", "").await;
    next(&mut call, "the end").await;
    assert_eq!(call.take_ladder(), Ladder::default());
}
