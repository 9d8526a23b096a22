//! The OpenAPI document is true, as far as one server can tell.

use std::collections::BTreeSet;

use campanile_store::KeyScope;
use serde_json::{Value, json};

use super::support::World;

/// Method, path and description of every operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let methods = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").iter();
        methods.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    });
    methods.collect()
}

#[tokio::test]
async fn the_document_is_served_without_a_key_and_names_each_operation_once() {
    let document = World::new().await.with_key("").get("/openapi.json").await.expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let operations = operations(&document);
    let names: BTreeSet<_> =
        operations.iter().filter_map(|(.., operation)| operation["operationId"].as_str()).collect();
    assert_eq!(names.len(), operations.len());
    for (method, path, operation) in operations {
        let told = operation["summary"].is_string() && operation["tags"].is_array();
        assert!(told, "{method} {path} says nothing about itself");
    }
}

#[tokio::test]
async fn each_operation_needs_the_scope_that_it_tells() {
    let world = World::new().await;
    let document = world.get("/openapi.json").await.expect(200);
    let weaker = |scope: &str| match scope {
        "operate" => Some(KeyScope::Read),
        "admin" => Some(KeyScope::Operate),
        "operator" => Some(KeyScope::Admin),
        _ => None,
    };
    for (method, path, operation) in operations(&document) {
        let path = path.replace("{id}", "x").replace("{n}", "1");
        if !path.starts_with("/v1/") {
            continue;
        }
        let scope = operation["security"][0]["key"][0].as_str().unwrap_or_default();
        assert!(KeyScope::from_name(scope).is_some(), "{method} {path} tells no scope");
        let method = method.to_uppercase();
        let ask = |world: World| {
            let (method, path) = (method.clone(), path.clone());
            async move { world.put((&method, &path), &json!({})).await.status.as_u16() }
        };
        assert_eq!(ask(world.with_key("")).await, 401, "{method} {path}");
        if let Some(weaker) = weaker(scope) {
            let key = world.make_key("default", weaker).await;
            assert_eq!(ask(world.with_key(&key)).await, 403, "{method} {path}");
        }
        let key = world.make_key("default", KeyScope::from_name(scope).unwrap()).await;
        assert_ne!(ask(world.with_key(&key)).await, 403, "{method} {path}");
    }
}

#[tokio::test]
async fn the_page_is_here_and_loads_nothing_from_elsewhere() {
    let world = World::new().await.with_key("");
    let page = world.get("/docs/").await;
    assert!(page.status.is_success() && page.kind.starts_with("text/html"), "{page:?}");
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{}", page.text);
    let begin = world.get("/docs/swagger-initializer.js").await;
    assert!(begin.text.contains("/openapi.json"), "{}", begin.text);
    world.get("/docs/no-such-file").await.problem(404);
}

#[tokio::test]
async fn a_bad_query_is_told_like_a_bad_body() {
    let world = World::new().await;
    let problem = world.get("/v1/batch-calls?limit=0&page=x&state=draft").await.problem(422);
    assert_eq!(super::support::pointers(&problem), ["/limit", "/page", "/state"]);
    world.get("/v1/batch-calls?limit=5&limit=6").await.problem(422);
    world.get("/v1/batch-calls?status=&page=1").await.expect(200);
}
