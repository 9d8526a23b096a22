//! `Idempotency-Key`: a POST that is sent twice takes effect once. The response is kept for 24
//! hours.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use campanile_store::{Answered, Idempotency, Registry, StoreError, reading_for};
use sha2::{Digest, Sha256};
use tower::ServiceExt as _;

use crate::{
    app::App,
    http::{
        auth::Caller,
        body::{MAX_LIST_BYTES, is_form, read_body},
        problem::{self, Answer, Code, Problem},
    },
};

/// The longest key, in bytes.
const MAX_KEY: usize = 255;

/// The longest response that is kept, in bytes. Responses to POSTs are short, except the preflight
/// report of many rows.
const MAX_ANSWER: usize = 16 << 20;

/// The routes whose GETs show what a POST created. They are behind the authentication: the
/// [`Caller`] is in the extensions of the request.
#[derive(Clone)]
pub struct Shown(pub Router);

impl Shown {
    /// The 201 response of a POST that created what is at `path`, as it is now.
    async fn answer(self, caller: Caller, path: String) -> Response {
        let request = Request::get(path).extension(caller).body(Body::empty());
        let request = match request {
            Ok(request) => request,
            Err(error) => return Problem::internal(error).into_response(),
        };
        let shown: Result<Response, Infallible> = self.0.oneshot(request).await;
        let Ok(mut answer) = shown;
        if answer.status().is_success() {
            *answer.status_mut() = StatusCode::CREATED;
        }
        answer
    }
}

/// Middleware for a POST with an Idempotency-Key and a body other than a form. The handler of a
/// form does this itself with [`Repeats`], because a form that is sent again has another boundary.
pub async fn replay(
    State((app, shown)): State<(App, Shown)>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(shown.clone());
    let (key, caller) = match (key_of(request.headers()), request.extensions().get::<Caller>()) {
        (Ok(Some(key)), Some(caller)) => (key, caller.clone()),
        (Err(problem), _) => return problem.into_response(),
        (Ok(None), _) | (_, None) => return next.run(request).await,
    };
    if request.method() != Method::POST || is_form(request.headers()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match read_body(Request::new(body), MAX_LIST_BYTES).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let print = fingerprint(parts.uri.path(), &body);
    let mut again = Request::from_parts(parts, Body::from(body));
    let act = |caller| {
        again.extensions_mut().insert::<Caller>(caller);
        next.run(again)
    };
    once((&app, shown), &caller, (key, print), act).await
}

/// The Idempotency-Key of a form, for its handler. The middleware deals with other bodies.
pub struct Repeats {
    key: Option<String>,
    path: String,
    shown: Shown,
}

impl<S: Send + Sync> FromRequestParts<S> for Repeats {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Repeats> {
        let key = if is_form(&parts.headers) { key_of(&parts.headers)? } else { None };
        let shown = parts.extensions.get::<Shown>().cloned();
        let shown = shown.ok_or_else(|| Problem::internal("no routes to show what is created"))?;
        Ok(Repeats { key, path: parts.uri.path().to_owned(), shown })
    }
}

impl Repeats {
    /// Runs `act`, or returns the kept response if the form was sent before. `print` is a hash of
    /// the form's content. `act` runs to its end even if the client disconnects.
    pub async fn answer<F>(
        self,
        (app, caller): (App, Caller),
        print: [u8; 32],
        act: impl FnOnce(App, Caller) -> F,
    ) -> Answer<Response>
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let Repeats { key, path, shown } = self;
        match key {
            Some(key) => {
                let print = fingerprint(&path, &print);
                let act = |caller| act(app.clone(), caller);
                Ok(once((&app, shown), &caller, (key, print), act).await)
            }
            None => tokio::spawn(act(app, caller)).await.map_err(Problem::internal),
        }
    }
}

/// The Idempotency-Key of a request, if there is one.
fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key)
            if (1..=MAX_KEY).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(key.to_owned()))
        }
        _ => Err(Problem::unreadable(format!(
            "An Idempotency-Key has 1 to {MAX_KEY} visible ASCII characters."
        ))),
    }
}

/// A hash that tells whether two requests with one Idempotency-Key are the same.
fn fingerprint(path: &str, content: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(path).chain_update([0]).chain_update(content).finalize().into()
}

