//! The sound of all calls: one thread, one clock, and one socket per call.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use campanile_media::dtmf::{DtmfReceiver, DtmfSender, EventPacket};
use campanile_media::g711::Law;
use campanile_media::jitter::JitterBuffer;
use campanile_media::rtp::{HEADER_LEN, RtpPacket, RtpSender};
use campanile_media::tone::level_dbfs;
use campanile_media::wav::WavWriter;
use campanile_media::{FRAME_SAMPLES, Frame};
use tokio::sync::mpsc::UnboundedSender;

use crate::person::{Callee, Sound};
use crate::sdp::{Direction, Session};
use crate::voices::file_name;

/// Calls are spread over this many beats of 5 ms, so that they do not all send at once.
const BEATS: usize = 4;
const BEAT: Duration = Duration::from_millis(5);
/// A clock that is further behind than this starts anew instead of catching up.
const MOST_BEHIND: Duration = Duration::from_millis(100);
/// The most datagrams read from one socket per frame.
const MAX_DATAGRAMS: usize = 16;
/// The most digits kept of one call.
const MAX_DIGITS: usize = 64;
/// The most frames recorded of one call: an hour.
const MAX_RECORDED: u32 = 180_000;

/// A command from the signalling.
pub(crate) enum MediaCommand {
    /// A call was answered.
    Start(Box<Start>),
    /// A re-INVITE changed where the sound goes.
    Redirect(u64, Session),
    /// The call is over; an `Ended` event follows.
    Stop(u64),
}

/// Frames from the answer until a digit is pressed: one second. This is shorter than a person's
/// patience even in fast time.
const PRESS_AFTER: u32 = 50;

/// An answered call.
pub(crate) struct Start {
    pub id: u64,
    /// The socket for sound, non-blocking.
    pub socket: UdpSocket,
    pub session: Session,
    pub callee: Callee,
    /// The directory of the recording, and the Call-ID that names the file.
    pub recording: Option<(PathBuf, String)>,
    /// The seed of the random numbers in RTP.
    pub seed: u64,
    /// A digit to press after [`PRESS_AFTER`] frames.
    pub press: Option<char>,
}

/// An event for the signalling.
#[derive(Debug, PartialEq)]
pub(crate) enum MediaEvent {
    /// The callee wants to hang up.
    HangUp(u64),
    /// The sound of a call has ended.
    Ended { id: u64, sound: Summary },
}

/// What the signalling learns of the sound of a call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Summary {
    /// The digits that came.
    pub digits: String,
    /// The keys that the callee pressed and the known sentences that the callee said, as events.
    pub events: Vec<String>,
    /// The file name of the recording.
    pub recorded: Option<String>,
}

/// Runs until the sender of commands is dropped.
pub(crate) fn run(commands: &Receiver<MediaCommand>, events: &UnboundedSender<MediaEvent>) {
    let mut mixer = Mixer { beats: Default::default(), events };
    let (mut beat, mut next) = (0usize, Instant::now());
    loop {
        if mixer.is_idle() {
            let Ok(command) = commands.recv() else { return };
            mixer.obey(command);
            next = Instant::now();
        }
        loop {
            let command = match next.checked_duration_since(Instant::now()) {
                Some(wait) => commands.recv_timeout(wait),
                None => commands.try_recv().map_err(|error| match error {
                    TryRecvError::Empty => RecvTimeoutError::Timeout,
                    TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
                }),
            };
            match command {
                Ok(command) => mixer.obey(command),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        mixer.play(beat % BEATS);
        beat = beat.wrapping_add(1);
        next += BEAT;
        let now = Instant::now();
        if now > next + MOST_BEHIND {
            next = now;
        }
    }
}

struct Mixer<'a> {
    beats: [HashMap<u64, Stream>; BEATS],
    events: &'a UnboundedSender<MediaEvent>,
}

impl Mixer<'_> {
    fn is_idle(&self) -> bool {
        self.beats.iter().all(HashMap::is_empty)
    }

    fn beat_of(&mut self, id: u64) -> &mut HashMap<u64, Stream> {
        &mut self.beats[id as usize % BEATS]
    }

    fn obey(&mut self, command: MediaCommand) {
        match command {
            MediaCommand::Start(start) => {
                self.beat_of(start.id).insert(start.id, Stream::new(*start));
            }
            MediaCommand::Redirect(id, session) => {
                if let Some(stream) = self.beat_of(id).get_mut(&id) {
                    stream.session = session;
                }
            }
            MediaCommand::Stop(id) => {
                let ended = self.beat_of(id).remove(&id).map(Stream::end);
                let sound = ended.unwrap_or_default();
                let _ = self.events.send(MediaEvent::Ended { id, sound });
            }
        }
    }

    fn play(&mut self, beat: usize) {
        for (&id, stream) in &mut self.beats[beat] {
            if stream.tick() {
                let _ = self.events.send(MediaEvent::HangUp(id));
            }
        }
    }
}

struct Stream {
    socket: UdpSocket,
    session: Session,
    callee: Callee,
    has_hung_up: bool,
    sender: RtpSender,
    is_first: bool,
    jitter: JitterBuffer,
    dtmf: DtmfReceiver,
    digits: String,
    /// The digit to press, and the number of frames until then.
    press: Option<(u32, char)>,
    presses: DtmfSender,
    recorder: Option<Recorder>,
}

