//! Phone numbers: caller IDs and the trunk that serves each.

use async_trait::async_trait;
use campanile_rules::{
    ids::{PhoneNumberId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use serde::{Serialize, Serializer};

use crate::StoreError;

/// A phone number as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneNumberRecord {
    /// The phone number's identity.
    pub id: PhoneNumberId,
    /// The workspace that owns the number.
    pub workspace: WorkspaceId,
    /// The number, E.164.
    #[serde(serialize_with = "whole")]
    pub number: E164,
    /// A label for people.
    pub label: String,
    /// The trunk that serves the number; none means that it cannot dial.
    pub trunk: Option<TrunkId>,
    /// When the number was added.
    pub created_at: Timestamp,
}

fn whole<S: Serializer>(number: &E164, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// Phone numbers: caller IDs and the trunk that serves each.
#[async_trait]
pub trait PhoneNumbers: Send + Sync {
    /// Adds a number that the workspace may use as caller ID. `Conflict` when the workspace already
    /// has it.
    async fn add_phone_number(
        &self,
        workspace: WorkspaceId,
        number_and_label: (E164, String),
        trunk: Option<TrunkId>,
        now: Timestamp,
    ) -> Result<PhoneNumberRecord, StoreError>;

    /// The numbers of a workspace, oldest first.
    async fn list_phone_numbers(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<PhoneNumberRecord>, StoreError>;

    /// A number of a workspace.
    async fn phone_number(
        &self,
        workspace: WorkspaceId,
        id: PhoneNumberId,
    ) -> Result<PhoneNumberRecord, StoreError>;

    /// The workspace's record of a number; none when the workspace does not have it.
    async fn phone_number_by_e164(
        &self,
        workspace: WorkspaceId,
        number: E164,
    ) -> Result<Option<PhoneNumberRecord>, StoreError>;

    /// Changes a number's label and trunk.
    async fn update_phone_number(
        &self,
        workspace: WorkspaceId,
        id: PhoneNumberId,
        label_and_trunk: (String, Option<TrunkId>),
    ) -> Result<PhoneNumberRecord, StoreError>;

    /// Removes a caller ID. `Conflict` when a batch has used it.
    async fn remove_phone_number(
        &self,
        workspace: WorkspaceId,
        id: PhoneNumberId,
    ) -> Result<(), StoreError>;
}
