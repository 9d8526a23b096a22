//! Many calls at once.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use campanile_rules::attempt::{EndReason, Outcome, Party};
use campanile_telephony::{CallEvent, Sip, SipConfig};
use tokio::{net::UdpSocket, task::JoinSet};

use crate::{
    network::{answered, config, dial, ended, meaning, outgoing, trunk},
    peer::sdp,
};

/// A far end that answers everybody at once and says 200 to every BYE. It gives a caller's own
/// address for sound, so that everybody hears himself.
async fn exchange() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_535];
        while let Ok((len, from)) = socket.recv_from(&mut buffer).await {
            let text = String::from_utf8_lossy(&buffer[..len]);
            let offered =
                text.split("m=audio ").nth(1).and_then(|m| m.split(' ').next()?.parse().ok());
            let body = match (text.split(' ').next(), offered) {
                (Some("ACK"), _) => continue,
                (_, Some(port)) => sdp(SocketAddr::from(([127, 0, 0, 1], port))),
                (_, None) => String::new(),
            };
            let mut reply = String::from("SIP/2.0 200 OK\r\n");
            for line in text.lines() {
                if ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|h| line.starts_with(h))
                {
                    let tagged = line.starts_with("To:") && !line.contains(";tag=");
                    reply += &format!("{line}{}\r\n", if tagged { ";tag=x" } else { "" });
                }
            }
            reply += &format!(
                "Contact: <sip:x@{at}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = socket.send_to(reply.as_bytes(), from).await;
        }
    });
    at
}

async fn one_call(sip: Sip, at: SocketAddr) {
    let mut call = dial(&sip, &trunk(at)).await;
    let (_, _audio) = answered(&mut call).await;
    call.hang_up(Party::Agent).await;
    let end = ended(&mut call).await;
    assert_eq!(meaning(&end), (Outcome::Completed, EndReason::AgentDisconnected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_share_one_port() {
    let sip = Sip::start(SipConfig { rtp_ports: 32_000..=39_999, ..config(500) }).await.unwrap();
    let at = exchange().await;
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        calls.spawn(one_call(sip.clone(), at));
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
}

/// Not a test but a measurement: `cargo test -p campanile-telephony -- --ignored --nocapture pace`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn pace_of_set_ups() {
    let sip = Sip::start(SipConfig { rtp_ports: 20_000..=49_999, ..config(500) }).await.unwrap();
    let at = match std::env::var("CALLEE") {
        Ok(callee) => callee.parse().unwrap(),
        Err(_) => exchange().await,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let mut lanes = JoinSet::new();
    let start = Instant::now();
    for _ in 0..200 {
        let (sip, stop) = (sip.clone(), stop.clone());
        lanes.spawn(async move {
            let (mut calls, mut failed) = (0u64, 0u64);
            while !stop.load(Ordering::Relaxed) {
                let prepared = sip.prepare(&trunk(at), outgoing(Duration::from_secs(60))).await;
                let mut call = sip.dial(prepared.unwrap()).await;
                loop {
                    match call.next().await {
                        CallEvent::Answered { .. } => {
                            drop(call.accept().await);
                            call.hang_up(Party::Agent).await;
                        }
                        CallEvent::Ended(end) => {
                            failed += u64::from(meaning(&end).0 != Outcome::Completed);
                            break;
                        }
                        CallEvent::Ringing { .. } | CallEvent::Challenged(_) => {}
                    }
                }
                calls += 1;
            }
            (calls, failed)
        });
    }
    for second in (5..=40).step_by(5) {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let rss = status.lines().find(|line| line.starts_with("VmRSS")).unwrap().to_owned();
        println!("{second} s: {rss}");
    }
    stop.store(true, Ordering::Relaxed);
    let (mut calls, mut failed) = (0, 0);
    while let Some(lane) = lanes.join_next().await {
        let (c, f) = lane.unwrap();
        calls += c;
        failed += f;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{calls} calls, {failed} failed, {:.0}/s", calls as f64 / seconds);
}

/// As above: two-way sound in a thousand calls for ten seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn cost_of_sound() {
    let sip = Sip::start(SipConfig { rtp_ports: 20_000..=49_999, ..config(500) }).await.unwrap();
    let at = exchange().await;
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        let sip = sip.clone();
        calls.spawn(async move {
            let mut call = dial(&sip, &trunk(at)).await;
            let (_, mut audio) = answered(&mut call).await;
            let mut heard = 0;
            for _ in 0..500 {
                audio.play(&[1_000; 160]);
                let (frame, _) = audio.hear().await.unwrap();
                heard += u32::from(frame[80] > 900);
            }
            assert!(heard > 400, "{heard} of 500 frames heard");
            call.hang_up(Party::Agent).await;
            ended(&mut call).await;
        });
    }
    let cpu = || {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        fields[11].parse::<f64>().unwrap() / 100.0 + fields[12].parse::<f64>().unwrap() / 100.0
    };
    let (start, before) = (Instant::now(), cpu());
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
    let (steps, late) = sip.media_steps();
    let used = (cpu() - before) / start.elapsed().as_secs_f64();
    let seconds = start.elapsed().as_secs_f64();
    println!("{steps} steps in {seconds:.1} s, {late} late, {used:.2} cores");
}
