//! `/v1/webhooks`: endpoints that receive events, and the log of deliveries.

use axum::{Extension, Json, extract::State, http::StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use campanile_egress::is_public;
use campanile_rules::{
    event::EventKind,
    ids::{DeliveryId, WebhookId},
    time::Timestamp,
};
use campanile_service::fields::{self, Field, Kind, Mistake};
use campanile_store::{
    DeliveryFilter, DeliveryRecord, DeliveryState, DisabledReason, WebhookRecord, WebhookSettings,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Read},
        extract::{Asked, Document, Id, Ids, Query},
        idempotency::KeepInstead,
        openapi::bodies::{NewWebhook, WebhookEdit},
        page::Items,
        problem::{Answer, Problem},
    },
};

/// An endpoint as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookView {
    /// Its identity.
    pub id: WebhookId,
    /// Where it listens.
    pub url: String,
    /// A label for people.
    pub description: String,
    /// What it is told of.
    pub events: Vec<EventKind>,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why it was disabled, when not by hand: `gone` (it answered 410) or `failing` (it has taken
    /// nothing for three days).
    pub disabled_reason: Option<DisabledReason>,
    /// Since when it has taken nothing.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An endpoint that was just made, or got a new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeWebhook {
    /// The endpoint as it is shown from now on.
    #[serde(flatten)]
    pub view: WebhookView,
    /// What signs, `whsec_` and base64: shown this once; absent when the answer is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Something an endpoint was told, or will be.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Its identity.
    pub id: DeliveryId,
    /// To which endpoint.
    pub webhook_id: WebhookId,
    /// What is told.
    #[serde(rename = "type")]
    pub kind: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next, while pending.
    pub next_try_at: Option<Timestamp>,
    /// When it was tried last.
    pub last_try_at: Option<Timestamp>,
    /// The HTTP status of the last try; null when there was no answer.
    pub last_status: Option<u16>,
    /// Why the last try had no answer.
    pub last_error: Option<String>,
    /// How long the last try took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The body that is sent.
    #[schema(value_type = Option<Object>)]
    pub body: Option<Box<RawValue>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Deliveries, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryList {
    /// The deliveries of this page.
    pub items: Vec<DeliveryView>,
    /// Ask with this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Selects the deliveries to show.
#[derive(Debug, Deserialize)]
pub struct DeliveryQuery {
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Query for DeliveryQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("state", Kind::OneOf(&DeliveryState::NAMES)).about("Only those in this state."),
        Field::new("cursor", fields::CURSOR).about("The next_cursor of the page before."),
        Field::new("limit", Kind::Integer(1, 500)).about("Deliveries on a page; 50 when left out."),
    ];
}

impl From<WebhookRecord> for WebhookView {
    fn from(record: WebhookRecord) -> WebhookView {
        let WebhookSettings { url, description, events, enabled } = record.settings;
        WebhookView {
            id: record.id,
            url,
            description,
            events,
            enabled,
            disabled_reason: record.disabled_reason,
            failing_since: record.failing_since,
            created_at: record.created_at,
        }
    }
}

impl From<DeliveryRecord> for DeliveryView {
    fn from(record: DeliveryRecord) -> DeliveryView {
        let last = record.last;
        DeliveryView {
            id: record.id,
            webhook_id: record.webhook,
            kind: record.kind,
            state: record.state,
            tries: record.tries,
            next_try_at: record.due_at,
            last_try_at: last.as_ref().map(|last| last.at),
            last_status: last.as_ref().and_then(|last| last.status),
            duration_ms: last.as_ref().map(|last| last.duration_ms),
            last_error: last.and_then(|last| last.error),
            body: RawValue::from_string(record.body).ok(),
            created_at: record.created_at,
        }
    }
}

/// The fields of an endpoint, as they are sent; what is left out stays, or is the default.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    url: Option<String>,
    description: Option<String>,
    events: Option<Vec<EventKind>>,
    enabled: Option<bool>,
}

