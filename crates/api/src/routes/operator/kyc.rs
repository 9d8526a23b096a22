//! `/v1/operator/kyc`: the KYC records of all workspaces, and decisions on them.

use axum::{Json, extract::State};
use campanile_numbers::Country;
use campanile_rules::ids::WorkspaceId;
use campanile_service::fields::{self, Field, Kind};
use campanile_store::{KycDecision, KycRecord, KycState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Operator,
        extract::{Asked, Document, IdAndWord, Query},
        openapi::bodies,
        problem::Answer,
    },
    routes::kyc::{KycView, read_country},
};

/// Selects the records to show.
#[derive(Debug, Deserialize)]
pub struct KycQuery {
    state: Option<KycState>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Query for KycQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("state", Kind::OneOf(&KycState::NAMES)).about("Only those in this state."),
        Field::new("cursor", fields::CURSOR).about("The next_cursor of the page before."),
        Field::new("limit", Kind::Integer(1, 500)).about("Records on a page; 50 when left out."),
    ];
}

/// A page of records, those that wait longest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct KycList {
    /// The records.
    pub items: Vec<WorkspaceKyc>,
    /// Ask with this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A record and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkspaceKyc {
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// The public half of the key that decided.
    pub decided_by: Option<String>,
    /// The record as the workspace sees it.
    #[serde(flatten)]
    pub record: KycView,
}

#[derive(Debug, Deserialize)]
struct Decision {
    state: KycState,
    note: Option<String>,
}

async fn view(app: &App, record: KycRecord) -> Answer<WorkspaceKyc> {
    let regulated = app.store.operator_settings().await?.regulated_countries;
    let (workspace_id, decided_by) = (record.workspace, record.decided_by.clone());
    let required = regulated.contains(&record.country);
    Ok(WorkspaceKyc { workspace_id, decided_by, record: KycView::new(record, required) })
}

/// Lists what workspaces handed in.
#[utoipa::path(get, path = "/operator/kyc", operation_id = "list_all_kyc", tag = "Operator",
    params(Asked<KycQuery>),
    security(("key" = ["operator"])),
    responses((status = 200, description = "A page of them, those that wait longest first.", body = KycList)))]
pub async fn list(
    State(app): State<App>,
    Operator(_): Operator,
    Asked(query): Asked<KycQuery>,
) -> Answer<Json<KycList>> {
    let skip: u32 = query.cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let (skip, limit) = (u64::from(skip), query.limit.unwrap_or(50));
    let mut records = app.store.all_kyc_records(query.state, (skip, limit + 1)).await?;
    let more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let mut items = Vec::with_capacity(records.len());
    for record in records {
        items.push(view(&app, record).await?);
    }
    let next_cursor = more.then(|| (skip + u64::from(limit)).to_string());
    Ok(Json(KycList { items, next_cursor }))
}

/// Decides about what a workspace handed in for a country, also when it was decided before. It
/// holds at once: a call that has not left yet is not placed.
#[utoipa::path(put, path = "/operator/workspaces/{id}/kyc/{country}", operation_id = "decide_kyc", tag = "Operator",
    params(("id" = WorkspaceId, Path, description = "Whose record."),
        ("country" = Country, Path, description = "For which country.")),
    request_body = bodies::KycDecision,
    security(("key" = ["operator"])),
    responses((status = 200, description = "The record as it is now.", body = WorkspaceKyc)))]
pub async fn decide(
    State(app): State<App>,
    Operator(caller): Operator,
    IdAndWord(workspace, country): IdAndWord<WorkspaceId>,
    Document(body): Document,
) -> Answer<Json<WorkspaceKyc>> {
    let country = read_country(&country)?;
    let Decision { state, note } = fields::read(body, fields::KYC_DECISION)?;
    let approved = state == KycState::Approved;
    let decision = KycDecision { approved, by: caller.key_id.clone(), note };
    let decided =
        app.by(&caller).store.decide_kyc((workspace, country), decision, app.store.now()).await?;
    Ok(Json(view(&app, decided).await?))
}
