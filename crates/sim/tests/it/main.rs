//! Tests of the simulator: seeds pass, histories repeat, planted bugs are found.

mod forecast;
mod planted;
mod seeds;

use std::sync::atomic::{AtomicU64, Ordering};

use campanile_sim::{Verdict, bug::Bug, run};

/// Runs seeds in order on all cores until `stop` has seen enough.
fn run_all(seeds: u64, bug: Option<Bug>, stop: impl Fn(Verdict) -> bool + Sync) {
    on_all_cores(seeds, |seed| stop(run(seed, bug, false)));
}

/// Does something with each seed, in order on all cores, until `enough` says so.
fn on_all_cores(seeds: u64, enough: impl Fn(u64) -> bool + Sync) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    if enough(seed) {
                        next.store(seeds, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}
