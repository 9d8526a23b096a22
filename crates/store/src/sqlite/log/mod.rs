//! The event log, the audit log, and the answers kept for repeated requests.

pub(super) mod audit;
pub(super) mod events;
pub(super) mod idempotency;
pub(super) mod tell;
