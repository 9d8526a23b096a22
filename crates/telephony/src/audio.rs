//! The sound of an answered call: RTP in and out, in steps of 20 ms (RFC 3550, RFC 4733, RFC 4961).
//!
//! The socket is read once per step and is not registered with the runtime: at a thousand calls,
//! one wake-up per packet would cost more than the packets.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use campanile_media::{
    FRAME_SAMPLES, Frame,
    dtmf::{DtmfReceiver, DtmfSender},
    g711::{Law, Payload},
    jitter::JitterBuffer,
    playout::Playout,
    rtp::{HEADER_LEN, RtpPacket, RtpSender},
    tone::SILENCE,
};
use campanile_metrics::METRICS;
use campanile_rules::trunk::Codec;
use campanile_sip::{EVENTS, Media};
use tokio::{
    sync::Notify,
    time::{Instant, Interval, MissedTickBehavior, interval},
};

use crate::{
    digits::{Digits, MAX_WAITING, Source},
    ears::Ears,
    latch::Latch,
    ports::Port,
};

const STEP: Duration = Duration::from_millis(20);

/// A step this late is counted, because its packet left late.
const LATE: Duration = Duration::from_millis(20);

/// After a stop longer than this (the machine slept), missed steps are not made up.
const MAX_LAG: Duration = Duration::from_millis(500);

/// The most packets of the far end read in one step; more than a second's worth is a flood.
const MAX_PACKETS: usize = 64;

/// The most stray packets discarded in one step, 50,000 a second, so that strangers do not delay
/// the far end's packets.
const MAX_STRAY: usize = 1_000;

/// What the signalling and the sound of a call tell each other.
pub(crate) struct Control {
    over: AtomicBool,
    /// Wakes [`CallAudio::hear`] when the call is over.
    ended: Notify,
    /// Set when the far end moved its sound to another address.
    moved: Mutex<Option<Media>>,
    /// Digits from INFO that the sound has not read yet.
    pressed: Mutex<Vec<char>>,
    /// Notified when no packet came for too long.
    pub died: Notify,
}

/// Counts of steps and of late steps, over all calls.
#[derive(Default)]
pub(crate) struct Pulse {
    pub steps: AtomicU64,
    pub late: AtomicU64,
}

impl Control {
    pub fn new() -> Arc<Control> {
        Arc::new(Control {
            over: AtomicBool::new(false),
            ended: Notify::new(),
            moved: Mutex::new(None),
            pressed: Mutex::new(Vec::new()),
            died: Notify::new(),
        })
    }

    pub fn finish(&self) {
        self.over.store(true, Ordering::Release);
        self.ended.notify_one();
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub fn move_to(&self, media: Media) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Some(media);
    }

    pub fn pressed(&self, digit: char) {
        let mut pressed = self.pressed.lock().unwrap_or_else(PoisonError::into_inner);
        if pressed.len() < MAX_WAITING {
            pressed.push(digit);
        }
    }
}

/// The audio of an answered call.
pub struct CallAudio {
    port: Port,
    media: Media,
    latch: Latch,
    control: Arc<Control>,
    pulse: Arc<Pulse>,
    ticker: Interval,
    jitter: JitterBuffer,
    sender: RtpSender,
    /// The previous step sent no sound, so the next packet starts a talkspurt (RFC 3551 §4.1).
    paused: bool,
    playout: Playout,
    /// The agent's sound that was refused has been logged.
    told_refused: bool,
    /// The sound sent in the latest step.
    said: Frame,
    keys: DtmfSender,
    presses: DtmfReceiver,
    /// The SSRC of the stream that carries the telephone events.
    presses_from: Option<u32>,
    ears: Ears,
    digits: Digits,
    /// Steps without a packet, and the number of them that ends the call.
    silent: u32,
    silent_limit: u32,
}

