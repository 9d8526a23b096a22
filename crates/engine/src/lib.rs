//! The one loop that carries the rules into the world.
//!
//! [`Engine`] is the handle that the API and the command line hold. Behind it a single task owns
//! the [`Node`](campanile_rules::node::Node), feeds it what happened and the time, and carries out
//! what it answers: verbs go to the store ([`verbs`]), prepared attempts become calls ([`call`]),
//! and calls that an earlier process left are ended ([`recovery`]).

mod brief;
mod call;
mod clock;
mod driver;
mod engine;
pub mod forgetting;
mod line;
mod measure;
mod message;
mod outages;
mod recordings;
mod recovery;
mod sounds;
mod trunks;
mod verbs;
mod words;
mod world;

pub use engine::{Engine, EngineError, Load, StoreFailing};
pub use recordings::Recordings;
pub use sounds::UploadedSounds;
pub use world::EngineConfig;
