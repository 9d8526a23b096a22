//! Network groups, KYC, suppressions and the operator's settings.

use campanile_store::KeyScope;
use serde_json::{Value, json};

use super::support::{World, pointers};

/// A server with an admin key and an operator's key for the same workspace.
async fn worlds() -> (World, World) {
    let world = World::new().await;
    let operator = world.with_key(&world.make_key("default", KeyScope::Operator).await);
    (world, operator)
}

/// Like [`World::set_up`], with a managed trunk.
async fn set_up(operator: &World) -> String {
    let trunk = json!({"name": "carrier", "kind": "managed", "host": "127.0.0.1", "port": 9});
    let trunk = operator.post("/v1/trunks", &trunk).await.expect(201);
    let number = json!({"phone_number": "+14155550100", "trunk_id": trunk["id"]});
    operator.post("/v1/phone-numbers", &number).await.expect(201);
    let agent = json!({"name": "Reminder", "first_message": "Hello."});
    let agent = operator.post("/v1/agents", &agent).await.expect(201);
    let id = agent["id"].as_str().expect("an id").to_owned();
    let publish = format!("/v1/agents/{id}/versions/1/publish");
    operator.post(&publish, &json!({})).await.expect(200);
    id
}

async fn validate(world: &World, agent: &str, file: &str) -> Value {
    let fields = [("from_number", "+14155550100"), ("agent_id", agent), ("file", file)];
    world.form("/v1/batch-calls/validate", &fields).await.expect(200)
}

fn reasons(preflight: &Value) -> Vec<(&str, &Value)> {
    let groups = preflight["rejections"].as_array().expect("rejections").iter();
    groups.map(|group| (group["reason"].as_str().expect("a reason"), &group["rows"])).collect()
}

#[tokio::test]
async fn a_workspace_enables_ordinary_groups_and_an_operator_the_dear_ones() {
    let (world, operator) = worlds().await;
    let path = "/v1/network-groups";
    let all = world.get("/v1/network-groups?country=US").await.expect(200);
    let items = all["items"].as_array().unwrap();
    assert!(items.iter().all(|group| group["enabled"] == false && group["country"] == "US"));
    let switch = json!({"enable": ["us-geographic-and-mobile", "gb-mobile"]});
    let now = world.put(("PATCH", path), &switch).await.expect(200);
    assert!(now["items"].as_array().unwrap().iter().all(|group| group["enabled"] == true));

    let wrong =
        json!({"enable": ["us-geografic-and-mobile", "gb-mobile"], "disable": ["gb-mobile", "xx"]});
    let problem = world.put(("PATCH", path), &wrong).await.problem(422);
    assert_eq!(pointers(&problem), ["/enable/0", "/disable/0", "/disable/1"]);
    assert!(problem.to_string().contains("us-geographic-and-mobile"), "{problem}");
    world.put(("PATCH", path), &json!({})).await.problem(422);

    let dear = json!({"enable": ["us-premium"]});
    world.put(("PATCH", path), &dear).await.problem(403);
    operator.put(("PATCH", path), &dear).await.expect(200);
    world.put(("PATCH", path), &json!({"disable": ["us-premium"]})).await.expect(200);

    let enabled = world.get("/v1/network-groups?enabled=true&limit=1").await.expect(200);
    assert_eq!(enabled["items"][0]["id"], "gb-mobile");
    let next = enabled["next_cursor"].as_str().unwrap();
    let rest = format!("/v1/network-groups?enabled=true&limit=1&cursor={next}");
    let rest = world.get(&rest).await.expect(200);
    assert_eq!(rest["items"][0]["id"], "us-geographic-and-mobile");
    assert_eq!(rest["next_cursor"], Value::Null);
    let found = world.get("/v1/network-groups?q=SATELLITE&kind=satellite").await.expect(200);
    assert_eq!(found["items"][0]["kind"], "satellite");
    for (query, pointer) in [("kind=pigeon", "/kind"), ("country=AA", "/country")] {
        let problem = world.get(&format!("/v1/network-groups?{query}")).await.problem(422);
        assert_eq!(pointers(&problem), [pointer]);
    }
    let shown = world.get("/v1/network-groups/gb-mobile").await.expect(200);
    assert!(shown["prefixes"][0].as_str().unwrap().starts_with("+44"), "{shown}");
    world.get("/v1/network-groups/zz").await.problem(404);

    let other = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    let elsewhere = other.get("/v1/network-groups?enabled=true").await.expect(200);
    assert_eq!(elsewhere["items"], json!([]));
}

