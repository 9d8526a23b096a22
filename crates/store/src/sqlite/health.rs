//! Whether the database can be written.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::StoreError;

/// From one line of the log to the next while it fails.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// For how long a write that succeeded proves that the next one will.
const PROOF_LASTS: Duration = Duration::from_secs(1);

/// The database cannot be written: nothing is stored, and nobody is called.
#[derive(Debug, Clone)]
pub struct Failing {
    /// Since when.
    pub since: Instant,
    /// Why, in words.
    pub cause: Arc<str>,
    /// What every write is answered.
    pub(super) error: StoreError,
}

/// What everybody who uses a store may look at. The writer alone notes that writing fails and that
/// it works again; damage is noted by whoever sees it, and stays.
#[derive(Debug, Clone, Default)]
pub(super) struct Health {
    state: Arc<watch::Sender<Option<Failing>>>,
    proven_at: Arc<Mutex<Option<Instant>>>,
}

impl Health {
    /// Follows whether the database can be written.
    pub fn watch(&self) -> watch::Receiver<Option<Failing>> {
        self.state.subscribe()
    }

    /// Why it cannot be written now.
    pub fn failing(&self) -> Option<Failing> {
        self.state.borrow().clone()
    }

    /// Whether a write has just proven that it can be written.
    pub fn is_proven(&self) -> bool {
        let proven_at = *self.proven_at.lock().unwrap_or_else(PoisonError::into_inner);
        self.state.borrow().is_none() && proven_at.is_some_and(|at| at.elapsed() < PROOF_LASTS)
    }

    /// A write has proven that it can be written.
    pub fn proven(&self) {
        *self.proven_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Notes an error that is of the database as a whole; others say nothing of it.
    pub fn note(&self, error: &StoreError) {
        let damaged = match error {
            StoreError::Disk(_) => false,
            StoreError::Damaged(_) => true,
            StoreError::NotFound(_)
            | StoreError::Refused(_)
            | StoreError::Conflict(_)
            | StoreError::Database(_) => return,
        };
        self.state.send_if_modified(|state| {
            if state.as_ref().is_some_and(|failing| failing.is_damage() || !damaged) {
                return false;
            }
            let cause: Arc<str> = match error {
                StoreError::Disk(trouble) => trouble.to_string().into(),
                error => error.to_string().into(),
            };
            tracing::error!(
                %cause,
                "the database cannot be written: nobody is called until it can be again"
            );
            let since = state.as_ref().map_or_else(Instant::now, |failing| failing.since);
            *state = Some(Failing { since, cause, error: error.clone() });
            true
        });
    }

    /// It can be written again.
    pub fn works(&self) {
        if let Some(failing) = self.state.send_replace(None) {
            let seconds = failing.since.elapsed().as_secs_f64().ceil();
            tracing::warn!("the database can be written again after {seconds} s");
        }
    }
}

impl Failing {
    /// Whether the file itself is bad, so that it does not pass.
    pub fn is_damage(&self) -> bool {
        matches!(self.error, StoreError::Damaged(_))
    }
}

/// Says once a minute that it still fails.
pub(super) struct Reminder(Instant);

impl Reminder {
    pub fn new() -> Reminder {
        Reminder(Instant::now())
    }

    pub fn remind(&mut self, failing: &Failing) {
        if self.0.elapsed() >= SAID_EVERY {
            self.0 = Instant::now();
            let (seconds, cause) = (failing.since.elapsed().as_secs(), &failing.cause);
            tracing::error!(%cause, "the database cannot be written for {seconds} s now");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Trouble, TroubleKind};

    fn full() -> StoreError {
        StoreError::Disk(Trouble { kind: TroubleKind::Full, detail: "full".into() })
    }

    #[test]
    fn what_is_asked_of_it_says_nothing_of_the_whole() {
        let health = Health::default();
        health.note(&StoreError::NotFound("batch".to_owned()));
        health.note(&StoreError::Database("a constraint".to_owned()));
        assert!(health.failing().is_none());
    }

    #[test]
    fn a_proof_ends_with_the_first_trouble() {
        let health = Health::default();
        assert!(!health.is_proven());
        health.proven();
        assert!(health.is_proven());
        health.note(&full());
        assert!(!health.is_proven());
    }

    #[test]
    fn trouble_passes_and_damage_stays_the_cause() {
        let health = Health::default();
        health.note(&full());
        let since = health.failing().unwrap().since;
        health.note(&full());
        assert_eq!(health.failing().unwrap().since, since, "it began once");
        health.works();
        assert!(health.failing().is_none());
        health.note(&full());
        health.note(&StoreError::Damaged("page 9".to_owned()));
        health.note(&full());
        assert!(health.failing().unwrap().is_damage());
    }
}
