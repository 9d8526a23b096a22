//! Objects of another workspace do not exist for a caller: not in a response, not in a count, not
//! in a hint.

use campanile_store::KeyScope;
use serde_json::{Value, json};

use crate::support::World;

use super::{
    operations,
    things::{CALLER_ID, Things, stranger},
};

#[tokio::test]
async fn whoever_names_anothers_thing_is_told_what_he_is_told_of_nobodys() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for operation in operations(&world).await {
        let (theirs, Some(nobodys)) = things.paths(&operation) else { continue };
        if operation.is_operators() {
            continue;
        }
        let other = stranger(&world, "other", operation.scope.expect("a scope")).await;
        let line = (operation.method.as_str(), theirs.as_str());
        let known = other.put(line, &operation.example).await;
        let unknown = other.put((&operation.method, &nobodys), &operation.example).await;
        let same = without_ids(&known.text, &theirs, &nobodys)
            == without_ids(&unknown.text, &nobodys, &theirs);
        if known.status != 404 || !same {
            wrong.push(format!("{line:?} {known:?}\n beside {unknown:?}"));
        }
        if operation.method == "GET" && !operation.is_a_stream() {
            let own = world.get(&theirs).await.status;
            // A call without a recording still exists.
            assert!(own.is_success() || theirs.ends_with(".wav"), "{theirs} is {own} to its owner");
        }
        tried += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried >= 20, "only {tried} operations name somebody's thing");
}

/// A response without the IDs that `path` has and `other` does not.
fn without_ids(text: &str, path: &str, other: &str) -> String {
    let segments = path.split('/').zip(other.split('/'));
    let ids = segments.filter(|(this, that)| this != that);
    ids.fold(text.to_owned(), |text, (id, _)| text.replace(id, "…"))
}

#[tokio::test]
async fn no_list_and_no_count_shows_what_is_in_another_workspace() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    let mut tried = 0;
    for operation in operations(&world).await {
        let (path, owned) = things.paths(&operation);
        if operation.method != "GET" || owned.is_some() || operation.is_operators() {
            continue;
        }
        let Some(scope) = operation.scope else { continue };
        let other = stranger(&world, "other", scope).await;
        let fresh = stranger(&world, "fresh", scope).await;
        if operation.is_a_stream() {
            continue;
        }
        let (seen, beside) = (other.get(&path).await, fresh.get(&path).await);
        for trace in things.traces() {
            assert!(!seen.text.contains(&format!("\"{trace}")), "{path} shows {trace}: {seen:?}");
            assert!(trace.contains('_') || !seen.text.contains(trace), "{path}: {seen:?}");
        }
        if let (Ok(seen), Ok(beside)) =
            (serde_json::from_str::<Value>(&seen.text), serde_json::from_str::<Value>(&beside.text))
        {
            let counts = |answer: &Value| {
                (answer["total"].clone(), answer["items"].as_array().map(Vec::len))
            };
            assert_eq!(counts(&seen), counts(&beside), "{path} counts what is not theirs");
        }
        tried += 1;
    }
    assert!(tried >= 8, "only {tried} lists");
}

#[tokio::test]
async fn anothers_thing_in_a_body_is_as_unknown_as_nobodys() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    let other = stranger(&world, "other", KeyScope::Admin).await;
    let asked = |trunk: &str| json!({"phone_number": "+14155550100", "trunk_id": trunk});
    let known = other.post("/v1/phone-numbers", &asked(&things.trunk)).await;
    let unknown = other.post("/v1/phone-numbers", &asked("trunk_999999")).await;
    let told = known.text.replace(&things.trunk, "…");
    assert_eq!(told, unknown.text.replace("trunk_999999", "…"));
    assert_eq!(known.problem(422)["errors"][0]["pointer"], "/trunk_id");

    let own = other.set_up().await;
    for path in ["/v1/batch-calls", "/v1/batch-calls/validate"] {
        for (field, theirs, nobodys) in [
            ("agent_id", things.agent.as_str(), "agent_999999"),
            ("from_number", CALLER_ID, "+14155550199"),
        ] {
            let ask = |value: &str| {
                let agent = if field == "agent_id" { value } else { own.as_str() };
                let from = if field == "from_number" { value } else { "+14155550100" };
                let fields = [
                    ("name", "x"),
                    ("agent_id", agent),
                    ("from_number", from),
                    ("file", "phone_number\n+14155550101\n"),
                ];
                let fields: Vec<(String, String)> =
                    fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
                let other = &other;
                async move {
                    let fields: Vec<_> =
                        fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
                    other.form(path, &fields).await
                }
            };
            let (known, unknown) = (ask(theirs).await, ask(nobodys).await);
            assert_eq!(known.status, unknown.status, "{path} {field}: {known:?} {unknown:?}");
            let same = known.text.replace(theirs, "…") == unknown.text.replace(nobodys, "…");
            assert!(same, "{path} {field}: {known:?} {unknown:?}");
        }
    }
}

#[tokio::test]
async fn a_filter_that_names_anothers_batch_finds_what_it_finds_of_nobodys() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    let other = stranger(&world, "other", KeyScope::Admin).await;
    for filter in ["/v1/calls?batch_id=", "/v1/audit-log?subject="] {
        let known = other.get(&format!("{filter}{}", things.batch)).await;
        let unknown = other.get(&format!("{filter}batch_999999")).await;
        let told = known.text.replace(&things.batch, "…");
        assert_eq!(
            (known.status, told),
            (unknown.status, unknown.text.replace("batch_999999", "…"))
        );
    }
}
