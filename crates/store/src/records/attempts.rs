//! Attempts as they are stored.

use campanile_rules::{
    attempt::{EndReason, Evidence, Outcome},
    ids::{AttemptId, RecipientId, TrunkId},
    time::Timestamp,
};

/// An attempt as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRecord {
    /// The attempt's identity.
    pub id: AttemptId,
    /// The id of the attempt's call: its SIP Call-ID, and the name that users see.
    pub call_id: String,
    /// The recipient of the call.
    pub recipient: RecipientId,
    /// The attempt's number: from 1 for each recipient, without gaps.
    pub number_in_row: u32,
    /// The trunk of the call.
    pub trunk: TrunkId,
    /// When the recipient was claimed.
    pub claimed_at: Timestamp,
    /// When the INVITE was about to leave.
    pub dialed_at: Option<Timestamp>,
    /// When the call was answered (the 2xx).
    pub answered_at: Option<Timestamp>,
    /// When the call was over on the wire; none while the attempt is open.
    pub ended_at: Option<Timestamp>,
    /// The outcome; none while the attempt is open.
    pub outcome: Option<Outcome>,
    /// The reason for the end; none while the attempt is open.
    pub end_reason: Option<EndReason>,
    /// Whether the attempt counts in `attempts_made`; none while it is open.
    pub charged: Option<bool>,
    /// The evidence of the outcome; empty while the attempt is open.
    pub evidence: Evidence,
}
