//! Says what a stretch of pure tones is: a steady tone, two at once, two in
//! a row, a chirp, or none of these.

use super::{FRAME_MS, spectrum::Tones};

const LOWEST_HZ: f32 = 400.0;
const HIGHEST_HZ: f32 = 3_100.0;
/// Below this frequency voices have pitches.
const LOW_HZ: f32 = 700.0;
/// How far the mean frequency of two tones may wander, because close ones beat.
pub(super) const PAIR_DRIFT_HZ: f32 = 30.0;
/// Two tones are further apart than this; the first frame of one tone may look like two.
const PAIR_APART_HZ: f32 = 60.0;
/// How far a frame may be from the mean frequency of its note.
const DRIFT_HZ: f32 = 20.0;
/// How far nearly all frames of a single beep are from its frequency: a voice glides.
const STILL_HZ: f32 = 5.0;
const STILL_SHARE: f32 = 0.7;
/// The least number of frames of a note.
const NOTE_FRAMES: u32 = 4;
/// The least number of frames of a beep: 60 ms; 120 ms is beyond doubt, 200 ms at the pitch of voices.
const SHORTEST_FRAMES: u32 = 3;
pub(super) const SURE_FRAMES: u32 = 6;
const SURE_LOW_FRAMES: u32 = 10;
/// A longer tone is not a beep (dial tone, fax).
pub(super) const LONGEST_FRAMES: u32 = 150;
/// The least share of all power in the tones of a beep. A voice has overtones.
const PURITY: f32 = 0.97;
/// The least change of frequency of a chirp, and the least share of steps that go its way.
const CHIRP_TRAVEL: f32 = 0.15;
const CHIRP_STEADFAST: f32 = 0.75;
const LONGEST_CHIRP_FRAMES: u32 = 50;

/// A detected beep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beep {
    /// When the beep began, in milliseconds after the answer.
    pub start_ms: u32,
    /// When the beep ended, in milliseconds after the answer.
    pub end_ms: u32,
    /// The frequency of the beep; of two tones or a chirp the mean.
    pub hz: f32,
}

/// What a stretch of tones is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One steady tone, long enough to be nothing else.
    Steady,
    /// One steady tone of less than 120 ms.
    Short,
    /// Two tones at once.
    Pair,
    /// Two tones in a row.
    Notes,
    /// A tone that slides.
    Chirp,
}

/// A steady part of a stretch. A single tone is as high as it is low.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Note {
    pub low_hz: f32,
    pub high_hz: f32,
    pub start_ms: u32,
    pub end_ms: u32,
}

impl Note {
    fn new(tones: Tones, start_ms: u32) -> Note {
        let (low_hz, high_hz) = tones.low_and_high();
        Note { low_hz, high_hz, start_ms, end_ms: start_ms + FRAME_MS }
    }

    /// Whether the tones have the pitches of this note.
    fn is_of(&self, tones: Tones) -> bool {
        let (low, high) = tones.low_and_high();
        let apart = (tones.hz() - (self.low_hz + self.high_hz) / 2.0).abs();
        let is_same = (low - self.low_hz).abs().max((high - self.high_hz).abs()) <= DRIFT_HZ;
        // Two close tones may look like one that wobbles.
        let beats = high > low || self.is_pair();
        is_same || beats && apart <= PAIR_DRIFT_HZ
    }

    fn add(&mut self, tones: Tones, start_ms: u32, frames: &mut u32) {
        let (low, high) = tones.low_and_high();
        *frames += 1;
        self.low_hz += (low - self.low_hz) / *frames as f32;
        self.high_hz += (high - self.high_hz) / *frames as f32;
        self.end_ms = start_ms + FRAME_MS;
    }

    pub fn ms(&self) -> u32 {
        self.end_ms - self.start_ms
    }

    fn is_pair(&self) -> bool {
        self.high_hz - self.low_hz > PAIR_APART_HZ
    }
}

/// A stretch of tones that has ended.
#[derive(Debug, Clone)]
pub(super) struct Over {
    /// Its steady parts, in order.
    pub notes: Vec<Note>,
    /// What it is if it may be a beep.
    pub beep: Option<(Beep, Kind)>,
}

/// Tones without a gap of more than two frames.
#[derive(Debug)]
pub(super) struct Stretch {
    pub start_ms: u32,
    /// When a tone was last heard.
    pub end_ms: u32,
    /// The tones of each frame and their purity, no more than `LONGEST_FRAMES` + 1.
    frames: Vec<Option<(Tones, f32)>>,
    /// The notes that were dropped because they are a voice's.
    dropped: usize,
}

impl Stretch {
    pub fn new(start_ms: u32) -> Stretch {
        Stretch { start_ms, end_ms: start_ms, frames: Vec::new(), dropped: 0 }
    }

