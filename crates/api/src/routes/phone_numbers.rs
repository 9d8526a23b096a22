//! `/v1/phone-numbers`: the caller IDs of the workspace.

use axum::{Json, extract::State, http::StatusCode};
use campanile_rules::{
    ids::{PhoneNumberId, TrunkId},
    time::Timestamp,
};
use campanile_service::fields::{self, Mistake};
use campanile_store::PhoneNumberRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Caller, Read},
        extract::{Document, Id},
        openapi::bodies,
        page::Items,
        problem::{Answer, Problem},
    },
    routes::trunks,
};

/// A caller ID to add.
#[derive(Debug, Deserialize)]
pub struct NewPhoneNumber {
    /// E.164, with the plus.
    pub phone_number: String,
    /// A label for people.
    #[serde(default)]
    pub label: String,
    /// The trunk that serves it.
    pub trunk_id: TrunkId,
}

/// A caller ID as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhoneNumberView {
    /// Its identity.
    pub id: PhoneNumberId,
    /// E.164, with the plus.
    pub phone_number: String,
    /// A label for people.
    pub label: String,
    /// The trunk that serves it; null means that it cannot dial.
    pub trunk_id: Option<TrunkId>,
    /// When it was added.
    pub created_at: Timestamp,
}

impl From<PhoneNumberRecord> for PhoneNumberView {
    fn from(record: PhoneNumberRecord) -> PhoneNumberView {
        PhoneNumberView {
            id: record.id,
            phone_number: record.number.to_string(),
            label: record.label,
            trunk_id: record.trunk,
            created_at: record.created_at,
        }
    }
}

/// Lists the caller IDs of the workspace.
#[utoipa::path(get, path = "/phone-numbers", operation_id = "list_phone_numbers", tag = "Phone numbers",
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them.", body = Items<PhoneNumberView>)))]
pub async fn list(
    State(app): State<App>,
    Read(caller): Read,
) -> Answer<Json<Items<PhoneNumberView>>> {
    Ok(Items::json(app.store.list_phone_numbers(caller.workspace).await?))
}

/// Adds a caller ID. On a managed trunk only an operator may.
#[utoipa::path(post, path = "/phone-numbers", operation_id = "create_phone_number", tag = "Phone numbers",
    request_body = bodies::NewPhoneNumber,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Added.", body = PhoneNumberView), (status = 409, description = "The workspace has this number.")))]
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Json<PhoneNumberView>)> {
    let app = app.creating(&caller, "/v1/phone-numbers");
    let new: NewPhoneNumber = fields::read(body, fields::PHONE_NUMBER)?;
    let number = fields::number("/phone_number", &new.phone_number)?;
    known_trunk(&app, &caller, new.trunk_id).await?;
    let record = app
        .store
        .add_phone_number(
            caller.workspace,
            (number, new.label),
            Some(new.trunk_id),
            app.store.now(),
        )
        .await?;
    Ok((StatusCode::CREATED, Json(record.into())))
}

/// Shows a caller ID.
#[utoipa::path(get, path = "/phone-numbers/{id}", operation_id = "show_phone_number", tag = "Phone numbers",
    params(Id<PhoneNumberId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The number.", body = PhoneNumberView)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<PhoneNumberId>,
) -> Answer<Json<PhoneNumberView>> {
    Ok(Json(app.store.phone_number(caller.workspace, id).await?.into()))
}

/// The changeable fields of a caller ID.
#[derive(Debug, Deserialize)]
struct Edit {
    label: Option<String>,
    trunk_id: Option<TrunkId>,
}

/// Gives a caller ID another label or another trunk; what is left out stays. Batches that use it
/// go on through the new trunk.
#[utoipa::path(patch, path = "/phone-numbers/{id}", operation_id = "edit_phone_number", tag = "Phone numbers",
    params(Id<PhoneNumberId>),
    request_body = bodies::PhoneNumberEdit,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The number as it is now.", body = PhoneNumberView)))]
pub async fn edit(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<PhoneNumberId>,
    Document(body): Document,
) -> Answer<Json<PhoneNumberView>> {
    let app = app.by(&caller);
    let clears_trunk = body.get("trunk_id").is_some_and(|trunk| trunk.is_null());
    let edit: Edit = fields::read(body, fields::PHONE_NUMBER_EDIT)?;
    let before = app.store.phone_number(caller.workspace, id).await?;
    if let Some(trunk) = edit.trunk_id {
        known_trunk(&app, &caller, trunk).await?;
    }
    let trunk = edit.trunk_id.or(before.trunk.filter(|_| !clears_trunk));
    let after = (edit.label.unwrap_or(before.label), trunk);
    Ok(Json(app.store.update_phone_number(caller.workspace, id, after).await?.into()))
}

/// Deletes a caller ID that no batch has used.
#[utoipa::path(delete, path = "/phone-numbers/{id}", operation_id = "delete_phone_number", tag = "Phone numbers",
    params(Id<PhoneNumberId>),
    security(("key" = ["admin"])),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "A batch has used it.")))]
pub async fn remove(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<PhoneNumberId>,
) -> Answer<StatusCode> {
    app.by(&caller).store.remove_phone_number(caller.workspace, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rejects a trunk that the workspace cannot see. Only an operator may use a managed trunk.
async fn known_trunk(app: &App, caller: &Caller, id: TrunkId) -> Answer<()> {
    let Ok(trunk) = trunks::find(app, caller, id).await else {
        let detail = format!("there is no {id}; GET /v1/trunks lists what there is");
        return Err(Problem::invalid(vec![Mistake::new("/trunk_id", detail)]));
    };
    trunks::may_change(trunk.settings.kind, caller)
}
