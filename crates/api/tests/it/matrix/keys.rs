//! Every route with every kind of key that must not be allowed.

use std::time::Duration;

use axum::{body::Body, http::Request};
use campanile_store::KeyScope;
use serde_json::json;

use crate::support::World;

use super::{operations, things::Things};

#[tokio::test]
async fn no_route_opens_to_a_key_that_is_missing_wrong_revoked_or_too_weak() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    let operator = world.make_key("default", KeyScope::Operator).await;
    let (id, secret) = operator.split_once(':').expect("two halves");
    let wrong = format!("{id}:{}", "0".repeat(secret.len()));
    let swapped = format!("{secret}:{id}");
    let revoked = revoked(&world).await;
    let ago = world.app.store.now() - Duration::from_secs(1);
    let expired = world.make_key_until("default", KeyScope::Operator, Some(ago)).await;
    let bad = ["", "nonsense", ":", id, &wrong, &swapped, &revoked, &expired];
    let mut public = Vec::new();
    for operation in operations(&world).await {
        let Some(needed) = operation.scope else {
            public.push(operation.path);
            continue;
        };
        let (path, _) = things.paths(&operation);
        let line = (operation.method.as_str(), path.as_str());
        for key in bad {
            let reply = world.with_key(key).put(line, &operation.example).await;
            assert_eq!(reply.problem(401)["code"], "unauthorized", "{line:?} with {key:?}");
        }
        for scope in KeyScope::ALL.into_iter().filter(|scope| *scope < needed) {
            let weak = world.with_key(&world.make_key("default", scope).await);
            let reply = weak.put(line, &operation.example).await;
            assert_eq!(reply.problem(403)["code"], "forbidden", "{line:?} with {scope:?}");
        }
    }
    public.sort();
    let known = ["/healthz", "/metrics", "/readyz", "/v1/session", "/v1/session/first"];
    assert!(public.iter().all(|path| known.contains(&path.as_str())), "without a key: {public:?}");
}

#[tokio::test]
async fn no_route_changes_anything_by_a_cookie_for_a_page_of_another_site() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    let cookie =
        format!("campanile_session={}", world.make_key("default", KeyScope::Operator).await);
    let mut tried = 0;
    for operation in operations(&world).await {
        if operation.method == "GET" || operation.scope.is_none() {
            continue;
        }
        let (path, _) = things.paths(&operation);
        let request = Request::builder().method(operation.method.as_str()).uri(&path);
        let request = request.header("cookie", &cookie).header("sec-fetch-site", "cross-site");
        let reply = world.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(reply.problem(403)["code"], "cross_site", "{path}");
        tried += 1;
    }
    assert!(tried >= 30, "only {tried} routes");
}

async fn revoked(world: &World) -> String {
    let key = world.make_key("default", KeyScope::Operator).await;
    let (id, _) = key.split_once(':').expect("two halves");
    world.app.store.revoke_key(world.workspace().await, id, world.app.store.now()).await.unwrap();
    key
}

#[tokio::test]
async fn an_admin_can_neither_make_nor_revoke_a_key_of_the_operator() {
    let world = World::new().await;
    let operator = world.with_key(&world.make_key("default", KeyScope::Operator).await);
    let stronger = json!({"scope": "operator"});
    world.post("/v1/api-keys", &stronger).await.problem(403);
    let made = operator.post("/v1/api-keys", &stronger).await.expect(201);
    let path = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
    world.put(("DELETE", &path), &json!(null)).await.problem(403);
    operator.get("/v1/operator/audit-log").await.expect(200);
    operator.put(("DELETE", &path), &json!(null)).await.expect(200);
}

#[tokio::test]
async fn a_key_opens_nothing_from_its_last_instant_on() {
    let world = World::new().await;
    let now = world.app.store.now();
    let late = json!({"scope": "read", "expires_at": (now - Duration::from_secs(60)).to_string()});
    let refused = world.post("/v1/api-keys", &late).await.problem(422);
    assert_eq!(refused["errors"][0]["pointer"], "/expires_at");
    let until = (now + Duration::from_secs(3_600)).to_string();
    let made = world.post("/v1/api-keys", &json!({"scope": "read", "expires_at": until})).await;
    let made = made.expect(201);
    assert_eq!(made["expires_at"], until);
    world.with_key(made["key"].as_str().unwrap()).get("/v1/workspace").await.expect(200);
    let soon = world.make_key_until("default", KeyScope::Read, Some(now)).await;
    world.with_key(&soon).get("/v1/workspace").await.problem(401);
}
