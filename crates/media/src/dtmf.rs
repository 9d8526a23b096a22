//! Receives and sends DTMF digits as RTP events (RFC 4733).

use std::collections::VecDeque;

use crate::FRAME_SAMPLES;

/// The digits in the order of their event codes (RFC 4733 §3.2).
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";
/// How many frames a digit is sent for: 100 ms.
const TONE_FRAMES: u16 = 5;
/// The silence between two digits, in frames: 80 ms.
const GAP_FRAMES: u16 = 4;
/// How many times the last packet is sent (RFC 4733 §2.5.1.4).
const ENDS: u16 = 3;
/// The power of a digit in -dBm0.
const VOLUME: u8 = 10;
/// The most digits that may wait to be sent.
const MAX_QUEUED: usize = 64;
/// An event that started up to this many samples before the last one is an old packet: 5 s.
const REORDER_SAMPLES: u32 = 40_000;

/// Returns the event code of a digit, in upper or lower case.
pub fn event_of(digit: char) -> Option<u8> {
    let wanted = u8::try_from(digit).ok()?.to_ascii_uppercase();
    DIGITS.iter().position(|&d| d == wanted).map(|event| event as u8)
}

/// Returns the digit of an event code; `None` for flash and other telephone events.
pub fn digit_of(event: u8) -> Option<char> {
    DIGITS.get(usize::from(event)).map(|&d| char::from(d))
}

/// A telephone event: four bytes on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The event code; 0–15 are digits.
    pub event: u8,
    /// Whether the key was released.
    pub end: bool,
    /// Power in -dBm0, 0–63.
    pub volume: u8,
    /// The duration in samples since the event's timestamp.
    pub duration: u16,
}

impl Event {
    /// Parses a payload; `None` if it is shorter than four bytes.
    pub fn parse(payload: &[u8]) -> Option<Event> {
        let &[event, flags, high, low] = payload.first_chunk::<4>()?;
        Some(Event {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3F,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// Writes the payload.
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume & 0x3F, high, low]
    }
}

/// Converts received events into digits; each press gives one digit.
#[derive(Debug, Default)]
pub struct DtmfReceiver {
    last: Option<(u32, Event)>,
}

impl DtmfReceiver {
    /// Creates a receiver.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the timestamp and payload of an event packet. The first packet of a press returns the
    /// digit. Its other packets return nothing, even if they are late or repeated or the end is
    /// lost.
    pub fn push(&mut self, timestamp: u32, payload: &[u8]) -> Option<char> {
        let event = Event::parse(payload)?;
        let digit = digit_of(event.event)?;
        if let Some((started, last)) = self.last {
            let since = timestamp.wrapping_sub(started);
            if since == 0 || started.wrapping_sub(timestamp) <= REORDER_SAMPLES {
                return None;
            }
            // A press longer than the duration field continues under a new timestamp (§2.5.1.3).
            if since == u32::from(u16::MAX) && last.event == event.event {
                self.last = Some((timestamp, event));
                return None;
            }
        }
        self.last = Some((timestamp, event));
        Some(digit)
    }
}

/// An event packet to send instead of a frame of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// Whether this is the first packet of a digit.
    pub marker: bool,
    /// The timestamp at which the digit began.
    pub timestamp: u32,
    /// The payload to send.
    pub payload: [u8; 4],
}

/// Sends digits, one packet per frame.
#[derive(Debug, Default)]
pub struct DtmfSender {
    queue: VecDeque<u8>,
    /// The digit being sent, the timestamp of its start, and the frames since.
    current: Option<(u8, u32, u16)>,
}

impl DtmfSender {
    /// Creates a sender with an empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues a digit. False if the character is no digit or too many digits wait.
    pub fn queue(&mut self, digit: char) -> bool {
        let Some(event) = event_of(digit) else { return false };
        let room = self.queue.len() < MAX_QUEUED;
        if room {
            self.queue.push_back(event);
        }
        room
    }

    /// Whether a digit or the pause after one is being sent.
    pub fn is_sending(&self) -> bool {
        self.current.is_some() || !self.queue.is_empty()
    }