    /// Adds a frame.
    pub fn add(&mut self, tones: Option<Tones>, purity: f32) {
        if self.frames.len() <= LONGEST_FRAMES as usize {
            self.frames.push(tones.map(|tones| (tones, purity)));
        }
    }

    /// Returns the number of frames from the first tone to the last.
    pub fn len(&self) -> u32 {
        (self.end_ms - self.start_ms) / FRAME_MS
    }

    fn notes(&self) -> Vec<Note> {
        let mut notes: Vec<(Note, u32)> = Vec::new();
        let starts_ms = (self.start_ms..).step_by(FRAME_MS as usize);
        for (frame, start_ms) in self.frames.iter().zip(starts_ms) {
            let Some((tones, _)) = *frame else { continue };
            // A lost packet may spoil two frames in the middle of a note.
            let len = notes.len();
            if len >= 2 && notes[len - 1].1 < SHORTEST_FRAMES && notes[len - 2].0.is_of(tones) {
                notes.pop();
            }
            match notes.last_mut() {
                Some((note, frames)) if note.is_of(tones) => note.add(tones, start_ms, frames),
                _ => notes.push((Note::new(tones, start_ms), 1)),
            }
        }
        notes.retain(|(_, frames)| *frames >= SHORTEST_FRAMES);
        notes.into_iter().map(|(note, _)| note).collect()
    }

    /// Says what the stretch was.
    pub fn end(mut self) -> Over {
        let notes = self.notes();
        self.drop_the_voice(&notes);
        let beep = self.kind(&notes[notes.len().min(self.dropped)..]).map(|kind| {
            let hz = self.tones().map(Tones::hz).sum::<f32>() / self.tones().count() as f32;
            (Beep { start_ms: self.start_ms, end_ms: self.end_ms, hz }, kind)
        });
        Over { notes, beep }
    }

    /// Drops what is before the last note if that is a voice or music, which is not pure.
    fn drop_the_voice(&mut self, notes: &[Note]) {
        let Some(last) = notes.last() else { return };
        let before = ((last.start_ms - self.start_ms) / FRAME_MS) as usize;
        if before > 0 && purity(&self.frames[..before]) < PURITY {
            self.frames.drain(..before);
            self.start_ms = last.start_ms;
            self.dropped = notes.len() - 1;
        }
    }

    fn tones(&self) -> impl Iterator<Item = Tones> {
        self.frames.iter().flatten().map(|(tones, _)| *tones)
    }

    fn kind(&self, notes: &[Note]) -> Option<Kind> {
        let steady_ms: u32 = notes.iter().map(Note::ms).sum();
        let is_steady = steady_ms * 10 >= (self.end_ms - self.start_ms) * 6;
        let in_reach = |note: &Note| note.low_hz >= LOWEST_HZ && note.high_hz <= HIGHEST_HZ;
        let in_time = (SHORTEST_FRAMES..=LONGEST_FRAMES).contains(&self.len());
        if !in_time || purity(&self.frames) < PURITY || !notes.iter().all(in_reach) {
            return None;
        }
        match notes {
            [note] if is_steady && note.is_pair() => is_beep_pair(note).then_some(Kind::Pair),
            [note] if is_steady && self.stands_still(note.low_hz) => self.kind_of_one(note.low_hz),
            [first, second] if is_steady => are_two_notes(first, second).then_some(Kind::Notes),
            _ => self.is_chirp().then_some(Kind::Chirp),
        }
    }

    fn kind_of_one(&self, hz: f32) -> Option<Kind> {
        match (self.len(), hz < LOW_HZ) {
            (SURE_LOW_FRAMES.., true) | (SURE_FRAMES.., false) => Some(Kind::Steady),
            (_, false) => Some(Kind::Short),
            (_, true) => None,
        }
    }

    /// Whether nearly all frames are at this frequency, as those of a voice are not.
    fn stands_still(&self, hz: f32) -> bool {
        let still = self.tones().filter(|tones| (tones.hz() - hz).abs() <= STILL_HZ).count();
        still as f32 >= STILL_SHARE * self.tones().count() as f32
    }

    fn is_chirp(&self) -> bool {
        let path: Vec<f32> = self.tones().map(Tones::hz).collect();
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return false };
        let way = (last - first).signum();
        let steps = path.windows(2).filter(|pair| (pair[1] - pair[0]) * way > 0.0).count();
        let is_steadfast = steps as f32 >= CHIRP_STEADFAST * (path.len() - 1) as f32;
        let travel = (last / first).max(first / last) - 1.0;
        (NOTE_FRAMES..=LONGEST_CHIRP_FRAMES).contains(&self.len())
            && travel >= CHIRP_TRAVEL
            && is_steadfast
            && path.iter().all(|hz| (LOWEST_HZ..=HIGHEST_HZ).contains(hz))
    }
}