/// Runs `act` unless the same request of the same API key was answered before; then returns the
/// kept response. That API key was allowed to see it when it was first given. `act` runs to its end
/// even if the client disconnects, so that a later request finds the response. What `act` creates
/// for the given caller is created only once, even if the process dies before it answers.
async fn once<F>(
    (app, shown): (&App, Shown),
    caller: &Caller,
    (key, print): (String, [u8; 32]),
    act: impl FnOnce(Caller) -> F,
) -> Response
where
    F: Future<Output = Response> + Send + 'static,
{
    let of = (caller.key_id.clone(), key.clone());
    let kept = match app.store.begin_idempotent(&caller.key_id, &key, print, app.store.now()).await
    {
        Ok(Answered::NotYet) => {
            let caller = Caller { request_key: Some(key), ..caller.clone() };
            let acted = reading_for(caller.workspace, act(caller));
            tokio::spawn(keep(app.store.clone(), of, acted))
        }
        Ok(Answered::Made(path)) => {
            let shown = shown.answer(caller.clone(), path);
            tokio::spawn(keep(app.store.clone(), of, reading_for(caller.workspace, shown)))
        }
        Ok(Answered::Gone(what)) => {
            let gone = StoreError::NotFound(what);
            let gone = async { Problem::from(gone).into_response() };
            tokio::spawn(keep(app.store.clone(), of, gone))
        }
        Ok(Answered::With { status, body }) => return replayed(status, body),
        Ok(Answered::Differently) => {
            let words = "This Idempotency-Key was used for another request; take a new one.";
            return Problem::new(Code::IdempotencyKeyReused, words).into_response();
        }
        Ok(Answered::InProgress) => {
            let words = "The same request is being answered right now; ask again in a moment.";
            return Problem::new(Code::IdempotencyInProgress, words).into_response();
        }
        Err(error) => return Problem::from(error).into_response(),
    };
    kept.await.unwrap_or_else(|error| Problem::internal(error).into_response())
}

/// A body to keep instead of the one that is sent, because the sent one contains a secret. It is in
/// the extensions of the response.
#[derive(Clone)]
pub struct KeepInstead(pub Vec<u8>);

/// Runs `act` and keeps its response. A 5xx or 429 is not kept, so that the client may try again.
async fn keep(
    store: Arc<dyn Registry>,
    (api_key, key): (String, String),
    act: impl Future<Output = Response> + Send + 'static,
) -> Response {
    let acted = tokio::spawn(act).await;
    let acted = acted.unwrap_or_else(|error| Problem::internal(error).into_response());
    let (parts, body) = acted.into_parts();
    let body = match axum::body::to_bytes(body, MAX_ANSWER).await {
        Ok(body) => body,
        Err(error) => return Problem::internal(error).into_response(),
    };
    let kept = match parts.extensions.get::<KeepInstead>() {
        Some(KeepInstead(body)) => body.clone(),
        None => body.to_vec(),
    };
    let again = parts.status.is_server_error() || parts.status == StatusCode::TOO_MANY_REQUESTS;
    let outcome = (!again).then_some((parts.status.as_u16(), kept));
    match note(&*store, (&api_key, &key), outcome.clone()).await {
        Ok(()) => {}
        // Without this retry the Idempotency-Key would stay in progress until the next start.
        Err(error) if error.is_of_the_whole() => {
            tokio::spawn(async move {
                store.writable().await;
                if let Err(error) = note(&*store, (&api_key, &key), outcome).await {
                    tracing::error!(%error, "an answer could not be kept");
                }
            });
        }
        Err(error) => tracing::error!(%error, "an answer could not be kept"),
    }
    Response::from_parts(parts, Body::from(body))
}

/// Stores the response under the Idempotency-Key. Without a response, the key can be used again.
async fn note(
    store: &dyn Idempotency,
    (api_key, key): (&str, &str),
    outcome: Option<(u16, Vec<u8>)>,
) -> Result<(), StoreError> {
    match outcome {
        Some(outcome) => store.finish_idempotent(api_key, key, outcome).await,
        None => store.forget_idempotent(api_key, key).await,
    }
}

fn replayed(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if status.is_success() { "application/json" } else { problem::MEDIA_TYPE };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
