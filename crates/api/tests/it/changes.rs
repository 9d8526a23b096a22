//! Objects are changed and deleted where their state allows it.

use axum::body::Body;
use serde_json::{Value, json};

use super::{
    batches::draft,
    support::{Reply, World, pointers},
};

async fn patch(world: &World, path: &str, body: Value) -> Reply {
    world.put(("PATCH", path), &body).await
}

#[tokio::test]
async fn a_draft_is_changed_key_by_key_and_null_clears() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    let hours = json!({"start": "09:00", "end": "17:00", "time_zone": "recipient"});
    let first = json!({
        "name": "July", "starts_at": "2999-01-01T00:00:00Z", "ends_at": "2999-01-02T00:00:00Z",
        "calling_hours": hours, "max_concurrent_calls": 3, "retry": {"max_retries": 2},
    });
    let changed = patch(&world, &path, first).await.expect(200);
    assert_eq!((&changed["name"], &changed["weight"]), (&json!("July"), &json!(1)));
    let second = json!({
        "calling_hours": {"end": "18:00"}, "retry": {"wait_minutes": 5},
        "max_concurrent_calls": null, "ends_at": null,
    });
    patch(&world, &path, second).await.expect(200);
    let shown = world.get(&path).await.expect(200);
    assert_eq!(shown["calling_hours"]["start"], "09:00");
    assert_eq!(shown["calling_hours"]["end"], "18:00");
    assert_eq!(
        (&shown["retry"]["max_retries"], &shown["retry"]["wait_minutes"]),
        (&json!(2), &json!(5.0))
    );
    assert_eq!((&shown["max_concurrent_calls"], &shown["ends_at"]), (&Value::Null, &Value::Null));
    assert_eq!(shown["starts_at"], "2999-01-01T00:00:00.000000Z");
}

#[tokio::test]
async fn a_change_that_makes_no_sense_changes_nothing() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    let before = world.get(&path).await;
    let wrong = json!({
        "name": null, "weight": 0, "from_number": "+14155550100",
        "calling_hours": {"end": "18:00"},
    });
    let problem = patch(&world, &path, wrong).await.problem(422);
    let mut told = pointers(&problem);
    told.sort();
    let expected =
        ["/calling_hours/start", "/calling_hours/time_zone", "/from_number", "/name", "/weight"];
    assert_eq!(told, expected);
    let past = json!({"starts_at": "2001-01-01T00:00:00Z"});
    assert_eq!(pointers(&patch(&world, &path, past).await.problem(422)), ["/starts_at"]);
    let past = json!({"ends_at": "2001-01-01T00:00:00Z"});
    assert_eq!(pointers(&patch(&world, &path, past).await.problem(422)), ["/ends_at"]);
    patch(&world, &path, json!([])).await.problem(422);
    assert_eq!(world.get(&path).await.etag(), before.etag());
}

#[tokio::test]
async fn what_may_be_changed_depends_on_the_state() {
    let world = World::new().await;
    world.put(("PATCH", "/v1/workspace"), &json!({"max_concurrent_calls": 0})).await.expect(200);
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    world.post(&format!("{path}/start"), &json!({})).await.expect(200);
    let all = json!({
        "name": "July", "ends_at": "2999-01-02T00:00:00Z", "max_concurrent_calls": 3,
        "weight": 2, "retry": {"max_retries": 1},
        "calling_hours": {"start": "00:00", "end": "00:00", "time_zone": "UTC"},
    });
    patch(&world, &path, all).await.expect(200);
    let start = json!({"starts_at": "2999-01-01T00:00:00Z", "weight": 3});
    let problem = patch(&world, &path, start).await.problem(409);
    assert_eq!((&problem["code"], pointers(&problem)), (&json!("wrong_state"), vec!["/starts_at"]));
    assert!(problem["detail"].as_str().unwrap().contains("running"), "{problem}");
    assert_eq!(world.get(&path).await.expect(200)["weight"], 2);
    world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
    patch(&world, &path, json!({"name": "August"})).await.expect(200);
    patch(&world, &path, json!({"weight": 2})).await.expect(200);
    let problem = patch(&world, &path, json!({"weight": 4, "retry": null})).await.problem(409);
    assert_eq!(pointers(&problem), ["/weight", "/retry"]);
}

#[tokio::test]
async fn nobody_undoes_a_change_unseen() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    let seen = world.get(&path).await.etag();
    assert!(seen.starts_with('"') && seen.ends_with('"'), "{seen}");
    let rename = |tag: String, name: &'static str| {
        let request = world.request("PATCH", &path).header("if-match", tag);
        let body = Body::from(json!({"name": name}).to_string());
        world.send(request.header("content-type", "application/json").body(body).unwrap())
    };
    let renamed = rename(format!("\"other\", {seen}"), "July").await;
    assert_ne!(renamed.etag(), seen);
    assert_eq!(renamed.etag(), world.get(&path).await.etag());
    let problem = rename(seen, "August").await.problem(412);
    assert_eq!(problem["code"], "changed_meanwhile");
    rename("*".to_owned(), "August").await.expect(200);
    let seen = world.get(&path).await.etag();
    world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
    rename(seen, "July").await.problem(412);
}

#[tokio::test]
async fn what_is_in_use_stays() {
    let world = World::new().await;
    let batch = draft(&world).await;
    let gone = |path: String| {
        let world = &world;
        async move {
            let request = world.request("DELETE", &path).body(Body::empty()).unwrap();
            world.send(request).await
        }
    };
    let words = gone("/v1/trunks/trunk_1".into()).await.problem(409)["detail"].to_string();
    assert!(words.contains("number_1"), "{words}");
    gone("/v1/phone-numbers/number_1".into()).await.problem(409);
    gone("/v1/agents/agent_1".into()).await.problem(409);
    assert_eq!(gone(format!("/v1/batch-calls/{batch}")).await.status, 204);
    world.get(&format!("/v1/batch-calls/{batch}")).await.problem(404);
    for path in ["/v1/agents/agent_1", "/v1/phone-numbers/number_1", "/v1/trunks/trunk_1"] {
        assert_eq!(gone(path.to_owned()).await.status, 204, "{path}");
        gone(path.to_owned()).await.problem(404);
    }
}

