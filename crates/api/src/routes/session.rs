//! `/v1/session`: a browser signs in with an API key and gets a cookie that scripts cannot read.
//! docs/security.md explains the consequences.

use axum::{
    Json,
    extract::{FromRequest as _, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_rules::ids::WorkspaceId;
use campanile_service::fields;
use campanile_store::KeyScope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{self, Caller, Read},
        cookie::{self, Asker, cookie},
        extract::Document,
        guard::Client,
        openapi::bodies::NewSession,
        problem::Answer,
    },
};

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// The workspace of the key.
    workspace: SessionWorkspace,
    /// What the key allows.
    scope: KeyScope,
    /// The public half of the key.
    key_id: String,
    /// The version of the program.
    version: &'static str,
}

/// A workspace by its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionWorkspace {
    /// Its identity.
    id: WorkspaceId,
    /// Its name.
    name: String,
}

#[derive(Deserialize)]
struct SignIn {
    api_key: String,
}

/// Signs a browser in: the answer sets the cookie, an HttpOnly one, which is accepted instead of
/// a Bearer key from then on, until it is signed out, closed, or the key is revoked. A program
/// needs no session; it sends its key.
#[utoipa::path(post, path = "/session", operation_id = "sign_in", tag = "Session",
    request_body = NewSession,
    responses((status = 201, description = "Signed in.", body = SessionView,
            headers(("Set-Cookie" = String, description = "The session."))),
        (status = 403, description = "A page of another site asks.")))]
pub async fn sign_in(State(app): State<App>, request: Request) -> Response {
    let client = app.guards.client(&request);
    answered(&app, client, open(&app, client, request).await)
}

/// The response to a sign-in. A wrong secret counts against the client's address.
pub fn answered(app: &App, client: Client, answer: Answer<Response>) -> Response {
    match answer {
        Ok(answer) => answer,
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            app.guards.refuse(client, problem)
        }
        Err(problem) => problem.into_response(),
    }
}

async fn open(app: &App, client: Client, request: Request) -> Answer<Response> {
    if cookie::asker(request.headers(), client) == Asker::AnotherSite {
        return Err(cookie::cross_site());
    }
    let Document(body) = Document::from_request(request, app).await?;
    let SignIn { api_key } = fields::read(body, fields::SESSION)?;
    let key = api_key.trim();
    let caller = auth::caller_with(&*app.store, key).await?;
    let limits = match app.guards.admit(&caller.key_id) {
        Ok(limits) => limits,
        Err(answer) => return Ok(*answer),
    };
    let cookie = cookie(client, key, "");
    Ok((StatusCode::CREATED, limits, cookie, Json(shown(app, caller).await?)).into_response())
}

/// Shows who asks: the workspace, the scope and the public half of the key.
#[utoipa::path(get, path = "/session", operation_id = "show_session", tag = "Session",
    security(("key" = ["read"])),
    responses((status = 200, description = "Who asks.", body = SessionView)))]
pub async fn show(State(app): State<App>, Read(caller): Read) -> Answer<Json<SessionView>> {
    Ok(Json(shown(&app, caller).await?))
}

/// Signs a browser out: the answer takes the cookie away. The key itself stays valid.
#[utoipa::path(delete, path = "/session", operation_id = "sign_out", tag = "Session",
    security(("key" = ["read"])),
    responses((status = 204, description = "Signed out.",
        headers(("Set-Cookie" = String, description = "The session, which is over.")))))]
pub async fn sign_out(State(app): State<App>, Read(_): Read, request: Request) -> Response {
    let gone = cookie(app.guards.client(&request), "", "; Max-Age=0");
    (StatusCode::NO_CONTENT, gone).into_response()
}

/// The view of a caller's session.
pub async fn shown(app: &App, caller: Caller) -> Answer<SessionView> {
    let workspace = app.store.workspace(caller.workspace).await?;
    let workspace = SessionWorkspace { id: workspace.id, name: workspace.name };
    let version = env!("CARGO_PKG_VERSION");
    Ok(SessionView { workspace, scope: caller.scope, key_id: caller.key_id, version })
}
