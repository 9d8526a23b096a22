//! Thousands of calls at once.

use std::collections::HashMap;

use crate::phone::{Heard, Phone, sandbox};

/// Calls with sound. Each has a socket, and together they stay below the 1,024 open files that many
/// systems allow per process.
const TALKING: usize = 400;
const RINGING: usize = 4_000;

#[tokio::test]
async fn no_call_of_thousands_is_dropped() {
    let sandbox = sandbox(0.5);
    let mut phone = Phone::new(&sandbox, "").await;
    let mut finals: HashMap<String, u16> = HashMap::new();
    let mut rang: HashMap<String, u32> = HashMap::new();
    let calls = TALKING + RINGING;
    let mut sent = 0;
    while finals.len() < TALKING || rang.len() < calls {
        // This test's own socket has a small buffer, so at most 64 calls are unanswered at a time.
        while sent < calls && sent - rang.len() < 64 {
            let ending = if sent < TALKING { 60 + sent % 10 } else { 70 + sent % 10 };
            phone.to = format!("+1415{sent:05}{ending}");
            phone.to_header = format!("<sip:{}@h>", phone.to);
            phone.call_id = format!("many-{sent}");
            phone.branch += 1;
            phone.send(&phone.request("INVITE", 1, &phone.sdp())).await;
            sent += 1;
        }
        let heard: Heard = phone.hear_any().await;
        let call_id = heard.header("Call-ID").to_owned();
        if heard.status() == 180 {
            *rang.entry(call_id).or_default() += 1;
        } else if finals.insert(call_id.clone(), heard.status()).is_none() {
            phone.to_header = heard.header("To").to_owned();
            phone.call_id = call_id;
            phone.ack(heard.status()).await;
        }
    }
    assert!(finals.values().all(|&status| status == 200));
    let records = sandbox.stop().await.unwrap();
    assert_eq!(records.len(), calls);
    let answered = records.iter().filter(|record| record.final_status == Some(200)).count();
    assert_eq!(answered, TALKING);
    assert!(records.iter().all(|record| record.t_end.is_none()), "nobody hung up");
}
