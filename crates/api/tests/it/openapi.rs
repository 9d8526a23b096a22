//! The OpenAPI document matches one server, as far as a test can tell.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

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

/// Clients are generated from the file in the repository, so it must equal the served document.
#[tokio::test]
async fn the_document_in_the_tree_is_the_one_that_is_served() {
    let document = World::new().await.get("/openapi.json").await.expect(200);
    let served = serde_json::to_string_pretty(&document).expect("JSON") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &served).expect("written");
    }
    let kept = std::fs::read_to_string(&path).expect("docs/openapi.json");
    let differ = kept.lines().zip(served.lines()).find(|(kept, served)| kept != served);
    assert!(
        kept == served,
        "docs/openapi.json is not what is served, first here: {differ:?}; write it anew with \
         UPDATE_SNAPSHOTS=1 cargo test -p campanile-api the_document_in_the_tree"
    );
}

#[tokio::test]
async fn every_schema_that_is_named_is_there() {
    let document = World::new().await.get("/openapi.json").await;
    let text = document.text.clone();
    let document = document.expect(200);
    let references = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for at in references {
        assert!(document.pointer(at).is_some(), "{at} is not there");
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
    world.get("/v1/batch-calls?limit=").await.problem(422);
}

/// Client generators turn each parameter into an argument, so all have one style.
#[tokio::test]
async fn no_parameter_of_an_operation_has_the_name_of_another() {
    let document = World::new().await.get("/openapi.json").await.expect(200);
    for (method, path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let names: Vec<String> = parameters
            .filter_map(|parameter| match parameter["$ref"].as_str() {
                Some(at) => document.pointer(at.trim_start_matches('#'))?["name"].as_str(),
                None => parameter["name"].as_str(),
            })
            .map(|name| name.to_lowercase().replace(['-', '_'], ""))
            .collect();
        let different: BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{method} {path}: {names:?}");
    }
}

/// A binary body is declared as such, and each kind of body has its own operation.
#[tokio::test]
async fn bytes_are_binary_and_an_operation_takes_one_kind_of_body() {
    let document = World::new().await.get("/openapi.json").await.expect(200);
    let binary = serde_json::json!("binary");
    for (method, path, operation) in operations(&document) {
        let bodies = operation["requestBody"]["content"].as_object();
        assert!(bodies.is_none_or(|bodies| bodies.len() == 1), "{method} {path}");
        for answer in operation["responses"].as_object().unwrap().values() {
            for (kind, content) in answer["content"].as_object().into_iter().flatten() {
                let has_bytes = !kind.ends_with("json") && !kind.starts_with("text/");
                let said = content["schema"]["format"] == binary;
                assert_eq!(has_bytes, said, "{method} {path}: {kind}");
            }
        }
    }
    for form in ["NewBatchForm", "BatchToValidate", "SuppressionFile"] {
        let file = &document["components"]["schemas"][form]["properties"]["file"];
        assert_eq!(file["format"], binary, "{form}");
    }
}
