//! Repeats a message until it is answered (RFC 3261 §17).

use crate::exchange::Desk;
use crate::message::Peer;

const T1_US: u64 = 500_000;
const T2_US: u64 = 4_000_000;
/// A message without an answer is given up after 64 × T1.
pub(crate) const GIVE_UP_US: u64 = 64 * T1_US;

/// A message that is repeated until it is answered.
pub(crate) struct Resend {
    pub message: Vec<u8>,
    pub at_us: u64,
    interval_us: u64,
    give_up_at_us: u64,
}

impl Resend {
    pub fn new(message: Vec<u8>, peer: Peer, now_us: u64) -> Resend {
        let give_up_at_us = now_us + GIVE_UP_US;
        // A reliable transport loses nothing, so only the time to give up matters.
        let at_us = if peer.is_reliable() { give_up_at_us } else { now_us + T1_US };
        Resend { message, at_us, interval_us: T1_US, give_up_at_us }
    }

    /// Repeats the message if it is due. True: it is given up instead.
    pub fn is_given_up(&mut self, peer: Peer, desk: &mut Desk) -> bool {
        if desk.now_us >= self.give_up_at_us {
            return true;
        }
        desk.send(peer, self.message.clone());
        self.interval_us = (self.interval_us * 2).min(T2_US);
        self.at_us = (desk.now_us + self.interval_us).min(self.give_up_at_us);
        false
    }
}