#[tokio::test]
async fn a_file_is_checked_against_the_route_of_its_number() {
    let (world, operator) = worlds().await;
    let agent = set_up(&operator).await;
    let file = "phone_number\n+14155550101\n+442079460018\n+919876543210\n+14155550102\n";
    let nothing = validate(&world, &agent, file).await;
    assert_eq!(reasons(&nothing)[0].0, "no_enabled_countries");
    assert_eq!(nothing["refused"]["code"], "nothing_accepted");
    let switch = json!({"enable": ["us-geographic-and-mobile", "in-mobile"]});
    world.put(("PATCH", "/v1/network-groups"), &switch).await.expect(200);
    let suppression = json!({"phone_number": "+14155550102", "reason": "asked"});
    world.post("/v1/suppressions", &suppression).await.expect(201);
    let some = validate(&world, &agent, file).await;
    let told = reasons(&some);
    assert!(told.contains(&("unsupported_country", &json!([3]))), "{told:?}");
    assert!(told.contains(&("kyc_required", &json!([4]))), "{told:?}");
    assert!(told.contains(&("suppressed", &json!([5]))), "{told:?}");
    assert_eq!(some["accepted"], 1);
    let fields = [
        ("name", "people"),
        ("from_number", "+1 (415) 555-0100"),
        ("agent_id", &agent),
        ("start", "false"),
        ("file", file),
    ];
    let made = world.form("/v1/batch-calls", &fields).await.expect(201);
    assert_eq!(
        (&made["progress"]["pending"], &made["progress"]["skipped"]),
        (&json!(1), &json!(3))
    );
}

#[tokio::test]
async fn kyc_waits_for_the_operator_who_may_change_their_mind() {
    let (world, operator) = worlds().await;
    let listed = world.get("/v1/kyc").await.expect(200);
    assert_eq!(
        (&listed["items"][0]["country"], &listed["items"][0]["state"]),
        (&json!("IN"), &json!("not_submitted"))
    );
    world.put(("PUT", "/v1/kyc/IN"), &json!({"documents": []})).await.problem(422);
    world.put(("PUT", "/v1/kyc/XX"), &json!({})).await.problem(404);
    let papers = json!({"documents": [
        {"name": "Certificate", "kind": "registration", "reference": "file 17"},
    ]});
    let pending = world.put(("PUT", "/v1/kyc/IN"), &papers).await.expect(200);
    assert_eq!((&pending["state"], &pending["required"]), (&json!("pending"), &json!(true)));
    assert!(pending["documents"][0]["submitted_at"].is_string());

    let waiting = operator.get("/v1/operator/kyc?state=pending").await.expect(200);
    let workspace = waiting["items"][0]["workspace_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/operator/workspaces/{workspace}/kyc/IN");
    let approve = json!({"state": "approved", "note": "until 2028"});
    world.put(("PUT", &path), &approve).await.problem(403);
    world.get("/v1/operator/kyc").await.problem(403);
    let decided = operator.put(("PUT", &path), &approve).await.expect(200);
    assert!(decided["decided_by"].is_string() && decided["decided_at"].is_string(), "{decided}");
    let seen = world.get("/v1/kyc").await.expect(200);
    let seen = &seen["items"][0];
    assert_eq!((&seen["state"], &seen["note"]), (&json!("approved"), &json!("until 2028")));
    assert!(seen.get("decided_by").is_none(), "who decided is the operator's own business");
    world.put(("PUT", "/v1/kyc/IN"), &papers).await.problem(409);
    let rejected = operator.put(("PUT", &path), &json!({"state": "rejected"})).await.expect(200);
    assert_eq!(rejected["state"], "rejected");
    operator.put(("PUT", &path), &json!({"state": "maybe"})).await.problem(422);
    let nobody = format!("/v1/operator/workspaces/{workspace}/kyc/US");
    operator.put(("PUT", &nobody), &approve).await.problem(404);
}

