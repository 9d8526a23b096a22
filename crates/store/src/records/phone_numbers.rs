//! Phone numbers: caller IDs and the trunk that serves each.

use campanile_rules::{
    ids::{PhoneNumberId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use serde::{Serialize, Serializer};

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
