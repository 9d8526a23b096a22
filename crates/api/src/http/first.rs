//! The link for the first sign-in. It works once, while no API key exists, and creates the first
//! key.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json,
    extract::{FromRequest as _, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_rules::time::Timestamp;
use campanile_store::{KeyScope, NewKey};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use utoipa::ToSchema;

use crate::{
    app::{App, now},
    fields,
    http::{
        auth::Caller,
        extract::Document,
        guard::Client,
        openapi::bodies::NewFirstSession,
        problem::{Answer, Code, Problem},
        session::{self, Asker, SessionView},
    },
    secret::{self, Minted, SecretHash},
};

/// The workspace of the first key.
const WORKSPACE: &str = "default";

/// The link for the first sign-in, if the server has offered one.
#[derive(Default)]
pub struct FirstLink {
    offered: Mutex<Option<Offered>>,
    used: Notify,
}

/// The stored part of a link. The secret is stored as a hash only.
struct Offered {
    hash: SecretHash,
    until: Timestamp,
}

impl FirstLink {
    /// How long a link is valid.
    pub const VALID: Duration = Duration::from_secs(15 * 60);

    /// Creates a link, returns its secret and voids the previous link. Fails if the system has no
    /// source of randomness.
    pub fn renew(&self, now: Timestamp) -> Result<String, getrandom::Error> {
        let Minted { secret, hash, .. } = Minted::new()?;
        *self.offered() = Some(Offered { hash, until: now + FirstLink::VALID });
        Ok(secret)
    }

    /// Waits until the link is used.
    pub async fn used(&self) {
        self.used.notified().await;
    }

    /// Whether `secret` belongs to the valid link. If so, the link becomes void.
    fn take(&self, secret: &str, now: Timestamp) -> bool {
        let mut offered = self.offered();
        let good = offered
            .as_ref()
            .is_some_and(|link| secret::matches(secret, &link.hash) && now < link.until);
        if good {
            *offered = None;
        }
        good
    }

    fn offered(&self) -> std::sync::MutexGuard<'_, Option<Offered>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    if session::asker(request.headers(), client) == Asker::AnotherSite {
        return Err(session::cross_site());
    }
    let Document(body) = Document::from_request(request, app).await?;
    let SignIn { secret } = fields::read(body, fields::FIRST_SESSION)?;
    if app.store.has_keys().await? {
        let detail = "There is a key already, so the link for the first sign-in is void; sign in \
                      with the key, or make another: campanile key create.";
        return Err(Problem::new(Code::Conflict, detail));
    }
    if !app.first.take(secret.trim(), now()) {
        return Err(Problem::unauthorized(
            "The link for the first sign-in was used, has expired, or a newer one took its place; \
             look on the server for the newest.",
        ));
    }
    let minted = Minted::new().map_err(Problem::internal)?;
    let workspace = app.store.ensure_workspace(WORKSPACE, now()).await?.id;
    let key = NewKey {
        key_id: minted.id.clone(),
        secret_hash: minted.hash,
        name: "First sign-in".to_owned(),
        scope: KeyScope::Operator,
        workspace,
        expires_at: None,
    };
    let scope = key.scope;
    app.store.add_key(key, now()).await?;
    app.first.used.notify_one();
    tracing::info!(key = minted.id, "the first key was made by the link for the first sign-in");
    let caller = Caller { key_id: minted.id.clone(), workspace, scope, request_key: None };
    let (cookie, key) = (session::cookie(client, &minted.bearer(), ""), minted.bearer());
    let session = session::shown(app, caller).await?;
    Ok((StatusCode::CREATED, cookie, Json(FirstSessionView { session, key })).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_once_for_a_quarter_of_an_hour_and_until_the_next() {
        let (link, start) = (FirstLink::default(), Timestamp(0));
        let later = |minutes: u32| start + Duration::from_secs(60) * minutes;
        assert!(!link.take("", start), "none was offered");
        let old = link.renew(start).unwrap();
        let new = link.renew(start).unwrap();
        assert!(!link.take(&old, start) && !link.take(&new, later(15)));
        assert!(link.take(&new, later(14)));
        assert!(!link.take(&new, later(14)), "once only");
    }
}
