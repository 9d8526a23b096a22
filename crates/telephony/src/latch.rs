//! Where the sound of a call may come from, and where ours goes (symmetric RTP, RFC 4961). A source
//! that is known is kept; it is left for another only when the other side says so, or when it fell
//! silent and its stream goes on elsewhere, as behind a router that lost its translation.

use std::net::{IpAddr, SocketAddr};

use campanile_media::rtp::RtpHeader;

/// For so many steps of 20 ms only the address of the session description is listened to, then also
/// the one that the far end signals from: behind a translating router it does not know its own.
const STRICT_STEPS: u32 = 50;

/// What the other side has to show to be followed: so many packets in a row, and so many steps
/// without one from where it was.
struct Proof {
    packets: u32,
    silent_steps: u32,
}

/// The same stream goes on: nobody else knows its source number and where its sequence is.
const SAME_STREAM: Proof = Proof { packets: 5, silent_steps: 5 };

/// Another stream of the same machine: 500 ms.
const SAME_MACHINE: Proof = Proof { packets: 25, silent_steps: 25 };

/// A stream goes on when its numbers are at most so much further: a minute.
const MAX_JUMP: u16 = 3_000;

/// Packets that follow each other are at most so many numbers apart.
const MAX_GAP: u16 = 50;

/// Who might be the far end at a new place.
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
    /// Where the sound really comes from, once known.
    source: Option<SocketAddr>,
    /// Number of the source's stream, and of its latest packet.
    stream: Option<(u32, u16)>,
    /// The description was renewed, so the next packet from a place that it allows counts.
    open: bool,
    /// What is still on its way from where the sound was before.
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

    /// Where our sound goes.
    pub fn target(&self) -> SocketAddr {
        self.source.unwrap_or(self.described)
    }

    /// 20 ms went by.
    pub fn step(&mut self) {
        self.steps = self.steps.saturating_add(1);
        self.silent_steps = self.silent_steps.saturating_add(1);
    }

    /// The other side described its sound anew. True: it is elsewhere now.
    pub fn describe(&mut self, described: SocketAddr) -> bool {
        let moved = described != self.described;
        self.open = true;
        if moved {
            let left = self.source.take();
            *self = Latch { left, ..Latch::new(described, self.signals_from) };
        }
        moved
    }

    /// Whether a packet from `source` is the far end's.
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

    /// Whether the far end is at `source` now.
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

    /// After how many packets, one a step, a place is followed.
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
        // The same address: what comes next from that machine counts, and ours goes on meanwhile.
        let mut latch = latched();
        assert!(!latch.describe(at("192.0.2.1:4000")));
        assert_eq!(latch.target(), at("192.0.2.1:4000"));
        assert!(latch.admits(at("192.0.2.1:4004"), &packet(9, 1)));
        assert!(!latch.admits(at("192.0.2.1:4006"), &packet(9, 2)), "it is closed again");
        // Another: what is still on its way from the old one does not hold it.
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
