//! Requests to erase a person.

use async_trait::async_trait;
use campanile_rules::{
    ids::{AttemptId, ErasureId, RecipientId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use serde::Serialize;

use crate::StoreError;

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

/// Requests to erase a person.
#[async_trait]
pub trait Erasures: Send + Sync {
    /// Requests the erasure of a person: from now on the number is not called. If the same request
    /// is still open, returns that request.
    async fn begin_erasure(
        &self,
        workspace: WorkspaceId,
        number: E164,
        now: Timestamp,
    ) -> Result<ErasureRecord, StoreError>;

    /// An erasure request of a workspace.
    async fn erasure(
        &self,
        workspace: WorkspaceId,
        id: ErasureId,
    ) -> Result<ErasureRecord, StoreError>;

    /// An erasure request of a workspace; returns as soon as the request is done or waits for a
    /// call.
    async fn settled_erasure(
        &self,
        workspace: WorkspaceId,
        id: ErasureId,
    ) -> Result<ErasureRecord, StoreError>;

    /// The requests of a workspace after a given one, newest first.
    async fn erasures(
        &self,
        workspace: WorkspaceId,
        behind: Option<ErasureId>,
        limit: u32,
    ) -> Result<Vec<ErasureRecord>, StoreError>;

    /// The open requests of all workspaces. While any is open, the end of everything that a request
    /// may wait for wakes [`Deletion::to_forget`](crate::Deletion::to_forget).
    async fn open_erasures(&self) -> Result<Vec<OpenErasure>, StoreError>;

    /// Whether a request waits for a call to the person, or for a list whose import was under way
    /// at the time of the request and that may contain the person.
    async fn erasure_waits(&self, erasure: OpenErasure) -> Result<bool, StoreError>;

    /// Replaces the number with its mark. False: nothing was done, because the request must wait
    /// again.
    async fn seal_erasure(&self, erasure: OpenErasure, now: Timestamp) -> Result<bool, StoreError>;

    /// Finishes a sealed request after overwriting the leftovers in the database file and its log.
    async fn finish_erasure(&self, erasure: OpenErasure, now: Timestamp) -> Result<(), StoreError>;
}

/// The steps of an erasure. Each processes a few rows, so that dialing is not disturbed.
#[async_trait]
pub trait Erasing: Send + Sync {
    /// Searches all lists of the workspace for the person.
    async fn find_person(&self, erasure: OpenErasure) -> Result<PersonFound, StoreError>;

    /// The recording files of calls to some recipients.
    async fn recordings_of(
        &self,
        people: Vec<RecipientId>,
    ) -> Result<Vec<(AttemptId, String)>, StoreError>;

    /// Anonymizes rows: each keeps its position and its outcome, and loses its number, cells and
    /// calls. A recipient that was still to be called becomes `skipped`. The caller has already
    /// deleted the rows' recordings and passes how many there were.
    async fn erase_people(
        &self,
        erasure: OpenErasure,
        people_and_recordings: (Vec<RecipientId>, u64),
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Removes what else names the person: cells of other rows, events and deliveries to webhooks,
    /// kept answers, and the person's name in the audit log.
    async fn erase_copies(
        &self,
        erasure: OpenErasure,
        others: Vec<RecipientId>,
    ) -> Result<(), StoreError>;
}
