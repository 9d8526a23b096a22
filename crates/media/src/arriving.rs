//! Sound that arrives piece by piece, as a speech server streams it: with a WAV header or without.

use std::io;

use crate::{
    resample::Resampler,
    wav::{self, Format, WavError},
};

/// The longest header of a WAV file.
const MAX_HEADER: usize = 64 << 10;

/// Reads sound that arrives in pieces of any length, which may cut a sample in two, as 8 kHz mono.
#[derive(Debug)]
pub struct Arriving {
    /// The rate of sound that has no header; none if it must have one.
    bare_rate: Option<u32>,
    format: Option<(Format, Resampler)>,
    /// The bytes that have not been read: the header so far, or a part of a sample.
    rest: Vec<u8>,
    /// The bytes of sound to come, if the header says how many.
    left: Option<u64>,
}

impl Arriving {
    /// Sound with a WAV header. Its length may be unknown.
    pub fn wav() -> Arriving {
        Arriving { bare_rate: None, format: None, rest: Vec::new(), left: None }
    }

    /// 16-bit little-endian samples at this rate. A WAV header is respected all the same.
    pub fn pcm16(rate: u32) -> Arriving {
        Arriving { bare_rate: Some(rate), ..Arriving::wav() }
    }

    /// Takes a piece and returns the sound that it completes.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<i16>, WavError> {
        self.rest.extend_from_slice(piece);
        if self.format.is_none() && !self.read_header()? {
            return Ok(Vec::new());
        }
        Ok(self.read_samples())
    }

    /// Returns the end of the sound. Sound without a whole header is an error, none at all is not.
    pub fn finish(mut self) -> Result<Vec<i16>, WavError> {
        if self.format.is_none() && !self.rest.is_empty() {
            match self.bare_rate {
                Some(rate) => self.begin(Format::pcm16(rate), None),
                None => return Err(WavError::NotWav("it ends within its header")),
            }
        }
        let mut sound = self.read_samples();
        if let Some((_, resampler)) = &mut self.format {
            sound.extend(resampler.finish());
        }
        Ok(sound)
    }

    /// Reads the header, if it is there. Returns whether samples follow.
    fn read_header(&mut self) -> Result<bool, WavError> {
        let magic = &self.rest[..self.rest.len().min(4)];
        if let Some(rate) = self.bare_rate
            && !b"RIFF".starts_with(magic)
        {
            self.begin(Format::pcm16(rate), None);
            return Ok(true);
        }
        let mut source = io::Cursor::new(&self.rest);
        let opened = wav::open(&mut source);
        let read = source.position() as usize;
        match opened {
            Ok((format, len)) => {
                self.rest.drain(..read);
                self.begin(format, len);
                Ok(true)
            }
            // The header goes on in the next piece.
            Err(WavError::NotWav(_)) if read >= self.rest.len() && read < MAX_HEADER => {
                let magic = &self.rest[..self.rest.len().min(4)];
                match b"RIFF".starts_with(magic) || b"RF64".starts_with(magic) {
                    true => Ok(false),
                    false => Err(WavError::NotWav("it does not begin with RIFF and WAVE")),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn begin(&mut self, format: Format, len: Option<u64>) {
        self.format = Some((format, Resampler::new(format.rate)));
        self.left = len;
    }

    fn read_samples(&mut self) -> Vec<i16> {
        let Some((format, resampler)) = &mut self.format else { return Vec::new() };
        let present = self.rest.len() as u64;
        let allowed = self.left.map_or(present, |left| left.min(present)) as usize;
        let whole = allowed - allowed % format.block;
        let sound = resampler.push(&format.average(&self.rest[..whole]));
        match &mut self.left {
            // What follows the sound is not sound.
            Some(left) if *left <= present => {
                self.rest.clear();
                *left = 0;
            }
            Some(left) => {
                self.rest.drain(..whole);
                *left -= whole as u64;
            }
            None => drop(self.rest.drain(..whole)),
        }
        sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Tone;

    fn read(mut arriving: Arriving, bytes: &[u8], piece: usize) -> Result<Vec<i16>, WavError> {
        let mut sound = Vec::new();
        for piece in bytes.chunks(piece) {
            sound.extend(arriving.push(piece)?);
        }
        sound.extend(arriving.finish()?);
        Ok(sound)
    }

    fn at_rate(rate: u32, len: u32, sound: &[i16]) -> Vec<u8> {
        let mut file = wav::bytes(sound);
        file[24..28].copy_from_slice(&rate.to_le_bytes());
        file[40..44].copy_from_slice(&len.to_le_bytes());
        file
    }

    #[test]
    fn pieces_of_any_length_are_the_same_sound() {
        let sound = Tone::sine(400.0, -12.0).take_ms(300);
        let bare: Vec<u8> = sound.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let file = wav::bytes(&sound);
        for piece in [1, 2, 3, 7, 160, 4_801, 100_000] {
            assert!(read(Arriving::wav(), &file, piece).unwrap() == sound, "{piece}");
            assert!(read(Arriving::pcm16(8_000), &file, piece).unwrap() == sound, "{piece}");
            assert!(read(Arriving::pcm16(8_000), &bare, piece).unwrap() == sound, "{piece}");
            let third = read(Arriving::pcm16(24_000), &bare, piece).unwrap();
            assert_eq!(third.len(), sound.len() / 3);
        }
    }

    #[test]
    fn the_header_tells_the_rate_and_perhaps_the_length() {
        let sound = Tone::sine(400.0, -12.0).take_ms(300);
        for (rate, len) in [(22_050, u32::MAX), (16_000, 0), (24_000, 2 * sound.len() as u32)] {
            let file = at_rate(rate, len, &sound);
            let expected = sound.len() as u64 * 8_000 / u64::from(rate);
            assert_eq!(read(Arriving::wav(), &file, 333).unwrap().len() as u64, expected);
        }
        let mut file = at_rate(8_000, 2 * sound.len() as u32, &sound);
        file.extend(b"LIST\x04\0\0\0abcd");
        assert!(
            read(Arriving::wav(), &file, 333).unwrap() == sound,
            "a chunk after it is no sound"
        );
    }

    #[test]
    fn what_is_no_sound_is_an_error() {
        for bytes in [&b"ID3\x04 an mp3 file"[..], b"{\"error\":\"x\"}", b"RIFF\0\0\0\0WAV"] {
            for piece in [1, 5, 1_000] {
                assert!(read(Arriving::wav(), bytes, piece).is_err(), "{bytes:?}");
            }
        }
        assert!(read(Arriving::wav(), b"", 1).unwrap().is_empty());
        assert!(read(Arriving::pcm16(24_000), b"R", 1).unwrap().is_empty());
    }

    #[test]
    fn no_damaged_file_panics() {
        let file = at_rate(24_000, u32::MAX, &Tone::sine(400.0, -12.0).take_ms(20));
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..20_000 {
            let mut damaged = file[..random.usize(..file.len())].to_vec();
            for _ in 0..random.usize(..4) {
                let at = random.usize(..damaged.len().max(1));
                if let Some(byte) = damaged.get_mut(at) {
                    *byte = random.u8(..);
                }
            }
            let _ = read(Arriving::wav(), &damaged, random.usize(1..100));
            let _ = read(Arriving::pcm16(24_000), &damaged, random.usize(1..100));
        }
    }
}
