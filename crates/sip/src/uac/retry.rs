//! Repeats a message on a lossy path until a response comes (RFC 3261 §17).

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::flow::Flow;

/// The timers of RFC 3261 §17.1.1.1. Only tests change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// The round-trip estimate: 500 ms. After 64 of these a far end counts as gone.
    pub t1: Duration,
    /// The longest interval between two repetitions: 4 s.
    pub t2: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Timers { t1: Duration::from_millis(500), t2: Duration::from_secs(4) }
    }
}

impl Timers {
    /// The time after which the far end has given up too: timers B, F, H and J.
    pub fn patience(&self) -> Duration {
        self.t1 * 64
    }

    /// The time without any response after which a far end may be gone. A working one sends a 100
    /// within 200 ms (RFC 3261 §17.2.1), and we have sent three repetitions by then.
    pub fn silence(&self) -> Duration {
        self.t1 * 8
    }
}

/// What a [`Retry`] needs now.
#[derive(Debug, PartialEq, Eq)]
pub enum Due {
    Nothing,
    Resend,
    GiveUp,
}

/// A message that is repeated until a response comes.
#[derive(Debug)]
pub struct Retry {
    pub bytes: Bytes,
    pub flow: Flow,
    next_at: Option<Instant>,
    interval: Duration,
    /// The longest interval; None for an INVITE, whose intervals keep growing.
    cap: Option<Duration>,
    until: Instant,
    /// How often the message may be sent again because its stream broke.
    spare: u8,
}

impl Retry {
    /// Creates a retry for an INVITE: timers A and B.
    pub fn invite(flow: Flow, bytes: Bytes, timers: &Timers, now: Instant) -> Retry {
        Retry { cap: None, ..Retry::other(flow, bytes, timers, now) }
    }

    /// Creates a retry for any other request (timers E and F), or for a 2xx that waits for its ACK
    /// (§13.3.1.4).
    pub fn other(flow: Flow, bytes: Bytes, timers: &Timers, now: Instant) -> Retry {
        Retry {
            bytes,
            flow,
            next_at: (!flow.is_reliable()).then(|| now + timers.t1),
            interval: timers.t1,
            cap: Some(timers.t2),
            until: now + timers.patience(),
            spare: 2,
        }
    }

    /// Returns the message once more if the stream to `addr` that carried it broke; a stream does
    /// not repeat it by itself.
    pub fn after_break(&mut self, addr: SocketAddr) -> Option<(Flow, Bytes)> {
        let broke = self.flow.is_reliable() && self.flow.addr == addr;
        self.spare = self.spare.checked_sub(u8::from(broke))?;
        broke.then(|| (self.flow, self.bytes.clone()))
    }

    /// Stops repeating the message; it is still given up in time.
    pub fn quieten(&mut self) {
        self.next_at = None;
    }

    pub fn wake_at(&self) -> Instant {
        self.next_at.map_or(self.until, |next_at| next_at.min(self.until))
    }

    pub fn poll(&mut self, now: Instant) -> Due {
        if now >= self.until {
            return Due::GiveUp;
        }
        match self.next_at {
            Some(next_at) if now >= next_at => {
                let doubled = self.interval * 2;
                self.interval = self.cap.map_or(doubled, |cap| doubled.min(cap));
                self.next_at = Some(now + self.interval);
                Due::Resend
            }
            Some(_) | None => Due::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use campanile_rules::trunk::Transport;

    /// Returns the milliseconds at which a message is repeated, and when it is given up.
    fn history(mut retry: Retry, start: Instant) -> (Vec<u128>, u128) {
        let mut repeated = Vec::new();
        loop {
            let now = retry.wake_at();
            match retry.poll(now) {
                Due::Resend => repeated.push((now - start).as_millis()),
                Due::GiveUp => return (repeated, (now - start).as_millis()),
                Due::Nothing => unreachable!("it asked to be woken"),
            }
        }
    }

    fn flow(transport: Transport) -> Flow {
        Flow { transport, addr: "192.0.2.1:5060".parse().unwrap() }
    }

    #[test]
    fn repetitions_follow_rfc_3261() {
        let (timers, now) = (Timers::default(), Instant::now());
        let udp = flow(Transport::Udp);
        let (invite, gave_up) = history(Retry::invite(udp, Bytes::new(), &timers, now), now);
        assert_eq!(invite, [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
        assert_eq!(gave_up, 32_000);
        let (bye, gave_up) = history(Retry::other(udp, Bytes::new(), &timers, now), now);
        assert_eq!(bye, [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
        assert_eq!(gave_up, 32_000);
        let tcp = flow(Transport::Tcp);
        assert_eq!(history(Retry::other(tcp, Bytes::new(), &timers, now), now), (vec![], 32_000));
    }
}
