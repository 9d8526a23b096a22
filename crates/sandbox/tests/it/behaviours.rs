//! Tests the documented table of behaviours, ending by ending.

use crate::phone::{Phone, records, sandbox};

#[tokio::test]
async fn each_refusal_has_its_status() {
    let sandbox = sandbox(0.01);
    let endings = [(80, 486), (84, 486), (89, 603), (93, 500), (94, 500), (95, 404), (97, 403)];
    for (ending, status) in endings {
        let mut phone = Phone::new(&sandbox, &format!("+141555501{ending}")).await;
        assert_eq!(phone.call_and_ack().await.status(), status, "{ending}");
    }
    let records = records(&sandbox, endings.len()).await;
    for (record, (ending, status)) in records.iter().zip(endings) {
        assert_eq!(record.to, format!("+141555501{ending}"));
        assert_eq!(record.from, "+14155550100");
        assert_eq!(record.final_status, Some(status));
        assert_eq!(record.events, ["ack"]);
        assert!(record.t_end.unwrap() >= record.t_invite);
    }
}

#[tokio::test]
async fn a_number_that_is_none_is_not_found() {
    let sandbox = sandbox(0.01);
    let mut phone = Phone::new(&sandbox, "echo").await;
    assert_eq!(phone.call_and_ack().await.status(), 404);
}

#[tokio::test]
async fn some_are_busy_or_congested_on_the_first_attempt_only() {
    let sandbox = sandbox(0.01);
    for (ending, status) in [(85, 486), (86, 486), (90, 503), (92, 503)] {
        let number = format!("+141555502{ending}");
        let mut first = Phone::new(&sandbox, &number).await;
        let refusal = first.call_and_ack().await;
        assert_eq!(refusal.status(), status, "{ending}");
        // One second at a hundredth of the time rounds to 0, which means at once.
        assert_eq!(refusal.header("Retry-After"), if status == 503 { "0" } else { "" });
        let mut second = Phone::new(&sandbox, &number).await;
        assert_eq!(second.call_and_ack().await.status(), 200, "{ending}");
        assert_eq!(second.ask("BYE", "").await.status(), 200);
    }
    assert_eq!(records(&sandbox, 8).await.len(), 8);
}

#[tokio::test]
async fn retry_after_is_one_second_in_usual_time() {
    let sandbox = sandbox(1.0);
    let mut phone = Phone::new(&sandbox, "+14155550191").await;
    assert_eq!(phone.call_and_ack().await.header("Retry-After"), "1");
}

#[tokio::test]
async fn some_ring_until_they_are_cancelled() {
    let sandbox = sandbox(0.001);
    for number in ["+14155550170", "+14155550179", "+14155550187"] {
        let mut phone = Phone::new(&sandbox, number).await;
        phone.invite().await;
        assert_eq!(phone.hear_any().await.status(), 180);
        phone.send(&phone.request("CANCEL", 1, "")).await;
        let answers = [phone.hear().await, phone.hear().await];
        let find = |cseq: &str| answers.iter().find(|a| a.header("CSeq") == cseq).unwrap().clone();
        assert_eq!(find("1 CANCEL").status(), 200);
        assert_eq!(find("1 INVITE").status(), 487);
        phone.to_header = find("1 INVITE").header("To").to_owned();
        phone.ack(487).await;
    }
    for record in records(&sandbox, 3).await {
        assert_eq!(record.final_status, Some(487));
        assert_eq!(record.events, ["cancel", "ack"]);
    }
    let mut second = Phone::new(&sandbox, "+14155550187").await;
    assert_eq!(second.call_and_ack().await.status(), 200, "a person on the second attempt");
}

#[tokio::test]
async fn ninety_nine_answers_and_hangs_up() {
    let sandbox = sandbox(1.0);
    let mut phone = Phone::new(&sandbox, "+14155550199").await;
    phone.invite().await;
    let first = phone.hear_any().await;
    assert_eq!(first.status(), 200, "without ringing");
    phone.to_header = first.header("To").to_owned();
    phone.ack(200).await;
    let bye = phone.answer_bye().await;
    assert!(bye.header("To").ends_with(";tag=me"));
    assert_eq!(bye.header("From"), phone.to_header);
    let record = &records(&sandbox, 1).await[0];
    assert_eq!((record.final_status, record.events.join(" ")), (Some(200), "ack bye-out".into()));
}

#[tokio::test]
async fn a_person_loses_patience_in_scaled_time() {
    let sandbox = sandbox(0.02);
    let mut phone = Phone::new(&sandbox, "+14155550159").await;
    assert_eq!(phone.call_and_ack().await.status(), 200);
    phone.answer_bye().await;
    let record = &records(&sandbox, 1).await[0];
    assert_eq!(record.events, ["ack", "bye-out"]);
    // 20 s at this scale are 0.4 s; ringing takes about 20 ms before that.
    assert!(record.t_end.unwrap() - record.t_invite >= 0.4);
}