impl Stream {
    fn new(start: Start) -> Stream {
        let mut rng = fastrand::Rng::with_seed(start.seed);
        Stream {
            socket: start.socket,
            session: start.session,
            callee: start.callee,
            has_hung_up: false,
            sender: RtpSender::new(rng.u32(..), rng.u16(..), rng.u32(..)),
            is_first: true,
            jitter: JitterBuffer::new(),
            dtmf: DtmfReceiver::new(),
            digits: String::new(),
            press: start.press.map(|digit| (PRESS_AFTER, digit)),
            presses: DtmfSender::new(),
            recorder: start.recording.and_then(|(dir, call_id)| Recorder::create(&dir, &call_id)),
        }
    }

    /// Receives and sends one frame. True: the callee hangs up now.
    fn tick(&mut self) -> bool {
        self.receive();
        let mut heard: Frame = [0; FRAME_SAMPLES];
        self.jitter.pop(&mut heard);
        if let Some(recorder) = &mut self.recorder {
            recorder.write(&heard);
        }
        let law = self.session.law;
        match self.callee.tick(level_dbfs(&heard)) {
            Sound::Frame(clip, at) => self.send(clip.frame(law, at)),
            Sound::Silence => self.send(None),
            Sound::Press(key) => {
                self.presses.queue(key);
                self.send(None);
            }
            Sound::HangUp => {
                self.send(None);
                return !std::mem::replace(&mut self.has_hung_up, true);
            }
        }
        false
    }

    fn receive(&mut self) {
        let mut datagram = [0u8; 2_048];
        for _ in 0..MAX_DATAGRAMS {
            let Ok((len, _)) = self.socket.recv_from(&mut datagram) else { return };
            let Ok(packet) = RtpPacket::parse(&datagram[..len]) else { continue };
            let kind = packet.header.payload_type;
            if Some(kind) == self.session.dtmf {
                let digit = self.dtmf.push(packet.header.timestamp, packet.payload);
                if self.digits.len() < MAX_DIGITS {
                    self.digits.extend(digit);
                }
            } else {
                // The jitter buffer decides about comfort noise, which belongs to neither law.
                let law = Law::from_payload_type(kind).unwrap_or(self.session.law);
                self.jitter.push(&packet, law);
            }
        }
    }

    /// Returns the event to send instead of this frame while a digit is pressed.
    fn pressed(&mut self) -> Option<(u8, EventPacket)> {
        self.press = match self.press.take() {
            Some((0, digit)) => {
                self.presses.queue(digit);
                None
            }
            waiting => waiting.map(|(frames, digit)| (frames - 1, digit)),
        };
        Some((self.session.dtmf?, self.presses.tick(self.sender.timestamp())?))
    }

    fn send(&mut self, payload: Option<&[u8]>) {
        let pressed = self.pressed();
        let law = self.session.law;
        let silence = [law.silence(); FRAME_SAMPLES];
        let may_send = matches!(self.session.direction, Direction::SendRecv | Direction::RecvOnly);
        if may_send {
            let mut packet = [0u8; HEADER_LEN + FRAME_SAMPLES];
            let is_first = std::mem::take(&mut self.is_first);
            let (header, payload) = match &pressed {
                Some((kind, EventPacket { marker, timestamp, payload })) => {
                    (self.sender.header_at(*kind, *marker, *timestamp), payload.as_slice())
                }
                None => {
                    let header = self.sender.header(law.payload_type(), is_first);
                    (header, payload.unwrap_or(&silence))
                }
            };
            if let Ok(len) = header.write(payload, &mut packet) {
                // A packet that cannot be sent is lost, as packets may be.
                let _ = self.socket.send_to(&packet[..len], self.session.remote);
            }
        }
        self.sender.advance(FRAME_SAMPLES as u32);
    }

    fn end(self) -> Summary {
        Summary {
            digits: self.digits,
            events: self.callee.into_events(),
            recorded: self.recorder.and_then(Recorder::finish),
        }
    }
}

/// Records the caller's sound.
struct Recorder {
    name: String,
    writer: WavWriter,
    frames: u32,
}

impl Recorder {
    fn create(dir: &std::path::Path, call_id: &str) -> Option<Recorder> {
        let free = |name: &PathBuf| !dir.join(name).exists();
        let name = (0..1_000).map(|again| file_name(call_id, again)).find(free)?;
        match WavWriter::create(&dir.join(&name), 1) {
            Ok(writer) => Some(Recorder { name: name.display().to_string(), writer, frames: 0 }),
            Err(error) => {
                tracing::error!(%error, dir = %dir.display(), "a call could not be recorded");
                None
            }
        }
    }

    fn write(&mut self, frame: &Frame) {
        self.frames += 1;
        if self.frames <= MAX_RECORDED && self.writer.write(frame).is_err() {
            self.frames = MAX_RECORDED;
        }
    }

    fn finish(self) -> Option<String> {
        match self.writer.finish() {
            Ok(()) => Some(self.name),
            Err(error) => {
                tracing::error!(%error, name = self.name, "a recording could not be completed");
                None
            }
        }
    }
}

/// Opens a socket for the sound of one call.
pub(crate) fn open_socket(local: SocketAddr) -> std::io::Result<(UdpSocket, SocketAddr)> {
    let socket = UdpSocket::bind(SocketAddr::new(local.ip(), 0))?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}