#[tokio::test]
async fn a_caller_id_gets_another_trunk_and_an_agent_another_name() {
    let world = World::new().await;
    world.set_up().await;
    let trunk = world.post("/v1/trunks", &json!({"name": "b", "host": "127.0.0.1"})).await;
    let trunk = trunk.expect(201)["id"].clone();
    let number = "/v1/phone-numbers/number_1";
    let moved = patch(&world, number, json!({"trunk_id": trunk})).await.expect(200);
    assert_eq!(moved["trunk_id"], trunk);
    let named = patch(&world, number, json!({"label": "Desk"})).await.expect(200);
    assert_eq!((&named["trunk_id"], &named["label"]), (&trunk, &json!("Desk")));
    patch(&world, number, json!({"trunk_id": "trunk_99"})).await.problem(422);
    let cut = patch(&world, number, json!({"trunk_id": null})).await.expect(200);
    assert_eq!((&cut["trunk_id"], &cut["label"]), (&Value::Null, &json!("Desk")));
    let renamed = patch(&world, "/v1/agents/agent_1", json!({"name": "Recall"})).await.expect(200);
    assert_eq!(renamed["name"], "Recall");
    patch(&world, "/v1/agents/agent_1", json!({})).await.problem(422);
}

#[tokio::test]
async fn batches_are_found_and_sorted() {
    let world = World::new().await;
    let agent = world.set_up().await;
    for name in ["beta", "Alpha", "gamma"] {
        let more = [("file", super::batches::FILE)];
        let made = super::batches::create(&world, &agent, &more).await.expect(201);
        let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
        patch(&world, &path, json!({"name": name})).await.expect(200);
    }
    let names = |query: &'static str| {
        let world = &world;
        async move {
            let page = world.get(&format!("/v1/batch-calls?{query}")).await.expect(200);
            let items = page["items"].as_array().unwrap().iter();
            items.map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(names("").await, ["gamma", "Alpha", "beta"]);
    assert_eq!(names("sort=created_at").await, ["beta", "Alpha", "gamma"]);
    assert_eq!(names("sort=name").await, ["Alpha", "beta", "gamma"]);
    assert_eq!(names("sort=-name&limit=1&page=2").await, ["beta"]);
    assert_eq!(names("q=ALPH").await, ["Alpha"]);
    assert_eq!(names("agent_id=agent_9").await, Vec::<String>::new());
}

#[tokio::test]
async fn those_who_were_not_reached_are_called_again() {
    let world = World::new().await;
    world.put(("PATCH", "/v1/workspace"), &json!({"max_concurrent_calls": 0})).await.expect(200);
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    let redial = format!("{path}/redial");
    world.post(&format!("{path}/start"), &json!({})).await.expect(200);
    let problem = world.post(&redial, &json!({})).await.problem(409);
    assert_eq!(problem["code"], "wrong_state");
    let retry = json!({"retry": {"max_retries": 2}, "ends_at": "2999-01-01T00:00:00Z"});
    patch(&world, &path, retry).await.expect(200);
    world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
    let request = world.request("POST", &redial).body(Body::empty()).unwrap();
    let again = world.send(request).await.expect(201);
    assert_eq!((&again["name"], &again["status"]), (&json!("June (redial)"), &json!("running")));
    assert_eq!(again["columns"], json!(["phone_number", "customer_name"]));
    assert_eq!(again["retry"]["max_retries"], 2);
    assert_eq!(again["ends_at"], "2999-01-01T00:00:00.000000Z");
    assert_eq!(
        (&again["progress"]["total"], &again["progress"]["pending"]),
        (&json!(2), &json!(2))
    );
    let rows = format!("/v1/batch-calls/{}/recipients", again["id"].as_str().unwrap());
    let rows = world.get(&rows).await.expect(200);
    let row = |n: usize| (rows["items"][n]["row"].clone(), rows["items"][n]["variables"].clone());
    assert_eq!(row(0), (json!(2), json!({"customer_name": "Jo"})));
    assert_eq!(row(1), (json!(3), json!({"customer_name": "Wei"})));
}

#[tokio::test]
async fn a_redial_may_differ_and_is_validated_anew() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    let redial = format!("{path}/redial");
    world.post(&redial, &json!({})).await.problem(409);
    world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
    let problem = world.post(&redial, &json!({"statuses": ["no_answer"]})).await.problem(422);
    assert_eq!(pointers(&problem), ["/statuses"]);
    let problem = world.post(&redial, &json!({"statuses": ["pending"], "file": "x"})).await;
    assert_eq!(pointers(&problem.problem(422)), ["/statuses/0", "/file"]);
    let only_rejected = json!({"statuses": ["skipped"]});
    assert_eq!(world.post(&redial, &only_rejected).await.problem(422)["code"], "file_refused");
    let other = json!({
        "statuses": ["cancelled", "skipped"], "name": "July", "start": false, "weight": 5,
        "starts_at": "2999-01-01T00:00:00Z",
    });
    let again = world.post(&redial, &other).await.expect(201);
    assert_eq!((&again["name"], &again["status"]), (&json!("July"), &json!("draft")));
    assert_eq!((&again["weight"], &again["progress"]["skipped"]), (&json!(5), &json!(2)));
    assert_eq!(again["starts_at"], "2999-01-01T00:00:00.000000Z");
}
