//! The loop that connects the rules to the network and the store.
//!
//! The API and the command line hold an [`Engine`] as their handle. Behind it a single task owns
//! the [`Node`](campanile_rules::node::Node), feeds it events and the time, and carries out its
//! outputs: verbs go to the store (`verbs`), prepared attempts become calls (`call`), and calls
//! that an earlier process left are ended (`recovery`).

mod brief;
mod call;
mod clock;
mod driver;
mod engine;
pub mod forgetting;
mod line;
mod live;
mod measure;
mod message;
mod outages;
mod ready;
mod recordings;
mod recovery;
mod sounds;
mod transfer;
mod trunks;
mod verbs;
mod visit;
mod world;

pub use engine::{Engine, EngineError, Load, StoreFailing};
pub use live::{NotDone, SoFar};
pub use recordings::Recordings;
pub use sounds::UploadedSounds;
pub use visit::{FromVisitor, Sample, ToVisitor, Visitor};
pub use world::EngineConfig;
