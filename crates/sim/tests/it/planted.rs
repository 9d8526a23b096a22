//! Each planted bug is found within 500 seeds, which shows that the simulator can fail.

use std::sync::Mutex;

use campanile_sim::{Violation, bug::Bug};

/// The number of seeds within which a bug must be found.
const SEEDS: u64 = 500;

#[test]
fn every_planted_bug_is_found() {
    let mut escaped = Vec::new();
    for bug in Bug::ALL {
        match found(bug) {
            Some((seed, violation)) => {
                println!("{:<28} seed {seed:<4} {}", bug.name(), violation.checker);
            }
            None => escaped.push(bug.name()),
        }
    }
    assert!(escaped.is_empty(), "not found within {SEEDS} seeds: {escaped:?}");
}

/// The first of these seeds that shows the bug.
fn found(bug: Bug) -> Option<(u64, Violation)> {
    let first: Mutex<Option<(u64, Violation)>> = Mutex::new(None);
    crate::run_all(SEEDS, Some(bug), |verdict| {
        let Some(violation) = verdict.violations.into_iter().next() else { return false };
        let mut first = first.lock().unwrap();
        if first.as_ref().is_none_or(|(seed, _)| verdict.seed < *seed) {
            *first = Some((verdict.seed, violation));
        }
        true
    });
    first.into_inner().unwrap()
}
