//! `/v1/kyc`: the workspace's KYC records for regulated countries.

use axum::{Json, extract::State};
use campanile_numbers::Country;
use campanile_rules::time::Timestamp;
use campanile_service::fields;
use campanile_store::{KycDocument, KycRecord, KycState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Read},
        extract::{Document, Word},
        openapi::bodies::KycSubmission,
        page::Items,
        problem::{Answer, Problem},
    },
};

/// What is known of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentView {
    /// Its title.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// Where the operator finds it.
    pub reference: String,
    /// When it was handed in.
    pub submitted_at: Timestamp,
}

impl From<KycDocument> for DocumentView {
    fn from(document: KycDocument) -> DocumentView {
        let KycDocument { name, kind, reference, submitted_at } = document;
        DocumentView { name, kind, reference, submitted_at }
    }
}

/// The record for a country as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct KycView {
    /// For which country.
    pub country: Country,
    /// Whether calls there need an approved record.
    pub required: bool,
    /// How far it is: `not_submitted`, `pending`, `approved` or `rejected`.
    pub state: &'static str,
    /// What was handed in.
    pub documents: Vec<DocumentView>,
    /// When.
    pub submitted_at: Option<Timestamp>,
    /// When the operator decided.
    pub decided_at: Option<Timestamp>,
    /// What the operator said to it.
    pub note: Option<String>,
}

impl KycView {
    /// A record, for a country that is regulated or not any more.
    pub(crate) fn new(record: KycRecord, required: bool) -> KycView {
        KycView {
            country: record.country,
            required,
            state: record.state.as_str(),
            documents: record.documents.into_iter().map(DocumentView::from).collect(),
            submitted_at: Some(record.submitted_at),
            decided_at: record.decided_at,
            note: record.note,
        }
    }

    fn missing(country: Country) -> KycView {
        KycView {
            country,
            required: true,
            state: KycState::NotSubmitted.as_str(),
            documents: Vec::new(),
            submitted_at: None,
            decided_at: None,
            note: None,
        }
    }
}

/// A document that is handed in.
#[derive(Debug, Deserialize)]
struct NewDocument {
    name: String,
    kind: String,
    reference: String,
}

#[derive(Debug, Deserialize)]
struct Submission {
    documents: Vec<NewDocument>,
}

/// Lists the regulated countries and how far the workspace is with each.
#[utoipa::path(get, path = "/kyc", operation_id = "list_kyc", tag = "Destinations",
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them.", body = Items<KycView>)))]
pub async fn list(State(app): State<App>, Read(caller): Read) -> Answer<Json<Items<KycView>>> {
    let regulated = app.store.operator_settings().await?.regulated_countries;
    let records = app.store.kyc_records(caller.workspace).await?;
    let missing = regulated.iter().filter(|&&c| records.iter().all(|record| record.country != c));
    let mut items: Vec<KycView> = missing.map(|&country| KycView::missing(country)).collect();
    let known = records.into_iter();
    items.extend(known.map(|record| {
        let required = regulated.contains(&record.country);
        KycView::new(record, required)
    }));
    items.sort_by_key(|view| view.country);
    Ok(Json(Items { items }))
}

/// Hands in documents for a country; the operator decides.
#[utoipa::path(put, path = "/kyc/{country}", operation_id = "submit_kyc", tag = "Destinations",
    params(("country" = Country, Path, description = "The country.")),
    request_body = KycSubmission,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The record, which waits for the operator.", body = KycView),
        (status = 409, description = "It is approved already.")))]
pub async fn submit(
    State(app): State<App>,
    Admin(caller): Admin,
    Word(country): Word,
    Document(body): Document,
) -> Answer<Json<KycView>> {
    let country = read_country(&country)?;
    let Submission { documents } = fields::read(body, fields::KYC_SUBMISSION)?;
    let submitted_at = app.store.now();
    let documents = documents.into_iter().map(|NewDocument { name, kind, reference }| {
        KycDocument { name, kind, reference, submitted_at }
    });
    let key = (caller.workspace, country);
    let app = app.by(&caller);
    let record = app.store.submit_kyc(key, documents.collect(), submitted_at).await?;
    let required = app.store.operator_settings().await?.regulated_countries.contains(&country);
    Ok(Json(KycView::new(record, required)))
}

/// A country in the path.
pub(crate) fn read_country(text: &str) -> Answer<Country> {
    text.parse().map_err(|error| Problem::not_found(format!("{error}.")))
}
