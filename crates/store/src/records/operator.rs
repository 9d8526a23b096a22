//! The operator's settings.

use std::collections::BTreeSet;

use async_trait::async_trait;
use campanile_numbers::{Country, destination::GroupId};
use campanile_rules::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// The operator's settings for all workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OperatorSettings {
    /// Countries that need an approved KYC record on managed trunks.
    pub regulated_countries: BTreeSet<Country>,
    /// Countries in which the daily limits do not count; none means the countries of
    /// `default_groups`.
    pub home_countries: Option<BTreeSet<Country>>,
    /// A workspace's daily limit of attempts (UTC days) to other countries; none means no limit.
    pub daily_attempts: Option<u32>,
    /// A workspace's daily limit of talk time in minutes (UTC days) in other countries; none means
    /// no limit.
    pub daily_minutes: Option<u32>,
    /// Whether the daily limits also apply to calls over a workspace's own trunks.
    pub limit_workspace_trunks: bool,
    /// The network groups that a new workspace may call.
    pub default_groups: BTreeSet<GroupId>,
}

impl Default for OperatorSettings {
    fn default() -> Self {
        OperatorSettings {
            regulated_countries: "IN".parse().into_iter().collect(),
            home_countries: None,
            daily_attempts: Some(1_000),
            daily_minutes: Some(1_000),
            limit_workspace_trunks: false,
            default_groups: BTreeSet::new(),
        }
    }
}

/// Edits the operator's settings. An error refuses the edit.
pub type OperatorEdit = Box<dyn FnOnce(&mut OperatorSettings) -> Result<(), StoreError> + Send>;

/// The operator's settings for all workspaces.
#[async_trait]
pub trait Operator: Send + Sync {
    /// The operator's settings.
    async fn operator_settings(&self) -> Result<OperatorSettings, StoreError>;

    /// Changes the operator's settings, which apply at once. The engine hears of it and makes
    /// recipients due that a daily limit postponed to the next day.
    async fn update_operator_settings(
        &self,
        edit: OperatorEdit,
        now: Timestamp,
    ) -> Result<OperatorSettings, StoreError>;
}
