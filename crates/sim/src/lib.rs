//! A seeded world around the rules.
//!
//! One seed is one history: the plan (limits, people, faults, what the operator does) comes from
//! it, and so does every delay. The dispatcher is the very one that dials in earnest; the clock,
//! the store, the telephone network and the node around it are models in virtual time. After the
//! run the invariants of PRODUCT §11 are judged by the network's call records.

pub mod bug;
pub mod carrier;
pub mod check;
pub mod clock;
pub mod env;
pub mod history;
pub mod node;
pub mod plan;
pub mod store;
pub mod world;

use bug::Planted;
use world::World;

/// Something that must hold and did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The checker that found it.
    pub checker: &'static str,
    /// What was seen.
    pub what: String,
}

/// What came of a run.
#[derive(Debug)]
pub struct Verdict {
    /// The seed.
    pub seed: u64,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// Equal for equal histories.
    pub digest: u64,
    /// How many INVITEs left.
    pub calls: usize,
    /// How many events there were.
    pub events: u32,
    /// The history in words, if it was asked for.
    pub trace: String,
}

/// Runs one seed, with a bug or without; `words` keeps the history readable.
pub fn run(seed: u64, planted: Option<Planted>, words: bool) -> Verdict {
    let mut world = World::new(seed, planted, words);
    world.run();
    let violations = check::judge(&world);
    let (digest, calls) = (world.env.history.digest(), world.env.tap.sent.len());
    let events = world.events;
    let trace = world.env.history.into_text();
    Verdict { seed, violations, digest, calls, events, trace }
}

/// The command that replays a seed with its history in words.
pub fn replay(seed: u64, planted: Option<Planted>) -> String {
    match planted {
        None => format!("cargo run -q -p campanile-sim -- --seed {seed} --trace"),
        Some(bug) => format!(
            "cargo run -q -p campanile-sim --features sabotage -- --seed {seed} --trace --bug {}",
            bug.name()
        ),
    }
}