#[tokio::test]
async fn suppressions_come_one_by_one_or_in_a_file() {
    let world = World::new().await;
    let path = "/v1/suppressions";
    let one = json!({"phone_number": "+14155550101", "reason": "asked"});
    let made = world.post(path, &one).await.expect(201);
    assert_eq!((&made["source"], &made["reason"]), (&json!("api"), &json!("asked")));
    world.post(path, &one).await.expect(200);
    for dressed in ["+1 (415) 555-0101", "'+14155550101", "=\"+14155550101\""] {
        let known = world.post(path, &json!({"phone_number": dressed})).await.expect(200);
        assert_eq!(known["phone_number"], "+14155550101", "{dressed}");
    }
    world.post(path, &json!({"phone_number": "415"})).await.problem(422);

    let file = "phone_number,why\n+14155550101,a\n+442079460018,b\n12,c\n+442079460018,d\n";
    let upload = [("file", file)];
    let taken = world.form("/v1/suppressions/upload", &upload).await.expect(200);
    let counts = ["total", "added", "known", "rejected"].map(|name| taken[name].as_u64().unwrap());
    assert_eq!(counts, [4, 1, 2, 1]);
    assert_eq!(taken["rejections"][0]["rows"], json!([4]));
    let refused = [("file", "number\n+14155550109\n")];
    let problem = world.form("/v1/suppressions/upload", &refused).await.problem(422);
    assert!(!problem["title"].as_str().unwrap().contains("batch"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("list of suppressions"), "{problem}");
    let refused = [("file", "phone_number\n12\n\"+14155550109\n+14155550108,\"x\n")];
    let problem = world.form("/v1/suppressions/upload", &refused).await.problem(422);
    let detail = problem["detail"].as_str().unwrap();
    let words = ["Nothing was added", "(row 2)", "(row 3)", "row 3 opens a quote"];
    assert!(words.iter().all(|words| detail.contains(words)), "{detail}");
    assert!(!detail.contains("call"), "{detail}");
    world.form("/v1/suppressions/upload", &[]).await.problem(422);

    let page = world.get("/v1/suppressions?limit=1").await.expect(200);
    assert_eq!(
        (&page["total"], &page["items"][0]["phone_number"]),
        (&json!(2), &json!("+14155550101"))
    );
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = world.get(&format!("/v1/suppressions?cursor={cursor}")).await.expect(200);
    assert_eq!(rest["items"][0]["source"], "file");
    let found = world.get("/v1/suppressions?q=%2B4420").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    world.get("/v1/suppressions?q=abc").await.problem(422);

    let gone = "/v1/suppressions/+14155550101";
    assert_eq!(world.put(("DELETE", gone), &json!({})).await.status, 204);
    world.put(("DELETE", gone), &json!({})).await.problem(404);
    let other = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    assert_eq!(other.get(path).await.expect(200)["total"], 0);
    other.put(("DELETE", "/v1/suppressions/442079460018"), &json!({})).await.problem(404);
    let reader = world.with_key(&world.make_key("default", KeyScope::Operate).await);
    reader.post(path, &one).await.problem(403);
}

#[tokio::test]
async fn the_operator_makes_workspaces_and_gives_them_numbers_and_groups() {
    let (world, operator) = worlds().await;
    let path = "/v1/operator/workspaces";
    world.get(path).await.problem(403);
    let settings = json!({"default_groups": ["gb-mobile"]});
    operator.put(("PATCH", "/v1/operator/settings"), &settings).await.expect(200);
    let new = json!({"name": "acme", "max_concurrent_calls": 7});
    let made = operator.post(path, &new).await.expect(201);
    operator.post(path, &new).await.problem(409);
    let id = made["id"].as_str().unwrap();
    let own = format!("{path}/{id}");
    let shown = operator.get(&own).await.expect(200);
    assert_eq!((&shown["name"], &shown["max_concurrent_calls"]), (&json!("acme"), &json!(7)));
    assert_eq!(shown["today"], json!({"attempts": 0, "minutes": 0.0, "limit_reached_at": null}));
    let limit = json!({"max_concurrent_calls": 9});
    let edited = operator.put(("PATCH", &own), &limit).await.expect(200);
    assert_eq!(edited["max_concurrent_calls"], 9);
    operator.get("/v1/operator/workspaces/workspace_99").await.problem(404);

    let trunk = json!({"name": "carrier", "kind": "managed", "host": "127.0.0.1"});
    let trunk = operator.post("/v1/trunks", &trunk).await.expect(201);
    let number = json!({"phone_number": "+14155550100", "trunk_id": trunk["id"]});
    let numbers = format!("{own}/phone-numbers");
    let given = operator.post(&numbers, &number).await.expect(201);
    assert_eq!(operator.get(&numbers).await.expect(200)["items"], json!([given]));
    let acme = world.with_key(&world.make_key("acme", KeyScope::Admin).await);
    assert_eq!(acme.get("/v1/phone-numbers").await.expect(200)["items"], json!([given]));
    assert_eq!(acme.get("/v1/trunks").await.expect(200)["items"][0]["id"], trunk["id"]);

    let groups = format!("{own}/network-groups");
    let enabled = operator.get(&format!("{groups}?enabled=true")).await.expect(200);
    assert_eq!(enabled["items"][0]["id"], "gb-mobile");
    let switch = json!({"enable": ["gb-premium"], "disable": ["gb-mobile"]});
    operator.put(("PATCH", &groups), &switch).await.expect(200);
    let enabled = acme.get("/v1/network-groups?enabled=true").await.expect(200);
    assert_eq!(enabled["items"][0]["id"], "gb-premium");
}

#[tokio::test]
async fn the_operators_rules_are_changed_one_by_one() {
    let (_, operator) = worlds().await;
    let path = "/v1/operator/settings";
    let before = operator.get(path).await.expect(200);
    assert_eq!(before["regulated_countries"], json!(["IN"]));
    assert_eq!(
        (&before["home_countries"], &before["daily_attempts"]),
        (&Value::Null, &json!(1_000))
    );
    let edit = json!({"daily_attempts": null, "home_countries": ["US", "GB"]});
    let after = operator.put(("PATCH", path), &edit).await.expect(200);
    assert_eq!((&after["daily_attempts"], &after["daily_minutes"]), (&Value::Null, &json!(1_000)));
    assert_eq!(after["home_countries"], json!(["GB", "US"]));
    let back = json!({"regulated_countries": null});
    let after = operator.put(("PATCH", path), &back).await.expect(200);
    assert_eq!(after["regulated_countries"], json!(["IN"]));
    for (key, value, pointer) in [
        ("default_groups", json!(["us-premium"]), "/default_groups/0"),
        ("default_groups", json!(["us-nothing"]), "/default_groups/0"),
        ("home_countries", json!(["US", "QX"]), "/home_countries/1"),
        ("daily_minutes", json!(-1), "/daily_minutes"),
    ] {
        let problem = operator.put(("PATCH", path), &json!({key: value})).await.problem(422);
        assert_eq!(pointers(&problem), [pointer]);
    }
}

#[tokio::test]
async fn a_group_of_the_installations_own_is_made_and_gone() {
    let (world, operator) = worlds().await;
    let path = "/v1/operator/network-groups";
    let group = json!({
        "id": "custom-islands", "name": "Islands", "country": "GB", "prefixes": ["+441481"],
    });
    world.post(path, &group).await.problem(403);
    let made = operator.post(path, &group).await.expect(201);
    operator.post(path, &group).await.problem(409);
    assert_eq!(operator.get(path).await.expect(200)["items"], json!([made]));
    let wrong = json!({"id": "islands", "name": "I", "country": "GB", "prefixes": ["+1", "x"]});
    let problem = operator.post(path, &wrong).await.problem(422);
    assert_eq!(pointers(&problem), ["/id", "/prefixes/0", "/prefixes/1"]);
    let seen = world.get("/v1/network-groups?kind=custom").await.expect(200);
    assert_eq!(seen["items"][0]["operator_only"], true);
    let enable = json!({"enable": ["custom-islands"]});
    world.put(("PATCH", "/v1/network-groups"), &enable).await.problem(403);
    operator.put(("PATCH", "/v1/network-groups"), &enable).await.expect(200);
    let own = format!("{path}/custom-islands");
    let edit = json!({"name": "Isles", "country": "GB", "prefixes": ["+441534"]});
    operator.put(("PUT", &own), &edit).await.expect(200);
    let shown = world.get("/v1/network-groups/custom-islands").await.expect(200);
    assert_eq!((&shown["name"], &shown["prefixes"]), (&json!("Isles"), &json!(["+441534"])));
    assert_eq!(operator.put(("DELETE", &own), &json!({})).await.status, 204);
    operator.put(("DELETE", &own), &json!({})).await.problem(404);
}
