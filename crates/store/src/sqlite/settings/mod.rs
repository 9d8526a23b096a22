//! What a workspace or the operator sets up: agents, numbers, trunks, keys, suppressions.

pub(super) mod agents;
pub(super) mod keys;
pub(super) mod kyc;
pub(super) mod network_groups;
pub(super) mod operator;
pub(super) mod phone_numbers;
pub(super) mod removal;
pub(super) mod sounds;
pub(super) mod suppressions;
pub(super) mod trunks;
pub(super) mod workspaces;
