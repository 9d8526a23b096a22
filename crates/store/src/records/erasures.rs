//! Requests to erase a person.

use campanile_rules::{
    ids::{ErasureId, RecipientId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use serde::Serialize;

/// A request to erase a person; the record does not show the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErasureRecord {
    /// The request's identity.
    pub id: ErasureId,
    /// When the erasure was requested.
    pub requested_at: Timestamp,
    /// Who requested the erasure, as the audit log names the actor.
    pub requested_by: String,
    /// When the erasure was done; none while data is left or a call goes on.
    pub finished_at: Option<Timestamp>,
    /// Whether the erasure waits for an open call to the person.
    pub in_call: bool,
    /// Erased rows of the person.
    pub people: u64,
    /// Erased calls to the person.
    pub calls: u64,
    /// Erased recordings of those calls.
    pub recordings: u64,
    /// Other erased traces of the person: events, deliveries to webhooks, kept answers, cells of
    /// other rows, entries of the audit log.
    pub copies: u64,
}

/// A request that is not done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenErasure {
    /// The request's identity.
    pub id: ErasureId,
    /// The workspace in which the person is erased.
    pub workspace: WorkspaceId,
    /// The person's number; none when only the leftovers in the database file remain to be
    /// overwritten.
    pub number: Option<E164>,
}

/// The rows of a workspace that concern a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonFound {
    /// The person's own rows.
    pub own: Vec<RecipientId>,
    /// Rows of other people that name the person.
    pub others: Vec<RecipientId>,
}
