//! A jitter buffer: packets enter at any time, and one frame leaves every 20 ms.
//!
//! Sound is stored by RTP timestamp and not by packet. So packet lengths of 10–200 ms, reordering
//! and silence suppression need no special case. Nothing is allocated after `new`.

use crate::g711::Law;
use crate::rtp::{COMFORT_NOISE, RtpPacket};
use crate::{FRAME_SAMPLES, Frame};

/// The capacity in samples, a power of two: 512 ms.
const RING: usize = 4096;
/// The longest packet accepted: 200 ms.
const MAX_PACKET: usize = 1600;
/// A packet further ahead than this restarts the buffer.
const MAX_LEAD: i32 = (RING - MAX_PACKET) as i32;
/// A packet further behind than this is a jump of the timestamp and not a late packet.
const MAX_LAG: i32 = 4_000;
/// This many late packets in a row mean that the sender's clock jumped.
const LATE_IN_A_ROW: u32 = 10;
/// The number of packets between two checks of how early packets arrive.
const WINDOW: u32 = 100;
/// The samples of repeated sound until a loss has faded to silence: 60 ms.
const FADE: i32 = 3 * FRAME_SAMPLES as i32;
const FRAME: i32 = FRAME_SAMPLES as i32;

/// The smallest depth in frames.
pub const MIN_DEPTH: u32 = 2;
/// The largest depth in frames.
pub const MAX_DEPTH: u32 = 6;

/// What the buffer did with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The sound is queued.
    Queued,
    /// The buffer restarted: the first packet, another source, or a jump of the timestamp.
    Restarted,
    /// The sound was already queued.
    Duplicate,
    /// The packet came after its time to play.
    Late,
    /// The packet was empty, too long, or comfort noise.
    Ignored,
}

/// The origin of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Played {
    /// The frame holds received sound, entirely or in part.
    Received,
    /// No sound came for this frame, so it repeats the last sound and fades.
    Concealed,
    /// No sound came for a long time, or none has come yet.
    Silence,
}

/// Counters since the buffer was created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Packets whose sound was queued.
    pub queued: u64,
    /// Packets that came after their time to play.
    pub late: u64,
    /// Packets that came twice.
    pub duplicate: u64,
    /// Packets that were empty, too long, or comfort noise.
    pub ignored: u64,
    /// Frames that repeated the last sound.
    pub concealed: u64,
    /// Restarts of the buffer, including the first packet.
    pub restarts: u64,
}