impl Sent {
    fn over(self, before: WebhookSettings) -> WebhookSettings {
        WebhookSettings {
            url: self.url.unwrap_or(before.url),
            description: self.description.unwrap_or(before.description),
            events: self.events.unwrap_or(before.events),
            enabled: self.enabled.unwrap_or(before.enabled),
        }
    }
}

/// The default events of an endpoint.
const USUAL: [EventKind; 7] = [
    EventKind::BatchStarted,
    EventKind::BatchPaused,
    EventKind::BatchResumed,
    EventKind::BatchCompleted,
    EventKind::BatchStopped,
    EventKind::RecipientFinished,
    EventKind::CallEnded,
];

/// Lists the endpoints of the workspace.
#[utoipa::path(get, path = "/webhooks", operation_id = "list_webhooks", tag = "Webhooks",
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them.", body = Items<WebhookView>)))]
pub async fn list(State(app): State<App>, Read(caller): Read) -> Answer<Json<Items<WebhookView>>> {
    Ok(Items::json(app.store.list_webhooks(caller.workspace).await?))
}

/// Adds an endpoint, which is told what happens from now on. Its secret is in this answer and
/// nowhere else.
#[utoipa::path(post, path = "/webhooks", operation_id = "create_webhook", tag = "Webhooks",
    request_body = NewWebhook,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Added; its secret is shown this once.", body = MadeWebhook),
        (status = 409, description = "There are too many.")))]
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Extension<KeepInstead>, Json<MadeWebhook>)> {
    let app = app.creating(&caller, "/v1/webhooks");
    let sent: Sent = fields::read(body, fields::WEBHOOK)?;
    let none = WebhookSettings {
        url: String::new(),
        description: String::new(),
        events: USUAL.to_vec(),
        enabled: true,
    };
    let settings = sent.over(none);
    check_url(&app, &settings.url)?;
    let (secret, words) = mint()?;
    let record =
        app.store.add_webhook(caller.workspace, (settings, secret), app.store.now()).await?;
    let (kept, made) = shown_once(record, words)?;
    Ok((StatusCode::CREATED, kept, made))
}

/// Shows an endpoint.
#[utoipa::path(get, path = "/webhooks/{id}", operation_id = "show_webhook", tag = "Webhooks",
    params(Id<WebhookId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The endpoint.", body = WebhookView)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<WebhookId>,
) -> Answer<Json<WebhookView>> {
    Ok(Json(app.store.webhook(caller.workspace, id).await?.into()))
}

/// Changes an endpoint; what is left out stays. One that is enabled again is told what happens
/// from now on, and what was pending is tried at once.
#[utoipa::path(patch, path = "/webhooks/{id}", operation_id = "edit_webhook", tag = "Webhooks",
    params(Id<WebhookId>),
    request_body = WebhookEdit,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The endpoint as it is now.", body = WebhookView)))]
pub async fn edit(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<WebhookId>,
    Document(body): Document,
) -> Answer<Json<WebhookView>> {
    let app = app.by(&caller);
    let sent: Sent = fields::read(body, fields::WEBHOOK_EDIT)?;
    let before = app.store.webhook(caller.workspace, id).await?.settings;
    let settings = sent.over(before);
    check_url(&app, &settings.url)?;
    Ok(Json(
        app.store.update_webhook(caller.workspace, id, (settings, app.store.now())).await?.into(),
    ))
}

/// Deletes an endpoint and the log of its deliveries.
#[utoipa::path(delete, path = "/webhooks/{id}", operation_id = "delete_webhook", tag = "Webhooks",
    params(Id<WebhookId>),
    security(("key" = ["admin"])),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<WebhookId>,
) -> Answer<StatusCode> {
    let app = app.by(&caller);
    app.store.delete_webhook(caller.workspace, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the secret of an endpoint; the old one signs nothing more.
#[utoipa::path(post, path = "/webhooks/{id}/rotate-secret", operation_id = "rotate_webhook_secret", tag = "Webhooks",
    params(Id<WebhookId>),
    security(("key" = ["admin"])),
    responses((status = 200, description = "The new secret, shown this once.", body = MadeWebhook)))]
