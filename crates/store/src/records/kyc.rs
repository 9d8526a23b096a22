//! KYC records.

use async_trait::async_trait;
use campanile_numbers::Country;
use campanile_rules::{ids::WorkspaceId, time::Timestamp, words};
use serde::{Deserialize, Serialize};

use crate::StoreError;

words! {
    /// The state of a KYC record.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    pub enum KycState {
        /// No documents were submitted.
        NotSubmitted = "not_submitted",
        /// The record waits for the operator's decision.
        Pending = "pending",
        /// The workspace may call the country.
        Approved = "approved",
        /// The workspace may not call the country.
        Rejected = "rejected",
    }
}

/// A description of a document, which itself is stored elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KycDocument {
    /// The document's title.
    pub name: String,
    /// The kind of document, such as `certificate of incorporation`.
    pub kind: String,
    /// Where the operator finds the document.
    pub reference: String,
    /// When the document was submitted.
    pub submitted_at: Timestamp,
}

/// The KYC record of a workspace for a country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KycRecord {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The country.
    pub country: Country,
    /// The state of the record.
    pub state: KycState,
    /// The submitted documents.
    pub documents: Vec<KycDocument>,
    /// When the documents were submitted.
    pub submitted_at: Timestamp,
    /// The public half of the key that made the decision.
    pub decided_by: Option<String>,
    /// When the decision was made.
    pub decided_at: Option<Timestamp>,
    /// The operator's note on the decision.
    pub note: Option<String>,
}

/// A decision of the operator.
#[derive(Debug, Clone)]
pub struct KycDecision {
    /// Whether the workspace may now call the country.
    pub approved: bool,
    /// The public half of the key that makes the decision.
    pub by: String,
    /// The reason, for the workspace to read.
    pub note: Option<String>,
}

/// KYC records of workspaces, one for each regulated country.
#[async_trait]
pub trait Kyc: Send + Sync {
    /// The records of a workspace, by country.
    async fn kyc_records(&self, workspace: WorkspaceId) -> Result<Vec<KycRecord>, StoreError>;

    /// The records of all workspaces, in one state or in any; the longest waiting first, after the
    /// first `skip`.
    async fn all_kyc_records(
        &self,
        state: Option<KycState>,
        page: (u64, u32),
    ) -> Result<Vec<KycRecord>, StoreError>;

    /// Submits documents for a country, which then wait for the operator; they replace documents
    /// submitted before. `Conflict` when the country is already approved.
    async fn submit_kyc(
        &self,
        record: (WorkspaceId, Country),
        documents: Vec<KycDocument>,
        now: Timestamp,
    ) -> Result<KycRecord, StoreError>;

    /// Stores the operator's decision about submitted documents, also in place of an earlier
    /// decision. `NotFound` when no documents were submitted.
    async fn decide_kyc(
        &self,
        record: (WorkspaceId, Country),
        decision: KycDecision,
        now: Timestamp,
    ) -> Result<KycRecord, StoreError>;
}
