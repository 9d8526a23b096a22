//! `/v1/operator/network-groups`: network groups that the operator adds to the catalogue.

use axum::{Json, extract::State, http::StatusCode};
use campanile_numbers::{
    Country,
    destination::{CustomGroup, GroupId, Prefix},
};
use campanile_service::fields::{self, Field, Mistake};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Operator,
        extract::{Document, Word},
        openapi::bodies::{CustomGroupEdit, NewCustomGroup},
        page::Items,
        problem::{Answer, Problem},
    },
};

/// A group of the installation's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomGroupView {
    /// Its name for programs, `custom-…`.
    pub id: GroupId,
    /// Its name for people.
    pub name: String,
    /// Its country.
    pub country: Country,
    /// What its numbers begin with. The longest prefix of all groups wins.
    pub prefixes: Vec<Prefix>,
}

impl From<CustomGroup> for CustomGroupView {
    fn from(group: CustomGroup) -> CustomGroupView {
        CustomGroupView {
            id: group.id().clone(),
            name: group.name().to_owned(),
            country: group.country(),
            prefixes: group.prefixes().to_vec(),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    id: String,
    name: String,
    country: String,
    prefixes: Vec<String>,
}

/// Lists the installation's own groups.
#[utoipa::path(get, path = "/operator/network-groups", operation_id = "list_custom_groups", tag = "Operator",
    security(("key" = ["operator"])),
    responses((status = 200, description = "All of them.", body = Items<CustomGroupView>)))]
pub async fn list(
    State(app): State<App>,
    Operator(_): Operator,
) -> Answer<Json<Items<CustomGroupView>>> {
    Ok(Items::json(app.store.custom_groups().await?))
}

/// Adds a group of the installation's own. Nobody may call it until it is enabled.
#[utoipa::path(post, path = "/operator/network-groups", operation_id = "create_custom_group", tag = "Operator",
    request_body = NewCustomGroup,
    security(("key" = ["operator"])),
    responses((status = 201, description = "Added.", body = CustomGroupView),
        (status = 409, description = "The id, or the name in its country, is taken.")))]
pub async fn create(
    State(app): State<App>,
    Operator(caller): Operator,
    Document(body): Document,
) -> Answer<(StatusCode, Json<CustomGroupView>)> {
    let group = read(body, fields::CUSTOM_GROUP, None)?;
    let added = app
        .creating(&caller, "/v1/made/network-groups")
        .store
        .add_custom_group(group, app.store.now())
        .await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Shows a group of the installation's own.
pub async fn show(
    State(app): State<App>,
    Operator(_): Operator,
    Word(id): Word,
) -> Answer<Json<CustomGroupView>> {
    let groups = app.store.custom_groups().await?;
    let found = groups.into_iter().find(|group| group.id().as_str() == id);
    let gone = || Problem::not_found(format!("There is no network group {id:?}."));
    Ok(Json(found.ok_or_else(gone)?.into()))
}

/// Replaces a group of the installation's own.
#[utoipa::path(put, path = "/operator/network-groups/{id}", operation_id = "replace_custom_group", tag = "Operator",
    params(("id" = GroupId, Path, description = "Its name for programs.")),
    request_body = CustomGroupEdit,
    security(("key" = ["operator"])),
    responses((status = 200, description = "The group as it is now.", body = CustomGroupView),
        (status = 409, description = "The name is taken.")))]
pub async fn replace(
    State(app): State<App>,
    Operator(caller): Operator,
    Word(id): Word,
    Document(body): Document,
) -> Answer<Json<CustomGroupView>> {
    let id = read_id(&id)?;
    let group = read(body, fields::CUSTOM_GROUP_EDIT, Some(id))?;
    let group = app.by(&caller).store.update_custom_group(group).await?;
    Ok(Json(group.into()))
}

/// Deletes a group of the installation's own; its numbers are again in the groups around it.
#[utoipa::path(delete, path = "/operator/network-groups/{id}", operation_id = "delete_custom_group", tag = "Operator",
    params(("id" = GroupId, Path, description = "Its name for programs.")),
    security(("key" = ["operator"])),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "It is one of the default groups.")))]
pub async fn remove(
    State(app): State<App>,
    Operator(caller): Operator,
    Word(id): Word,
) -> Answer<StatusCode> {
    let id = read_id(&id)?;
    app.by(&caller).store.remove_custom_group(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(body: Value, table: &[Field], id: Option<GroupId>) -> Answer<CustomGroup> {
    let written: Written = fields::read(body, table)?;
    let id = id.map_or(written.id, |id| id.to_string());
    let parsed = CustomGroup::parse(&id, &written.name, &written.country, &written.prefixes);
    parsed.map_err(|mistakes| {
        let mistakes = mistakes.0.into_iter();
        Problem::invalid(mistakes.map(|m| Mistake::new(m.pointer, m.detail)).collect())
    })
}

fn read_id(text: &str) -> Answer<GroupId> {
    text.parse().map_err(|_| Problem::not_found(format!("There is no network group {text:?}.")))
}
