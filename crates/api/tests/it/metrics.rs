//! Access to the metrics, and the labels of requests.

use axum::{body::Body, http::Request};
use campanile_api::{Client, GuardConfig};
use campanile_store::KeyScope;

use super::support::{Reply, World};

/// Requests the metrics from an address, through a proxy or directly.
async fn read(world: &World, ip: [u8; 4], forwarded_for: Option<&str>, key: &str) -> Reply {
    let mut request = Request::get("/metrics").extension(Client { ip: ip.into(), secure: false });
    if let Some(far) = forwarded_for {
        request = request.header("x-forwarded-for", far);
    }
    if !key.is_empty() {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    world.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn the_machine_itself_reads_metrics_and_others_need_a_key_of_the_operator() {
    let world = World::new().await;
    let here = read(&world, [127, 0, 0, 1], None, "").await;
    assert_eq!(
        (here.status.as_u16(), here.kind.as_str()),
        (200, "text/plain; version=0.0.4; charset=utf-8")
    );
    assert!(
        here.text.contains("\ncampanile_attempts_total{outcome=\"completed\"} "),
        "{}",
        here.text
    );
    let far = [192, 0, 2, 7];
    read(&world, far, None, "").await.problem(401);
    read(&world, far, None, "key_0:guess").await.problem(401);
    read(&world, far, None, world.key()).await.problem(403);
    let operator = world.make_key("default", KeyScope::Operator).await;
    assert_eq!(read(&world, far, None, &operator).await.status, 200);
}

#[tokio::test]
async fn whoever_comes_through_the_proxy_is_not_the_machine_itself() {
    let guarded = GuardConfig { behind_proxy: true, ..GuardConfig::default() };
    let world = World::guarded(guarded).await;
    let near = [127, 0, 0, 1];
    read(&world, near, Some("192.0.2.7"), "").await.problem(401);
    read(&world, near, Some("127.0.0.1, 192.0.2.7"), "").await.problem(401);
    assert_eq!(read(&world, near, None, "").await.status, 200);
}

#[tokio::test]
async fn requests_are_counted_by_their_route_whatever_they_ask_for() {
    let world = World::new().await;
    for path in
        ["/v1/trunks/trunk_71", "/v1/trunks/trunk_72", "/no/such/place.js", "/v1/no-such-noun"]
    {
        assert_eq!(world.get(path).await.status, 404, "{path}");
    }
    world.put(("BREW", "/v1/trunks"), &serde_json::json!({})).await.problem(405);
    let text = read(&world, [127, 0, 0, 1], None, "").await.text;
    for series in [
        "{method=\"GET\",route=\"/v1/trunks/{id}\",status=\"4xx\"}",
        "{method=\"GET\",route=\"none\",status=\"4xx\"}",
        "{method=\"other\",route=\"/v1/trunks\",status=\"4xx\"}",
    ] {
        assert!(text.contains(&format!("campanile_http_requests_total{series} ")), "{text}");
    }
    for asked in ["trunk_71", "BREW", "/no/such", "no-such-noun"] {
        assert!(!text.contains(asked), "{asked} made a series");
    }
    assert!(text.contains(
        "campanile_http_request_duration_seconds_count{method=\"GET\",route=\"/v1/trunks/{id}\"} "
    ));
}
