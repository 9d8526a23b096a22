//! `/v1/operator/settings`: the operator's settings for every workspace.

use axum::{Json, extract::State};
use campanile_numbers::{
    Country,
    destination::{GroupId, find},
};
use campanile_service::fields::{self, Mistake};
use campanile_store::{OperatorSettings, StoreError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Operator,
        extract::Document,
        openapi::bodies::SettingsEdit,
        problem::{Answer, Problem},
    },
};

/// What the operator decides for every workspace.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsView {
    /// Countries that need an approved KYC record on managed trunks.
    pub regulated_countries: Vec<Country>,
    /// Countries in which the daily limits do not count; null: those of the default groups.
    pub home_countries: Option<Vec<Country>>,
    /// Attempts of a workspace in a day, UTC, to other countries; null: no limit.
    pub daily_attempts: Option<u32>,
    /// Minutes that a workspace may talk in a day, UTC, in other countries; null: no limit.
    pub daily_minutes: Option<u32>,
    /// Whether the daily limits hold on a workspace's own trunks, too.
    pub limit_workspace_trunks: bool,
    /// Network groups that a new workspace may call.
    pub default_groups: Vec<GroupId>,
}

impl From<OperatorSettings> for SettingsView {
    fn from(settings: OperatorSettings) -> SettingsView {
        SettingsView {
            regulated_countries: settings.regulated_countries.into_iter().collect(),
            home_countries: settings.home_countries.map(|home| home.into_iter().collect()),
            daily_attempts: settings.daily_attempts,
            daily_minutes: settings.daily_minutes,
            limit_workspace_trunks: settings.limit_workspace_trunks,
            default_groups: settings.default_groups.into_iter().collect(),
        }
    }
}

/// Shows the rules of the installation.
#[utoipa::path(get, path = "/operator/settings", operation_id = "show_operator_settings", tag = "Operator",
    security(("key" = ["operator"])),
    responses((status = 200, description = "The rules.", body = SettingsView)))]
pub async fn show(State(app): State<App>, Operator(_): Operator) -> Answer<Json<SettingsView>> {
    Ok(Json(app.store.operator_settings().await?.into()))
}

/// Changes the rules of the installation: what the body names. Null takes a daily limit away,
/// makes the countries of the default groups the home countries, and puts back what anything else
/// is by default.
#[utoipa::path(patch, path = "/operator/settings", operation_id = "edit_operator_settings", tag = "Operator",
    request_body = SettingsEdit,
    security(("key" = ["operator"])),
    responses((status = 200, description = "The rules as they are now.", body = SettingsView)))]
pub async fn edit(
    State(app): State<App>,
    Operator(caller): Operator,
    Document(body): Document,
) -> Answer<Json<SettingsView>> {
    let mut mistakes = fields::check(&body, fields::OPERATOR_SETTINGS);
    mistakes.extend(wrong_groups(&app, &body).await?);
    if !mistakes.is_empty() {
        return Err(Problem::invalid(mistakes));
    }
    let store = app.by(&caller).store;
    merge(&app.store.operator_settings().await?, &body)?;
    let edit = move |settings: &mut OperatorSettings| {
        *settings = merge(settings, &body)
            .map_err(|_| StoreError::Conflict("the settings do not fit together".to_owned()))?;
        Ok(())
    };
    let settings = store.update_operator_settings(Box::new(edit), store.now()).await?;
    Ok(Json(settings.into()))
}

/// Merges changes into the settings.
fn merge(before: &OperatorSettings, changes: &Value) -> Answer<OperatorSettings> {
    let mut document = serde_json::to_value(before).map_err(Problem::internal)?;
    let optional = ["home_countries", "daily_attempts", "daily_minutes"];
    for (key, value) in changes.as_object().into_iter().flatten() {
        match value {
            Value::Null if !optional.contains(&key.as_str()) => {
                document.as_object_mut().and_then(|settings| settings.shift_remove(key));
            }
            value => document[key] = value.clone(),
        }
    }
    Ok(fields::into_type(document)?)
}

/// Checks the default groups. Each must exist and must not cost more than ordinary calls.
async fn wrong_groups(app: &App, body: &Value) -> Answer<Vec<Mistake>> {
    let Some(ids) = body["default_groups"].as_array() else { return Ok(Vec::new()) };
    let custom = app.store.custom_groups().await?;
    let mut mistakes = Vec::new();
    for (at, id) in ids.iter().enumerate().filter_map(|(at, id)| Some((at, id.as_str()?))) {
        let id_read = id.parse::<GroupId>().ok();
        let own = custom.iter().any(|group| Some(group.id()) == id_read.as_ref());
        let detail = match id_read.as_ref().and_then(find) {
            Some(group) if group.is_costly() => {
                "costs far more than ordinary calls, and is never a default; enable it for the \
                 workspaces that need it"
            }
            None if !own => "is no network group; GET /v1/network-groups lists what there is",
            Some(_) | None => continue,
        };
        mistakes.push(Mistake::new(format!("/default_groups/{at}"), format!("{id:?} {detail}")));
    }
    Ok(mistakes)
}
