//! `/v1/network-groups`: the destinations that the workspace may call over managed trunks.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use campanile_numbers::{
    Country,
    destination::{self, CustomGroup, GroupId, NetworkGroup, Prefix},
};
use campanile_rules::ids::WorkspaceId;
use campanile_service::fields::{self, Field, Kind, Mistake};
use campanile_store::KeyScope;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Caller, Read},
        extract::{Asked, Document, Query, Word},
        openapi::bodies::GroupSwitch,
        page::Items,
        problem::{Answer, Problem},
    },
};

/// Selects the groups to show.
#[derive(Debug, Default, Deserialize)]
pub struct GroupQuery {
    country: Option<Country>,
    kind: Option<String>,
    enabled: Option<bool>,
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Query for GroupQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("country", fields::COUNTRY).about("Only those of this country."),
        Field::new("kind", Kind::OneOf(fields::GROUP_KINDS))
            .about("Only those of this kind; custom: the installation's own."),
        Field::new("enabled", Kind::Boolean)
            .about("Only those that may be called, or that may not."),
        Field::new("q", Kind::Text(100)).about("Only those whose id or name contains this."),
        Field::new("cursor", fields::CURSOR).about("The next_cursor of the page before."),
        Field::new("limit", Kind::Integer(1, 1_000)).about("Groups on a page; 100 when left out."),
    ];
}

/// A page of groups: the installation's own, then the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupList {
    /// The groups.
    pub items: Vec<GroupView>,
    /// Ask with this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A group as it is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupView {
    /// Its name for programs.
    pub id: GroupId,
    /// Its name for people.
    pub name: String,
    /// Where it is; null for a network that belongs to no country.
    pub country: Option<Country>,
    /// Its calling code, without the plus.
    pub calling_code: u16,
    /// What sort of numbers it has; `custom` for one of the installation's own.
    pub kind: &'static str,
    /// Whether only an operator may enable it.
    pub operator_only: bool,
    /// Whether the workspace may call it.
    pub enabled: bool,
}

/// A group with its prefixes.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupDetail {
    /// The group.
    #[serde(flatten)]
    pub group: GroupView,
    /// What its numbers begin with. The longest prefix of all groups wins.
    pub prefixes: Vec<Prefix>,
}

impl GroupView {
    /// The view of a catalogue group.
    fn catalogued(group: &NetworkGroup, enabled: &BTreeSet<GroupId>) -> GroupView {
        GroupView {
            id: group.id.clone(),
            name: group.name.clone(),
            country: group.country,
            calling_code: group.calling_code,
            kind: group.kind.as_str(),
            operator_only: group.is_costly(),
            enabled: enabled.contains(&group.id),
        }
    }

    /// The view of a group that the operator added.
    pub(crate) fn custom(group: &CustomGroup, enabled: &BTreeSet<GroupId>) -> GroupView {
        GroupView {
            id: group.id().clone(),
            name: group.name().to_owned(),
            country: Some(group.country()),
            calling_code: group.country().calling_code(),
            kind: "custom",
            operator_only: true,
            enabled: enabled.contains(group.id()),
        }
    }

    fn contains(&self, text: &str) -> bool {
        self.id.as_str().contains(text) || self.name.to_lowercase().contains(text)
    }
}

/// Lists the network groups, and which of them the workspace may call.
#[utoipa::path(get, path = "/network-groups", operation_id = "list_network_groups", tag = "Destinations",
    params(Asked<GroupQuery>),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page of them.", body = GroupList)))]
pub async fn list(
    State(app): State<App>,
    Read(caller): Read,
    Asked(query): Asked<GroupQuery>,
) -> Answer<Json<GroupList>> {
    page(&app, caller.workspace, query).await.map(Json)
}

/// Shows a network group with its prefixes.
#[utoipa::path(get, path = "/network-groups/{id}", operation_id = "show_network_group", tag = "Destinations",
    params(("id" = GroupId, Path, description = "Its name for programs.")),
    security(("key" = ["read"])),
    responses((status = 200, description = "The group.", body = GroupDetail)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Word(id): Word,
) -> Answer<Json<GroupDetail>> {
    let missing = || Problem::not_found(format!("There is no network group {id:?}."));
    let id: GroupId = id.parse().map_err(|_| missing())?;
    let enabled = app.store.enabled_groups(caller.workspace).await?;
    if let Some(group) = destination::find(&id) {
        let prefixes = group.prefixes();
        return Ok(Json(GroupDetail { group: GroupView::catalogued(group, &enabled), prefixes }));
    }
    let custom = app.store.custom_groups().await?;
    let group = custom.iter().find(|group| *group.id() == id).ok_or_else(missing)?;
    let prefixes = group.prefixes().to_vec();
    Ok(Json(GroupDetail { group: GroupView::custom(group, &enabled), prefixes }))
}