    /// Returns the event packet for the frame with timestamp `now`; `None` means send sound. Call
    /// it once per frame.
    pub fn tick(&mut self, now: u32) -> Option<EventPacket> {
        if self.current.is_none() {
            self.current = self.queue.pop_front().map(|event| (event, now, 0));
        }
        let (event, timestamp, frames) = self.current.as_mut()?;
        *frames += 1;
        let elapsed = *frames;
        let packet = Event {
            event: *event,
            end: elapsed >= TONE_FRAMES,
            volume: VOLUME,
            duration: elapsed.min(TONE_FRAMES) * FRAME_SAMPLES as u16,
        };
        let timestamp = *timestamp;
        if elapsed >= TONE_FRAMES + ENDS - 1 + GAP_FRAMES {
            self.current = None;
        }
        (elapsed < TONE_FRAMES + ENDS).then(|| EventPacket {
            marker: elapsed == 1,
            timestamp,
            payload: packet.to_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(event: u8, end: bool, duration: u16) -> [u8; 4] {
        Event { event, end, volume: 10, duration }.to_bytes()
    }

    fn press(receiver: &mut DtmfReceiver, timestamp: u32, event: u8, ends: usize) -> String {
        let tones = (1..5).map(|n| packet(event, false, n * 160));
        let tail = std::iter::repeat_n(packet(event, true, 800), ends);
        tones.chain(tail).filter_map(|p| receiver.push(timestamp, &p)).collect()
    }

    #[test]
    fn a_press_is_one_digit_with_or_without_its_end() {
        let mut receiver = DtmfReceiver::new();
        assert_eq!(press(&mut receiver, 1_000, 5, 3), "5");
        assert_eq!(press(&mut receiver, 3_000, 5, 0), "5");
        assert_eq!(press(&mut receiver, 5_000, 11, 1), "#");
    }

    #[test]
    fn an_end_packet_alone_is_a_digit() {
        let mut receiver = DtmfReceiver::new();
        assert_eq!(receiver.push(0, &packet(10, true, 800)), Some('*'));
        assert_eq!(receiver.push(0, &packet(10, true, 800)), None);
    }

    #[test]
    fn an_old_packet_after_the_next_press_is_no_digit() {
        let mut receiver = DtmfReceiver::new();
        receiver.push(u32::MAX - 50, &packet(1, false, 160));
        assert_eq!(receiver.push(2_000, &packet(2, false, 160)), Some('2'));
        assert_eq!(receiver.push(u32::MAX - 50, &packet(1, true, 800)), None);
    }

    #[test]
    fn a_very_long_press_is_one_digit() {
        let mut receiver = DtmfReceiver::new();
        assert_eq!(receiver.push(100, &packet(3, false, u16::MAX)), Some('3'));
        assert_eq!(receiver.push(100 + 65_535, &packet(3, false, 160)), None);
        assert_eq!(receiver.push(100 + 65_535, &packet(3, true, 320)), None);
    }

    #[test]
    fn short_payloads_and_other_events_are_ignored() {
        let mut receiver = DtmfReceiver::new();
        assert_eq!(receiver.push(0, &[1, 0, 0]), None);
        assert_eq!(receiver.push(0, &packet(16, false, 160)), None);
        assert_eq!(receiver.push(0, &packet(255, false, 160)), None);
    }

    #[test]
    fn what_the_sender_sends_the_receiver_hears() {
        let mut sender = DtmfSender::new();
        assert!("12#d".chars().all(|digit| sender.queue(digit)));
        assert!(!sender.queue('x'));
        let (mut receiver, mut heard, mut packets) = (DtmfReceiver::new(), String::new(), vec![]);
        let mut now = 0u32;
        while sender.is_sending() {
            if let Some(event) = sender.tick(now) {
                heard.extend(receiver.push(event.timestamp, &event.payload));
                packets.push(event);
            }
            now += 160;
        }
        assert_eq!(heard, "12#D");
        let first: Vec<_> = packets.iter().filter(|p| p.timestamp == 0).collect();
        assert_eq!(first.len(), 7);
        assert!(first[0].marker && first[1..].iter().all(|p| !p.marker));
        let ends = first.iter().filter(|p| p.payload[1] & 0x80 != 0);
        assert_eq!(
            ends.map(|p| Event::parse(&p.payload).unwrap().duration).collect::<Vec<_>>(),
            [800; 3]
        );
        assert_eq!(sender.tick(now), None);
    }

    #[test]
    fn the_queue_of_digits_is_bounded() {
        let mut sender = DtmfSender::new();
        let taken = (0..1_000).filter(|_| sender.queue('1')).count();
        assert_eq!(taken, MAX_QUEUED);
    }
}
