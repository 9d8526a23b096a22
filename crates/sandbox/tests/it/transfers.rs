//! Calls that the caller transfers by REFER.

use crate::phone::{Phone, records, sandbox};

/// Returns a REFER to `number` in a new branch.
fn refer(phone: &mut Phone, number: &str) -> String {
    phone.branch += 1;
    let refer_to = format!("Refer-To: <sip:{number}@127.0.0.1>\r\nMax-Forwards");
    phone.request("REFER", 2, "").replacen("Max-Forwards", &refer_to, 1)
}

/// Sends a REFER and returns the status of its response.
async fn ask(phone: &Phone, refer: &str) -> u16 {
    phone.send(refer).await;
    loop {
        let heard = phone.hear().await;
        if heard.header("CSeq") == "2 REFER" {
            return heard.status();
        }
    }
}

/// Answers every request up to the last NOTIFY or the BYE, and returns what was told: the first
/// lines of the bodies, and the BYE.
async fn told(phone: &Phone) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    loop {
        let heard = phone.hear().await;
        if heard.0.starts_with("SIP/2.0") {
            continue;
        }
        phone.answer(&heard).await;
        let is_bye = heard.0.starts_with("BYE ");
        let (_, body) = heard.0.split_once("\r\n\r\n").unwrap();
        let line = if is_bye { "BYE" } else { body.trim_end() };
        if told.last().is_none_or(|last| last != line) {
            told.push(line.to_owned());
        }
        if is_bye || heard.header("Subscription-State").starts_with("terminated") {
            return told;
        }
    }
}

#[tokio::test]
async fn the_number_decides_how_a_transfer_goes() {
    let sandbox = sandbox(0.1);
    for (number, status, wanted) in [
        ("+14155550207", 202, &["SIP/2.0 100 Trying", "SIP/2.0 200 OK"][..]),
        ("+14155550281", 202, &["SIP/2.0 100 Trying", "SIP/2.0 486 Busy Here"]),
        ("+14155550289", 202, &["SIP/2.0 100 Trying", "SIP/2.0 603 Decline"]),
        ("+14155550293", 500, &[]),
        ("+14155550299", 202, &["BYE"]),
        ("", 400, &[]),
    ] {
        // The greeting of a mailbox is longer than this call, so nobody hangs up by chance.
        let mut phone = Phone::new(&sandbox, "+14155550160").await;
        phone.call_and_ack().await;
        let refer = refer(&mut phone, number);
        assert_eq!(ask(&phone, &refer).await, status, "{number}");
        if !wanted.is_empty() {
            assert_eq!(told(&phone).await, wanted, "{number}");
        }
        if number != "+14155550299" {
            assert_eq!(ask(&phone, &refer).await, status, "{number} again");
            assert_eq!(phone.ask("BYE", "").await.status(), 200);
        }
    }
    let records = records(&sandbox, 6).await;
    let events: Vec<String> = records.iter().map(|record| record.events.join(" ")).collect();
    assert_eq!(
        events,
        [
            "ack refer=+14155550207 bye-in",
            "ack refer=+14155550281 bye-in",
            "ack refer=+14155550289 bye-in",
            "ack refer=+14155550293 bye-in",
            "ack refer=+14155550299 bye-out",
            "ack bye-in",
        ]
    );
}

#[tokio::test]
async fn a_refer_outside_of_a_call_is_refused() {
    let sandbox = sandbox(0.1);
    let mut phone = Phone::new(&sandbox, "+14155550160").await;
    let before = refer(&mut phone, "+14155550207");
    assert_eq!(ask(&phone, &before).await, 481);
    assert_eq!(phone.call().await.status(), 200);
    let unacknowledged = refer(&mut phone, "+14155550207");
    assert_eq!(ask(&phone, &unacknowledged).await, 481);
}
