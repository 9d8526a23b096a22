//! Retransmissions, transports, unusual messages, and their records.

use campanile_sandbox::{Sandbox, SandboxConfig, SandboxError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::phone::{Phone, records, sandbox};

#[tokio::test]
async fn a_retransmission_is_no_row_and_no_attempt() {
    let sandbox = sandbox(0.01);
    let mut phone = Phone::new(&sandbox, "+14155550185").await;
    phone.invite().await;
    phone.invite().await;
    let answers = [phone.hear().await, phone.hear().await];
    assert_eq!(answers[0].0, answers[1].0, "the same answer, tag included");
    assert_eq!(answers[0].status(), 486, "also the second time");
    phone.to_header = answers[0].header("To").to_owned();
    phone.ack(486).await;
    records(&sandbox, 1).await;
    phone.invite().await;
    let records = sandbox.stop().await.unwrap();
    assert_eq!(records.len(), 1);
}

#[tokio::test]
async fn a_new_branch_is_a_row_of_its_own() {
    let sandbox = sandbox(0.01);
    let mut phone = Phone::new(&sandbox, "+14155550180").await;
    phone.call_and_ack().await;
    phone.branch += 1;
    phone.to_header = "<sip:+14155550180@127.0.0.1>".into();
    phone.call_and_ack().await;
    let records = records(&sandbox, 2).await;
    assert_eq!(records[0].call_id, records[1].call_id);
}

#[tokio::test]
async fn final_answers_are_sent_until_they_are_acknowledged() {
    let sandbox = sandbox(0.01);
    for (number, status) in [("+14155550180", 486), ("+14155550101", 200)] {
        let mut phone = Phone::new(&sandbox, number).await;
        let first = phone.call().await;
        let again = phone.hear().await;
        assert_eq!((first.status(), again.status()), (status, status));
        assert_eq!(first.header("To"), again.header("To"));
        phone.ack(status).await;
    }
}

#[tokio::test]
async fn a_call_works_over_tcp() {
    let sandbox = sandbox(0.01);
    let phone = Phone::new(&sandbox, "+14155550199").await;
    let mut stream = TcpStream::connect(sandbox.local_addr()).await.unwrap();
    let mut heard = String::new();
    let invite = phone.request("INVITE", 1, &phone.sdp()).replace("/UDP", "/TCP");
    // The message comes in pieces after a keep-alive.
    stream.write_all(b"\r\n\r\n").await.unwrap();
    stream.write_all(&invite.as_bytes()[..100]).await.unwrap();
    stream.flush().await.unwrap();
    stream.write_all(&invite.as_bytes()[100..]).await.unwrap();
    read_until(&mut stream, &mut heard, "SIP/2.0 200").await;
    let to = heard.lines().find(|line| line.starts_with("To: ")).unwrap()[4..].to_owned();
    let ack = Phone { to_header: to, ..phone }.request("ACK", 1, "").replace("/UDP", "/TCP");
    stream.write_all(ack.as_bytes()).await.unwrap();
    read_until(&mut stream, &mut heard, "BYE sip:").await;
    assert!(heard.contains(";transport=tcp>"), "{heard}");
    assert_eq!(records(&sandbox, 1).await[0].events, ["ack", "bye-out"]);
}

/// Reads until the text `wanted` has come.
async fn read_until(stream: &mut TcpStream, heard: &mut String, wanted: &str) {
    let mut buffer = [0u8; 4_096];
    while !heard.contains(wanted) {
        let len = stream.read(&mut buffer).await.unwrap();
        assert!(len > 0, "the connection was closed: {heard}");
        heard.push_str(std::str::from_utf8(&buffer[..len]).unwrap());
    }
}

#[tokio::test]
async fn requests_beside_a_call_are_answered() {
    let sandbox = sandbox(1.0);
    let mut phone = Phone::new(&sandbox, "+14155550101").await;
    assert_eq!(phone.ask("OPTIONS", "").await.status(), 200);
    assert_eq!(phone.ask("REGISTER", "").await.status(), 405);
    assert_eq!(phone.call_and_ack().await.status(), 200);
    let sdp = phone.sdp();
    let again = phone.ask("INVITE", &sdp).await;
    assert_eq!(again.status(), 200);
    assert!(again.rtp_port() > 0);
    phone.ack(200).await;
    assert_eq!(phone.ask("UPDATE", "").await.status(), 200);
    assert_eq!(phone.ask("INFO", "").await.status(), 200);
    assert_eq!(phone.ask("OPTIONS", "").await.status(), 200);
    assert_eq!(phone.ask("BYE", "").await.status(), 200);
    assert_eq!(phone.ask("BYE", "").await.status(), 200, "a BYE that comes again");
    assert_eq!(phone.ask("INVITE", &sdp).await.status(), 481);
    let records = records(&sandbox, 1).await;
    assert_eq!(records.len(), 1, "a re-INVITE is no call");
    assert_eq!(records[0].events, ["ack", "bye-in"]);
}

#[tokio::test]
async fn requests_of_unknown_calls_are_gone() {
    let sandbox = sandbox(1.0);
    let mut phone = Phone::new(&sandbox, "+14155550101").await;
    assert_eq!(phone.ask("CANCEL", "").await.status(), 481);
    phone.to_header = "<sip:x@h>;tag=1-00000000".into();
    assert_eq!(phone.ask("BYE", "").await.status(), 481);
    assert_eq!(phone.ask("INVITE", "").await.status(), 481);
    phone.send(&phone.request("ACK", 1, "")).await;
    assert!(sandbox.stop().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_served_is_said() {
    let sandbox = sandbox(0.01);
    let mut phone = Phone::new(&sandbox, "+14155550101").await;
    let video = phone.sdp().replace("RTP/AVP 0 101", "RTP/AVP 31");
    phone.send(&phone.request("INVITE", 1, &video)).await;
    assert_eq!(phone.hear().await.status(), 488);
    phone.branch += 1;
    let invite = phone.request("INVITE", 1, &phone.sdp());
    phone.send(&invite.replace("Max-Forwards", "Require: 100rel\r\nMax-Forwards")).await;
    let refusal = loop {
        let heard = phone.hear().await;
        if heard.status() != 488 {
            break heard;
        }
    };
    assert_eq!((refusal.status(), refusal.header("Unsupported")), (420, "100rel"));
}

#[tokio::test]
async fn noise_on_the_port_harms_no_call() {
    let sandbox = sandbox(0.01);
    let mut phone = Phone::new(&sandbox, "+14155550101").await;
    let mut rng = fastrand::Rng::with_seed(7);
    let invite = phone.request("INVITE", 1, &phone.sdp());
    for _ in 0..2_000 {
        let mut bytes = invite.clone().into_bytes();
        for _ in 0..rng.usize(1..20) {
            let at = rng.usize(..bytes.len());
            bytes[at] = rng.u8(..);
        }
        bytes.truncate(rng.usize(..bytes.len() * 2));
        phone.sip.send_to(&bytes, phone.sandbox).await.unwrap();
    }
    phone.sip = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    phone.branch += 1;
    phone.call_id = "clean".into();
    assert_eq!(phone.call_and_ack().await.status(), 200);
    assert_eq!(phone.ask("BYE", "").await.status(), 200);
}

#[tokio::test]
async fn calls_alive_at_the_end_have_no_end_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let cdr = dir.path().join("cdr.csv");
    let config =
        SandboxConfig { cdr: Some(cdr.clone()), time_scale: 0.001, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config).unwrap();
    let mut busy = Phone::new(&sandbox, "+14155550180").await;
    busy.call_and_ack().await;
    assert_eq!(records(&sandbox, 1).await.len(), 1);
    let ringing = Phone::new(&sandbox, "+14155550170").await;
    ringing.invite().await;
    assert_eq!(ringing.hear_any().await.status(), 180);
    let mut mailbox = Phone::new(&sandbox, "+14155550160").await;
    assert_eq!(mailbox.call_and_ack().await.status(), 200);
    mailbox.ask("OPTIONS", "").await;
    let records = sandbox.stop().await.unwrap();
    let ends: Vec<_> = records.iter().map(|r| (r.final_status, r.t_end.is_some())).collect();
    assert_eq!(ends, [(Some(486), true), (None, false), (Some(200), false)]);
    let text = std::fs::read_to_string(cdr).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "t_invite,call_id,from,to,final,events,t_end");
    let seconds = |field: &str| {
        let (whole, decimals) = field.split_once('.').unwrap();
        assert!(whole.len() >= 10 && decimals.len() == 6, "{field}");
    };
    let busy: Vec<_> = lines[1].split(',').collect();
    seconds(busy[0]);
    seconds(busy[6]);
    assert_eq!(busy[2..6], ["+14155550100", "+14155550180", "486", "ack"]);
    assert!(lines[2].ends_with(",+14155550100,+14155550170,,,"), "{}", lines[2]);
    assert!(lines[3].ends_with(",+14155550160,200,ack,"), "{}", lines[3]);
}

#[tokio::test]
async fn a_taken_port_and_a_wrong_scale_are_told() {
    let first = sandbox(1.0);
    let config = SandboxConfig { listen: first.local_addr(), ..SandboxConfig::default() };
    assert!(matches!(Sandbox::start(config), Err(SandboxError::Listen { .. })));
    for time_scale in [-1.0, f64::NAN, 1e9] {
        let config = SandboxConfig { time_scale, ..SandboxConfig::default() };
        assert!(matches!(Sandbox::start(config), Err(SandboxError::TimeScale(_))));
    }
    let cdr = Some("/nowhere/at/all.csv".into());
    let config = SandboxConfig { cdr, ..SandboxConfig::default() };
    assert!(matches!(Sandbox::start(config), Err(SandboxError::Write { .. })));
}
