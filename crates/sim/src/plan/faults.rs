//! The faults of a run, and how often they occur.

use std::time::Duration;

use fastrand::Rng;

use super::{Restore, Trouble, pick};

/// The fault rates of one run. Rates are probabilities between 0 and 1.
#[derive(Debug, Clone)]
pub struct Faults {
    /// Whether the run has no faults at all. Such a run is also judged for how well it does.
    pub calm: bool,
    /// The usual longest half of a store operation: until its commit, and from the commit to the
    /// answer.
    pub store_delay: Duration,
    /// How often a store operation takes up to two seconds instead.
    pub store_slow: f64,
    /// How often a store operation fails and stores nothing.
    pub store_fails: f64,
    /// Whether the store carries out operations in order of arrival.
    pub store_in_order: bool,
    /// Whether an operation may still be committed after its process died.
    pub store_outlives: bool,
    /// How often a placed attempt fails before anything is stored or sent, because a port or the
    /// agent is missing.
    pub prepare_fails: f64,
    /// How often a SIP message is lost and arrives by a retransmission.
    pub wire_loss: f64,
    /// How often the process dies just before or just after a commit.
    pub crash_at_commit: f64,
    /// The most crashes of the run.
    pub crashes: u32,
    /// The number of nodes that share the store. One leads; the others wait for its lease to
    /// expire.
    pub nodes: usize,
    /// The duration of a lease. `None` if the only node holds its store for ever.
    pub lease: Option<Duration>,
    /// How often the leader freezes for more than a second at a commit, as on a machine in trouble.
    pub freeze_at_commit: f64,
    /// The most freezes of the run.
    pub freezes: u32,
    /// How often the operator pauses or stops a batch just while one of its calls is on its way to
    /// or from the store.
    pub ambushes: f64,
    /// How often the wall clock is set.
    pub jumps: u32,
    /// The backup that is restored, if any.
    pub restore: Option<Restore>,
    /// What is missing during the run, and when.
    pub troubles: Vec<Trouble>,
    /// How many times at most the leading process is told to end in order, just when an INVITE is
    /// about to leave: it stops dialing, and lets calls finish.
    pub drains: u32,
    /// How many times at most the operator gives all batches of a trunk another one and removes the
    /// trunk, just when an INVITE is about to leave through it.
    pub removals: u32,
    /// How often a change is written by another process, so that the node hears of it late.
    pub elsewhere: f64,
    /// How long at most a stop takes from its commit to its answer, as of a batch with a million
    /// recipients.
    pub sweep: Duration,
}

impl Faults {
    /// No faults.
    pub fn none() -> Faults {
        Faults {
            calm: true,
            store_delay: Duration::from_millis(5),
            store_slow: 0.0,
            store_fails: 0.0,
            store_in_order: true,
            store_outlives: false,
            prepare_fails: 0.0,
            wire_loss: 0.0,
            crash_at_commit: 0.0,
            crashes: 0,
            nodes: 1,
            lease: None,
            freeze_at_commit: 0.0,
            freezes: 0,
            ambushes: 0.0,
            jumps: 0,
            restore: None,
            troubles: Vec::new(),
            drains: 0,
            removals: 0,
            elsewhere: 0.0,
            sweep: Duration::ZERO,
        }
    }

    pub(super) fn pick(rng: &mut Rng, calm: bool) -> Faults {
        let store_delay = Duration::from_micros(*pick(rng, &[500, 5_000, 20_000]));
        let store_in_order = rng.bool();
        let ambushes = if rng.u8(0..5) == 0 { 0.02 } else { 0.0 };
        if calm {
            return Faults { store_delay, store_in_order, ambushes, ..Faults::none() };
        }
        let mut sometimes = |rate: f64| if rng.bool() { rate } else { 0.0 };
        let (store_slow, store_fails) = (sometimes(0.02), sometimes(0.02));
        let prepare_fails = sometimes(0.02);
        let (wire_loss, crash_at_commit) = (sometimes(0.05), sometimes(0.01));
        let nodes = if sometimes(1.0) > 0.0 { 2 } else { 1 };
        let freeze_at_commit = sometimes(0.005);
        Faults {
            calm,
            store_delay,
            store_slow,
            store_fails,
            store_in_order,
            store_outlives: nodes > 1,
            prepare_fails,
            wire_loss,
            crash_at_commit,
            crashes: rng.u32(1..5),
            nodes,
            lease: (nodes > 1).then(|| Duration::from_secs(rng.u64(30..300))),
            freeze_at_commit,
            freezes: rng.u32(1..4),
            ambushes,
            jumps: if rng.u8(0..4) == 0 { rng.u32(1..4) } else { 0 },
            restore: None,
            troubles: Vec::new(),
            drains: 0,
            removals: 0,
            elsewhere: 0.0,
            sweep: Duration::ZERO,
        }
    }

    /// How long after a stored change the leader may still act on the earlier state.
    pub fn hearsay(&self) -> Duration {
        let mut longest = self.store_delay * 10 + Duration::from_millis(1);
        if self.elsewhere > 0.0 {
            longest += Duration::from_secs(1);
        }
        if self.store_fails > 0.0 {
            longest += Duration::from_secs(1);
        }
        if self.store_slow > 0.0 {
            longest += Duration::from_secs(8);
        }
        if self.freezes > 0 {
            longest += self.lease.unwrap_or(Duration::from_secs(30)) * 3;
        }
        longest
    }
}
