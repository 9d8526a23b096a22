//! `/v1/trunks`: ways into the telephone network.

use axum::{Json, extract::State, http::StatusCode};
use campanile_rules::{
    ids::TrunkId,
    time::Timestamp,
    trunk::{Codec, Transport, Trunk, TrunkKind},
};
use campanile_store::TrunkRecord;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{App, now},
    auth::{Admin, Read},
    extract::{Document, Id},
    fields,
    openapi::bodies::NewTrunk,
    page::Items,
    problem::Answer,
};

/// A trunk as it is shown. Its password is never shown again.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrunkView {
    /// Its identity.
    pub id: TrunkId,
    /// A label for people.
    pub name: String,
    /// Whose trunk it is.
    pub kind: TrunkKind,
    /// Host name or address of the far end.
    pub host: String,
    /// Port of the far end.
    pub port: u16,
    /// What carries SIP.
    pub transport: Transport,
    /// Calls at once, ringing ones included.
    pub max_calls: u32,
    /// New calls per second, evenly spaced.
    pub max_cps: f64,
    /// User name for digest authentication.
    pub username: Option<String>,
    /// Whether a password is stored.
    pub has_password: bool,
    /// Codecs that are offered, best first.
    pub codecs: Vec<Codec>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<TrunkRecord> for TrunkView {
    fn from(record: TrunkRecord) -> TrunkView {
        let Trunk {
            name,
            kind,
            host,
            port,
            transport,
            max_calls,
            max_cps,
            username,
            password,
            codecs,
        } = record.settings;
        TrunkView {
            id: record.id,
            name,
            kind,
            host,
            port,
            transport,
            max_calls,
            max_cps,
            username,
            has_password: password.is_some(),
            codecs,
            created_at: record.created_at,
        }
    }
}

/// Lists the trunks of the workspace.
#[utoipa::path(get, path = "/trunks", operation_id = "list_trunks", tag = "Trunks",
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them.", body = Items<TrunkView>)))]
pub async fn list(State(app): State<App>, Read(caller): Read) -> Answer<Json<Items<TrunkView>>> {
    Ok(Items::json(app.store.list_trunks(caller.workspace).await?))
}

/// Adds a trunk.
#[utoipa::path(post, path = "/trunks", operation_id = "create_trunk", tag = "Trunks",
    request_body = NewTrunk,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Added.", body = TrunkView), (status = 409, description = "The name is taken.")))]
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Json<TrunkView>)> {
    let app = app.by(&caller);
    let trunk = fields::trunk(body)?;
    let record = app.store.add_trunk(caller.workspace, trunk, now()).await?;
    app.engine.trunk_changed(record.id, record.settings.clone());
    Ok((StatusCode::CREATED, Json(record.into())))
}

/// Shows a trunk.
#[utoipa::path(get, path = "/trunks/{id}", operation_id = "show_trunk", tag = "Trunks",
    params(Id<TrunkId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The trunk.", body = TrunkView)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<TrunkId>,
) -> Answer<Json<TrunkView>> {
    Ok(Json(app.store.trunk(caller.workspace, id).await?.into()))
}

/// Replaces the settings of a trunk. A password that is left out stays as it is, as long as the
/// user name does.
#[utoipa::path(put, path = "/trunks/{id}", operation_id = "replace_trunk", tag = "Trunks",
    params(Id<TrunkId>),
    request_body = NewTrunk,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The trunk as it is now.", body = TrunkView), (status = 409, description = "The name is taken.")))]
pub async fn replace(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<TrunkId>,
    Document(mut body): Document,
) -> Answer<Json<TrunkView>> {
    let app = app.by(&caller);
    let before = app.store.trunk(caller.workspace, id).await?.settings;
    if let (Some(fields), Some(password)) = (body.as_object_mut(), before.password) {
        let same_user =
            fields.get("username").and_then(|name| name.as_str()) == before.username.as_deref();
        if same_user && !fields.contains_key("password") {
            fields.insert("password".to_owned(), password.into());
        }
    }
    let record = app.store.update_trunk(caller.workspace, id, fields::trunk(body)?).await?;
    app.engine.trunk_changed(record.id, record.settings.clone());
    Ok(Json(record.into()))
}

/// Deletes a trunk that nothing dials through any more.
#[utoipa::path(delete, path = "/trunks/{id}", operation_id = "delete_trunk", tag = "Trunks",
    params(Id<TrunkId>),
    security(("key" = ["admin"])),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "A phone number or a call uses it.")))]
pub async fn remove(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<TrunkId>,
) -> Answer<StatusCode> {
    app.by(&caller).store.remove_trunk(caller.workspace, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
