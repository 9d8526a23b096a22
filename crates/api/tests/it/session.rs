//! Sessions: what the cookie allows, and for which pages.

use axum::{body::Body, http::Request};
use campanile_api::GuardConfig;
use campanile_store::KeyScope;
use serde_json::{Value, json};

use super::support::{Reply, World};

const OWN_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A request without a key, with a body if there is one.
async fn ask(world: &World, line: (&str, &str), headers: &[(&str, &str)], body: &Value) -> Reply {
    let mut request = Request::builder().method(line.0).uri(line.1);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Value::Null => Body::empty(),
        body => {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        }
    };
    world.send(request.body(body).expect("a request")).await
}

async fn sign_in(world: &World, key: &str, headers: &[(&str, &str)]) -> Reply {
    ask(world, ("POST", "/v1/session"), headers, &json!({"api_key": key})).await
}

fn set_cookie(reply: &Reply) -> String {
    let value = reply.headers.get("set-cookie");
    value.map_or("", |value| value.to_str().expect("text")).to_owned()
}

/// Signs in and returns the cookie that a browser would send.
async fn cookie(world: &World, key: &str) -> String {
    let reply = sign_in(world, key, &[OWN_PAGE]).await;
    let cookie = set_cookie(&reply).split(';').next().expect("a cookie").to_owned();
    reply.expect(201);
    cookie
}

#[tokio::test]
async fn a_key_becomes_a_cookie_that_no_script_reads() {
    let world = World::new().await;
    let reply = sign_in(&world, world.key(), &[OWN_PAGE]).await;
    let set = set_cookie(&reply);
    let (sent, rest) = set.split_once("; ").expect("attributes");
    assert_eq!(sent, format!("campanile_session={}", world.key()));
    assert_eq!(rest, "Path=/; HttpOnly; SameSite=Strict");
    let (id, secret) = world.key().split_once(':').expect("two halves");
    assert!(!reply.text.contains(secret), "{reply:?}");
    let signed_in = reply.expect(201);
    let workspace = json!({"id": world.workspace().await.to_string(), "name": "default"});
    let version = env!("CARGO_PKG_VERSION");
    let wanted =
        json!({"workspace": workspace, "scope": "admin", "key_id": id, "version": version});
    assert_eq!(signed_in, wanted);
    let shown = ask(&world, ("GET", "/v1/session"), &[("cookie", sent)], &Value::Null).await;
    assert_eq!(shown.expect(200), signed_in);
    assert_eq!(world.get("/v1/session").await.expect(200), signed_in, "the same with Bearer");
    ask(&world, ("GET", "/v1/session"), &[], &Value::Null).await.problem(401);
}

#[tokio::test]
async fn where_the_connection_is_encrypted_the_cookie_stays_on_such_ones() {
    let config = GuardConfig { behind_proxy: true, ..GuardConfig::default() };
    let world = World::guarded(config).await;
    let https = ("x-forwarded-proto", "https");
    let reply = sign_in(&world, world.key(), &[https]).await;
    let set = set_cookie(&reply);
    let (sent, rest) = set.split_once("; ").expect("attributes");
    assert!(sent.starts_with("__Host-campanile_session="), "{sent}");
    assert_eq!(rest, "Path=/; HttpOnly; SameSite=Strict; Secure");
    let line = ("GET", "/v1/session");
    ask(&world, line, &[https, ("cookie", sent)], &Value::Null).await.expect(200);
    let planted = sent.replace("__Host-", "");
    ask(&world, line, &[https, ("cookie", &planted)], &Value::Null).await.problem(401);
}

#[tokio::test]
async fn only_a_page_of_this_server_changes_something_by_a_cookie() {
    let world = World::new().await;
    let cookie = cookie(&world, world.key()).await;
    let (cookie, host) = (("cookie", cookie.as_str()), ("host", "127.0.0.1:8080"));
    let line = ("PATCH", "/v1/workspace");
    let edit = json!({"max_concurrent_calls": 3});
    for from in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "http://127.0.0.1:8081"),
        ("origin", "https://127.0.0.1:8080"),
        ("origin", "null"),
        ("accept", "*/*"),
    ] {
        let refused = ask(&world, line, &[cookie, host, from], &edit).await.problem(403);
        assert_eq!(refused["code"], "cross_site", "{from:?}");
        let signed_in = sign_in(&world, world.key(), &[host, from]).await;
        let program = from.0 == "accept";
        assert_eq!(signed_in.status.as_u16(), if program { 201 } else { 403 }, "{from:?}");
    }
    assert_ne!(world.get("/v1/workspace").await.expect(200)["max_concurrent_calls"], 3);
    for from in [OWN_PAGE, ("origin", "http://127.0.0.1:8080")] {
        ask(&world, line, &[cookie, host, from], &edit).await.expect(200);
    }
    let looks = [cookie, ("sec-fetch-site", "none")];
    ask(&world, ("GET", "/v1/workspace"), &looks, &Value::Null).await.expect(200);
}