/// Switches groups on and off: all of them or, when one is wrong, none. Groups that cost far more
/// than an ordinary call, and the installation's own, are switched on by an operator only.
#[utoipa::path(patch, path = "/network-groups", operation_id = "switch_network_groups", tag = "Destinations",
    request_body = GroupSwitch,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The groups that were named, as they are now.", body = Items<GroupView>)))]
pub async fn switch(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<Json<Items<GroupView>>> {
    switch_for(&app, &caller, caller.workspace, body).await
}

/// All groups as a workspace sees them: the operator's own, then the catalogue.
async fn groups(app: &App, workspace: WorkspaceId) -> Answer<Vec<GroupView>> {
    let enabled = app.store.enabled_groups(workspace).await?;
    let custom = app.store.custom_groups().await?;
    let own = custom.iter().map(|group| GroupView::custom(group, &enabled));
    let known = destination::catalogue().iter();
    Ok(own.chain(known.map(|group| GroupView::catalogued(group, &enabled))).collect())
}

/// A page of a workspace's groups.
pub(crate) async fn page(
    app: &App,
    workspace: WorkspaceId,
    query: GroupQuery,
) -> Answer<GroupList> {
    let GroupQuery { country, kind, q, .. } = query;
    let skip = query.cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0_usize);
    let limit = query.limit.unwrap_or(100) as usize;
    let q = q.map(|text| text.to_lowercase());
    let mut found = groups(app, workspace).await?;
    found.retain(|group| {
        country.is_none_or(|country| group.country == Some(country))
            && kind.as_deref().is_none_or(|kind| group.kind == kind)
            && query.enabled.is_none_or(|enabled| group.enabled == enabled)
            && q.as_deref().is_none_or(|q| group.contains(q))
    });
    let next_cursor =
        (found.len() > limit.saturating_add(skip)).then(|| (skip + limit).to_string());
    let items = found.into_iter().skip(skip).take(limit).collect();
    Ok(GroupList { items, next_cursor })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Switch {
    enable: Vec<String>,
    disable: Vec<String>,
}

/// Enables and disables groups of a workspace as the body says, and returns these groups.
pub(crate) async fn switch_for(
    app: &App,
    caller: &Caller,
    workspace: WorkspaceId,
    body: Value,
) -> Answer<Json<Items<GroupView>>> {
    let Switch { enable, disable } = fields::read(body, fields::GROUP_SWITCH)?;
    let known = groups(app, workspace).await?;
    let mut mistakes = Vec::new();
    if enable.is_empty() && disable.is_empty() {
        let detail = "names no group; write their ids in enable, in disable, or in both";
        mistakes.push(Mistake::new("", detail));
    }
    let (mut wanted, mut forbidden) = (Vec::new(), Vec::new());
    let enabled = enable.iter().enumerate().map(|(at, id)| (format!("/enable/{at}"), id, true));
    let disabled = disable.iter().enumerate().map(|(at, id)| (format!("/disable/{at}"), id, false));
    for (pointer, id, on) in enabled.chain(disabled) {
        match known.iter().find(|group| group.id.as_str() == id) {
            Some(_) if !on && enable.contains(id) => {
                mistakes.push(Mistake::new(pointer, "is in enable, too; decide on one"));
            }
            Some(group) => {
                if on && group.operator_only && !group.enabled {
                    forbidden.push(group.name.as_str());
                }
                wanted.push((group.id.clone(), on));
            }
            None => mistakes.push(Mistake::new(pointer, unknown(id, &known))),
        }
    }
    if !mistakes.is_empty() {
        return Err(Problem::invalid(mistakes));
    }
    if !forbidden.is_empty() && caller.scope < KeyScope::Operator {
        return Err(Problem::forbidden(format!(
            "Calls there can cost far more than others, so that only a key of scope operator \
             may enable them: {}.",
            forbidden.join(", ")
        )));
    }
    let ids: BTreeSet<GroupId> = wanted.iter().map(|(id, _)| id.clone()).collect();
    app.by(caller).store.switch_groups(workspace, wanted).await?;
    let mut now = groups(app, workspace).await?;
    now.retain(|group| ids.contains(&group.id));
    Ok(Json(Items { items: now }))
}

/// The mistake for an unknown group ID.
fn unknown(id: &str, known: &[GroupView]) -> String {
    let ids: Vec<&str> = known.iter().map(|group| group.id.as_str()).collect();
    match fields::nearest(id, &ids) {
        Some(near) => format!("{id:?} is no network group; did you mean {near:?}?"),
        None => format!("{id:?} is no network group; GET /v1/network-groups lists what there is"),
    }
}