impl CallAudio {
    pub(crate) fn new(
        port: Port,
        (media, signals_from): (Media, IpAddr),
        (control, pulse): (Arc<Control>, Arc<Pulse>),
        rtp_timeout: Duration,
    ) -> CallAudio {
        let mut ticker = interval(STEP);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let silent_limit = rtp_timeout.as_millis() / STEP.as_millis();
        let mut audio = CallAudio {
            port,
            latch: Latch::new(media.remote, signals_from),
            playout: Playout::new(law_of(media.codec)),
            media,
            control,
            pulse,
            ticker,
            jitter: JitterBuffer::new(),
            sender: RtpSender::new(fastrand::u32(..), fastrand::u16(..), fastrand::u32(..)),
            paused: true,
            told_refused: false,
            said: SILENCE,
            keys: DtmfSender::new(),
            presses: DtmfReceiver::new(),
            presses_from: None,
            ears: Ears::default(),
            digits: Digits::default(),
            silent: 0,
            silent_limit: u32::try_from(silent_limit).unwrap_or(u32::MAX).max(1),
        };
        audio.drop_early_media();
        audio
    }

    /// Waits for the next 20 ms and returns the sound heard and a DTMF digit, if one was pressed.
    /// The digit may come as a telephone event, by INFO or as a tone. Queued sound leaves in the
    /// same step. None as soon as the call is over.
    pub async fn hear(&mut self) -> Option<(Frame, Option<char>)> {
        let due = tokio::select! {
            biased;
            () = self.control.ended.notified() => return None,
            due = self.ticker.tick() => due,
        };
        if self.control.is_over() {
            return None;
        }
        self.keep_time(due);
        self.follow_moves();
        self.receive();
        self.take_pressed();
        self.send();
        let mut frame = [0; FRAME_SAMPLES];
        self.jitter.pop(&mut frame);
        self.ears.listen(&frame, &self.said, &mut self.digits);
        Some((frame, self.digits.pop()))
    }

    /// Returns the sound sent in the 20 ms that [`CallAudio::hear`] returned last; silence while a
    /// DTMF digit was sent.
    pub fn said(&self) -> &Frame {
        &self.said
    }

    /// Returns the queue of the sound to send. Each [`CallAudio::hear`] pulls one frame from it.
    pub fn playout(&mut self) -> &mut Playout {
        &mut self.playout
    }

    /// Sends a DTMF digit after those queued before it. A far end that takes no telephone events
    /// does not receive it.
    pub fn press(&mut self, digit: char) {
        if self.media.events.is_some() && !self.keys.queue(digit) {
            tracing::debug!("a DTMF digit was dropped: not a digit, or too many wait");
        }
    }

    fn keep_time(&mut self, due: Instant) {
        self.latch.step();
        self.pulse.steps.fetch_add(1, Ordering::Relaxed);
        METRICS.rtp_sent.inc();
        let lag = due.elapsed();
        if lag > LATE {
            self.pulse.late.fetch_add(1, Ordering::Relaxed);
            METRICS.rtp_sent_late.inc();
        }
        if lag > MAX_LAG {
            self.ticker.reset();
        }
    }

    fn follow_moves(&mut self) {
        let moved = self.control.moved.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(media) = moved {
            self.paused |= self.latch.describe(media.remote);
            self.silent = 0;
            self.playout.set_law(law_of(media.codec));
            self.media = media;
        }
    }

    /// Drops early media: sound sent before the answer is not part of the conversation.
    fn drop_early_media(&mut self) {
        let mut buffer = [0; 2_048];
        for _ in 0..4_096 {
            if self.port.socket.recv_from(&mut buffer).is_err() {
                return;
            }
        }
    }

