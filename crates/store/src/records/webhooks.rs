//! Webhook endpoints.

use campanile_rules::{
    event::EventKind,
    ids::{WebhookId, WorkspaceId},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

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