#[tokio::test]
async fn a_session_may_do_what_its_key_may() {
    let world = World::new().await;
    let cookie = cookie(&world, &world.make_key("default", KeyScope::Read).await).await;
    let headers = [("cookie", cookie.as_str()), OWN_PAGE];
    ask(&world, ("GET", "/v1/batch-calls"), &headers, &Value::Null).await.expect(200);
    let edit = json!({"max_concurrent_calls": 3});
    let refused = ask(&world, ("PATCH", "/v1/workspace"), &headers, &edit).await.problem(403);
    assert_eq!(refused["code"], "forbidden");
}

#[tokio::test]
async fn a_session_is_over_when_its_key_is_revoked_or_it_is_signed_out() {
    let world = World::new().await;
    let key = world.make_key("default", KeyScope::Operate).await;
    let cookie = cookie(&world, &key).await;
    let headers = [("cookie", cookie.as_str()), OWN_PAGE];
    let out = ask(&world, ("DELETE", "/v1/session"), &headers, &Value::Null).await;
    assert_eq!(out.status, 204);
    let gone = "campanile_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
    assert_eq!(set_cookie(&out), gone);
    let line = ("GET", "/v1/session");
    ask(&world, line, &[("cookie", "campanile_session=")], &Value::Null).await.problem(401);
    ask(&world, line, &headers, &Value::Null).await.expect(200);
    let (id, _) = key.split_once(':').expect("two halves");
    world.put(("DELETE", &format!("/v1/api-keys/{id}")), &json!({})).await.expect(200);
    ask(&world, line, &headers, &Value::Null).await.problem(401);
    sign_in(&world, &key, &[OWN_PAGE]).await.problem(401);
}

#[tokio::test]
async fn who_guesses_at_the_sign_in_is_slowed_and_locks_nobody_out() {
    let world = World::guarded(GuardConfig::default()).await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let reply = sign_in(&world, "key_1:guess", &[OWN_PAGE]).await;
        assert_eq!(set_cookie(&reply), "");
        statuses.push(reply.status.as_u16());
    }
    assert!(statuses[..10].iter().all(|status| *status == 401), "{statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
    sign_in(&world, world.key(), &[OWN_PAGE]).await.expect(201);
    sign_in(&world, "", &[OWN_PAGE]).await;
    ask(&world, ("POST", "/v1/session"), &[OWN_PAGE], &json!({"key": 1})).await.problem(422);
}

async fn sign_in_first(world: &World, secret: &str, headers: &[(&str, &str)]) -> Reply {
    ask(world, ("POST", "/v1/session/first"), headers, &json!({"secret": secret})).await
}

/// Deletes all keys, as if none had ever been created.
fn forget_keys(world: &World) {
    let database = rusqlite::Connection::open(world.dir().join("campanile.sqlite")).expect("it");
    database.execute("DELETE FROM api_keys", []).expect("no keys");
}

#[tokio::test]
async fn the_first_link_makes_one_key_of_the_operator_and_shows_it_once() {
    let world = World::new().await;
    forget_keys(&world);
    let link = world.app.first.renew(world.app.store.now()).unwrap();
    sign_in_first(&world, &"0".repeat(64), &[OWN_PAGE]).await.problem(401);
    let from = [("sec-fetch-site", "cross-site")];
    assert_eq!(sign_in_first(&world, &link, &from).await.problem(403)["code"], "cross_site");

    let (used, reply) =
        tokio::join!(world.app.first.used(), sign_in_first(&world, &link, &[OWN_PAGE]));
    assert_eq!(used, ());
    let set = set_cookie(&reply);
    let made = reply.expect(201);
    let key = made["key"].as_str().expect("a key").to_owned();
    assert_eq!(made["session"]["scope"], "operator");
    assert_eq!(made["session"]["workspace"]["name"], "default");
    assert!(set.starts_with(&format!("campanile_session={key}; ")), "{set}");
    let world = world.with_key(&key);
    world.get("/v1/operator/settings").await.expect(200);

    // The link works only once, and a newer link does not work while a key exists.
    assert_eq!(sign_in_first(&world, &link, &[OWN_PAGE]).await.problem(409)["code"], "conflict");
    let newer = world.app.first.renew(world.app.store.now()).unwrap();
    sign_in_first(&world, &newer, &[OWN_PAGE]).await.problem(409);
    let keys = world.get("/v1/api-keys").await.expect(200);
    assert_eq!(keys["items"].as_array().map_or(0, Vec::len), 1, "{keys}");
    let log = world.get("/v1/audit-log").await.expect(200);
    assert!(log.to_string().contains("api_key.created"), "{log}");
    let secret = key.split_once(':').expect("two halves").1;
    assert!(!keys.to_string().contains(secret) && !log.to_string().contains(secret));
}

#[tokio::test]
async fn of_two_who_open_the_first_link_at_once_one_gets_in() {
    let world = World::new().await;
    forget_keys(&world);
    let link = world.app.first.renew(world.app.store.now()).unwrap();
    let tries = (0..8).map(|_| sign_in_first(&world, &link, &[OWN_PAGE]));
    let replies = futures::future::join_all(tries).await;
    let let_in = replies.iter().filter(|reply| reply.status.as_u16() == 201).count();
    assert_eq!(let_in, 1, "{replies:?}");
}
