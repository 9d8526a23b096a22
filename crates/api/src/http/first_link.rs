//! The link for the first sign-in. It works once.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use campanile_rules::time::Timestamp;
use campanile_service::secret::{self, Minted, SecretHash};
use tokio::sync::Notify;

/// The link for the first sign-in, if the server has offered one.
#[derive(Default)]
pub struct FirstLink {
    offered: Mutex<Option<Offered>>,
    used: Notify,
}

/// The stored part of a link. The secret is stored as a hash only.
struct Offered {
    hash: SecretHash,
    until: Timestamp,
}

impl FirstLink {
    /// How long a link is valid.
    pub const VALID: Duration = Duration::from_secs(15 * 60);

    /// Creates a link, returns its secret and voids the previous link. Fails if the system has no
    /// source of randomness.
    pub fn renew(&self, now: Timestamp) -> Result<String, getrandom::Error> {
        let Minted { secret, hash, .. } = Minted::new()?;
        *self.offered() = Some(Offered { hash, until: now + FirstLink::VALID });
        Ok(secret)
    }

    /// Waits until the link is used.
    pub async fn used(&self) {
        self.used.notified().await;
    }

    /// Whether `secret` belongs to the valid link. If so, the link becomes void.
    pub fn take(&self, secret: &str, now: Timestamp) -> bool {
        let mut offered = self.offered();
        let good = offered
            .as_ref()
            .is_some_and(|link| secret::matches(secret, &link.hash) && now < link.until);
        if good {
            *offered = None;
        }
        good
    }

    /// Tells who waits that the link was used.
    pub fn note_use(&self) {
        self.used.notify_one();
    }

    fn offered(&self) -> std::sync::MutexGuard<'_, Option<Offered>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_once_for_a_quarter_of_an_hour_and_until_the_next() {
        let (link, start) = (FirstLink::default(), Timestamp(0));
        let later = |minutes: u32| start + Duration::from_secs(60) * minutes;
        assert!(!link.take("", start), "none was offered");
        let old = link.renew(start).unwrap();
        let new = link.renew(start).unwrap();
        assert!(!link.take(&old, start) && !link.take(&new, later(15)));
        assert!(link.take(&new, later(14)));
        assert!(!link.take(&new, later(14)), "once only");
    }
}