/// Returns the mean share of all power that is in the tones.
fn purity(frames: &[Option<(Tones, f32)>]) -> f32 {
    let all = || frames.iter().flatten();
    all().map(|(_, purity)| purity).sum::<f32>() / all().count().max(1) as f32
}

/// Whether two tones at once may be a beep: not those of networks, nor a key.
fn is_beep_pair(note: &Note) -> bool {
    const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    let near = |hz: f32, keys: [f32; 4]| keys.iter().any(|key| (hz / key - 1.0).abs() < 0.03);
    let is_key = near(note.low_hz, ROWS) && near(note.high_hz, COLUMNS);
    note.ms() >= SURE_FRAMES * FRAME_MS && note.high_hz > LOW_HZ && !is_key
}

fn are_two_notes(first: &Note, second: &Note) -> bool {
    let shortest_ms = NOTE_FRAMES * FRAME_MS;
    let differ = (first.low_hz / second.low_hz - 1.0).abs() > 0.08;
    let long = first.ms() >= shortest_ms && second.ms() >= shortest_ms;
    differ && long && !first.is_pair() && !second.is_pair()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        FRAME_SAMPLES,
        amd::{finder::ToneFinder, level_db, spectrum::Spectrum},
        tone,
    };

    /// Returns all beeps found in `sound` over noise, with 500 ms of noise before and after.
    fn beeps_in(sound: &[i16], noise_dbfs: f32) -> Vec<(Kind, Beep)> {
        let mut all = vec![0; 4_000 + sound.len() + 4_000];
        tone::Noise::new(7, noise_dbfs).fill(&mut all);
        tone::mix(&mut all[4_000..], sound);
        let (mut spectrum, mut finder) = (Spectrum::new(), ToneFinder::default());
        let frames = all.as_chunks::<FRAME_SAMPLES>().0.iter().zip(1u32..);
        let over = frames.filter_map(|(frame, n)| {
            finder.push(&spectrum.push(frame, level_db(frame)), n * FRAME_MS)
        });
        over.filter_map(|over| over.beep.map(|(beep, kind)| (kind, beep))).collect()
    }

    #[test]
    fn beeps_of_machines_are_found_where_they_are() {
        for hz in [425.0, 480.0, 660.0, 850.0, 1_000.0, 1_333.0, 1_400.0, 2_000.0, 2_400.0] {
            for ms in [250, 400, 1_000, 2_000] {
                let found = beeps_in(&tone::beep(hz, ms, -20.0), -45.0);
                let [(Kind::Steady, beep)] = found[..] else {
                    panic!("{hz} Hz, {ms} ms: {found:?}")
                };
                assert!((beep.hz - hz).abs() < 5.0, "{hz} Hz: {beep:?}");
                assert!(beep.start_ms.abs_diff(500) <= 20, "{hz} Hz, {ms} ms: {beep:?}");
                assert!(beep.end_ms.abs_diff(500 + ms) <= 40, "{hz} Hz, {ms} ms: {beep:?}");
            }
        }
    }

    #[test]
    fn a_lost_packet_does_not_cut_a_beep() {
        let mut beep = tone::beep(850.0, 400, -20.0);
        beep[5 * FRAME_SAMPLES..6 * FRAME_SAMPLES].fill(0);
        beep[12 * FRAME_SAMPLES..13 * FRAME_SAMPLES].fill(0);
        let found = beeps_in(&beep, -60.0);
        let [(Kind::Steady, beep)] = found[..] else { panic!("{found:?}") };
        assert!(beep.end_ms.abs_diff(900) <= 40, "{beep:?}");
    }

    #[test]
    fn a_short_high_beep_is_enough() {
        assert_eq!(beeps_in(&tone::beep(1_000.0, 150, -20.0), -50.0).len(), 1);
    }

    #[test]
    fn digits_dial_tones_and_sirens_are_no_beeps() {
        let digit = tone::Tone::dtmf('5', -20.0).map(|mut tone| tone.take_ms(400));
        assert_eq!(beeps_in(&digit.unwrap_or_default(), -50.0), []);
        assert_eq!(beeps_in(&tone::beep(425.0, 5_000, -20.0), -50.0), []);
        let sweep = (0..80).flat_map(|n| tone::beep(600.0 + n as f32 * 20.0, 20, -20.0));
        assert_eq!(beeps_in(&sweep.collect::<Vec<_>>(), -50.0), []);
        assert_eq!(beeps_in(&tone::beep(1_000.0, 20, -20.0), -50.0), []);
    }

    #[test]
    fn noise_alone_never_beeps() {
        assert_eq!(beeps_in(&vec![0; 8_000 * 60], -30.0), []);
    }
}
