//! `/v1/api-keys`: the API keys of the workspace.

use axum::{Extension, Json, extract::State, http::StatusCode};
use campanile_rules::time::Timestamp;
use campanile_service::{
    fields::{self, Mistake},
    secret::Minted,
};
use campanile_store::{ApiKeyRecord, KeyScope, NewKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Caller},
        extract::{Document, Word},
        idempotency::KeepInstead,
        openapi::bodies,
        page::Items,
        problem::{Answer, Problem},
    },
};

/// A key to create.
#[derive(Debug, Deserialize)]
pub struct NewApiKey {
    /// A label for people.
    #[serde(default)]
    pub name: String,
    /// What it allows.
    pub scope: KeyScope,
    /// From when on it opens nothing.
    pub expires_at: Option<Timestamp>,
}

/// A key as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyView {
    /// The public half.
    pub id: String,
    /// A label for people; empty when it has none.
    pub name: String,
    /// What it allows.
    pub scope: KeyScope,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// From when on it opens nothing.
    pub expires_at: Option<Timestamp>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeApiKey {
    /// The key as it is shown from now on.
    #[serde(flatten)]
    pub view: ApiKeyView,
    /// `key_id:secret`, shown this once; absent when the answer is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl From<ApiKeyRecord> for ApiKeyView {
    fn from(record: ApiKeyRecord) -> ApiKeyView {
        ApiKeyView {
            id: record.key_id,
            name: record.name,
            scope: record.scope,
            created_at: record.created_at,
            last_used_at: record.last_used_at,
            revoked_at: record.revoked_at,
            expires_at: record.expires_at,
        }
    }
}

/// Lists the keys of the workspace, the revoked ones too.
#[utoipa::path(get, path = "/api-keys", operation_id = "list_api_keys", tag = "Workspace",
    security(("key" = ["admin"])),
    responses((status = 200, description = "All of them.", body = Items<ApiKeyView>)))]
pub async fn list(State(app): State<App>, Admin(caller): Admin) -> Answer<Json<Items<ApiKeyView>>> {
    Ok(Items::json(app.store.list_keys(caller.workspace).await?))
}

/// Makes a key. Its secret is in this answer and nowhere else: the same request sent again with
/// its Idempotency-Key is told which key it made, without the secret.
#[utoipa::path(post, path = "/api-keys", operation_id = "create_api_key", tag = "Workspace",
    request_body = bodies::NewApiKey,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Made.", body = MadeApiKey)))]
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Extension<KeepInstead>, Json<MadeApiKey>)> {
    let app = app.creating(&caller, "/v1/made/api-keys");
    let NewApiKey { name, scope, expires_at } = fields::read(body, fields::API_KEY)?;
    may_touch(&caller, scope)?;
    if expires_at.is_some_and(|end| end <= app.store.now()) {
        let detail = "is over already; write an instant to come, or leave it out";
        return Err(Problem::invalid(vec![Mistake::new("/expires_at", detail)]));
    }
    let minted = Minted::new().map_err(Problem::internal)?;
    let key = NewKey {
        key_id: minted.id.clone(),
        secret_hash: minted.hash,
        name,
        scope,
        workspace: caller.workspace,
        expires_at,
    };
    let view = app.store.add_key(key, app.store.now()).await?.into();
    let mut made = MadeApiKey { view, key: None };
    let kept = serde_json::to_vec(&made).map_err(Problem::internal)?;
    made.key = Some(minted.bearer());
    Ok((StatusCode::CREATED, Extension(KeepInstead(kept)), Json(made)))
}

/// Shows a key without its secret.
pub async fn show(
    State(app): State<App>,
    Admin(caller): Admin,
    Word(id): Word,
) -> Answer<Json<ApiKeyView>> {
    let keys = app.store.list_keys(caller.workspace).await?;
    let found = keys.into_iter().find(|key| key.key_id == id);
    Ok(Json(found.ok_or_else(|| Problem::not_found(format!("There is no key {id}.")))?.into()))
}

/// Revokes a key for good.
#[utoipa::path(delete, path = "/api-keys/{id}", operation_id = "revoke_api_key", tag = "Workspace",
    params(("id" = String, Path, description = "The public half of the key.")),
    security(("key" = ["admin"])),
    responses((status = 200, description = "The key, which opens nothing any more.", body = ApiKeyView)))]
pub async fn revoke(
    State(app): State<App>,
    Admin(caller): Admin,
    Word(id): Word,
) -> Answer<Json<ApiKeyView>> {
    let app = app.by(&caller);
    let key = app.store.find_key(&id).await?.filter(|key| key.workspace == caller.workspace);
    if let Some(key) = key {
        may_touch(&caller, key.scope)?;
    }
    Ok(Json(app.store.revoke_key(caller.workspace, &id, app.store.now()).await?.into()))
}

/// A caller must not create or revoke a key with more rights than the caller's own.
fn may_touch(caller: &Caller, scope: KeyScope) -> Result<(), Problem> {
    if scope <= caller.scope {
        return Ok(());
    }
    let (scope, own) = (scope.as_str(), caller.scope.as_str());
    Err(Problem::forbidden(format!(
        "A key of scope {own} can neither make nor revoke one of scope {scope}; campanile key, on \
         the machine itself, can."
    )))
}
