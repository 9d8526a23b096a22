//! Numbers that a workspace must not call.

use campanile_rules::{phone::E164, time::Timestamp};
use serde::{Serialize, Serializer};

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
