//! WAV files: read at any common rate and width as 8 kHz mono, written at 8 kHz.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read};
use std::path::Path;

use hound::{SampleFormat, WavReader, WavSpec};

use crate::{SAMPLE_RATE, resample};

/// The highest sample rate that is read.
const MAX_RATE: u32 = 384_000;
/// The most channels that are read.
const MAX_CHANNELS: u16 = 32;

/// Why a WAV file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// Not a WAV file, or not one of PCM or float samples; or the disk refused.
    #[error("cannot use the WAV file: {0}; it must hold 8, 16, 24 or 32 bit PCM or 32 bit float")]
    Hound(#[from] hound::Error),
    /// A header that no recording has.
    #[error("a WAV file of {rate} Hz and {channels} channels is not read")]
    Header {
        /// Samples per second that the header says.
        rate: u32,
        /// Channels that the header says.
        channels: u16,
    },
    /// More sound than the caller wants to hold.
    #[error("the WAV file is longer than {max_s} s")]
    TooLong {
        /// The caller's limit.
        max_s: u32,
    },
}

/// Reads a WAV file as 8 kHz mono; the channels are averaged. A longer file than `max_s` seconds
/// is an error, found after reading that much.
pub fn read(path: &Path, max_s: u32) -> Result<Vec<i16>, WavError> {
    let file = File::open(path).map_err(hound::Error::IoError)?;
    read_from(BufReader::new(file), max_s)
}

/// As [`read`], from any source of bytes.
pub fn read_from(source: impl Read, max_s: u32) -> Result<Vec<i16>, WavError> {
    let reader = WavReader::new(source)?;
    let WavSpec { channels, sample_rate: rate, bits_per_sample, sample_format } = reader.spec();
    if !(1..=MAX_RATE).contains(&rate) || !(1..=MAX_CHANNELS).contains(&channels) {
        return Err(WavError::Header { rate, channels });
    }
    let limit = u64::from(max_s) * u64::from(rate);
    let mono = match sample_format {
        SampleFormat::Float => average(reader.into_samples::<f32>(), channels, limit)?,
        SampleFormat::Int => {
            let scale = 1.0 / (1i64 << (bits_per_sample.clamp(1, 32) - 1)) as f32;
            let samples = reader.into_samples::<i32>();
            average(samples.map(|s| s.map(|s| s as f32 * scale)), channels, limit)?
        }
    };
    let mono = mono.ok_or(WavError::TooLong { max_s })?;
    Ok(resample::to_8k(&mono, rate))
}

/// One value in -1..1 for each moment; `None` if there are more than `limit`.
fn average(
    samples: impl Iterator<Item = hound::Result<f32>>,
    channels: u16,
    limit: u64,
) -> hound::Result<Option<Vec<f32>>> {
    let mut mono = Vec::new();
    let (mut sum, mut heard) = (0.0, 0);
    for sample in samples {
        let sample = sample?;
        sum += if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
        heard += 1;
        if heard == channels {
            if mono.len() as u64 >= limit {
                return Ok(None);
            }
            mono.push(sum / f32::from(channels));
            (sum, heard) = (0.0, 0);
        }
    }
    Ok(Some(mono))
}

/// Writes 8 kHz mono samples as a WAV file of 16 bits.
pub fn write(path: &Path, samples: &[i16]) -> Result<(), WavError> {
    let mut writer = WavWriter::create(path, 1)?;
    writer.write(samples)?;
    writer.finish()
}

/// Writes a WAV file piece by piece, 8 kHz, 16 bits. Dropped without `finish`, it still leaves a
/// whole file unless the disk refuses.
pub struct WavWriter {
    inner: hound::WavWriter<BufWriter<File>>,
}

impl WavWriter {
    /// Makes or overwrites the file.
    pub fn create(path: &Path, channels: u16) -> Result<WavWriter, WavError> {
        let spec = WavSpec {
            channels,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        Ok(WavWriter { inner: hound::WavWriter::create(path, spec)? })
    }

    /// Appends samples; those of several channels are interleaved.
    pub fn write(&mut self, samples: &[i16]) -> Result<(), WavError> {
        for &sample in samples {
            self.inner.write_sample(sample)?;
        }
        Ok(())
    }

    /// Completes the header and closes the file.
    pub fn finish(self) -> Result<(), WavError> {
        Ok(self.inner.finalize()?)
    }
}

impl std::fmt::Debug for WavWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WavWriter").field("samples", &self.inner.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{Tone, level_dbfs};
    use std::io::Cursor;

    fn file(rate: u32, channels: u16, bits: u16, format: SampleFormat) -> Vec<u8> {
        let spec =
            WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: format };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for n in 0..rate {
            let value = (n as f32 / rate as f32 * 440.0 * std::f32::consts::TAU).sin() * 0.5;
            for _ in 0..channels {
                match format {
                    SampleFormat::Float => writer.write_sample(value).unwrap(),
                    SampleFormat::Int => {
                        let full = ((1i64 << (bits - 1)) - 1) as f32;
                        writer.write_sample((value * full) as i32).unwrap();
                    }
                }
            }
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_common_format_reads_as_the_same_sound() {
        for (rate, channels, bits, format) in [
            (8_000, 1, 16, SampleFormat::Int),
            (8_000, 2, 8, SampleFormat::Int),
            (11_025, 1, 16, SampleFormat::Int),
            (16_000, 1, 24, SampleFormat::Int),
            (22_050, 1, 16, SampleFormat::Int),
            (44_100, 2, 32, SampleFormat::Int),
            (48_000, 6, 32, SampleFormat::Float),
        ] {
            let sound = read_from(&file(rate, channels, bits, format)[..], 2).unwrap();
            let level = level_dbfs(&sound);
            assert_eq!(sound.len(), 8_000, "{rate} Hz");
            assert!((level + 6.0).abs() < 0.3, "{rate} Hz, {bits} bits: {level}");
            let expected = Tone::sine(440.0, -6.02).take_ms(1_000);
            let worst = sound.iter().zip(&expected).skip(200).take(7_600);
            let worst = worst.map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max().unwrap();
            assert!(worst < 400, "{rate} Hz, {bits} bits: off by {worst}");
        }
    }

    #[test]
    fn a_file_longer_than_wanted_is_an_error() {
        let bytes = file(8_000, 1, 16, SampleFormat::Int);
        assert!(matches!(read_from(&bytes[..], 0), Err(WavError::TooLong { max_s: 0 })));
        assert!(read_from(&bytes[..], 1).is_ok());
    }

    #[test]
    fn garbage_and_a_cut_file_are_errors() {
        assert!(read_from(&b"not a wav file at all"[..], 1).is_err());
        let bytes = file(8_000, 1, 16, SampleFormat::Int);
        assert!(read_from(&bytes[..1_000], 1).is_err());
    }

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sound.wav");
        let sound = Tone::sine(300.0, -3.0).take_ms(500);
        write(&path, &sound).unwrap();
        let back = read(&path, 1).unwrap();
        assert!(sound.iter().zip(&back).all(|(a, b)| (a - b).abs() <= 1));
        assert_eq!(sound.len(), back.len());
    }
}
