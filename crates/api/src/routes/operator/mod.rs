//! `/v1/operator/…`: the installation and all workspaces. Needs a key of scope `operator`.

pub mod groups;
pub mod kyc;
pub mod settings;
pub mod workspaces;
