//! Identities. Inside they are integers that the store hands out; outside they are words such as
//! `batch_12`, so that nobody passes a recipient where a batch is meant.

use std::{fmt, str::FromStr};

/// A text that is not an identity of the kind it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {prefix}_ followed by a number")]
pub struct BadId {
    text: String,
    prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
                    .and_then(|digits| digits.parse().ok())
                    .map($name)
                    .ok_or_else(|| BadId { text: text.to_owned(), prefix: $prefix })
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let pattern = concat!("^", $prefix, "_[0-9]{1,18}$");
                crate::described::text(pattern, concat!($prefix, "_1"))
            }
        }
        impl utoipa::ToSchema for $name {}

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A tenant: its batches, agents, numbers and keys are nobody else's.
    WorkspaceId = "workspace",
    /// One batch.
    BatchId = "batch",
    /// One row of a batch's file.
    RecipientId = "recipient",
    /// One try to reach one recipient.
    AttemptId = "attempt",
    /// A way into the telephone network.
    TrunkId = "trunk",
    /// A caller ID that the workspace may use.
    PhoneNumberId = "number",
    /// An agent; its versions are numbered from 1.
    AgentId = "agent",
    /// An endpoint that is told what happens.
    WebhookId = "webhook",
    /// Something that one endpoint is told.
    DeliveryId = "delivery",
}
