//! Long requests end when their API key loses its rights: each kind of long request with each way
//! to lose them.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use campanile_api::{GuardConfig, LOOKED_AT_EVERY};
use campanile_store::KeyScope;
use futures::{StreamExt as _, stream};
use serde_json::json;

use super::{matrix::things::Things, support::World};

/// How a key loses its rights: SQL with the ID of the key.
const ENDS: [(&str, &str); 4] = [
    ("revoked", "UPDATE api_keys SET revoked_at = 1 WHERE id = ?1"),
    ("expired", "UPDATE api_keys SET expires_at = 1 WHERE id = ?1"),
    ("weaker", "UPDATE api_keys SET scope = 'read' WHERE id = ?1"),
    (
        "its workspace is gone",
        "DELETE FROM workspaces WHERE id = (SELECT workspace FROM api_keys WHERE id = ?1)",
    ),
];

/// A server that checks keys often.
async fn watchful() -> World {
    let keys_looked_at_every = Duration::from_millis(20);
    let config = GuardConfig { requests_per_s: 0, keys_looked_at_every, ..Default::default() };
    World::guarded(config).await
}

/// A server, and a key of another workspace on it.
async fn world() -> World {
    let world = watchful().await;
    let key = world.make_key("passing", KeyScope::Operate).await;
    world.with_key(&key)
}

fn end(world: &World, sql: &str) {
    let id = world.key().split(':').next().unwrap();
    let raw = rusqlite::Connection::open(world.dir().join("campanile.sqlite")).unwrap();
    raw.pragma_update(None, "foreign_keys", false).unwrap();
    assert_eq!(raw.execute(sql, [id]).unwrap(), 1, "{sql}");
}

#[tokio::test]
async fn keys_are_looked_at_often_enough() {
    assert!(LOOKED_AT_EVERY < Duration::from_secs(5));
    assert_eq!(GuardConfig::default().keys_looked_at_every, LOOKED_AT_EVERY);
}

#[tokio::test]
async fn a_stream_ends_with_its_key() {
    for (_, sql) in ENDS {
        let world = world().await;
        let request = world.request("GET", "/v1/events").body(Body::empty()).unwrap();
        let mut body = world.answer(request).await.into_body().into_data_stream();
        body.next().await.expect("a beginning").expect("whole");
        end(&world, sql);
        while let Some(piece) = body.next().await {
            piece.expect("it ends in good order");
        }
    }
}

#[tokio::test]
async fn an_upload_that_goes_on_ends_with_its_key() {
    for (what, sql) in ENDS {
        let world = world().await;
        // A form that never ends.
        let first = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\n                     phone_number\n";
        // The key is good until the form is being read.
        let (begun, begins) = tokio::sync::oneshot::channel();
        let body = stream::once(async move {
            let _ = begun.send(());
            Ok::<_, std::io::Error>(Bytes::from(first))
        });
        let body = Body::from_stream(body.chain(stream::pending()));
        let request = world.request("POST", "/v1/batch-calls");
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        let ends = async {
            begins.await.expect("the form is read");
            end(&world, sql);
        };
        let (answer, ()) = tokio::join!(world.answer(request.body(body).unwrap()), ends);
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
    }
}

/// A length that is never read to its end. The file is sparse and needs no disk space.
const LONG_BYTES: u64 = 1 << 40;

#[tokio::test]
async fn a_download_that_goes_on_ends_with_its_key() {
    for (what, sql) in ENDS {
        let world = watchful().await;
        let things = Things::make(&world).await;
        let raw = rusqlite::Connection::open(world.dir().join("campanile.sqlite")).unwrap();
        let recorded = "INSERT INTO recordings (attempt, file, duration_ms, lost_ms)
                        SELECT id, 'long.wav', 1000, 0 FROM attempts";
        assert_eq!(raw.execute(recorded, []).unwrap(), 1);
        let recordings = world.dir().join("recordings");
        std::fs::create_dir_all(&recordings).unwrap();
        let file = std::fs::File::create(recordings.join("long.wav")).unwrap();
        file.set_len(LONG_BYTES).unwrap();

        let world = world.with_key(&world.make_key("default", KeyScope::Operate).await);
        let path = format!("/v1/calls/{}/recording.wav", things.call);
        let answer = world.answer(world.request("GET", &path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let mut body = answer.into_body().into_data_stream();
        body.next().await.expect("a beginning").expect("whole");
        end(&world, sql);
        let ended = loop {
            match body.next().await {
                Some(Ok(_)) => {}
                ended => break ended,
            }
        };
        assert!(ended.expect("it does not look whole").is_err(), "{what}");
    }
}

#[tokio::test]
async fn a_browser_is_signed_out_when_its_key_ends() {
    for (what, sql) in ENDS {
        let world = world().await;
        let signed_in = world.post("/v1/session", &json!({"api_key": world.key()})).await;
        let cookie = signed_in.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        let ask = |path: &str| {
            let request = axum::http::Request::get(path).header("cookie", cookie);
            world.answer(request.body(Body::empty()).unwrap())
        };
        assert_eq!(ask("/v1/session").await.status(), StatusCode::OK);
        let mut events = ask("/v1/events").await.into_body().into_data_stream();
        events.next().await.expect("a beginning").expect("whole");
        end(&world, sql);
        while let Some(piece) = events.next().await {
            piece.expect("it ends in good order");
        }
        let shown = ask("/v1/session").await;
        if what == "weaker" {
            let body = axum::body::to_bytes(shown.into_body(), usize::MAX).await.unwrap();
            let shown: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(shown["scope"], "read");
        } else {
            assert_eq!(shown.status(), StatusCode::UNAUTHORIZED, "{what}");
        }
    }
}
