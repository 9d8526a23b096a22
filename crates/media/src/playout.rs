//! What the agent says, on its way to the wire: a queue that is pulled in frames of 20 ms, and the
//! one record of what left it. Transcripts, marks, truncation and draining read that record.
//!
//! G.711 stays as it came: its bytes leave untouched where the wire has the same law, and through
//! a table where it has the other.

use std::{collections::VecDeque, ops::Range};

use crate::{
    FRAME_SAMPLES, SAMPLE_RATE,
    g711::{Law, Payload},
    tone::samples_of_ms,
};

/// How much streamed sound is gathered before it begins to play, so that pieces that arrive
/// unevenly play without a gap. A piece that is shorter waits as long and then plays.
pub const PREBUFFER_MS: u32 = 60;

/// Sound that is stopped in the middle fades to silence within this time, so that it does not
/// click.
pub const FADE_MS: u32 = 5;

/// The most sound that may wait: ten minutes.
pub const MAX_QUEUED_S: u32 = 600;

/// The most marks and changes of item or law that may wait.
const MAX_ENTRIES: usize = 65_536;

/// The number of items whose record is kept; the oldest leaves first.
const MAX_ITEMS: usize = 64;

/// A sample at or below this amplitude (-54 dBFS) is silence.
const SILENCE_PEAK: u16 = 64;

const PREBUFFER: usize = samples_of_ms(PREBUFFER_MS);
const FADE: usize = samples_of_ms(FADE_MS);
const MAX_QUEUED: usize = (MAX_QUEUED_S * SAMPLE_RATE) as usize;

/// An emptied queue keeps no more memory than this.
const KEPT_BYTES: usize = 65_536;

/// An utterance of the agent, such as a sentence or a response. The caller chooses the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Item(pub u64);

/// A place between sounds that is reported when it is reached. The caller chooses the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark(pub u64);

/// Sound to play, at 8 kHz.
#[derive(Debug, Clone, Copy)]
pub enum Sound<'a> {
    /// Linear samples.
    Linear(&'a [i16]),
    /// G.711 bytes of this law.
    Coded(Law, &'a [u8]),
}

impl Sound<'_> {
    /// Returns the number of samples.
    fn len(self) -> usize {
        match self {
            Sound::Linear(samples) => samples.len(),
            Sound::Coded(_, bytes) => bytes.len(),
        }
    }

    /// Returns the number of samples before the silence at its end.
    fn spoken(self, len: usize) -> usize {
        let last = match self {
            Sound::Linear(samples) => samples[..len].iter().rposition(|sample| is_loud(*sample)),
            Sound::Coded(law, bytes) => {
                bytes[..len].iter().rposition(|byte| is_loud(law.decode(*byte)))
            }
        };
        last.map_or(0, |last| last + 1)
    }
}

fn is_loud(sample: i16) -> bool {
    sample.unsigned_abs() > SILENCE_PEAK
}

/// An entry of the queue. Sounds refer to the next bytes, in order.
#[derive(Debug)]
enum Entry {
    Sound { item: Item, law: Law, len: usize },
    Mark(Mark),
}

/// The record of one item.
#[derive(Debug)]
struct Left {
    item: Item,
    /// The samples that left.
    samples: u64,
    /// The stretch of the wire's time in which they left, in samples.
    span: Range<u64>,
}

/// The queue of one call. One pull is 20 ms of the wire.
#[derive(Debug)]
pub struct Playout {
    law: Law,
    bytes: VecDeque<u8>,
    entries: VecDeque<Entry>,
    /// The samples from the front of the queue to the last one that is not trailing silence.
    unsaid: usize,
    reached: VecDeque<Mark>,
    /// The fading end of sound that was stopped; it leaves before the queue.
    fading: Vec<u8>,
    /// The pulls that streamed sound has waited for more, until it begins to play.
    gathering: Option<u32>,
    is_paused: bool,
    fades_in: bool,
    /// The latest frame was full of sound, so that stopping now would click.
    is_flowing: bool,
    is_audible: bool,
    /// The samples of the wire so far, silence included.
    clock: u64,
    left: VecDeque<Left>,
    refused: u64,
}

impl Playout {
    /// Creates an empty queue for a wire of this law.
    pub fn new(law: Law) -> Playout {
        Playout {
            law,
            bytes: VecDeque::new(),
            entries: VecDeque::new(),
            unsaid: 0,
            reached: VecDeque::new(),
            fading: Vec::new(),
            gathering: None,
            is_paused: false,
            fades_in: false,
            is_flowing: false,
            is_audible: false,
            clock: 0,
            left: VecDeque::new(),
            refused: 0,
        }
    }

