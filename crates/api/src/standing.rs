//! By what right something goes on that takes long: an upload, a download, a stream. One rule for
//! all: the key it was begun with is looked at every few seconds, and what goes on ends when the
//! key was revoked, has expired, allows less than it did, or its workspace is gone.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use campanile_rules::ids::WorkspaceId;
use campanile_store::{KeyScope, SqliteStore};
use hyper::body::{Frame, SizeHint};

use crate::{
    app::{App, now},
    auth::Caller,
    problem::Problem,
};

/// How often a key is looked at: with the look itself, what must end ends within 5 s.
pub const LOOKED_AT_EVERY: Duration = Duration::from_secs(4);

/// An answer of so many bytes is given at once.
const SHORT_BYTES: u64 = 64 << 10;

/// The right by which something goes on.
#[derive(Clone)]
pub struct Standing(Option<Key>);

#[derive(Clone)]
struct Key {
    store: SqliteStore,
    id: String,
    workspace: WorkspaceId,
    scope: KeyScope,
    every: Duration,
}

impl Standing {
    /// That of whoever sent a request.
    pub fn of(app: &App, caller: &Caller) -> Standing {
        Standing(Some(Key {
            store: app.store.clone(),
            id: caller.key_id.clone(),
            workspace: caller.workspace,
            scope: caller.scope,
            every: app.guards.config.keys_looked_at_every,
        }))
    }

    /// That of the program itself, which is never lost.
    pub fn own() -> Standing {
        Standing(None)
    }

    /// Returns when it is lost, with what the client is told.
    pub async fn lost(&self) -> Problem {
        let Some(key) = &self.0 else { return std::future::pending().await };
        loop {
            tokio::time::sleep(key.every).await;
            if !key.still_stands().await {
                tracing::info!(key = key.id, "what its key had begun was ended");
                return Problem::unauthorized(
                    "The key was revoked, has expired or allows less than before, or its \
                     workspace is gone: what it had begun was ended.",
                );
            }
        }
    }

    /// What `work` comes to, unless the standing is lost first.
    pub async fn hold<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        tokio::select! {
            biased;
            problem = self.lost() => Err(problem),
            done = work => Ok(done),
        }
    }

    /// The same answer, whose body breaks off when the standing is lost.
    pub fn hold_body(self, answer: Response) -> Response {
        answer.map(|body| match body.size_hint().exact() {
            Some(bytes) if bytes <= SHORT_BYTES => body,
            _ => {
                let lost = Box::pin(async move { self.lost().await });
                Body::new(Held { body, lost: Some(lost) })
            }
        })
    }
}

impl Key {
    async fn still_stands(&self) -> bool {
        match self.store.find_key(&self.id).await {
            Ok(Some(key)) => {
                key.opens(now()) && key.scope >= self.scope && key.workspace == self.workspace
            }
            Ok(None) => false,
            Err(error) => {
                tracing::debug!(%error, "a key could not be looked at");
                false
            }
        }
    }
}

/// A body that breaks off when a standing is lost.
struct Held {
    body: Body,
    lost: Option<Pin<Box<dyn Future<Output = Problem> + Send>>>,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let lost = self.lost.as_mut().is_none_or(|lost| lost.as_mut().poll(context).is_ready());
        if lost {
            self.lost = None;
            let words = io::Error::other("the key that began it is not what it was");
            return Poll::Ready(Some(Err(axum::Error::new(words))));
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
