//! A file becomes a batch, which can be listed, watched, controlled and reported.

use serde_json::{Value, json};

use super::support::{Reply, World, pointers};

pub const FILE: &str = "phone_number,customer_name\n+14155550101,Jo\n98123,\"=Ann, 2\"\n\
                    +14155550102,Wei\n,Nobody\n";

pub async fn create(world: &World, agent: &str, more: &[(&str, &str)]) -> Reply {
    let mut fields = vec![
        ("name", "June"),
        ("from_number", "+14155550100"),
        ("agent_id", agent),
        ("start", "false"),
    ];
    fields.extend(more);
    world.form("/v1/batch-calls", &fields).await
}

pub async fn draft(world: &World) -> String {
    let agent = world.set_up().await;
    let made = create(world, &agent, &[("file", FILE)]).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_draft_is_made_listed_and_shown() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let retry = r#"{"max_retries": 2, "wait_minutes": 0.5}"#;
    let hours = r#"{"start":"09:00","end":"17:00","days":["mon"],"time_zone":"recipient"}"#;
    let more =
        [("retry", retry), ("calling_hours", hours), ("max_concurrent_calls", "3"), ("file", FILE)];
    let made = create(&world, &agent, &more).await.expect(201);
    assert_eq!(made["status"], "draft");
    assert_eq!(made["retry"]["max_retries"], 2);
    assert_eq!(made["calling_hours"]["time_zone"], "recipient");
    assert_eq!(made["agent_version"], 1);
    assert_eq!(made["blocker"]["code"], "waiting_for_start");
    let progress = &made["progress"];
    assert_eq!(
        (&progress["total"], &progress["pending"], &progress["skipped"]),
        (&json!(4), &json!(2), &json!(2))
    );
    let listed = world.get("/v1/batch-calls?status=draft&limit=1").await.expect(200);
    assert_eq!(
        (&listed["total"], &listed["page"], &listed["limit"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(listed["items"][0]["id"], made["id"]);
    let id = made["id"].as_str().unwrap();
    assert_eq!(world.get(&format!("/v1/batch-calls/{id}")).await.expect(200)["id"], made["id"]);
    world.get("/v1/batch-calls?status=active").await.problem(422);
}

#[tokio::test]
async fn a_country_is_read_in_any_case_and_kept_in_capitals() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let file = "phone_number,customer_name\n(415) 555-0101,Jo\n";
    for country in ["us", "US", "uS"] {
        let more = [("default_country", country), ("file", file)];
        let made = create(&world, &agent, &more).await.expect(201);
        assert_eq!(
            (&made["default_country"], &made["progress"]["pending"]),
            (&json!("US"), &json!(1))
        );
    }
    for country in ["usa", "XX", "U", "United States"] {
        let more = [("default_country", country), ("file", file)];
        let problem = create(&world, &agent, &more).await.problem(422);
        assert_eq!(pointers(&problem), ["/default_country"], "{country}");
    }
    let upload = [("default_country", "us"), ("file", "phone_number\n(415) 555-0101\n")];
    let taken = world.form("/v1/suppressions/upload", &upload).await.expect(200);
    assert_eq!(taken["added"], 1);
}

#[tokio::test]
async fn every_row_is_found_rejected_or_not() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    let page = world.get(&format!("{path}/recipients?limit=3")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    assert_eq!(page["items"][0]["phone_number"], "+14155550101");
    assert_eq!(page["items"][0]["variables"], json!({"customer_name": "Jo"}));
    assert_eq!(page["items"][1]["reason"], "malformed_number");
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = world.get(&format!("{path}/recipients?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));
    let found = world.get(&format!("{path}/recipients?status=pending&q=0102")).await.expect(200);
    let id = found["items"][0]["id"].as_str().unwrap();
    let one = world.get(&format!("/v1/recipients/{id}")).await.expect(200);
    assert_eq!((&one["row"], &one["attempts"]), (&json!(4), &json!([])));
    let problem = world.get(&format!("{path}/recipients?status=x&cursor=y")).await.problem(422);
    assert_eq!(pointers(&problem), ["/status", "/cursor"]);
}

#[tokio::test]
async fn rejected_rows_are_grouped_and_downloaded() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    let groups = world.get(&format!("{path}/rejections")).await.expect(200);
    let group = &groups["items"][0];
    assert_eq!(
        (&group["reason"], &group["count"], &group["rows"]),
        (&json!("malformed_number"), &json!(1), &json!([3]))
    );
    let file = world.get(&format!("{path}/rejections.csv")).await;
    assert_eq!(
        file.text,
        "position,phone_number,failed_parsing_reason,customer_name,failed_parsing_cause,\
         failed_parsing_help\r\n\
         3,98123,malformed_number,\"'=Ann, 2\",too_short,\"Add the digits that are missing: \
         country code, area code and number.\"\r\n\
         5,,missing_number,Nobody,,\"Fill in phone_number, or delete the row.\"\r\n"
    );
}

#[tokio::test]
async fn the_report_has_every_row_also_before_the_end() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}/report.csv", draft(&world).await);
    let report = world.get(&path).await;
    assert_eq!(report.kind, "text/csv; charset=utf-8");
    assert_eq!(
        report.text,
        "phone_number,customer_name,final_status,attempts_made,call_id,digits,call_url\r\n\
         +14155550101,Jo,pending,0,,,\r\n98123,\"'=Ann, 2\",skipped,0,,,\r\n\
         +14155550102,Wei,pending,0,,,\r\n,Nobody,skipped,0,,,\r\n"
    );
    let plain = world.get(&format!("{path}?escape=none")).await;
    assert!(plain.text.contains("98123,\"=Ann, 2\","), "{plain:?}");
    let detailed = world.get(&format!("{path}?detail=attempts")).await;
    assert!(
        detailed.text.starts_with("phone_number,customer_name,final_status,attempts_made,attempt,")
    );
    world.get(&format!("{path}?detail=x&escape=y")).await.problem(422);
}

#[tokio::test]
async fn a_stopped_batch_cannot_be_resumed_and_every_control_may_be_sent_twice() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    world.post(&format!("{path}/resume"), &json!({})).await.problem(409);
    for _ in 0..2 {
        let stopped = world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
        assert_eq!(stopped["status"], "cancelled");
    }
    let shown = world.get(&path).await.expect(200);
    assert_eq!(
        (&shown["progress"]["cancelled"], &shown["progress"]["skipped"]),
        (&json!(2), &json!(2))
    );
    let problem = world.post(&format!("{path}/resume"), &json!({})).await.problem(409);
    assert_eq!(problem["code"], "wrong_state");
}

