//! Limits on a workspace's requests in progress, which do not affect other workspaces.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use campanile_api::GuardConfig;
use campanile_store::KeyScope;
use futures::stream;
use serde_json::json;
use tokio::{sync::Notify, task::JoinHandle};

use super::support::{Reply, World};

const VALIDATE: &str = "/v1/batch-calls/validate";

/// The rest of a form with a file, after its first bytes.
const FORM: [&str; 2] = [
    "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\nphone_number\n",
    "+14155550142\r\n--b--\r\n",
];

/// A server that limits only requests in progress, and a key of another workspace.
async fn worlds(config: GuardConfig) -> (World, World) {
    let world = World::guarded(GuardConfig { requests_per_s: 0, ..config }).await;
    let other = world.make_key("other", KeyScope::Operate).await;
    let other = world.with_key(&other);
    (world, other)
}

/// An upload in progress that continues on request.
struct Upload {
    go_on: Arc<Notify>,
    reply: JoinHandle<StatusCode>,
}

impl Upload {
    async fn begin(world: &World) -> Upload {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let signals = (begun.clone(), go_on.clone());
        let body = stream::unfold((0, signals), |(n, (begun, go_on))| async move {
            match n {
                // The server reads the first bytes once the upload has its slot.
                0 => begun.notify_one(),
                1 => go_on.notified().await,
                _ => return None,
            }
            Some((Ok::<_, std::io::Error>(Bytes::from(FORM[n])), (n + 1, (begun, go_on))))
        });
        let request = world.request("POST", VALIDATE);
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        let request = request.body(Body::from_stream(body)).unwrap();
        let world = world.with_key(world.key());
        let reply = tokio::spawn(async move { world.answer(request).await.status() });
        begun.notified().await;
        Upload { go_on, reply }
    }

    async fn end(self) -> StatusCode {
        self.go_on.notify_one();
        self.reply.await.unwrap()
    }
}

async fn validate(world: &World) -> Reply {
    world.form(VALIDATE, &[("file", "phone_number\n+14155550142\n")]).await
}

#[tokio::test]
async fn a_workspace_sends_so_many_files_at_once_and_others_send_theirs() {
    let (world, other) =
        worlds(GuardConfig { max_files_of_workspace: 2, ..GuardConfig::default() }).await;
    let uploads = [Upload::begin(&world).await, Upload::begin(&world).await];
    let list = json!({"recipients": [{"phone_number": "+14155550142"}]});
    for refused in [validate(&world).await, world.post(VALIDATE, &list).await] {
        assert_eq!(refused.headers["retry-after"], "10");
        let problem = refused.problem(429);
        assert_eq!(problem["code"], "too_many_files");
        assert!(problem["detail"].as_str().unwrap().starts_with("2 files or lists"), "{problem}");
    }
    validate(&other).await.expect(200);
    world.get("/v1/batch-calls").await.expect(200);
    for upload in uploads {
        assert_eq!(upload.end().await, 200);
    }
    validate(&world).await.expect(200);
}

#[tokio::test]
async fn a_list_that_came_too_early_is_taken_later_under_the_same_key() {
    let (world, _) =
        worlds(GuardConfig { max_files_of_workspace: 1, ..GuardConfig::default() }).await;
    let upload = Upload::begin(&world).await;
    let list = json!({"recipients": [{"phone_number": "+14155550142"}]}).to_string();
    let send = || {
        let request = world.request("POST", VALIDATE).header("idempotency-key", "once");
        let request = request.header("content-type", "application/json");
        world.send(request.body(Body::from(list.clone())).unwrap())
    };
    send().await.problem(429);
    assert_eq!(upload.end().await, 200);
    send().await.expect(200);
}

#[tokio::test]
async fn a_workspace_has_so_many_requests_under_way_and_others_are_answered() {
    let (world, other) =
        worlds(GuardConfig { max_requests_of_workspace: 2, ..GuardConfig::default() }).await;
    let stream = || world.request("GET", "/v1/events").body(Body::empty()).unwrap();
    let open = [world.answer(stream()).await, world.answer(stream()).await];
    let refused = world.get("/v1/batch-calls").await;
    assert_eq!(refused.headers["retry-after"], "10");
    assert_eq!(refused.problem(429)["code"], "too_many_requests");
    other.get("/v1/batch-calls").await.expect(200);
    drop(open);
    world.get("/v1/batch-calls").await.expect(200);
}
