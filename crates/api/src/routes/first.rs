//! `/v1/session/first`: the first sign-in, by a link that works while no API key exists and creates
//! the first key.

use axum::{
    Json,
    extract::{FromRequest as _, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_service::{fields, secret::Minted};
use campanile_store::{KeyScope, NewKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Caller,
        cookie::{self, Asker},
        extract::Document,
        guard::Client,
        openapi::bodies::NewFirstSession,
        problem::{Answer, Code, Problem},
    },
    routes::session::{self, SessionView},
};

/// The workspace of the first key.
const WORKSPACE: &str = "default";

/// Who is signed in, and the key that was made for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FirstSessionView {
    /// Who is signed in.
    session: SessionView,
    /// The key, `key_id:secret`: shown this once and kept nowhere.
    key: String,
}

#[derive(Deserialize)]
struct SignIn {
    secret: String,
}

/// Signs the first browser in, by the link that the server offers while it has no key: makes a key of
/// the operator in the workspace `default`, shows it once, and sets the cookie as `sign_in` does.
#[utoipa::path(post, path = "/session/first", operation_id = "sign_in_first", tag = "Session",
    request_body = NewFirstSession,
    responses((status = 201, description = "Signed in.", body = FirstSessionView,
            headers(("Set-Cookie" = String, description = "The session."))),
        (status = 403, description = "A page of another site asks."),
        (status = 409, description = "There is a key already.")))]
pub async fn sign_in(State(app): State<App>, request: Request) -> Response {
    let client = app.guards.client(&request);
    session::answered(&app, client, open(&app, client, request).await)
}

async fn open(app: &App, client: Client, request: Request) -> Answer<Response> {
    if cookie::asker(request.headers(), client) == Asker::AnotherSite {
        return Err(cookie::cross_site());
    }
    let Document(body) = Document::from_request(request, app).await?;
    let SignIn { secret } = fields::read(body, fields::FIRST_SESSION)?;
    if app.store.has_keys().await? {
        let detail = "There is a key already, so the link for the first sign-in is void; sign in \
                      with the key, or make another: campanile key create.";
        return Err(Problem::new(Code::Conflict, detail));
    }
    if !app.first.take(secret.trim(), app.store.now()) {
        return Err(Problem::unauthorized(
            "The link for the first sign-in was used, has expired, or a newer one took its place; \
             look on the server for the newest.",
        ));
    }
    let minted = Minted::new().map_err(Problem::internal)?;
    let workspace = app.store.ensure_workspace(WORKSPACE, app.store.now()).await?.id;
    let key = NewKey {
        key_id: minted.id.clone(),
        secret_hash: minted.hash,
        name: "First sign-in".to_owned(),
        scope: KeyScope::Operator,
        workspace,
        expires_at: None,
    };
    let scope = key.scope;
    app.store.add_key(key, app.store.now()).await?;
    app.first.note_use();
    tracing::info!(key = minted.id, "the first key was made by the link for the first sign-in");
    let caller = Caller { key_id: minted.id.clone(), workspace, scope, request_key: None };
    let (cookie, key) = (cookie::cookie(client, &minted.bearer(), ""), minted.bearer());
    let session = session::shown(app, caller).await?;
    Ok((StatusCode::CREATED, cookie, Json(FirstSessionView { session, key })).into_response())
}