#[tokio::test]
async fn a_scheduled_batch_waits_for_its_start() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let fields = [
        ("name", "Later"),
        ("from_number", "+14155550100"),
        ("agent_id", &agent),
        ("starts_at", "2999-01-01T00:00:00Z"),
        ("file", FILE),
    ];
    let made = world.form("/v1/batch-calls", &fields).await.expect(201);
    assert_eq!(made["status"], "scheduled");
    assert_eq!(made["starts_at"], "2999-01-01T00:00:00.000000Z");
}

#[tokio::test]
async fn calling_hours_without_days_are_open_all_week() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let hours = r#"{"start": "09:00", "end": "17:00", "time_zone": "Europe/Rome"}"#;
    let made = create(&world, &agent, &[("calling_hours", hours), ("file", FILE)]).await;
    let week = json!(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
    assert_eq!(made.expect(201)["calling_hours"]["days"], week);
}

#[tokio::test]
async fn all_mistakes_of_a_form_are_told_at_once() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let fields = [
        ("name", ""),
        ("from_number", "+14155550199"),
        ("agent_id", agent.as_str()),
        ("agent_version", "2"),
        ("starts_at", "2001-01-01T00:00:00Z"),
        ("ends_at", "2000-01-01T00:00:00Z"),
        ("calling_hours", r#"{"start":"9","end":"17:00","days":["mon"],"time_zone":"recipient"}"#),
        ("retry", r#"{"max_retries": 11, "wait_minutes": -1}"#),
        ("weight", "heavy"),
    ];
    let problem = world.form("/v1/batch-calls", &fields).await.problem(422);
    let mut told = pointers(&problem);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "/agent_version",
            "/calling_hours/start",
            "/ends_at",
            "/file",
            "/from_number",
            "/name",
            "/retry/max_retries",
            "/retry/wait_minutes",
            "/starts_at",
            "/weight",
        ]
    );
}

