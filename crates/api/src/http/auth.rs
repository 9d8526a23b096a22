//! Authentication and scopes: `Authorization: Bearer key_id:secret`, or the cookie of a session.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use campanile_metrics::{METRICS, labels::Refusal};
use campanile_service::secret;
use campanile_store::{KeyScope, Registry, reading_for};

use crate::{
    app::App,
    http::{
        cookie::{self, Asker},
        guard::{self, Client},
        problem::Problem,
        room::Seat,
        standing::{HoldsItself, Standing},
    },
};

pub use crate::http::caller::Caller;

/// Middleware: rejects a request without a valid key, and adds the [`Caller`] to its extensions.
pub async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Err(problem) = guard::no_key_in_address(request.uri()) {
        return problem.into_response();
    }
    let client = app.guards.client(&request);
    let key = sent_key(&request, client);
    match admitted(&app, client, key).await {
        Ok((caller, headers)) => {
            if let Some(seat) = request.extensions().get::<Arc<Seat>>() {
                seat.is_known();
            }
            let workspace = caller.workspace;
            let share = match app.guards.begin(workspace) {
                Ok(share) => share,
                Err(problem) => return (headers, problem).into_response(),
            };
            let standing = Standing::of(&app, &caller);
            request.extensions_mut().insert(caller);
            let answered = reading_for(workspace, next.run(request));
            let mut answer = match standing.hold(answered).await {
                Ok(answer) => answer,
                Err(problem) => return problem.into_response(),
            };
            if answer.extensions().get::<HoldsItself>().is_none() {
                answer = standing.hold_body(answer);
            }
            answer.headers_mut().extend(headers);
            guard::keep_place(answer, (workspace, share))
        }
        Err(answer) => *answer,
    }
}

/// Checks that a request has a key of scope `operator`. The error is the response to send.
pub async fn operator(app: &App, request: Request) -> Result<(), Box<Response>> {
    let client = app.guards.client(&request);
    let key = sent_key(&request, client);
    let (caller, _) = admitted(app, client, key).await?;
    let enough = strong_enough(caller, KeyScope::Operator);
    enough.map(drop).map_err(|problem| Box::new(problem.into_response()))
}

/// Returns the caller and the rate-limit headers for the response.
async fn admitted(
    app: &App,
    client: Client,
    key: Result<String, Problem>,
) -> Result<(Caller, HeaderMap), Box<Response>> {
    let caller = match key {
        Ok(key) => caller_with(&*app.store, &key).await,
        Err(problem) => Err(problem),
    };
    let caller = caller.map_err(|problem| match problem.status() {
        StatusCode::UNAUTHORIZED => Box::new(app.guards.refuse(client, problem)),
        _ => Box::new(problem.into_response()),
    })?;
    let headers = app.guards.admit(&caller.key_id)?;
    Ok((caller, headers))
}

/// Reads the API key from the `Authorization` header or the cookie. A browser sends the cookie even
/// when another site caused the request, so the cookie allows unsafe methods only for pages of this
/// server.
fn sent_key(request: &Request, client: Client) -> Result<String, Problem> {
    let headers = request.headers();
    if let Some(header) = headers.get(header::AUTHORIZATION) {
        let sent = header.to_str().ok().and_then(|header| header.split_once(' '));
        let bearer = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        return bearer.map(|(_, key)| key.trim().to_owned()).ok_or_else(missing);
    }
    let key = cookie::key_of(headers, client).ok_or_else(missing)?;
    if !request.method().is_safe() && cookie::asker(headers, client) != Asker::OwnPage {
        return Err(cookie::cross_site());
    }
    Ok(key.to_owned())
}

fn missing() -> Problem {
    Problem::unauthorized(
        "Send a key as Authorization: Bearer key_id:secret; campanile key create makes one.",
    )
}

/// Looks up an API key in the form `key_id:secret`. Fails if it is unknown, revoked or expired.
pub async fn caller_with(store: &dyn Registry, key: &str) -> Result<Caller, Problem> {
    let (id, given) = key.split_once(':').ok_or_else(missing)?;
    // An unknown key takes as long to refuse as a wrong secret.
    let record = store.find_key(id).await?;
    let kept = record.as_ref().map_or([0; 32], |record| record.secret_hash);
    match (secret::matches(given, &kept), record) {
        (true, Some(record)) if record.opens(store.now()) => {
            store.touch_key_meanwhile(&record, store.now());
            let (key_id, workspace) = (record.key_id, record.workspace);
            Ok(Caller { key_id, workspace, scope: record.scope, request_key: None })
        }
        _ => Err(Problem::unauthorized("The key is unknown, wrong, revoked or expired.")),
    }
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        pub struct $name(pub Caller);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;
            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
                allowed(parts, KeyScope::$name).map($name)
            }
        }
    )*};
}

scopes! {
    /// A caller who may read.
    Read,
    /// A caller who may create and control batches.
    Operate,
    /// A caller who may change agents, numbers, trunks, limits and keys of the workspace.
    Admin,
    /// A caller who runs the installation.
    Operator
}

fn allowed(parts: &Parts, needed: KeyScope) -> Result<Caller, Problem> {
    let caller = parts.extensions.get::<Caller>().cloned();
    let caller = caller.ok_or_else(|| Problem::unauthorized("This needs a key."))?;
    strong_enough(caller, needed)
}

fn strong_enough(caller: Caller, needed: KeyScope) -> Result<Caller, Problem> {
    if caller.scope >= needed {
        return Ok(caller);
    }
    METRICS.refusals.of(Refusal::WeakKey).inc();
    let (key, needed_scope) = (caller.key_id, needed.as_str());
    tracing::warn!(key, needed_scope, "a request was refused: its key is too weak");
    Err(Problem::forbidden(format!(
        "This needs a key of scope {}; yours has {}.",
        needed.as_str(),
        caller.scope.as_str()
    )))
}
