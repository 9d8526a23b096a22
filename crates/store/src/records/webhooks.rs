//! Webhook endpoints.

use async_trait::async_trait;
use campanile_rules::{
    event::EventKind,
    ids::{WebhookId, WorkspaceId},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::StoreError;

/// The maximum number of endpoints of a workspace.
pub const MAX_WEBHOOKS: u32 = 50;

/// The settings of an endpoint that users choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookSettings {
    /// The URL to which events are posted.
    pub url: String,
    /// A label for people.
    pub description: String,
    /// The kinds of events that the endpoint receives.
    pub events: Vec<EventKind>,
    /// Whether the endpoint receives events at all.
    pub enabled: bool,
}

/// An endpoint as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRecord {
    /// The endpoint's identity.
    pub id: WebhookId,
    /// The workspace that owns the endpoint.
    pub workspace: WorkspaceId,
    /// The settings that users chose.
    pub settings: WebhookSettings,
    /// Why the endpoint was disabled, unless a user did it.
    pub disabled_reason: Option<DisabledReason>,
    /// Since when the endpoint has accepted nothing.
    pub failing_since: Option<Timestamp>,
    /// When the endpoint was created.
    pub created_at: Timestamp,
}

/// Why an endpoint was disabled, when not by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// It answered 410.
    Gone,
    /// It has taken nothing for days.
    Failing,
}

impl DisabledReason {
    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            DisabledReason::Gone => "gone",
            DisabledReason::Failing => "failing",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<DisabledReason> {
        [DisabledReason::Gone, DisabledReason::Failing].into_iter().find(|r| r.as_str() == name)
    }
}

/// Webhook endpoints.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Returns when a user changed an endpoint: a test, a redelivery, its settings, its secret, its
    /// removal. A change from before the call is not missed.
    async fn webhooks_changed(&self);

    /// The oldest event that an enabled endpoint must still receive; none when no endpoint waits.
    async fn webhook_cursor(&self) -> Result<Option<i64>, StoreError>;

    /// Stores an endpoint, which receives events from now on. `Conflict` when the workspace has
    /// [`MAX_WEBHOOKS`].
    async fn add_webhook(
        &self,
        workspace: WorkspaceId,
        settings_and_secret: (WebhookSettings, Vec<u8>),
        now: Timestamp,
    ) -> Result<WebhookRecord, StoreError>;

    /// The endpoints of a workspace, oldest first.
    async fn list_webhooks(&self, workspace: WorkspaceId)
    -> Result<Vec<WebhookRecord>, StoreError>;

    /// An endpoint of a workspace.
    async fn webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
    ) -> Result<WebhookRecord, StoreError>;

    /// Changes an endpoint. An endpoint that is enabled again receives events from now on;
    /// deliveries that were pending when it was disabled are tried again at once.
    async fn update_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        settings_and_now: (WebhookSettings, Timestamp),
    ) -> Result<WebhookRecord, StoreError>;

    /// Replaces the secret that signs deliveries.
    async fn replace_webhook_secret(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        secret: Vec<u8>,
    ) -> Result<WebhookRecord, StoreError>;

    /// Deletes an endpoint and the log of its deliveries.
    async fn delete_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
    ) -> Result<WebhookRecord, StoreError>;
}