pub async fn rotate_secret(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<WebhookId>,
) -> Answer<(Extension<KeepInstead>, Json<MadeWebhook>)> {
    let app = app.by(&caller);
    let (secret, words) = mint()?;
    shown_once(app.store.replace_webhook_secret(caller.workspace, id, secret).await?, words)
}

/// Sends an endpoint a `webhook.test`.
#[utoipa::path(post, path = "/webhooks/{id}/test", operation_id = "test_webhook", tag = "Webhooks",
    params(Id<WebhookId>),
    security(("key" = ["admin"])),
    responses((status = 202, description = "It will be sent.", body = DeliveryView)))]
pub async fn test(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<WebhookId>,
) -> Answer<(StatusCode, Json<DeliveryView>)> {
    let app = app.by(&caller);
    let record = app.store.test_webhook(caller.workspace, id, app.store.now()).await?;
    Ok((StatusCode::ACCEPTED, Json(record.into())))
}

/// Lists what an endpoint was told, the newest first. What it took a week ago is forgotten.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", operation_id = "list_webhook_deliveries", tag = "Webhooks",
    params(Id<WebhookId>, Asked<DeliveryQuery>),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page of them.", body = DeliveryList)))]
pub async fn deliveries(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<WebhookId>,
    Asked(query): Asked<DeliveryQuery>,
) -> Answer<Json<DeliveryList>> {
    let page = app.store.deliveries(caller.workspace, id, filter(query)).await?;
    Ok(Json(DeliveryList {
        items: page.items.into_iter().map(DeliveryView::from).collect(),
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Tries a delivery again, at once, with the same `webhook-id`.
#[utoipa::path(post, path = "/webhooks/{id}/deliveries/{delivery_id}/redeliver", operation_id = "redeliver_webhook", tag = "Webhooks",
    params(Ids<WebhookId, DeliveryId>),
    security(("key" = ["admin"])),
    responses((status = 202, description = "It will be sent.", body = DeliveryView)))]
pub async fn redeliver(
    State(app): State<App>,
    Admin(caller): Admin,
    Ids(webhook, delivery): Ids<WebhookId, DeliveryId>,
) -> Answer<(StatusCode, Json<DeliveryView>)> {
    let app = app.by(&caller);
    let record =
        app.store.redeliver(caller.workspace, (webhook, delivery), app.store.now()).await?;
    Ok((StatusCode::ACCEPTED, Json(record.into())))
}

/// A new secret: 256 random bits, and their text form.
fn mint() -> Answer<(Vec<u8>, String)> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(Problem::internal)?;
    Ok((secret.to_vec(), format!("whsec_{}", BASE64_STANDARD.encode(secret))))
}

fn shown_once(
    record: WebhookRecord,
    secret: String,
) -> Answer<(Extension<KeepInstead>, Json<MadeWebhook>)> {
    let mut made = MadeWebhook { view: record.into(), secret: None };
    let kept = serde_json::to_vec(&made).map_err(Problem::internal)?;
    made.secret = Some(secret);
    Ok((Extension(KeepInstead(kept)), Json(made)))
}

/// Checks a URL by the courier's rules, so that a mistake is reported early. The courier checks
/// again at each try.
fn check_url(app: &App, url: &str) -> Answer<()> {
    if app.webhooks_allow_private {
        return Ok(());
    }
    let wrong = |detail: &str| Err(Problem::invalid(vec![Mistake::new("/url", detail)]));
    if !url.starts_with("https://") {
        return wrong(
            "is not https; the operator can allow plain http and private addresses with \
             webhooks_allow_private = true",
        );
    }
    let host = url.parse::<axum::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    let host = host.unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    if host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| !is_public(ip)) {
        return wrong(
            "is not on the public Internet; the operator can allow private addresses with \
             webhooks_allow_private = true",
        );
    }
    Ok(())
}

fn filter(query: DeliveryQuery) -> DeliveryFilter {
    DeliveryFilter {
        state: query.state.as_deref().and_then(DeliveryState::from_name),
        before: query.cursor.and_then(|cursor| cursor.parse().ok()),
        limit: query.limit.unwrap_or(50),
    }
}