    fn receive(&mut self) {
        let mut buffer = [0; 2_048];
        let (mut heard, mut known, mut stray) = (false, 0, 0);
        while known < MAX_PACKETS && stray < MAX_STRAY {
            let Ok((len, source)) = self.port.socket.recv_from(&mut buffer) else { break };
            // STUN, RTCP and noise are not sound, even from the far end.
            let packet = RtpPacket::parse(&buffer[..len]).ok();
            let packet = packet.filter(|packet| self.latch.admits(source, &packet.header));
            let Some(packet) = packet else {
                stray += 1;
                continue;
            };
            known += 1;
            heard = true;
            self.take(&packet);
        }
        self.silent = if heard { 0 } else { self.silent.saturating_add(1) };
        // A far end that put us on hold, in any form, need not play music.
        let talks = self.media.may_hear && self.media.may_send;
        if self.silent >= self.silent_limit && talks {
            self.silent = 0;
            self.control.died.notify_one();
        }
    }

    fn take(&mut self, packet: &RtpPacket<'_>) {
        let payload_type = packet.header.payload_type;
        let codec = self.media.types.codec(payload_type);
        let is_event = payload_type == EVENTS && codec.is_none();
        if is_event || Some(payload_type) == self.media.events {
            let stream = Some(packet.header.ssrc);
            if std::mem::replace(&mut self.presses_from, stream) != stream {
                // Timestamps of another stream say nothing about this stream's presses.
                self.presses = DtmfReceiver::new();
            }
            if let Some(digit) = self.presses.push(packet.header.timestamp, packet.payload) {
                self.digits.push(digit, Source::Event);
            }
            return;
        }
        if codec.is_some() || payload_type == campanile_media::rtp::COMFORT_NOISE {
            self.jitter.push(packet, law_of(codec.unwrap_or(self.media.codec)));
        }
    }

    fn take_pressed(&mut self) {
        let mut pressed = self.control.pressed.lock().unwrap_or_else(PoisonError::into_inner);
        for digit in pressed.drain(..) {
            self.digits.push(digit, Source::Info);
        }
    }

    fn send(&mut self) {
        if !self.media.may_send {
            // The timestamp advances without a sequence number; a skipped number would look like a
            // lost packet.
            self.next_payload();
            self.sender.advance(FRAME_SAMPLES as u32);
            self.paused = true;
            return;
        }
        let event = self.keys.tick(self.sender.timestamp());
        let mut packet = [0; HEADER_LEN + FRAME_SAMPLES];
        let written = match (event, self.media.events) {
            (Some(event), Some(payload_type)) => {
                self.playout.skip();
                self.said = SILENCE;
                let header = self.sender.header_at(payload_type, event.marker, event.timestamp);
                header.write(&event.payload, &mut packet)
            }
            _ => {
                let payload = self.next_payload();
                let marker = std::mem::take(&mut self.paused);
                let header = self.sender.header(self.media.number, marker);
                header.write(&payload, &mut packet)
            }
        };
        self.sender.advance(FRAME_SAMPLES as u32);
        if let Ok(len) = written {
            let to = self.latch.target();
            // A full buffer or a refusing port loses 20 ms of sound, which is acceptable.
            let _ = self.port.socket.send_to(&packet[..len], to);
        }
    }

    /// Takes the next 20 ms from the queue; silence when there is nothing to play.
    fn next_payload(&mut self) -> Payload {
        let pulled = self.playout.pull();
        self.said = SILENCE;
        if let Some(payload) = &pulled {
            self.playout.law().decode_into(payload, &mut self.said);
        }
        if self.playout.refused() > 0 && !std::mem::replace(&mut self.told_refused, true) {
            tracing::warn!("sound of the agent was refused: more than ten minutes wait");
        }
        pulled.unwrap_or([self.playout.law().silence(); FRAME_SAMPLES])
    }
}

fn law_of(codec: Codec) -> Law {
    match codec {
        Codec::Pcmu => Law::Mu,
        Codec::Pcma => Law::A,
    }
}

impl Drop for CallAudio {
    fn drop(&mut self) {
        let heard = self.jitter.stats();
        METRICS.rtp_received.inc_by(heard.queued);
        METRICS.rtp_received_late.inc_by(heard.late);
        METRICS.rtp_concealed.inc_by(heard.concealed);
    }
}