#[tokio::test]
async fn a_draft_version_cannot_be_used() {
    let world = World::new().await;
    world.set_up().await;
    let agent = world.post("/v1/agents", &json!({"name": "Unpublished"})).await.expect(201);
    let agent = agent["id"].as_str().unwrap();
    let problem = create(&world, agent, &[("file", FILE)]).await.problem(422);
    assert_eq!(pointers(&problem), ["/agent_id"]);
    let problem =
        create(&world, agent, &[("file", FILE), ("agent_version", "1")]).await.problem(422);
    assert_eq!(pointers(&problem), ["/agent_version"]);
}

#[tokio::test]
async fn a_refused_file_leaves_nothing_and_says_why() {
    let world = World::new().await;
    let agent = world.set_up().await;
    for (file, code) in [
        ("", "no_rows"),
        ("phone_number,customer_name\n", "no_rows"),
        ("Phone_Number,customer_name\n+14155550101,Jo\n", "missing_phone_number_column"),
        ("phone_number,Customer_Name\n+14155550101,Jo\n", "missing_variables"),
        ("phone_number,customer_name\n123,Jo\n", "nothing_accepted"),
        ("phone_number,phone_number\n1,2\n", "duplicate_column"),
    ] {
        let problem = create(&world, &agent, &[("file", file)]).await.problem(422);
        assert_eq!(problem["preflight"]["refused"]["code"], code, "{problem}");
    }
    let many = format!("phone_number,customer_name\n{}", "+14155550101,Jo\n".repeat(1_001));
    let problem = create(&world, &agent, &[("file", &many)]).await.problem(422);
    assert_eq!(problem["preflight"]["refused"]["code"], "too_large");
    assert_eq!(world.get("/v1/batch-calls").await.expect(200)["total"], 0);
}

#[tokio::test]
async fn validating_stores_nothing_and_needs_only_the_file() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let path = "/v1/batch-calls/validate";
    let report = world.form(path, &[("file", FILE)]).await.expect(200);
    assert_eq!(
        (&report["refused"], &report["total"], &report["accepted"]),
        (&Value::Null, &json!(4), &json!(2))
    );
    let file = "phone_number,Customer_Name\n+14155550101,Jo\n";
    let report = world.form(path, &[("file", file), ("agent_id", &agent)]).await.expect(200);
    assert_eq!(report["refused"]["code"], "missing_variables");
    assert_eq!(report["placeholders"]["near_misses"][0]["column"], "Customer_Name");
    let national = "phone_number\n(415) 555-0101\n";
    let fields = [("file", national), ("default_country", "US")];
    assert_eq!(world.form(path, &fields).await.expect(200)["accepted"], 1);
    assert_eq!(world.get("/v1/batch-calls").await.expect(200)["total"], 0);
    world.form(path, &[("default_country", "US")]).await.problem(422);
}

#[tokio::test]
async fn a_file_up_to_the_limit_is_taken() {
    let world = World::new().await;
    let file = format!(
        "phone_number,note\n{}",
        format!("+14155550101,{}\n", "x".repeat(3_500)).repeat(999)
    );
    let report = world.form("/v1/batch-calls/validate", &[("file", &file)]).await.expect(200);
    assert_eq!(report["accepted"], 999);
}