    /// Returns the law of the wire.
    pub fn law(&self) -> Law {
        self.law
    }

    /// Changes the law of the wire. Sound that waits is converted when it leaves.
    pub fn set_law(&mut self, law: Law) {
        transcode(self.law, law, &mut self.fading);
        self.law = law;
    }

    /// Appends a whole sound, which plays without waiting for more.
    pub fn play(&mut self, item: Item, sound: Sound<'_>) {
        self.gathering = None;
        self.append(item, sound);
    }

    /// Appends a piece of a sound that arrives piece by piece. If nothing is queued, it waits until
    /// [`PREBUFFER_MS`] are there or have passed.
    pub fn stream(&mut self, item: Item, sound: Sound<'_>) {
        if self.bytes.is_empty() {
            self.gathering = Some(0);
        }
        self.append(item, sound);
    }

    /// Appends a mark. [`Playout::next_mark`] returns it when everything before it has left: at once
    /// if nothing is queued.
    pub fn mark(&mut self, mark: Mark) {
        if self.entries.len() + self.reached.len() >= MAX_ENTRIES {
            self.refused += 1;
        } else if self.entries.is_empty() {
            self.reached.push_back(mark);
        } else {
            self.entries.push_back(Entry::Mark(mark));
        }
    }

    /// Returns the next mark that was reached or cleared, in the order in which marks were
    /// appended.
    pub fn next_mark(&mut self) -> Option<Mark> {
        self.reached.pop_front()
    }

    /// Stops playing and keeps what is queued.
    pub fn pause(&mut self) {
        if !std::mem::replace(&mut self.is_paused, true) {
            self.fade_out();
        }
    }

    /// Goes on after a pause, where it stopped.
    pub fn resume(&mut self) {
        self.fades_in |= std::mem::take(&mut self.is_paused);
    }

    /// Drops what is queued and ends a pause. The marks that waited are reached.
    pub fn clear(&mut self) {
        if !self.is_paused {
            self.fade_out();
        }
        (self.is_paused, self.fades_in, self.unsaid) = (false, false, 0);
        self.reached.extend(self.entries.drain(..).filter_map(|entry| match entry {
            Entry::Mark(mark) => Some(mark),
            Entry::Sound { .. } => None,
        }));
        self.bytes.clear();
        self.shrink();
    }

    /// Takes the next 20 ms for the wire, in its law. None: there is nothing to play.
    pub fn pull(&mut self) -> Option<Payload> {
        let mut payload = [self.law.silence(); FRAME_SAMPLES];
        let faded = self.fading.len();
        payload[..faded].copy_from_slice(&self.fading);
        self.fading.clear();
        let mut filled = faded;
        if self.may_play() {
            filled += self.take(&mut payload[faded..], faded);
            if std::mem::take(&mut self.fades_in) {
                let end = filled.min(faded + FADE);
                fade(self.law, payload[faded..end].iter_mut());
            }
        }
        self.clock += FRAME_SAMPLES as u64;
        self.is_flowing = filled == FRAME_SAMPLES;
        self.is_audible = payload[..filled].iter().any(|byte| is_loud(self.law.decode(*byte)));
        (filled > 0).then_some(payload)
    }

    /// Lets 20 ms of the wire pass without sound, because something else is sent.
    pub fn skip(&mut self) {
        self.clock += FRAME_SAMPLES as u64;
        (self.is_flowing, self.is_audible) = (false, false);
    }

    /// Whether the latest frame had sound that is not silence.
    pub fn is_audible(&self) -> bool {
        self.is_audible
    }

    /// Whether playing is paused.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Returns the samples that are queued and have not left.
    pub fn unplayed(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the samples that are queued, without the silence at their end. Zero: all that was
    /// said has left.
    pub fn unsaid(&self) -> usize {
        self.unsaid
    }

    /// Returns how many milliseconds of an item have left. Zero for one of which nothing has left,
    /// and for one before the latest 64.
    pub fn played(&self, item: Item) -> u64 {
        self.record(item).map_or(0, |left| to_ms(left.samples))
    }

    /// Returns when an item left, in milliseconds since the first pull: from its first to its last
    /// sample so far, pauses included.
    pub fn span(&self, item: Item) -> Option<Range<u64>> {
        self.record(item).map(|left| to_ms(left.span.start)..to_ms(left.span.end))
    }

    /// Returns how many samples and marks were refused because too many were queued. It grows from
    /// zero once a call, so a caller reports the first.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    fn append(&mut self, item: Item, sound: Sound<'_>) {
        let room = MAX_QUEUED - self.bytes.len();
        let full = self.entries.len() + self.reached.len() >= MAX_ENTRIES;
        let len = if full { 0 } else { sound.len().min(room) };
        self.refused += (sound.len() - len) as u64;
        if len == 0 {
            return;
        }
        let before = self.bytes.len();
        self.make_room(len);
        let law = match sound {
            Sound::Linear(samples) => {
                let law = self.law;
                self.bytes.extend(samples[..len].iter().map(|sample| law.encode(*sample)));
                law
            }
            Sound::Coded(law, bytes) => {
                self.bytes.extend(&bytes[..len]);
                law
            }
        };
        match sound.spoken(len) {
            0 => {}
            spoken => self.unsaid = before + spoken,
        }
        match self.entries.back_mut() {
            Some(Entry::Sound { item: last, law: same, len: queued })
                if (*last, *same) == (item, law) =>
            {
                *queued += len;
            }
            _ => self.entries.push_back(Entry::Sound { item, law, len }),
        }
    }

