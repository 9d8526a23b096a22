//! The one loop that carries the rules into the world.
//!
//! [`Engine`] is the handle that the API and the command line hold. Behind it a single task owns
//! the [`Dispatcher`](campanile_rules::dispatcher::Dispatcher), feeds it what happened and the
//! time, and carries out what it answers: claims and settlements go to the store, placed attempts
//! become calls ([`call`]). What an earlier process left is ended first ([`recovery`]).

mod books;
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
mod words;
mod world;

pub use engine::{Engine, EngineError, Load, StoreFailing};
pub use recordings::Recordings;
pub use sounds::UploadedSounds;
pub use world::EngineConfig;
