//! `/v1/operator/…`: what concerns the installation, or another workspace than the key's own.

pub mod groups;
pub mod kyc;
pub mod settings;
pub mod workspaces;
