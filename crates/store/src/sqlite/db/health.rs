//! Whether the database can be written.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::StoreError;

/// The time between two log lines while the database fails.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// How long a successful write proves that the next one will succeed.
const PROOF_LASTS: Duration = Duration::from_secs(1);

/// The state of a database that cannot be written: nothing is stored, and nobody is called.
#[derive(Debug, Clone)]
pub struct Failing {
    /// Since when the database fails.
    pub since: Instant,
    /// The cause, in words.
    pub cause: Arc<str>,
    /// The error that every write gets.
    pub(crate) error: StoreError,
}

/// The health of the database, visible to all users of a store. Only the writer notes that writes
/// fail or work again. Any reader or writer may note damage, which stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health {
    state: Arc<watch::Sender<Option<Failing>>>,
    proven_at: Arc<Mutex<Option<Instant>>>,
}

impl Health {
    /// Watches whether the database can be written.
    pub fn watch(&self) -> watch::Receiver<Option<Failing>> {
        self.state.subscribe()
    }

    /// Why the database cannot be written now; none when it can.
    pub fn failing(&self) -> Option<Failing> {
        self.state.borrow().clone()
    }

    /// Whether a recent write has proven that the database can be written.
    pub fn is_proven(&self) -> bool {
        let proven_at = *self.proven_at.lock().unwrap_or_else(PoisonError::into_inner);
        self.state.borrow().is_none() && proven_at.is_some_and(|at| at.elapsed() < PROOF_LASTS)
    }

    /// Notes that a write has succeeded.
    pub fn proven(&self) {
        *self.proven_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Notes an error if it concerns the database as a whole.
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

    /// Notes that the database can be written again.
    pub fn works(&self) {
        if let Some(failing) = self.state.send_replace(None) {
            let seconds = failing.since.elapsed().as_secs_f64().ceil();
            tracing::warn!("the database can be written again after {seconds} s");
        }
    }
}

impl Failing {
    /// Whether the file itself is damaged, so that the failure does not pass.
    pub fn is_damage(&self) -> bool {
        matches!(self.error, StoreError::Damaged(_))
    }

    /// The error that every write gets.
    pub fn error(&self) -> StoreError {
        self.error.clone()
    }
}

/// Logs once a minute that the database still fails.
pub(crate) struct Reminder(Instant);

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
