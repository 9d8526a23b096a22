//! Shared by all tests: an endpoint, a trunk, and a call that is followed to its end.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::atomic::{AtomicU16, AtomicU64, Ordering},
    time::Duration,
};

use campanile_rules::{
    attempt::{EndReason, Ending, Outcome},
    phone::E164,
    trunk::{Codec, Transport, Trunk, TrunkKind},
};
use campanile_sip::{CallEnd, Dialog, Timers, outcome};
use campanile_telephony::{Call, CallAudio, CallEvent, Outgoing, Sip, SipConfig};

/// Longer than any test takes unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The next slice of RTP ports: each endpoint has its own, so that parallel tests do not compete.
static NEXT_RTP: AtomicU16 = AtomicU16::new(0);
static NEXT_CALL: AtomicU64 = AtomicU64::new(1);

/// Settings with this T1 in milliseconds.
pub fn config(t1_ms: u64) -> SipConfig {
    let slice = NEXT_RTP.fetch_add(1, Ordering::Relaxed) % 40;
    let first = 24_000 + slice * 200;
    SipConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        rtp_ports: first..=first + 199,
        timers: Timers {
            t1: Duration::from_millis(t1_ms),
            t2: Duration::from_millis(t1_ms * 8),
            t4: Duration::from_millis(t1_ms * 10),
        },
        ..SipConfig::default()
    }
}

/// An endpoint on a free port.
pub async fn endpoint(t1_ms: u64) -> Sip {
    Sip::start(config(t1_ms)).await.expect("loopback has free ports")
}

/// A trunk at `at`.
pub fn trunk(at: SocketAddr) -> Trunk {
    Trunk {
        name: "test".into(),
        kind: TrunkKind::Workspace,
        host: at.ip().to_string(),
        port: at.port(),
        transport: Transport::Udp,
        max_calls: 100,
        max_cps: 100.0,
        username: None,
        password: None,
        codecs: vec![Codec::Pcmu, Codec::Pcma],
    }
}

/// The same trunk with the credentials of RFC 7616's example.
pub fn with_login(trunk: Trunk) -> Trunk {
    let (username, password) = (Some("Mufasa".into()), Some("Circle of Life".into()));
    Trunk { username, password, ..trunk }
}

/// A call with this ring timeout.
pub fn outgoing(ring_timeout: Duration) -> Outgoing {
    let number = NEXT_CALL.fetch_add(1, Ordering::Relaxed);
    Outgoing {
        call_id: format!("call-{number}-{:08x}@campanile", std::process::id()),
        from: E164::parse_strict("+14155550100").unwrap(),
        to: E164::parse_strict("+14155550101").unwrap(),
        ring_timeout,
    }
}

/// Prepares and dials a call with a ring timeout of one minute.
pub async fn dial(sip: &Sip, trunk: &Trunk) -> Call {
    dial_for(sip, trunk, PATIENCE).await
}

/// Prepares and dials.
pub async fn dial_for(sip: &Sip, trunk: &Trunk, ring_timeout: Duration) -> Call {
    let prepared = sip.prepare(trunk, outgoing(ring_timeout)).await.unwrap();
    sip.dial(prepared).await
}

/// Returns the next event of the call; panics with what was expected.
pub async fn next(call: &mut Call, wanted: &str) -> CallEvent {
    loop {
        match next_news(call, wanted).await {
            CallEvent::Heard { .. } | CallEvent::Silent => {}
            event => return event,
        }
    }
}

/// Returns the next event, including those about the trunk.
pub async fn next_news(call: &mut Call, wanted: &str) -> CallEvent {
    let event = tokio::time::timeout(PATIENCE, call.next()).await;
    event.unwrap_or_else(|_| panic!("no event while waiting for {wanted}"))
}

/// Follows the call to its answer and accepts it.
pub async fn answered(call: &mut Call) -> (Dialog, CallAudio) {
    loop {
        match next(call, "the answer").await {
            CallEvent::Heard { .. }
            | CallEvent::Silent
            | CallEvent::Ringing { .. }
            | CallEvent::Transfer(_) => {}
            CallEvent::Challenged(_) => call.proceed().await,
            CallEvent::Answered { dialog, .. } => {
                return (dialog, call.accept().await.expect("it was just answered"));
            }
            CallEvent::Ended(end) => panic!("ended instead of being answered: {end:?}"),
        }
    }
}

/// Follows the call to its end and accepts every event.
pub async fn ended(call: &mut Call) -> CallEnd {
    loop {
        match next(call, "the end").await {
            CallEvent::Heard { .. }
            | CallEvent::Silent
            | CallEvent::Ringing { .. }
            | CallEvent::Transfer(_) => {}
            CallEvent::Challenged(_) => call.proceed().await,
            CallEvent::Answered { .. } => drop(call.accept().await),
            CallEvent::Ended(end) => return end,
        }
    }
}

/// Returns outcome and reason of an ending.
pub fn meaning(end: &CallEnd) -> (Outcome, EndReason) {
    let Ending { outcome, end_reason, .. } = outcome::classify(end);
    (outcome, end_reason)
}

/// Returns a free UDP port.
pub fn free_port() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
    socket.local_addr().unwrap()
}

/// Waits until a socket listens on this UDP port.
pub async fn listening(port: u16) {
    let wanted = format!(":{port:04X} ");
    let listens = || {
        let table = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
        table.lines().any(|line| {
            line.split_whitespace().nth(1).is_some_and(|a| format!("{a} ").ends_with(&wanted))
        })
    };
    let poll = async {
        while !listens() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, poll)
        .await
        .unwrap_or_else(|_| panic!("nobody listens on {port}"));
}
