//! Numbers that a workspace must not call.

use async_trait::async_trait;
use campanile_rules::{ids::WorkspaceId, phone::E164, time::Timestamp};
use serde::{Serialize, Serializer};

use crate::StoreError;

/// The source of a suppression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionSource {
    /// A user added the number.
    Api,
    /// The number was in an uploaded file.
    File,
    /// The person called told the agent.
    Agent,
}

impl SuppressionSource {
    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            SuppressionSource::Api => "api",
            SuppressionSource::File => "file",
            SuppressionSource::Agent => "agent",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<SuppressionSource> {
        [SuppressionSource::Api, SuppressionSource::File, SuppressionSource::Agent]
            .into_iter()
            .find(|source| source.as_str() == name)
    }
}

/// A number that must not be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuppressionRecord {
    /// The number.
    #[serde(serialize_with = "whole")]
    pub number: E164,
    /// The source of the suppression.
    pub source: SuppressionSource,
    /// The reason, as far as it was given.
    pub reason: String,
    /// When the number was suppressed.
    pub created_at: Timestamp,
}

fn whole<S: Serializer>(number: &E164, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// A page of a workspace's suppressions, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionPage {
    /// The suppressions.
    pub items: Vec<SuppressionRecord>,
    /// The last number of this page, after which the next page begins; none on the last page.
    pub next: Option<E164>,
    /// All suppressions of the workspace, whatever the search.
    pub total: u64,
}

/// Numbers that a workspace must not call.
#[async_trait]
pub trait Suppressions: Send + Sync {
    /// Suppresses a number; recipients with the number are skipped from now on. Returns the first
    /// suppression of the number, and whether that is this one.
    async fn add_suppression(
        &self,
        workspace: WorkspaceId,
        suppression: SuppressionRecord,
    ) -> Result<(SuppressionRecord, bool), StoreError>;

    /// Suppresses the numbers of a file, some thousand per transaction; returns how many were not
    /// suppressed before.
    async fn add_suppressions(
        &self,
        workspace: WorkspaceId,
        numbers: Vec<E164>,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Allows calls to a number again, even if its person was erased. `NotFound` when the number is
    /// not suppressed. Recipients that were skipped meanwhile stay skipped.
    async fn remove_suppression(
        &self,
        workspace: WorkspaceId,
        number: E164,
    ) -> Result<(), StoreError>;

    /// A number's suppression; none when the number is not suppressed.
    async fn suppression(
        &self,
        workspace: WorkspaceId,
        number: E164,
    ) -> Result<Option<SuppressionRecord>, StoreError>;

    /// A page of a workspace's suppressions after a number; optionally only numbers that begin with
    /// some digits. The cost is the same anywhere in a million.
    async fn suppressions(
        &self,
        workspace: WorkspaceId,
        range: (Option<u64>, Option<E164>),
        limit: u32,
    ) -> Result<SuppressionPage, StoreError>;
}
