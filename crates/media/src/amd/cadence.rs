//! Recognises signals of networks and fax machines by their pitches and their cadence (ITU-T E.180,
//! T.30).

use std::collections::VecDeque;

use super::beep::Note;

/// The notes that are remembered.
const MOST_NOTES: usize = 8;
/// The three special information tones, in Hz, how far off they may be, and how long each lasts.
const SIT_HZ: [f32; 3] = [950.0, 1_400.0, 1_800.0];
const SIT_OFF: f32 = 0.055;
const SIT_MS: std::ops::RangeInclusive<u32> = 180..=460;
/// The longest gap between two of them.
const SIT_GAP_MS: u32 = 100;
/// Notes of one pitch that are closer than this are one.
const CUT_MS: u32 = 120;
const CUT_HZ: f32 = 20.0;
/// A fax machine that answers holds this tone.
const ANSWERING_FAX_HZ: f32 = 2_100.0;
const ANSWERING_FAX_MS: u32 = 1_500;
/// A fax machine that calls repeats this tone, this long, this often.
const CALLING_FAX_HZ: f32 = 1_100.0;
const CALLING_FAX_MS: std::ops::RangeInclusive<u32> = 400..=620;
const CALLING_FAX_PERIOD_MS: std::ops::RangeInclusive<u32> = 3_000..=4_000;
const FAX_OFF: f32 = 0.025;
/// Busy and congestion: this many tones below this pitch, as long and as far apart as each other.
const BUSY_NOTES: usize = 4;
const BUSY_HZ: f32 = 660.0;
const BUSY_NOTE_MS: std::ops::RangeInclusive<u32> = 140..=820;
const BUSY_PERIOD_MS: std::ops::RangeInclusive<u32> = 300..=1_600;
/// How much a busy tone's notes and periods differ.
const BUSY_OFF_MS: u32 = 60;

/// A signal that says who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Special information tones: a recording follows that says why the call failed.
    SpecialInformation,
    /// Busy or congestion: the other end has gone.
    Busy,
    /// A fax machine.
    Fax,
    /// A tone such as a fax machine's, once.
    MaybeFax,
}

/// Listens for signals.
#[derive(Debug, Default)]
pub(super) struct Cadence {
    notes: VecDeque<Note>,
}

impl Cadence {
    /// Takes the notes of a stretch that has ended and returns the signal that they complete.
    pub fn push(&mut self, notes: &[Note]) -> Option<Signal> {
        let mut found = None;
        for note in notes {
            self.add(*note);
            found = found.or_else(|| self.signal());
        }
        found
    }

    /// Adds a note, or the rest of one that lost packets have cut.
    fn add(&mut self, note: Note) {
        if let Some(last) = self.notes.back_mut()
            && (last.low_hz - note.low_hz).abs() < CUT_HZ
            && note.start_ms - last.end_ms <= CUT_MS
        {
            last.end_ms = note.end_ms;
            return;
        }
        if self.notes.len() == MOST_NOTES {
            self.notes.pop_front();
        }
        self.notes.push_back(note);
    }

    /// Returns the signal that a tone is while it still sounds.
    pub fn hold(&self, note: &Note) -> Option<Signal> {
        let is_fax = is_near(note, ANSWERING_FAX_HZ, FAX_OFF) && note.ms() >= ANSWERING_FAX_MS;
        is_fax.then_some(Signal::Fax)
    }

    fn signal(&self) -> Option<Signal> {
        if self.ends_with_information() {
            return Some(Signal::SpecialInformation);
        }
        if self.is_busy() {
            return Some(Signal::Busy);
        }
        let last = self.notes.back().filter(|note| is_calling_fax(note))?;
        let before = self.notes.iter().rev().skip(1).find(|note| is_calling_fax(note));
        let repeats = before
            .is_some_and(|note| CALLING_FAX_PERIOD_MS.contains(&(last.start_ms - note.start_ms)));
        Some(if repeats { Signal::Fax } else { Signal::MaybeFax })
    }

    fn ends_with_information(&self) -> bool {
        let last: Vec<&Note> = self.notes.iter().rev().take(3).collect();
        let [third, second, first] = last[..] else { return false };
        let all = [first, second, third];
        let joined = |a: &Note, b: &Note| b.start_ms.saturating_sub(a.end_ms) <= SIT_GAP_MS;
        all.iter().zip(SIT_HZ).all(|(note, hz)| is_near(note, hz, SIT_OFF))
            && all.iter().all(|note| SIT_MS.contains(&note.ms()))
            && joined(first, second)
            && joined(second, third)
    }

    fn is_busy(&self) -> bool {
        let last: Vec<&Note> = self.notes.iter().rev().take(BUSY_NOTES).collect();
        let Some((newest, rest)) = last.split_first() else { return false };
        let (ms, hz) = (newest.ms(), newest.low_hz);
        let periods: Vec<u32> =
            last.windows(2).map(|pair| pair[0].start_ms - pair[1].start_ms).collect();
        let same =
            |note: &&Note| note.ms().abs_diff(ms) <= BUSY_OFF_MS && (note.low_hz - hz).abs() < 40.0;
        let is_regular = periods.iter().all(|period| {
            BUSY_PERIOD_MS.contains(period) && period.abs_diff(periods[0]) <= BUSY_OFF_MS
        });
        last.len() == BUSY_NOTES
            && BUSY_NOTE_MS.contains(&ms)
            && newest.high_hz < BUSY_HZ
            && rest.iter().all(same)
            && is_regular
    }
}

fn is_calling_fax(note: &Note) -> bool {
    is_near(note, CALLING_FAX_HZ, FAX_OFF) && CALLING_FAX_MS.contains(&note.ms())
}

/// Whether a note is one tone at this frequency.
fn is_near(note: &Note, hz: f32, off: f32) -> bool {
    note.low_hz == note.high_hz && (note.low_hz / hz - 1.0).abs() < off
}
