//! The permission behind a long request: an upload, a download or an event stream. The server
//! checks the request's API key every few seconds, and ends the request when the key is revoked,
//! has expired or allows less than before, or when its workspace is gone.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use campanile_rules::ids::WorkspaceId;
use campanile_store::{KeyScope, Registry};
use hyper::body::{Frame, SizeHint};

use crate::{
    app::App,
    http::{caller::Caller, problem::Problem},
};

/// A response up to this size is not watched, because it is sent at once.
const SHORT_BYTES: u64 = 64 << 10;

/// Marks a response, in its extensions, whose body checks the standing itself and ends cleanly.
#[derive(Debug, Clone, Copy)]
pub struct HoldsItself;

/// The permission behind a long request.
#[derive(Clone)]
pub struct Standing {
    store: Arc<dyn Registry>,
    id: String,
    workspace: WorkspaceId,
    scope: KeyScope,
    every: Duration,
}

impl Standing {
    /// The standing of the caller of a request.
    pub fn of(app: &App, caller: &Caller) -> Standing {
        Standing {
            store: app.store.clone(),
            id: caller.key_id.clone(),
            workspace: caller.workspace,
            scope: caller.scope,
            every: app.guards.config.keys_looked_at_every,
        }
    }

    /// Waits until the standing is lost.
    pub async fn lost(&self) {
        loop {
            tokio::time::sleep(self.every).await;
            if !self.still_stands().await {
                return tracing::info!(key = self.id, "what its key had begun was ended");
            }
        }
    }

    /// Runs `work`, and cancels it if the standing is lost first.
    pub async fn hold<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        tokio::select! {
            biased;
            () = self.lost() => Err(Problem::ended()),
            done = work => Ok(done),
        }
    }

    /// Returns the response with a body that breaks off when the standing is lost.
    pub fn hold_body(self, answer: Response) -> Response {
        answer.map(|body| match body.size_hint().exact() {
            Some(bytes) if bytes <= SHORT_BYTES => body,
            _ => {
                let lost = Box::pin(async move { self.lost().await });
                Body::new(Held { body, lost: Some(lost) })
            }
        })
    }

    async fn still_stands(&self) -> bool {
        match self.store.find_key(&self.id).await {
            Ok(Some(key)) => {
                key.opens(self.store.now())
                    && key.scope >= self.scope
                    && key.workspace == self.workspace
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
    lost: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use campanile_files::import::{ImportOptions, Source, Table};
    use campanile_rules::{
        agent::AgentVersion, batch::BatchSettings, mapping::Mapping, phone::E164,
    };
    use campanile_service::{Error, Import, import, secret::Minted};
    use campanile_store::{NewBatch, NewKey};

    use super::*;
    use crate::http::problem::Code;

    fn ann() -> AgentVersion {
        serde_json::from_value(serde_json::json!({"first_message": "Hello."})).unwrap()
    }

    /// A workspace with what a batch needs, and a key of its own: the batch that is to be made.
    async fn furnished(store: &Arc<dyn Registry>) -> (NewBatch, Standing) {
        let workspace = store.ensure_workspace("default", store.now()).await.unwrap().id;
        let caller_id = (E164::from_digits(14_155_550_100), "Office".to_owned());
        let number =
            store.add_phone_number(workspace, caller_id, None, store.now()).await.unwrap().id;
        let agent = store.create_agent(workspace, "Ann", ann(), store.now()).await.unwrap().0.id;
        store.publish_agent_version(workspace, (agent, 1), store.now()).await.unwrap();
        let Minted { id, hash, .. } = Minted::new().unwrap();
        let scope = KeyScope::Operate;
        let key = NewKey {
            key_id: id.clone(),
            secret_hash: hash,
            name: String::new(),
            scope,
            workspace,
            expires_at: None,
        };
        store.add_key(key, store.now()).await.unwrap();
        let batch = NewBatch {
            workspace,
            name: "Reminders".to_owned(),
            phone_number: number,
            agent: (agent, 1),
            columns: Vec::new(),
            mapping: Mapping::default(),
            settings: BatchSettings::default(),
            file_name: "people.csv".to_owned(),
            default_country: None,
            reject_duplicates: false,
            test: false,
        };
        let every = Duration::from_millis(20);
        (batch, Standing { store: store.clone(), id, workspace, scope, every })
    }

    #[tokio::test]
    async fn an_import_that_goes_on_ends_with_its_key_and_leaves_nothing() {
        for sql in [
            "UPDATE api_keys SET revoked_at = 1",
            "UPDATE api_keys SET expires_at = 1",
            "UPDATE api_keys SET scope = 'read'",
            "UPDATE api_keys SET workspace = workspace + 1",
        ] {
            let dir = tempfile::tempdir().unwrap();
            let store: Arc<dyn Registry> = campanile_testkit::open(dir.path());
            let (batch, key) = furnished(&store).await;
            // The second row never arrives while the import waits.
            let (never, second) = mpsc::channel::<()>();
            let mut rows = 0;
            let database = dir.path().join("campanile.sqlite");
            let rows = std::iter::from_fn(move || {
                rows += 1;
                if rows == 2 {
                    let raw = rusqlite::Connection::open(&database).unwrap();
                    raw.pragma_update(None, "foreign_keys", false).unwrap();
                    raw.execute(sql, []).unwrap();
                    let _ = second.recv();
                    return None;
                }
                Some(Ok(vec!["+14155550142".to_owned()]))
            });
            let columns = vec!["phone_number".to_owned()];
            let source = Source::Table(Table { columns, rows: Box::new(rows) });
            let new =
                Import { batch, options: ImportOptions::default(), version: ann(), start: true };
            match import(&store, new, source, key.lost()).await {
                Err(Error::Ended) => {
                    let status = Problem::from(Error::Ended).status();
                    assert_eq!(status, Code::Unauthorized.status(), "{sql}");
                }
                other => panic!("{sql}: {other:?}"),
            }
            drop(never);
            let raw = rusqlite::Connection::open(dir.path().join("campanile.sqlite")).unwrap();
            let count = "SELECT count(*) FROM batches";
            let left: i64 = raw.query_row(count, [], |row| row.get(0)).unwrap();
            assert_eq!(left, 0, "{sql}");
        }
    }
}
