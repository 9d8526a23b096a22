//! The addresses that a call's sound is accepted from and sent to (symmetric RTP, RFC 4961). A
//! known source is kept. It changes only when the far end describes a new address, or when the
//! source falls silent and its stream continues elsewhere, as behind a router that lost its
//! translation.

use std::net::{IpAddr, SocketAddr};

use campanile_media::rtp::RtpHeader;

/// For this many steps of 20 ms, only the address in the session description is accepted. After
/// that, the address that the far end signals from is accepted too: behind a translating router the
/// far end does not know its own address.
const STRICT_STEPS: u32 = 50;

/// What a new source must show before it is followed: this many packets in a row, and this many
/// steps without a packet from the old source.
struct Proof {
    packets: u32,
    silent_steps: u32,
}

/// The same stream continues. Only the far end knows its SSRC and its sequence number.
const SAME_STREAM: Proof = Proof { packets: 5, silent_steps: 5 };

/// Another stream from the same machine: 500 ms.
const SAME_MACHINE: Proof = Proof { packets: 25, silent_steps: 25 };

/// A stream continues if its sequence number rose by at most this much: one minute.
const MAX_JUMP: u16 = 3_000;

/// Packets in a row have sequence numbers at most this far apart.
const MAX_GAP: u16 = 50;

/// A new source that may be the far end.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    sequence: u16,
    packets: u32,
    goes_on: bool,
}

#[derive(Debug)]
pub(crate) struct Latch {
    described: SocketAddr,
    signals_from: IpAddr,
    /// The address that the sound really comes from, once known.
    source: Option<SocketAddr>,
    /// The SSRC of the source and the sequence number of its latest packet.
    stream: Option<(u32, u16)>,
    /// A new description came, so the next packet from an address that it allows is accepted.
    open: bool,
    /// The previous source, whose last packets may still arrive.
    left: Option<SocketAddr>,
    steps: u32,
    silent_steps: u32,
    candidate: Option<Candidate>,
}

impl Latch {
    pub fn new(described: SocketAddr, signals_from: IpAddr) -> Latch {
        Latch {
            described,
            signals_from,
            source: None,
            stream: None,
            open: false,
            left: None,
            steps: 0,
            silent_steps: 0,
            candidate: None,
        }
    }

    /// Returns the address that our sound goes to.
    pub fn target(&self) -> SocketAddr {
        self.source.unwrap_or(self.described)
    }

    /// Advances by 20 ms.
    pub fn step(&mut self) {
        self.steps = self.steps.saturating_add(1);
        self.silent_steps = self.silent_steps.saturating_add(1);
    }

    /// Takes a new description of the far end's sound. True: its address changed.
    pub fn describe(&mut self, described: SocketAddr) -> bool {
        let moved = described != self.described;
        self.open = true;
        if moved {
            let left = self.source.take();
            *self = Latch { left, ..Latch::new(described, self.signals_from) };
        }
        moved
    }

    /// Whether a packet from `source` comes from the far end.
    pub fn admits(&mut self, source: SocketAddr, header: &RtpHeader) -> bool {
        let admitted = match self.source {
            Some(known) if known == source => true,
            Some(_) if source == self.described => true,
            Some(_) if self.open && self.is_believed(source) => true,
            Some(_) => self.went_on(source, header),
            None => self.is_believed(source),
        };
        if admitted {
            self.source = Some(source);
            self.stream = Some((header.ssrc, header.sequence));
            (self.open, self.silent_steps, self.candidate) = (false, 0, None);
        }
        admitted
    }

    fn is_believed(&self, source: SocketAddr) -> bool {
        let late = self.steps > STRICT_STEPS;
        if self.left == Some(source) && source != self.described && !late {
            return false;
        }
        source.ip() == self.described.ip() || source.ip() == self.signals_from && late
    }

