//! What people may ask for. The HTTP API and the command line both ask here; nothing here knows how
//! the question came or what the answer looks like.

mod agents;
mod error;
mod import;

pub mod batches;
pub mod fields;
pub mod report;
pub mod secret;
pub mod setup;

use std::sync::Arc;

use campanile_agent::Speech;
use campanile_engine::Engine;
use campanile_store::Registry;

pub use error::Error;
pub use import::{Import, import};

/// What answers the questions: a database, the engine that places the calls, and the voices. Clones
/// share them.
#[derive(Clone)]
pub struct Service {
    /// The database.
    pub store: Arc<dyn Registry>,
    /// The engine that places the calls.
    pub engine: Engine,
    /// The text-to-speech programs and sounds. They tell whether an agent version can be spoken.
    pub speech: Speech,
}
