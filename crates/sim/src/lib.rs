//! A seeded simulation of the world around the rules.
//!
//! One seed gives one history: the plan (limits, recipients, faults, actions of the operator) and
//! every delay come from the seed. The node and its dispatcher are the ones that dial in
//! production; the clock, the store, the telephone network and the process around the node are
//! models in virtual time. After the run, checkers judge the invariants of PRODUCT §11 by the call
//! records of the network.

pub mod bug;
pub mod carrier;
pub mod check;
pub mod clock;
pub mod env;
pub mod history;
pub mod machine;
pub mod node;
pub mod plan;
pub mod store;
pub mod world;

use bug::Bug;
use world::World;

/// An invariant that was violated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The checker that found it.
    pub checker: &'static str,
    /// What the checker observed.
    pub what: String,
}

/// The result of a run.
#[derive(Debug)]
pub struct Verdict {
    /// The seed.
    pub seed: u64,
    /// The violations that were found.
    pub violations: Vec<Violation>,
    /// A digest of the history. Equal histories have equal digests.
    pub digest: u64,
    /// How many INVITEs left.
    pub calls: usize,
    /// How many events there were.
    pub events: u32,
    /// The readable history, if it was requested.
    pub trace: String,
}

/// Runs one seed, with or without a planted bug. `words` keeps a readable history.
pub fn run(seed: u64, bug: Option<Bug>, words: bool) -> Verdict {
    let mut world = World::new(seed, bug, words);
    world.run();
    let violations = check::judge(&world);
    let (digest, calls) = (world.env.history.digest(), world.env.tap.sent.len());
    let events = world.events;
    let trace = world.env.history.into_text();
    Verdict { seed, violations, digest, calls, events, trace }
}

/// The command that replays a seed with a readable history.
pub fn replay(seed: u64, bug: Option<Bug>) -> String {
    match bug {
        None => format!("cargo run -q -p campanile-sim -- --seed {seed} --trace"),
        Some(bug) => {
            let bug = bug.name();
            format!("cargo run -q -p campanile-sim -- --seed {seed} --trace --bug {bug}")
        }
    }
}
