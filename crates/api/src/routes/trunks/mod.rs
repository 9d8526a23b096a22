//! `/v1/trunks`: trunks, the connections to the telephone network.

pub mod test;

use axum::{Json, extract::State, http::StatusCode};
use campanile_rules::{
    ids::TrunkId,
    time::Timestamp,
    trunk::{Codec, Transport, Trunk, TrunkKind},
    trunk_health::TrunkHealth,
};
use campanile_service::fields;
use campanile_store::{KeyScope, TrunkRecord};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Caller, Read},
        extract::{Document, Id},
        openapi::bodies::NewTrunk,
        page::Items,
        problem::{Answer, Problem},
    },
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
    /// Host name or address of the far end; of a managed trunk only the operator sees it.
    pub host: Option<String>,
    /// Port of the far end; of a managed trunk only the operator sees it.
    pub port: Option<u16>,
    /// What carries SIP.
    pub transport: Transport,
    /// Calls at once, ringing ones included.
    pub max_calls: u32,
    /// New calls per second, evenly spaced.
    pub max_cps: f64,
    /// User name for digest authentication; of a managed trunk only the operator sees it.
    pub username: Option<String>,
    /// Whether a password is stored; of a managed trunk only the operator sees it.
    pub has_password: Option<bool>,
    /// Codecs that are offered, best first.
    pub codecs: Vec<Codec>,
    /// How it is.
    pub health: TrunkHealth,
    /// When it was made.
    pub created_at: Timestamp,
}

impl TrunkView {
    /// The view of a trunk for a caller. A managed trunk shows its address and credentials to
    /// operators only.
    async fn new(app: &App, caller: &Caller, record: TrunkRecord) -> TrunkView {
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
        let open = kind == TrunkKind::Workspace || caller.scope >= KeyScope::Operator;
        // Other workspaces' calls on a shared trunk are hidden from the caller.
        let of = (!open).then_some(caller.workspace);
        TrunkView {
            id: record.id,
            name,
            kind,
            host: open.then_some(host),
            port: open.then_some(port),
            transport,
            max_calls,
            max_cps,
            username: username.filter(|_| open),
            has_password: open.then_some(password.is_some()),
            codecs,
            health: app.engine.trunk_health(record.id, of).await,
            created_at: record.created_at,
        }
    }
}

/// Lists the trunks of the workspace and the managed ones that serve one of its numbers; for an
/// operator all managed ones.
#[utoipa::path(get, path = "/trunks", operation_id = "list_trunks", tag = "Trunks",
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them.", body = Items<TrunkView>)))]
pub async fn list(State(app): State<App>, Read(caller): Read) -> Answer<Json<Items<TrunkView>>> {
    let mut found = app.store.list_trunks(caller.workspace).await?;
    if caller.scope >= KeyScope::Operator {
        found.retain(|trunk| trunk.settings.kind == TrunkKind::Workspace);
        found.extend(app.store.list_managed_trunks().await?);
        found.sort_by_key(|trunk| trunk.id);
    }
    let mut items = Vec::with_capacity(found.len());
    for trunk in found {
        items.push(TrunkView::new(&app, &caller, trunk).await);
    }
    Ok(Json(Items { items }))
}

/// Adds a trunk. A managed one needs a key of scope operator.
#[utoipa::path(post, path = "/trunks", operation_id = "create_trunk", tag = "Trunks",
    request_body = NewTrunk,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Added.", body = TrunkView), (status = 409, description = "The name is taken.")))]
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Json<TrunkView>)> {
    let app = app.creating(&caller, "/v1/trunks");
    let trunk = fields::trunk(body)?;
    may_change(trunk.kind, &caller)?;
    let record = app.store.add_trunk(caller.workspace, trunk, app.store.now()).await?;
    Ok((StatusCode::CREATED, Json(TrunkView::new(&app, &caller, record).await)))
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
    let record = find(&app, &caller, id).await?;
    Ok(Json(TrunkView::new(&app, &caller, record).await))
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
    let before = find(&app, &caller, id).await?.settings;
    may_change(before.kind, &caller)?;
    if let (Some(fields), Some(password)) = (body.as_object_mut(), before.password) {
        let same_user =
            fields.get("username").and_then(|name| name.as_str()) == before.username.as_deref();
        if same_user && !fields.contains_key("password") {
            fields.insert("password".to_owned(), password.into());
        }
    }
    let trunk = fields::trunk(body)?;
    may_change(trunk.kind, &caller)?;
    let record = app.store.update_trunk(caller.workspace, id, trunk).await?;
    Ok(Json(TrunkView::new(&app, &caller, record).await))
}

/// Finds a trunk that the caller may see.
pub(crate) async fn find(app: &App, caller: &Caller, id: TrunkId) -> Answer<TrunkRecord> {
    let found = match caller.scope >= KeyScope::Operator {
        true => app.store.trunk_for_operator(caller.workspace, id).await,
        false => app.store.trunk(caller.workspace, id).await,
    };
    Ok(found?)
}

/// Checks that the caller may create or change a trunk of this kind, and give out numbers on it.
pub(crate) fn may_change(kind: TrunkKind, caller: &Caller) -> Answer<()> {
    match kind {
        TrunkKind::Managed if caller.scope < KeyScope::Operator => Err(Problem::forbidden(
            "Managed trunks belong to the installation: this needs a key of scope operator.",
        )),
        TrunkKind::Managed | TrunkKind::Workspace => Ok(()),
    }
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
    may_change(find(&app, &caller, id).await?.settings.kind, &caller)?;
    app.by(&caller).store.remove_trunk(caller.workspace, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
