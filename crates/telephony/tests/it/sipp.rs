//! Calls to sipp, which follows scenario files. It exits with 0 only if it saw what it expects.

use std::{net::SocketAddr, path::Path, process::Stdio, time::Duration};

use campanile_rules::attempt::{EndReason as R, Outcome as O, Party};
use campanile_telephony::CallEvent;
use tokio::process::{Child, Command};

use crate::network::{
    PATIENCE, answered, dial, dial_for, ended, endpoint, free_port, listening, meaning, next,
    outgoing, trunk, with_login,
};

const T1_MS: u64 = 250;

/// A callee that plays one scenario with one call.
struct Sipp {
    child: Child,
    at: SocketAddr,
    errors: tempfile::TempDir,
}

impl Sipp {
    async fn playing(scenario: &str) -> Sipp {
        let sipp = Self::start(scenario, &["-t", "u1"]).await;
        listening(sipp.at.port()).await;
        sipp
    }

    async fn start(scenario: &str, options: &[&str]) -> Sipp {
        let at = free_port();
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/scenarios")
            .join(scenario)
            .with_extension("xml");
        let errors = tempfile::tempdir().unwrap();
        let child = Command::new("sipp")
            .args(["-sf", file.to_str().unwrap(), "-i", "127.0.0.1"])
            .args(options)
            .args(["-p", &at.port().to_string(), "-mp", &free_port().port().to_string()])
            .args(["-m", "1", "-nostdin", "-timeout", "50s", "-timeout_error"])
            .args(["-trace_err", "-error_file", errors.path().join("errors").to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("sipp is missing: install the Debian package sip-tester, or run `make test`");
        Sipp { child, at, errors }
    }

    /// Waits for sipp to exit; it must have seen everything in its scenario.
    async fn ends_content(mut self) {
        let end = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = end.expect("sipp does not end").unwrap();
        let errors = std::fs::read_to_string(self.errors.path().join("errors"));
        assert!(status.success(), "sipp: {status}\n{}", errors.unwrap_or_default());
    }
}

#[tokio::test]
async fn a_call_is_answered_and_hung_up_by_us() {
    let (sipp, sip) = (Sipp::playing("answer").await, endpoint(T1_MS).await);
    let mut call = dial(&sip, &trunk(sipp.at)).await;
    assert!(matches!(next(&mut call, "ringing").await, CallEvent::Ringing { .. }));
    let (_, mut audio) = answered(&mut call).await;
    assert!(audio.hear().await.is_some());
    call.hang_up(Party::Agent).await;
    let end = ended(&mut call).await;
    assert_eq!(meaning(&end), (O::Completed, R::AgentDisconnected));
    assert!(end.ringing_at <= end.answered_at && end.answered_at <= Some(end.ended_at));
    while audio.hear().await.is_some() {}
    sipp.ends_content().await;
}

#[tokio::test]
async fn a_call_is_answered_and_hung_up_over_tcp() {
    let (sipp, sip) = (Sipp::start("answer", &["-t", "t1"]).await, endpoint(T1_MS).await);
    let trunk = campanile_rules::trunk::Trunk {
        transport: campanile_rules::trunk::Transport::Tcp,
        ..trunk(sipp.at)
    };
    // A refused connection fails at once; sipp may not listen yet.
    let prepared = loop {
        if let Ok(prepared) = sip.prepare(&trunk, outgoing(PATIENCE)).await {
            break prepared;
        }
    };
    let mut call = sip.dial(prepared).await;
    let (_, _audio) = answered(&mut call).await;
    call.hang_up(Party::Agent).await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
    sipp.ends_content().await;
}

#[tokio::test]
async fn a_callee_that_hangs_up_ends_the_sound() {
    let (sipp, sip) = (Sipp::playing("answer_and_hang_up").await, endpoint(T1_MS).await);
    let mut call = dial(&sip, &trunk(sipp.at)).await;
    let (_, mut audio) = answered(&mut call).await;
    let listening = tokio::spawn(async move { while audio.hear().await.is_some() {} });
    let end = ended(&mut call).await;
    assert_eq!(meaning(&end), (O::Completed, R::UserDisconnected));
    assert_eq!(end.by, Some(Party::Recipient));
    listening.await.unwrap();
    sipp.ends_content().await;
}

#[tokio::test]
async fn refusals_mean_what_the_table_says() {
    let sip = endpoint(T1_MS).await;
    for (scenario, code, wanted) in [
        ("busy", 486, (O::Busy, R::UserBusy)),
        ("congested", 503, (O::Failed, R::TrunkCongested)),
        ("moved", 302, (O::Failed, R::NetworkFailure)),
    ] {
        let sipp = Sipp::playing(scenario).await;
        let end = ended(&mut dial(&sip, &trunk(sipp.at)).await).await;
        assert_eq!((end.sip_code, meaning(&end)), (Some(code), wanted), "{scenario}");
        match code {
            486 => assert_eq!(end.q850, Some(17)),
            503 => assert_eq!(end.retry_after, Some(Duration::from_secs(7))),
            _ => {}
        }
        sipp.ends_content().await;
    }
}

#[tokio::test]
async fn a_phone_that_rings_too_long_is_cancelled() {
    let (sipp, sip) = (Sipp::playing("rings_for_ever").await, endpoint(T1_MS).await);
    let mut call = dial_for(&sip, &trunk(sipp.at), Duration::from_millis(600)).await;
    let end = ended(&mut call).await;
    assert_eq!(end.sip_code, Some(487));
    assert_eq!(meaning(&end), (O::NoAnswer, R::UserDidNotPickUp));
    sipp.ends_content().await;
}

#[tokio::test]
async fn an_answer_that_crosses_the_cancel_is_hung_up() {
    let (sipp, sip) = (Sipp::playing("cancel_crosses_answer").await, endpoint(T1_MS).await);
    let mut call = dial_for(&sip, &trunk(sipp.at), Duration::from_millis(600)).await;
    let end = ended(&mut call).await;
    assert_eq!((end.sip_code, end.answered_at), (Some(200), None));
    assert_eq!(meaning(&end), (O::NoAnswer, R::UserDidNotPickUp));
    sipp.ends_content().await;
}

#[tokio::test]
async fn an_answer_after_the_end_is_acknowledged_and_hung_up() {
    let (sipp, sip) = (Sipp::playing("late_answer").await, endpoint(T1_MS).await);
    let mut call = dial_for(&sip, &trunk(sipp.at), Duration::from_millis(600)).await;
    assert_eq!(ended(&mut call).await.sip_code, Some(487));
    sipp.ends_content().await;
}

#[tokio::test]
async fn a_description_in_the_183_is_the_answer() {
    let (sipp, sip) = (Sipp::playing("early_media").await, endpoint(T1_MS).await);
    let mut call = dial(&sip, &trunk(sipp.at)).await;
    let (_, mut audio) = answered(&mut call).await;
    assert!(audio.hear().await.is_some());
    call.hang_up(Party::Agent).await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
    sipp.ends_content().await;
}

#[tokio::test]
async fn credentials_are_given_when_asked_for() {
    let sip = endpoint(T1_MS).await;
    for scenario in ["challenge_401", "challenge_407"] {
        let sipp = Sipp::playing(scenario).await;
        let mut call = dial(&sip, &with_login(trunk(sipp.at))).await;
        assert!(matches!(next(&mut call, "a challenge").await, CallEvent::Challenged(_)));
        call.proceed().await;
        let (_, _audio) = answered(&mut call).await;
        call.hang_up(Party::Agent).await;
        assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
        sipp.ends_content().await;
    }
}

#[tokio::test]
async fn credentials_that_are_refused_twice_fail_the_call() {
    let (sipp, sip) = (Sipp::playing("challenge_for_ever").await, endpoint(T1_MS).await);
    let end = ended(&mut dial(&sip, &with_login(trunk(sipp.at))).await).await;
    assert_eq!(meaning(&end), (O::Failed, R::TrunkAuthFailed));
    sipp.ends_content().await;
}

#[tokio::test]
async fn a_repeated_answer_is_acknowledged_each_time() {
    let (sipp, sip) = (Sipp::start("repeated_answer", &["-nr"]).await, endpoint(T1_MS).await);
    listening(sipp.at.port()).await;
    let mut call = dial(&sip, &trunk(sipp.at)).await;
    let (_, mut audio) = answered(&mut call).await;
    for _ in 0..30 {
        audio.hear().await.expect("nobody hung up");
    }
    call.hang_up(Party::Agent).await;
    ended(&mut call).await;
    sipp.ends_content().await;
}

#[tokio::test]
async fn byes_may_cross() {
    let (sipp, sip) = (Sipp::playing("byes_cross").await, endpoint(T1_MS).await);
    let mut call = dial(&sip, &trunk(sipp.at)).await;
    let (_, _audio) = answered(&mut call).await;
    call.hang_up(Party::Agent).await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
    sipp.ends_content().await;
}

#[tokio::test]
async fn questions_within_a_call_are_answered() {
    let (sipp, sip) = (Sipp::playing("questions").await, endpoint(T1_MS).await);
    let end = ended(&mut dial(&sip, &trunk(sipp.at)).await).await;
    assert_eq!(meaning(&end), (O::Completed, R::UserDisconnected));
    sipp.ends_content().await;
}