    /// Whether the far end has moved to `source`.
    fn went_on(&mut self, source: SocketAddr, header: &RtpHeader) -> bool {
        let RtpHeader { ssrc, sequence, .. } = *header;
        let follows = |last: u16, most: u16| (1..=most).contains(&sequence.wrapping_sub(last));
        let packets = match self.candidate {
            Some(known) if (known.source, known.ssrc) == (source, ssrc) => {
                follows(known.sequence, MAX_GAP).then_some((known.packets + 1, known.goes_on))
            }
            Some(_) | None => None,
        };
        let goes_on = self.stream.is_some_and(|(own, last)| own == ssrc && follows(last, MAX_JUMP));
        let (packets, goes_on) = packets.unwrap_or((1, goes_on));
        self.candidate = Some(Candidate { source, ssrc, sequence, packets, goes_on });
        let proof = match goes_on {
            true => SAME_STREAM,
            false if self.is_believed(source) => SAME_MACHINE,
            false => return false,
        };
        packets >= proof.packets && self.silent_steps >= proof.silent_steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(place: &str) -> SocketAddr {
        place.parse().unwrap()
    }

    fn packet(ssrc: u32, sequence: u16) -> RtpHeader {
        RtpHeader { marker: false, payload_type: 0, sequence, timestamp: 0, ssrc }
    }

    /// A latch that knows 192.0.2.1:4000, stream 7, number 65530.
    fn latched() -> Latch {
        let mut latch = Latch::new(at("192.0.2.1:4000"), at("192.0.2.2:5060").ip());
        assert!(latch.admits(at("192.0.2.1:4000"), &packet(7, 65_530)));
        latch
    }

    /// Returns after how many packets, one a step, a new source is followed.
    fn followed_after(
        latch: &mut Latch,
        source: SocketAddr,
        (ssrc, first): (u32, u16),
    ) -> Option<u16> {
        (0..200).find(|n| {
            latch.step();
            latch.admits(source, &packet(ssrc, first.wrapping_add(*n)))
        })
    }

    #[test]
    fn a_stream_that_goes_on_elsewhere_is_followed() {
        for place in ["192.0.2.1:4002", "198.51.100.9:1"] {
            let mut latch = latched();
            let after = followed_after(&mut latch, at(place), (7, 65_533)).unwrap();
            assert!((4..10).contains(&after), "{after}");
            assert_eq!(latch.target(), at(place));
        }
    }

    #[test]
    fn another_stream_is_followed_on_the_same_machine_only() {
        for place in ["192.0.2.1:4002", "192.0.2.2:4000"] {
            let mut latch = latched();
            (0..50).for_each(|_| latch.step());
            let after = followed_after(&mut latch, at(place), (8, 100)).unwrap();
            assert!((24..30).contains(&after), "{place} {after}");
        }
        for (place, stream) in [("198.51.100.9:1", (8, 100)), ("198.51.100.9:1", (7, 30_000))] {
            assert_eq!(followed_after(&mut latched(), at(place), stream), None, "{stream:?}");
        }
    }

    #[test]
    fn nothing_is_followed_while_the_known_source_speaks() {
        let mut latch = latched();
        for n in 0..500u16 {
            latch.step();
            for place in ["192.0.2.1:4002", "198.51.100.9:1"] {
                for ssrc in [7, 8] {
                    let sequence = 65_530u16.wrapping_add(n + 1);
                    assert!(!latch.admits(at(place), &packet(ssrc, sequence)), "{place}");
                }
            }
            assert!(latch.admits(at("192.0.2.1:4000"), &packet(7, 65_531u16.wrapping_add(n))));
        }
    }

    #[test]
    fn a_new_description_opens_the_latch() {
        // The address is the same: the next packet from that machine is accepted, and ours
        // continue.
        let mut latch = latched();
        assert!(!latch.describe(at("192.0.2.1:4000")));
        assert_eq!(latch.target(), at("192.0.2.1:4000"));
        assert!(latch.admits(at("192.0.2.1:4004"), &packet(9, 1)));
        assert!(!latch.admits(at("192.0.2.1:4006"), &packet(9, 2)), "it is closed again");
        // The address is new: late packets from the old one do not delay the change.
        let mut latch = latched();
        assert!(latch.describe(at("192.0.2.1:6000")));
        assert_eq!(latch.target(), at("192.0.2.1:6000"));
        assert!(!latch.admits(at("192.0.2.1:4000"), &packet(7, 65_531)));
        assert!(latch.admits(at("192.0.2.1:6002"), &packet(9, 1)));
        assert!(
            latch.admits(at("192.0.2.1:6000"), &packet(10, 1)),
            "the described one always counts"
        );
    }
}
