//! The recording of a call: a stereo WAV of G.711 µ-law at 8 kHz, with the person left and the
//! agent right. Each write also updates the header, so the file still plays if the process dies.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

use crate::{FRAME_SAMPLES, Frame, SAMPLE_RATE, g711::Law};

/// Bytes of sound in one millisecond.
pub const BYTES_PER_MS: u64 = 2 * SAMPLE_RATE as u64 / 1_000;

/// The size in bytes of the header: RIFF, `fmt ` with its extension, `fact`, `data`.
pub const HEADER_BYTES: u64 = 58;

/// `WAVE_FORMAT_MULAW` (RFC 2361).
const FORMAT_MULAW: u16 = 7;

/// Appends the same 20 ms of both sides in the format of the file.
pub fn interleave(person: &Frame, agent: &Frame, sound: &mut Vec<u8>) {
    let (left, right) = (Law::Mu.encode_frame(person), Law::Mu.encode_frame(agent));
    sound.reserve(2 * FRAME_SAMPLES);
    for (left, right) in left.iter().zip(&right) {
        sound.extend([*left, *right]);
    }
}

/// A recording in progress.
#[derive(Debug)]
pub struct CallWav {
    file: File,
    /// Bytes of sound written so far.
    len: u64,
}

impl CallWav {
    /// Creates the recording's file, which must not exist. Only the file's owner may read it.
    pub fn create(path: &Path) -> io::Result<CallWav> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(&header(0))?;
        Ok(CallWav { file, len: 0 })
    }

    /// Writes interleaved sound at `begins_at` bytes after the beginning of the call. A gap before
    /// it becomes silence.
    pub fn write_at(&mut self, begins_at: u64, sound: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(HEADER_BYTES + self.len))?;
        let missing = begins_at.saturating_sub(self.len);
        io::copy(&mut io::Read::take(io::repeat(Law::Mu.silence()), missing), &mut self.file)?;
        self.file.write_all(sound)?;
        self.len += missing + sound.len() as u64;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header(self.len))
    }
}

fn header(len: u64) -> [u8; HEADER_BYTES as usize] {
    let len = u32::try_from(len).unwrap_or(u32::MAX - HEADER_BYTES as u32);
    let mut header = [0; HEADER_BYTES as usize];
    let mut rest = header.as_mut_slice();
    let mut put = |bytes: &[u8]| rest.write_all(bytes).unwrap_or_default();
    put(b"RIFF");
    put(&(len + HEADER_BYTES as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&18u32.to_le_bytes());
    put(&FORMAT_MULAW.to_le_bytes());
    put(&2u16.to_le_bytes());
    put(&SAMPLE_RATE.to_le_bytes());
    put(&(2 * SAMPLE_RATE).to_le_bytes());
    put(&2u16.to_le_bytes());
    put(&8u16.to_le_bytes());
    put(&0u16.to_le_bytes());
    put(b"fact");
    put(&4u32.to_le_bytes());
    put(&(len / 2).to_le_bytes());
    put(b"data");
    put(&len.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{Tone, level_dbfs};

    /// Returns both channels of a file, as its header describes them.
    fn channels(bytes: &[u8]) -> (Vec<i16>, Vec<i16>) {
        let at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!((&bytes[..4], at(4)), (&b"RIFF"[..], bytes.len() as u32 - 8));
        assert_eq!((&bytes[50..54], at(54)), (&b"data"[..], bytes.len() as u32 - 58));
        let side = |first: usize| bytes[58 + first..].iter().step_by(2).map(|b| Law::Mu.decode(*b));
        (side(0).collect(), side(1).collect())
    }

    #[test]
    fn each_side_is_heard_where_it_spoke_and_lost_sound_is_silence() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        let mut wav = CallWav::create(&path).unwrap();
        let tone: Frame = Tone::sine(400.0, -6.0).take_ms(20).try_into().unwrap();
        let quiet = [0; FRAME_SAMPLES];
        let mut sound = Vec::new();
        interleave(&tone, &quiet, &mut sound);
        wav.write_at(0, &sound).unwrap();
        let half = std::fs::read(&path).unwrap();
        assert_eq!(channels(&half).0.len(), 160, "it plays while it is written");
        sound.clear();
        interleave(&quiet, &tone, &mut sound);
        wav.write_at(40 * BYTES_PER_MS, &sound).unwrap();
        let (person, agent) = channels(&std::fs::read(&path).unwrap());
        assert_eq!(person.len(), 480);
        let loud =
            |sound: &[i16]| sound.chunks(160).map(|c| level_dbfs(c) > -20.0).collect::<Vec<_>>();
        assert_eq!(loud(&person), [true, false, false]);
        assert_eq!(loud(&agent), [false, false, true]);
        assert!(CallWav::create(&path).is_err(), "a recording is never overwritten");
    }

    /// The bytes 0 to 57 of a file without sound, as in RFC 2361 and the RIFF specification.
    #[test]
    fn the_header_is_that_of_mulaw() {
        let bytes = header(0);
        assert_eq!(bytes[20..22], [7, 0]);
        assert_eq!(bytes[22..24], [2, 0]);
        assert_eq!(bytes[24..32], [0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0]);
        assert_eq!(bytes[32..38], [2, 0, 8, 0, 0, 0]);
    }
}
