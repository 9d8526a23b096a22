//! How much a server may send: a token bucket, so that a server that floods costs little time.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Bytes that may come at once. Ten minutes of sound take 6.4 MB of text.
const BURST: u64 = 8 << 20;

/// Bytes a second that may come after that; 100 times the rate of a call's sound.
const PER_S: u64 = 1 << 20;

/// What every message costs at least, in bytes.
const LEAST: u64 = 256;

/// The allowance of one connection.
#[derive(Debug)]
pub(super) struct Allowance {
    /// When the bucket was or will be full.
    full_at: Instant,
}

impl Allowance {
    pub fn new() -> Allowance {
        Allowance { full_at: Instant::now() }
    }

    /// Pays for a message; waits while more has come than is allowed.
    pub async fn pay(&mut self, bytes: usize) {
        let cost = Duration::from_micros((bytes as u64).max(LEAST) * 1_000_000 / PER_S);
        self.full_at = self.full_at.max(Instant::now()) + cost;
        let burst = Duration::from_micros(BURST * 1_000_000 / PER_S);
        sleep_until(self.full_at - burst).await;
    }
}
