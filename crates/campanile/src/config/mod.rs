//! Configuration files: `agent.toml`, `trunk.toml` and the file of `serve`.

mod document;
mod environment;
mod settings;

pub use document::{BadConfig, Document, all};
pub use settings::Settings;