/// The buffer of one received stream.
#[derive(Debug)]
pub struct JitterBuffer {
    samples: Box<[i16; RING]>,
    filled: Box<[bool; RING]>,
    /// The timestamp of the next sample to play; meaningless until `source` is set.
    playhead: u32,
    source: Option<u32>,
    depth: u32,
    /// Frames to stretch (positive) or to skip (negative) in the next pops.
    slip: i32,
    /// The smallest lead of a packet in this window, in samples.
    least_lead: i32,
    seen_in_window: u32,
    late_in_a_row: u32,
    /// The last received frame, for concealment.
    last: Frame,
    /// The samples concealed since the last received sample.
    missing: i32,
    stats: JitterStats,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl JitterBuffer {
    /// Creates an empty buffer. It plays silence until `MIN_DEPTH` frames after its first packet.
    pub fn new() -> Self {
        JitterBuffer {
            samples: Box::new([0; RING]),
            filled: Box::new([false; RING]),
            playhead: 0,
            source: None,
            depth: MIN_DEPTH,
            slip: 0,
            least_lead: i32::MAX,
            seen_in_window: 0,
            late_in_a_row: 0,
            last: [0; FRAME_SAMPLES],
            missing: FADE,
            stats: JitterStats::default(),
        }
    }

    /// Takes a received G.711 packet.
    pub fn push(&mut self, packet: &RtpPacket, law: Law) -> Pushed {
        let header = packet.header;
        let len = packet.payload.len();
        if header.payload_type == COMFORT_NOISE {
            // The sender announces silence, so its last sound is not repeated.
            self.missing = FADE;
        }
        if header.payload_type == COMFORT_NOISE || len == 0 || len > MAX_PACKET {
            self.stats.ignored += 1;
            return Pushed::Ignored;
        }
        let lead = header.timestamp.wrapping_sub(self.playhead) as i32;
        if self.source != Some(header.ssrc) || !(-MAX_LAG..=MAX_LEAD).contains(&lead) {
            return self.restart(packet, law);
        }
        self.note_lead(lead);
        if lead + len as i32 <= 0 {
            self.late_in_a_row += 1;
            if self.late_in_a_row >= LATE_IN_A_ROW {
                return self.restart(packet, law);
            }
            self.stats.late += 1;
            return Pushed::Late;
        }
        self.late_in_a_row = 0;
        let skip = (-lead).max(0) as usize;
        let start = header.timestamp.wrapping_add(skip as u32);
        if self.filled[index(start)] {
            self.stats.duplicate += 1;
            return Pushed::Duplicate;
        }
        self.store(start, &packet.payload[skip..], law);
        Pushed::Queued
    }

    /// Plays the next 20 ms.
    pub fn pop(&mut self, frame: &mut Frame) -> Played {
        if self.source.is_none() {
            *frame = [0; FRAME_SAMPLES];
            return Played::Silence;
        }
        if self.slip > 0 {
            self.slip -= 1;
            return self.conceal(frame);
        }
        if self.slip < 0 {
            self.slip += 1;
            self.take(frame);
        }
        if self.take(frame) == 0 {
            return self.conceal(frame);
        }
        self.last = *frame;
        Played::Received
    }

    /// Returns the depth that the buffer aims at, in frames (`MIN_DEPTH..=MAX_DEPTH`).
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Returns the counters.
    pub fn stats(&self) -> JitterStats {
        self.stats
    }

    fn restart(&mut self, packet: &RtpPacket, law: Law) -> Pushed {
        self.filled.fill(false);
        self.source = Some(packet.header.ssrc);
        self.playhead = packet.header.timestamp.wrapping_sub(self.depth * FRAME_SAMPLES as u32);
        self.slip = 0;
        self.least_lead = i32::MAX;
        self.seen_in_window = 0;
        self.late_in_a_row = 0;
        self.stats.restarts += 1;
        self.store(packet.header.timestamp, packet.payload, law);
        Pushed::Restarted
    }

    fn store(&mut self, start: u32, payload: &[u8], law: Law) {
        for (offset, &byte) in payload.iter().enumerate() {
            let at = index(start.wrapping_add(offset as u32));
            self.samples[at] = law.decode(byte);
            self.filled[at] = true;
        }
        self.stats.queued += 1;
    }

    /// Deepens the buffer at once when a packet is late; makes it shallower slowly when all packets
    /// are early.
    fn note_lead(&mut self, lead: i32) {
        if lead < 0 && self.depth < MAX_DEPTH && self.slip == 0 {
            self.depth += 1;
            self.slip = 1;
            self.least_lead = i32::MAX;
            self.seen_in_window = 0;
            return;
        }
        self.least_lead = self.least_lead.min(lead);
        self.seen_in_window += 1;
        if self.seen_in_window < WINDOW {
            return;
        }
        let deepest = MAX_DEPTH as i32 * FRAME;
        if self.least_lead > deepest {
            // The sender's clock is fast, or the sender sent a burst: reduce to the largest depth.
            self.slip = -((self.least_lead - deepest) / FRAME + 1);
        } else if self.least_lead >= 2 * FRAME && self.depth > MIN_DEPTH {
            self.depth -= 1;
            self.slip = -1;
        } else if self.least_lead > (MIN_DEPTH as i32 + 1) * FRAME {
            self.slip = -1;
        }
        self.least_lead = i32::MAX;
        self.seen_in_window = 0;
    }

    /// Moves one frame out of the ring, fills its gaps and returns how many samples were received.
    fn take(&mut self, frame: &mut Frame) -> usize {
        let mut received = 0;
        for (offset, out) in frame.iter_mut().enumerate() {
            let at = index(self.playhead.wrapping_add(offset as u32));
            if self.filled[at] {
                self.filled[at] = false;
                *out = self.samples[at];
                received += 1;
            } else {
                *out = 0;
            }
        }
        self.playhead = self.playhead.wrapping_add(FRAME_SAMPLES as u32);
        if received > 0 {
            self.missing = 0;
        }
        received
    }

    fn conceal(&mut self, frame: &mut Frame) -> Played {
        if self.missing >= FADE {
            *frame = [0; FRAME_SAMPLES];
            return Played::Silence;
        }
        for (out, &last) in frame.iter_mut().zip(&self.last) {
            *out = (i32::from(last) * (FADE - self.missing).max(0) / FADE) as i16;
            self.missing += 1;
        }
        self.stats.concealed += 1;
        Played::Concealed
    }
}

fn index(timestamp: u32) -> usize {
    timestamp as usize & (RING - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::RtpHeader;
    use proptest::prelude::*;

    const LOUD: u8 = 0x90;

    struct Stream {
        buffer: JitterBuffer,
        header: RtpHeader,
    }

    impl Stream {
        fn starting_at(sequence: u16, timestamp: u32) -> Stream {
            let header = RtpHeader { marker: false, payload_type: 0, sequence, timestamp, ssrc: 7 };
            Stream { buffer: JitterBuffer::new(), header }
        }

        /// Pushes the `number`th packet of `len` samples, all with the same byte.
        fn push(&mut self, number: u32, len: usize, byte: u8) -> Pushed {
            let mut header = self.header;
            header.sequence = header.sequence.wrapping_add(number as u16);
            header.timestamp = header.timestamp.wrapping_add(number * len as u32);
            self.push_packet(header, &vec![byte; len])
        }

        fn push_packet(&mut self, header: RtpHeader, payload: &[u8]) -> Pushed {
            let packet = RtpPacket { header, csrc: &[], extension: None, payload };
            self.buffer.push(&packet, Law::Mu)
        }

        fn push_all(&mut self, numbers: std::ops::Range<u32>) {
            for number in numbers {
                self.push(number, 160, LOUD);
            }
        }

        /// Plays this many frames and discards them.
        fn pass(&mut self, frames: u8) {
            for _ in 0..frames {
                self.pop();
            }
        }

        /// Returns the origin and the first sample of the next frame.
        fn pop(&mut self) -> (Played, i16) {
            let mut frame = [0; FRAME_SAMPLES];
            let played = self.buffer.pop(&mut frame);
            (played, frame[0])
        }
    }

    fn received(byte: u8) -> (Played, i16) {
        (Played::Received, Law::Mu.decode(byte))
    }

    #[test]
    fn reordered_packets_play_in_order_across_the_wrap() {
        let mut stream = Stream::starting_at(u16::MAX, u32::MAX - 100);
        assert_eq!(stream.pop(), (Played::Silence, 0));
        assert_eq!(stream.push(0, 160, 0x80), Pushed::Restarted);
        assert_eq!(stream.push(2, 160, 0x82), Pushed::Queued);
        assert_eq!(stream.push(1, 160, 0x81), Pushed::Queued);
        assert_eq!(stream.push(1, 160, 0x99), Pushed::Duplicate);
        assert_eq!([stream.pop(), stream.pop()], [(Played::Silence, 0); 2]);
        for byte in [0x80, 0x81, 0x82] {
            assert_eq!(stream.pop(), received(byte));
        }
        assert_eq!(stream.push(0, 160, 0x80), Pushed::Late);
    }

    #[test]
    fn a_loss_fades_and_then_is_silent() {
        let mut stream = Stream::starting_at(1, 0);
        stream.push(0, 160, LOUD);
        let frames: Vec<_> = (0..7).map(|_| stream.pop()).collect();
        let loud = Law::Mu.decode(LOUD);
        assert_eq!(frames[2], (Played::Received, loud));
        assert_eq!(frames[3], (Played::Concealed, loud));
        assert_eq!(frames[4].0, Played::Concealed);
        assert!(frames[4].1 < loud && frames[5].1 < frames[4].1 && frames[5].1 > 0);
        assert_eq!(frames[6], (Played::Silence, 0));
        assert_eq!(stream.buffer.stats().concealed, 3);
    }

    #[test]
    fn packets_of_any_length_play_without_a_gap() {
        for len in [80, 160, 240, 320, 480, 1600] {
            let mut stream = Stream::starting_at(9, 12_345);
            let (mut sent, mut heard) = (0, 0);
            for tick in 0..200 {
                while sent * len <= tick * FRAME_SAMPLES {
                    stream.push(sent as u32, len, LOUD);
                    sent += 1;
                }
                heard += usize::from(stream.pop() == received(LOUD));
            }
            assert_eq!(heard, 198, "packets of {len} samples");
            assert_eq!(stream.buffer.depth(), MIN_DEPTH);
        }
    }

    #[test]
    fn a_new_source_or_a_jump_in_time_starts_anew() {
        let mut stream = Stream::starting_at(1, 1_000);
        stream.push(0, 160, LOUD);
        stream.header.ssrc = 8;
        assert_eq!(stream.push(50, 160, 0x85), Pushed::Restarted);
        stream.header.timestamp = 900_000_000;
        assert_eq!(stream.push(0, 160, 0x86), Pushed::Restarted);
        stream.header.timestamp = 5;
        assert_eq!(stream.push(0, 160, 0x87), Pushed::Restarted);
        stream.pop();
        stream.pop();
        assert_eq!(stream.pop(), received(0x87));
        assert_ne!(stream.pop().0, Played::Received);
    }

    #[test]
    fn a_clock_that_fell_behind_is_followed() {
        let mut stream = Stream::starting_at(1, 0);
        stream.push(0, 160, LOUD);
        stream.pass(20);
        let late = (1..40).map(|n| {
            let pushed = stream.push(n, 160, LOUD);
            stream.pop();
            pushed
        });
        assert!(late.filter(|&pushed| pushed == Pushed::Late).count() < 15);
        assert_eq!(stream.pop(), received(LOUD));
    }

    #[test]
    fn depth_grows_with_jitter_and_shrinks_in_calm() {
        let mut stream = Stream::starting_at(1, 0);
        let mut next = 0;
        for tick in 0..400u32 {
            // After one calm second, every fourth tick brings four packets, as on a busy path.
            if tick < 50 || tick % 4 == 3 {
                stream.push_all(next..tick + 1);
                next = tick + 1;
            }
            stream.pop();
        }
        let deep = stream.buffer.depth();
        assert!((3..=MAX_DEPTH).contains(&deep), "{deep}");
        let before = stream.buffer.stats().late;
        for n in 400..3_000 {
            stream.push(n, 160, LOUD);
            stream.pop();
        }
        assert_eq!(stream.buffer.depth(), MIN_DEPTH);
        assert!(stream.buffer.stats().late <= before + 1);
    }

    #[test]
    fn a_fast_sender_does_not_add_delay_for_ever() {
        let mut stream = Stream::starting_at(1, 0);
        stream.push_all(0..12);
        for n in 12..1_200 {
            stream.push(n, 160, LOUD);
            stream.pop();
        }
        // The frames still held after the sender stops are the delay.
        let held = (0..30).filter(|_| stream.pop().0 == Played::Received).count();
        assert!(held <= MAX_DEPTH as usize, "{held} frames held");
        assert_eq!(stream.buffer.stats().restarts, 1);
    }

    #[test]
    fn comfort_noise_ends_the_sound_without_an_echo() {
        let mut stream = Stream::starting_at(1, 0);
        stream.push(0, 160, LOUD);
        stream.pass(3);
        let header = RtpHeader { payload_type: COMFORT_NOISE, timestamp: 160, ..stream.header };
        assert_eq!(stream.push_packet(header, &[60]), Pushed::Ignored);
        assert_eq!(stream.pop(), (Played::Silence, 0));
        // The talker returns after a pause; its timestamps counted the pause.
        stream.pass(50);
        assert_eq!(stream.push(55, 160, LOUD), Pushed::Queued);
        assert!((0..5).any(|_| stream.pop() == received(LOUD)));
    }

    #[test]
    fn empty_and_huge_packets_are_ignored() {
        let mut stream = Stream::starting_at(1, 0);
        assert_eq!(stream.push(0, 0, LOUD), Pushed::Ignored);
        assert_eq!(stream.push(0, MAX_PACKET + 1, LOUD), Pushed::Ignored);
        assert_eq!(stream.pop(), (Played::Silence, 0));
    }

    proptest! {
        #[test]
        fn any_packets_are_taken_within_bounds(
            packets in prop::collection::vec(
                (any::<u16>(), any::<u32>(), 0u32..3, 0usize..2_000, 0u8..14, 0u8..4), 0..80),
        ) {
            let mut stream = Stream::starting_at(0, 0);
            for (sequence, jump, ssrc, len, payload_type, pops) in packets {
                let timestamp = if jump % 3 == 0 { jump } else { jump % 6_000 };
                let header = RtpHeader { marker: false, payload_type, sequence, timestamp, ssrc };
                stream.push_packet(header, &vec![LOUD; len]);
                stream.pass(pops);
                prop_assert!((MIN_DEPTH..=MAX_DEPTH).contains(&stream.buffer.depth()));
                prop_assert!(stream.buffer.slip.abs() < 64);
            }
        }
    }
}
