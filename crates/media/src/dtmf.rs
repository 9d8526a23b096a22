//! DTMF digits as RTP events (RFC 4733), received and sent.

use std::collections::VecDeque;

use crate::FRAME_SAMPLES;

/// The digits in the order of their event codes (RFC 4733 §3.2).
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";
/// A digit is sent for this many frames: 100 ms.
const TONE_FRAMES: u16 = 5;
/// Silence between two digits, in frames: 80 ms.
const GAP_FRAMES: u16 = 4;
/// The last packet is sent so often (RFC 4733 §2.5.1.4).
const ENDS: u16 = 3;
/// Power in -dBm0.
const VOLUME: u8 = 10;
/// Digits that may wait to be sent.
const MAX_QUEUED: usize = 64;
/// An event that started within so many samples before the last one is an old packet: 5 s.
const REORDER_SAMPLES: u32 = 40_000;

/// The event code of a digit; lower case is taken too.
pub fn event_of(digit: char) -> Option<u8> {
    let wanted = u8::try_from(digit).ok()?.to_ascii_uppercase();
    DIGITS.iter().position(|&d| d == wanted).map(|event| event as u8)
}

/// The digit of an event code; `None` for flash and other telephone events.
pub fn digit_of(event: u8) -> Option<char> {
    DIGITS.get(usize::from(event)).map(|&d| char::from(d))
}

/// The four bytes of a telephone event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The code; 0–15 are the digits.
    pub event: u8,
    /// The key was let go.
    pub end: bool,
    /// Power in -dBm0, 0–63.
    pub volume: u8,
    /// Samples since the event's timestamp.
    pub duration: u16,
}

impl Event {
    /// Reads a payload; `None` if it is shorter than four bytes.
    pub fn parse(payload: &[u8]) -> Option<Event> {
        let &[event, flags, high, low] = payload.first_chunk::<4>()?;
        Some(Event {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3F,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The payload.
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume & 0x3F, high, low]
    }
}

/// Turns received events into digits, each once.
#[derive(Debug, Default)]
pub struct DtmfReceiver {
    last: Option<(u32, Event)>,
}

impl DtmfReceiver {
    /// A receiver that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the timestamp and payload of an event packet. The first packet of a press gives the
    /// digit; its other packets, late or repeated, give nothing, whether or not its end is heard.
    pub fn push(&mut self, timestamp: u32, payload: &[u8]) -> Option<char> {
        let event = Event::parse(payload)?;
        let digit = digit_of(event.event)?;
        if let Some((started, last)) = self.last {
            let since = timestamp.wrapping_sub(started);
            if since == 0 || started.wrapping_sub(timestamp) <= REORDER_SAMPLES {
                return None;
            }
            // A press longer than the duration field goes on under a new timestamp (§2.5.1.3).
            if since == u32::from(u16::MAX) && last.event == event.event {
                self.last = Some((timestamp, event));
                return None;
            }
        }
        self.last = Some((timestamp, event));
        Some(digit)
    }
}

/// One event packet to send in place of a frame of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// Set on the first packet of a digit.
    pub marker: bool,
    /// When the digit began.
    pub timestamp: u32,
    /// What to send.
    pub payload: [u8; 4],
}

/// Sends digits, one packet for each frame.
#[derive(Debug, Default)]
pub struct DtmfSender {
    queue: VecDeque<u8>,
    /// The digit being sent, the timestamp of its start, and frames since.
    current: Option<(u8, u32, u16)>,
}

impl DtmfSender {
    /// A sender with nothing to send.
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues a digit. False if it is none, or if too many wait.
    pub fn queue(&mut self, digit: char) -> bool {
        let Some(event) = event_of(digit) else { return false };
        let room = self.queue.len() < MAX_QUEUED;
        if room {
            self.queue.push_back(event);
        }
        room
    }

    /// True while a digit, or the pause after one, is under way.
    pub fn is_sending(&self) -> bool {
        self.current.is_some() || !self.queue.is_empty()
    }

    /// What to send in this frame, whose timestamp is `now`; `None` means sound. Call it once a
    /// frame.
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
