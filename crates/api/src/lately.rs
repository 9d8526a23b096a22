//! Answers that cost much and may be some seconds old.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Answers that are remembered.
const MOST: usize = 1_000;

/// What was answered lately to which question. One is worked on at a time.
#[derive(Debug)]
pub struct Lately<K, V> {
    told: Mutex<HashMap<K, (Instant, V)>>,
    turn: Semaphore,
}

impl<K, V> Default for Lately<K, V> {
    fn default() -> Self {
        Lately { told: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl<K: Eq + Hash, V: Clone> Lately<K, V> {
    /// What was answered, if it is fresh.
    pub fn told(&self, question: &K) -> Option<V> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, answer) = told.get(question)?;
        (*until > Instant::now()).then(|| answer.clone())
    }

    /// Waits until nobody else works.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turn.acquire().await.ok()
    }

    /// Remembers an answer for so long.
    pub fn tell(&self, question: K, answer: V, fresh: Duration) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if told.len() >= MOST {
            told.retain(|_, (until, _)| *until > now);
        }
        if told.len() < MOST {
            told.insert(question, (now + fresh, answer));
        }
    }
}
