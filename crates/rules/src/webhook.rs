//! When a delivery of a webhook is retried, and when an endpoint is disabled.

use std::time::Duration;

use crate::time::Timestamp;

/// The waits after the first, second, … failed try of a delivery. The last wait repeats until a day
/// has passed.
const WAITS_S: [u64; 8] = [5, 30, 2 * 60, 10 * 60, 30 * 60, 3_600, 2 * 3_600, 4 * 3_600];

/// How long a delivery is retried.
pub const TRIED_FOR: Duration = Duration::from_secs(24 * 3_600);

/// An endpoint that has accepted nothing for this long is disabled.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 3_600);

/// The result of one try of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// The endpoint answered with a 2xx.
    Accepted,
    /// The endpoint did not answer with a 2xx, but may later.
    Refused,
    /// The endpoint answered 410: it is gone for good.
    Gone,
}

/// What follows a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// The delivery is complete.
    Delivered,
    /// The delivery is tried again at this instant.
    RetryAt(Timestamp),
    /// The delivery is not tried again automatically.
    Failed,
}

/// What follows the try that ended at `now`: number `tries` (from 1) of a delivery whose first try
/// was at `first_at`. `seed` spreads the waits of deliveries that failed together by up to a fifth.
pub fn follows(
    tried: Tried,
    (tries, first_at): (u32, Timestamp),
    now: Timestamp,
    seed: u64,
) -> Follows {
    match tried {
        Tried::Accepted => Follows::Delivered,
        Tried::Gone => Follows::Failed,
        Tried::Refused => {
            let index = (tries.max(1) as usize - 1).min(WAITS_S.len() - 1);
            let wait_ms = WAITS_S[index] * 1_000;
            let spread = wait_ms * (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) / 5 / 1_024;
            let at = now + Duration::from_millis(wait_ms + spread);
            if at.since(first_at) <= TRIED_FOR { Follows::RetryAt(at) } else { Follows::Failed }
        }
    }
}

/// Whether an endpoint is given up that has taken nothing since `failing_since`.
pub fn is_given_up(failing_since: Option<Timestamp>, now: Timestamp) -> bool {
    failing_since.is_some_and(|since| now.since(since) >= GIVEN_UP_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_780_315_200_000_000);

    #[test]
    fn a_refused_delivery_is_tried_for_a_day_ever_more_seldom() {
        for seed in 0..200 {
            let (mut now, mut last, mut tries) = (START, Duration::ZERO, 0);
            loop {
                tries += 1;
                match follows(Tried::Refused, (tries, START), now, seed) {
                    Follows::RetryAt(at) => {
                        let wait = at.since(now);
                        assert!(tries > 7 || wait > last, "try {tries} of seed {seed}");
                        (now, last) = (at, wait);
                    }
                    Follows::Failed => break,
                    Follows::Delivered => panic!("nobody took it"),
                }
            }
            let hours = now.since(START).as_secs() / 3_600;
            assert!((18..=24).contains(&hours), "gave up after {hours} h");
            assert!((10..=13).contains(&tries), "{tries} tries");
        }
    }

    #[test]
    fn what_was_taken_is_delivered_and_a_gone_endpoint_ends_it() {
        assert_eq!(follows(Tried::Accepted, (3, START), START, 1), Follows::Delivered);
        assert_eq!(follows(Tried::Gone, (1, START), START, 1), Follows::Failed);
    }

    #[test]
    fn an_endpoint_is_given_up_after_three_days_of_failures() {
        let later = |hours: u64| START + Duration::from_secs(hours * 3_600);
        assert!(!is_given_up(None, later(1_000)));
        assert!(!is_given_up(Some(START), later(71)));
        assert!(is_given_up(Some(START), later(72)));
    }
}