    /// Grows the memory by an eighth at a time: doubling would take two bytes a sample.
    fn make_room(&mut self, len: usize) {
        if self.bytes.capacity() - self.bytes.len() < len {
            self.bytes.reserve_exact(len.max(self.bytes.len() / 8));
        }
    }

    fn shrink(&mut self) {
        if self.bytes.is_empty() && self.bytes.capacity() > KEPT_BYTES {
            self.bytes = VecDeque::new();
        }
    }

    fn may_play(&mut self) -> bool {
        if self.is_paused || self.bytes.is_empty() {
            return false;
        }
        match self.gathering {
            Some(pulls)
                if self.bytes.len() < PREBUFFER
                    && pulls < PREBUFFER_MS * SAMPLE_RATE / 1_000 / FRAME_SAMPLES as u32 =>
            {
                self.gathering = Some(pulls + 1);
                false
            }
            Some(_) | None => {
                self.gathering = None;
                true
            }
        }
    }

    /// Moves sound from the queue to `out`, which leaves `delay` samples after the present frame
    /// begins. Returns how many samples there were.
    fn take(&mut self, out: &mut [u8], delay: usize) -> usize {
        let mut filled = 0;
        while let Some(entry) = self.entries.front_mut() {
            let Entry::Sound { item, law, len } = entry else {
                if let Some(Entry::Mark(mark)) = self.entries.pop_front() {
                    self.reached.push_back(mark);
                }
                continue;
            };
            let count = (*len).min(out.len() - filled);
            if count == 0 {
                break;
            }
            let (item, law) = (*item, *law);
            *len -= count;
            if *len == 0 {
                self.entries.pop_front();
            }
            let taken = &mut out[filled..filled + count];
            for (to, from) in taken.iter_mut().zip(self.bytes.drain(..count)) {
                *to = from;
            }
            transcode(law, self.law, taken);
            self.note(item, self.clock + (delay + filled) as u64, count as u64);
            filled += count;
        }
        self.unsaid = self.unsaid.saturating_sub(filled);
        self.shrink();
        filled
    }

    fn note(&mut self, item: Item, at: u64, samples: u64) {
        match self.left.iter_mut().rev().find(|left| left.item == item) {
            Some(left) => {
                left.samples += samples;
                left.span.end = at + samples;
            }
            None => {
                if self.left.len() == MAX_ITEMS {
                    self.left.pop_front();
                }
                self.left.push_back(Left { item, samples, span: at..at + samples });
            }
        }
    }

    fn record(&self, item: Item) -> Option<&Left> {
        self.left.iter().rev().find(|left| left.item == item)
    }

    /// Takes the fading end of the sound that plays. It leaves with the next frame, whatever
    /// happens to the queue.
    fn fade_out(&mut self) {
        if !std::mem::take(&mut self.is_flowing) {
            return;
        }
        let mut end = [self.law.silence(); FADE];
        let count = self.take(&mut end, 0);
        fade(self.law, end[..count].iter_mut().rev());
        self.fading.extend_from_slice(&end[..count]);
    }
}

fn to_ms(samples: u64) -> u64 {
    samples * 1_000 / u64::from(SAMPLE_RATE)
}

/// Scales sound so that it grows from silence.
fn fade<'a>(law: Law, bytes: impl ExactSizeIterator<Item = &'a mut u8>) {
    let len = bytes.len() as i32;
    for (at, byte) in bytes.enumerate() {
        let sample = i32::from(law.decode(*byte)) * at as i32 / len;
        *byte = law.encode(sample as i16);
    }
}

fn transcode(from: Law, to: Law, bytes: &mut [u8]) {
    if let Some(table) = from.table_to(to) {
        bytes.iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
    }
}
