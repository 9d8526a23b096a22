//! Calls left behind by a dead process, and how the next process ends them.

use std::net::{SocketAddr, UdpSocket};

use campanile_sip::Dialog;
use campanile_telephony::{Call, CallEvent, Sip, SipConfig};

use crate::{
    network::{config, dial, next, outgoing, trunk},
    peer::{Got, Peer},
};

/// An endpoint that can die, because it has its own runtime.
struct Process {
    runtime: tokio::runtime::Runtime,
    sip: Sip,
}

impl Process {
    async fn start(config: SipConfig) -> Process {
        tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            let sip = runtime.block_on(Sip::start(config)).unwrap();
            Process { runtime, sip }
        })
        .await
        .unwrap()
    }

    async fn run<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> T {
        self.runtime.spawn(task).await.unwrap()
    }

    /// Kills the process without a message; its port is free afterwards.
    async fn die(self) -> SocketAddr {
        let at = self.sip.local_addr();
        self.sip.close();
        let Process { runtime, sip } = self;
        drop(sip);
        tokio::task::spawn_blocking(move || {
            runtime.shutdown_timeout(std::time::Duration::from_secs(20));
        })
        .await
        .unwrap();
        at
    }
}

/// Starts an endpoint on the port of the dead process.
async fn successor(at: SocketAddr, t1_ms: u64) -> Sip {
    Sip::start(SipConfig { listen: at, ..config(t1_ms) }).await.expect("the port is free again")
}

/// Returns the dialog as the store gives it back.
fn stored(dialog: &Dialog) -> Dialog {
    serde_json::from_str(&serde_json::to_string(dialog).unwrap()).unwrap()
}

/// Dials the peer from a separate process.
async fn dialed(peer: &Peer) -> (Process, Call, Dialog, Got) {
    let process = Process::start(config(1_000)).await;
    let (sip, trunk) = (process.sip.clone(), trunk(peer.at));
    let (call, dialog) = process
        .run(async move {
            let prepared = sip.prepare(&trunk, outgoing(crate::network::PATIENCE)).await.unwrap();
            let dialog = stored(prepared.dialog());
            (sip.dial(prepared).await, dialog)
        })
        .await;
    let invite = peer.get().await;
    (process, call, dialog, invite)
}

#[tokio::test]
async fn a_ringing_call_of_a_dead_process_is_cancelled() {
    let peer = Peer::start().await;
    let (process, call, dialog, invite) = dialed(&peer).await;
    peer.respond(&invite, "180 Ringing", "a", "").await;
    let at = process.die().await;
    drop(call);

    let sip = successor(at, 1_000).await;
    let clearing = tokio::spawn({
        let (sip, trunk) = (sip.clone(), trunk(peer.at));
        async move { sip.clear(&trunk, dialog, false).await }
    });
    let cancel = peer.wait_for("CANCEL").await;
    for name in ["Via", "From", "To", "Call-ID"] {
        assert_eq!(cancel.header(name), invite.header(name), "{name}");
    }
    peer.respond(&cancel, "200 OK", "a", "").await;
    peer.respond(&invite, "487 Request Terminated", "a", "").await;
    peer.wait_for("ACK").await;
    clearing.await.unwrap();
}

#[tokio::test]
async fn an_answer_that_nobody_stored_is_hung_up_by_the_successor() {
    let peer = Peer::start().await;
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (process, call, dialog, invite) = dialed(&peer).await;
    let at = process.die().await;
    drop(call);
    let sip = successor(at, 1_000).await;
    let clearing = tokio::spawn({
        let trunk = trunk(peer.at);
        async move { sip.clear(&trunk, dialog, false).await }
    });
    // The CANCEL comes too late, so it changes nothing (RFC 3261 §9.2).
    let cancel = peer.wait_for("CANCEL").await;
    peer.respond(&cancel, "200 OK", "a", "").await;
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    assert!(peer.wait_for("ACK").await.header("To").ends_with("tag=a"));
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    clearing.await.unwrap();
}

#[tokio::test]
async fn a_talk_of_a_dead_process_is_hung_up() {
    let peer = Peer::start().await;
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (process, mut call, _, invite) = dialed(&peer).await;
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let dialog = match next(&mut call, "the answer").await {
        CallEvent::Answered { dialog, .. } => stored(&dialog),
        other => panic!("{other:?}"),
    };
    // The process dies after storing the dialog and before its ACK.
    let at = process.die().await;
    drop(call);
    let sip = successor(at, 1_000).await;
    let clearing = tokio::spawn({
        let trunk = trunk(peer.at);
        async move { sip.clear(&trunk, dialog, true).await }
    });
    assert_eq!(peer.wait_for("ACK").await.header("CSeq"), "1 ACK");
    let bye = peer.wait_for("BYE").await;
    // Above all that the dead process may have sent within the call.
    let cseq = bye.header("CSeq").strip_suffix(" BYE").and_then(|cseq| cseq.parse::<u32>().ok());
    assert!(cseq.is_some_and(|cseq| cseq > 100_000), "{}", bye.text);
    assert_eq!(bye.header("From"), invite.header("From"));
    assert!(bye.header("To").ends_with(";tag=a"));
    peer.respond(&bye, "481 Gone", "", "").await;
    clearing.await.unwrap();
}

#[tokio::test]
async fn a_far_end_that_knows_nothing_or_is_gone_does_not_hold_the_slot() {
    let peer = Peer::start().await;
    let sip = Sip::start(config(20)).await.unwrap();
    let trunk = trunk(peer.at);
    let dialog = sip
        .prepare(&trunk, outgoing(crate::network::PATIENCE))
        .await
        .map(|prepared| prepared.dialog().clone())
        .unwrap();
    let clearing = tokio::spawn({
        let (sip, trunk, dialog) = (sip.clone(), trunk.clone(), dialog.clone());
        async move { sip.clear(&trunk, dialog, false).await }
    });
    let cancel = peer.wait_for("CANCEL").await;
    peer.respond(&cancel, "481 Call/Transaction Does Not Exist", "a", "").await;
    clearing.await.unwrap();
    // The far end is gone as well: 64 T1.
    drop(peer);
    sip.clear(&trunk, dialog, false).await;
    // The next call is not disturbed by it.
    let other = Peer::start().await;
    let mut call = dial(&sip, &crate::network::trunk(other.at)).await;
    let invite = other.get().await;
    other.respond(&invite, "486 Busy Here", "a", "").await;
    assert!(matches!(next(&mut call, "the end").await, CallEvent::Ended(_)));
}
