//! WAV files: reads any common rate and format as 8 kHz mono, and writes 8 kHz.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read},
    path::Path,
};

use hound::{SampleFormat, WavSpec};

use crate::{SAMPLE_RATE, g711::Law, resample};

/// The highest sample rate accepted.
const MAX_RATE: u32 = 384_000;
/// The most channels accepted.
const MAX_CHANNELS: u16 = 32;

/// The most chunks skipped before the sound; a file with more is not accepted.
const MAX_CHUNKS: u32 = 256;
/// The most bytes read of a format chunk.
const FORMAT_BYTES: u64 = 40;

/// Why a WAV file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The file does not exist or cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file is not a WAV file, or it ends before its sound.
    #[error("it is no WAV file: {0}")]
    NotWav(&'static str),
    /// The sample format is not supported.
    #[error(
        "its samples are of format {format} with {bits} bits; it must hold G.711 (A-law or \
         mu-law), 8, 16, 24 or 32 bit PCM, or 32 or 64 bit float"
    )]
    Format {
        /// The format number (RFC 2361).
        format: u16,
        /// The bits per sample.
        bits: u16,
    },
    /// The file could not be written.
    #[error("the WAV file cannot be written: {0}")]
    Write(#[from] hound::Error),
    /// The header has an impossible rate or number of channels.
    #[error("a WAV file of {rate} Hz and {channels} channels is not read")]
    Header {
        /// The sample rate in the header.
        rate: u32,
        /// The number of channels in the header.
        channels: u16,
    },
    /// The file is longer than the caller accepts.
    #[error("the WAV file is longer than {max_s} s")]
    TooLong {
        /// The caller's limit.
        max_s: u32,
    },
    /// The sound is shorter than the header says.
    #[error("the WAV file is cut: it ends before its header says")]
    Cut,
}

/// The format of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Samples {
    /// Unsigned, offset by half.
    Unsigned8,
    /// Signed little-endian with this many bytes.
    Signed(usize),
    Float32,
    Float64,
    G711(Law),
}

impl Samples {
    fn bytes(self) -> usize {
        match self {
            Samples::Unsigned8 | Samples::G711(_) => 1,
            Samples::Signed(bytes) => bytes,
            Samples::Float32 => 4,
            Samples::Float64 => 8,
        }
    }

    /// Returns the value in -1..1 of one sample's bytes.
    fn value(self, bytes: &[u8]) -> f32 {
        let value = match (self, bytes) {
            (Samples::Unsigned8, &[byte]) => (f32::from(byte) - 128.0) / 128.0,
            (Samples::G711(law), &[byte]) => f32::from(law.decode(byte)) / 32_768.0,
            (Samples::Float32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Samples::Float64, bytes) => {
                bytes.first_chunk().map_or(0.0, |bytes| f64::from_le_bytes(*bytes) as f32)
            }
            (_, bytes) => {
                let mut wide = [0; 4];
                wide[4 - bytes.len().min(4)..].copy_from_slice(&bytes[..bytes.len().min(4)]);
                i32::from_le_bytes(wide) as f32 / 2_147_483_648.0
            }
        };
        if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 }
    }
}

/// The content of the format chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    samples: Samples,
    /// The first channels that are averaged.
    channels: u16,
    pub(crate) rate: u32,
    /// The bytes of one sample in all channels.
    pub(crate) block: usize,
}

impl Format {
    /// 16-bit samples of one channel.
    pub(crate) fn pcm16(rate: u32) -> Format {
        Format { samples: Samples::Signed(2), channels: 1, rate, block: 2 }
    }

    /// Returns one value in -1..1 per sample time, the average of its channels. The bytes of an
    /// unfinished sample are left out.
    pub(crate) fn average(self, bytes: &[u8]) -> Vec<f32> {
        let moments = bytes.chunks_exact(self.block).map(|moment| {
            let values = moment.chunks_exact(self.samples.bytes()).take(self.channels.into());
            let sum = values.map(|bytes| self.samples.value(bytes)).sum::<f32>();
            sum / f32::from(self.channels)
        });
        moments.collect()
    }

    fn parse(chunk: &[u8]) -> Result<Format, WavError> {
        let short = WavError::NotWav("its format chunk is too short");
        let Some(head) = chunk.first_chunk::<16>() else { return Err(short) };
        let word = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let (channels, rate) = (word(2), u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let (written, block, bits) = (word(0), usize::from(word(12)), word(14));
        // The extensible format has the true format at the beginning of its GUID.
        let format = match (written, chunk.get(24..26)) {
            (0xFFFE, Some(sub)) => u16::from_le_bytes([sub[0], sub[1]]),
            _ => written,
        };
        if !(1..=MAX_RATE).contains(&rate) || !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(WavError::Header { rate, channels });
        }
        // A sample's container may be wider than its bits, which are at the top.
        let width = block / usize::from(channels);
        let samples = match (format, bits, width) {
            (1, 1..=8, 1) => Samples::Unsigned8,
            (1, 9..=32, 2..=4) if usize::from(bits) <= 8 * width => Samples::Signed(width),
            (3, 32, 4) => Samples::Float32,
            (3, 64, 8) => Samples::Float64,
            (6, 8, 1) => Samples::G711(Law::A),
            (7, 8, 1) => Samples::G711(Law::Mu),
            _ => return Err(WavError::Format { format, bits }),
        };
        Ok(Format { samples, channels, rate, block: samples.bytes() * usize::from(channels) })
    }
}

/// Reads a WAV file as 8 kHz mono, the average of its channels. A file longer than `max_s` seconds
/// is an error, found after reading that much.
pub fn read(path: &Path, max_s: u32) -> Result<Vec<i16>, WavError> {
    read_from(BufReader::new(File::open(path)?), max_s)
}

/// Does the same as [`read`] from any source of bytes.
pub fn read_from(mut source: impl Read, max_s: u32) -> Result<Vec<i16>, WavError> {
    let (format, len) = open(&mut source)?;
    let mono = average(source, format, len, max_s)?;
    Ok(resample::to_8k(&mono, format.rate))
}

/// Does the same as [`read_from`] with the first channel alone: in the recording of a call that is
/// the person.
pub fn read_first_channel_from(mut source: impl Read, max_s: u32) -> Result<Vec<i16>, WavError> {
    let (format, len) = open(&mut source)?;
    let mono = average(source, Format { channels: 1, ..format }, len, max_s)?;
    Ok(resample::to_8k(&mono, format.rate))
}

/// Reads up to the sound. Returns the format and the number of bytes; None means until the end.
pub(crate) fn open(source: &mut impl Read) -> Result<(Format, Option<u64>), WavError> {
    let mut head = [0; 12];
    fill(source, &mut head, "it is too short")?;
    if !matches!(&head[..4], b"RIFF" | b"RF64") || &head[8..] != b"WAVE" {
        return Err(WavError::NotWav("it does not begin with RIFF and WAVE"));
    }
    let mut format = None;
    for _ in 0..MAX_CHUNKS {
        let mut head = [0; 8];
        fill(source, &mut head, "it has no data chunk")?;
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        match (&head[..4], format) {
            (b"data", Some(format)) => {
                // A streaming writer does not know the length when it writes the header.
                let known = !matches!(len, 0 | u32::MAX) && len < u32::MAX - 0xFFFF;
                return Ok((format, known.then_some(u64::from(len))));
            }
            (b"data", None) => return Err(WavError::NotWav("its sound comes before its format")),
            (b"fmt ", _) => {
                let mut chunk = Vec::new();
                source.by_ref().take(u64::from(len).min(FORMAT_BYTES)).read_to_end(&mut chunk)?;
                format = Some(Format::parse(&chunk)?);
                skip(source, u64::from(len).saturating_sub(FORMAT_BYTES) + u64::from(len % 2))?;
            }
            _ => skip(source, u64::from(len) + u64::from(len % 2))?,
        }
    }
    Err(WavError::NotWav("it has too many chunks before its sound"))
}

fn fill(source: &mut impl Read, bytes: &mut [u8], otherwise: &'static str) -> Result<(), WavError> {
    source.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => WavError::NotWav(otherwise),
        _ => WavError::Io(error),
    })
}

fn skip(source: &mut impl Read, bytes: u64) -> Result<(), WavError> {
    io::copy(&mut source.by_ref().take(bytes), &mut io::sink())?;
    Ok(())
}

/// Returns one value in -1..1 per sample time, the average of all channels.
fn average(
    source: impl Read,
    format: Format,
    len: Option<u64>,
    max_s: u32,
) -> Result<Vec<f32>, WavError> {
    let Format { rate, block, .. } = format;
    let most = u64::from(max_s) * u64::from(rate) * block as u64;
    let mut bytes = Vec::new();
    // One byte above the limit shows that the file is too long.
    source.take(len.unwrap_or(u64::MAX).min(most + 1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(WavError::TooLong { max_s });
    }
    if len.is_some_and(|len| (bytes.len() as u64) < len) {
        return Err(WavError::Cut);
    }
    Ok(format.average(&bytes))
}

/// Writes 8 kHz mono samples as a WAV file of 16 bits.
pub fn write(path: &Path, samples: &[i16]) -> Result<(), WavError> {
    let mut writer = WavWriter::create(path, 1)?;
    writer.write(samples)?;
    writer.finish()
}

/// Returns the file that [`write`] would write.
pub fn bytes(samples: &[i16]) -> Vec<u8> {
    let data_len = 2 * samples.len() as u32;
    let mut file = Vec::with_capacity(44 + 2 * samples.len());
    file.extend(b"RIFF");
    file.extend((36 + data_len).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    // PCM, one channel.
    file.extend([1u16, 1].map(u16::to_le_bytes).concat());
    file.extend([SAMPLE_RATE, 2 * SAMPLE_RATE].map(u32::to_le_bytes).concat());
    // Bytes per sample, bits per sample.
    file.extend([2u16, 16].map(u16::to_le_bytes).concat());
    file.extend(b"data");
    file.extend(data_len.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// Writes a WAV file piece by piece, 8 kHz, 16 bits. A writer dropped without `finish` still leaves
/// a complete file unless the disk fails.
pub struct WavWriter {
    inner: hound::WavWriter<BufWriter<File>>,
}

impl WavWriter {
    /// Creates or overwrites the file.
    pub fn create(path: &Path, channels: u16) -> Result<WavWriter, WavError> {
        let spec = WavSpec {
            channels,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        Ok(WavWriter { inner: hound::WavWriter::create(path, spec)? })
    }

    /// Appends samples; samples of several channels are interleaved.
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

    /// Returns a file of these chunks.
    fn riff(chunks: &[(&[u8; 4], u32, &[u8])]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
        for (name, len, bytes) in chunks {
            file.extend(*name);
            file.extend(len.to_le_bytes());
            file.extend(*bytes);
            file.extend(vec![0; bytes.len() % 2]);
        }
        file
    }

    fn format(number: u16, channels: u16, rate: u32, bits: u16, extra: &[u8]) -> Vec<u8> {
        let block = channels * bits / 8;
        let mut chunk = [number.to_le_bytes(), channels.to_le_bytes()].concat();
        chunk.extend(rate.to_le_bytes());
        chunk.extend((rate * u32::from(block)).to_le_bytes());
        chunk.extend([block.to_le_bytes(), bits.to_le_bytes()].concat());
        chunk.extend(extra);
        chunk
    }

    #[test]
    fn g711_is_read_in_every_dress() {
        let tone = Tone::sine(440.0, -6.02).take_ms(1_000);
        for (law, number) in [(Law::A, 6), (Law::Mu, 7)] {
            let mono: Vec<u8> = tone.iter().map(|sample| law.encode(*sample)).collect();
            let stereo: Vec<u8> = mono.iter().flat_map(|byte| [*byte, *byte]).collect();
            // 22 more bytes, 8 valid bits, no mask, and the format in a GUID.
            let mut guid = vec![22, 0, 8, 0, 0, 0, 0, 0, number as u8, 0];
            guid.extend(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
            let plain = format(number, 1, 8_000, 8, &[]);
            let extended = format(0xFFFE, 1, 8_000, 8, &guid);
            let double = format(number, 2, 8_000, 8, &[0, 0]);
            let fact = (b"fact", 4, &[0, 0, 0, 0][..]);
            let list = (b"LIST", 5, &b"INFOx"[..]);
            let fmt =
                |chunk| -> (&[u8; 4], u32, &[u8]) { (b"fmt ", <[u8]>::len(chunk) as u32, chunk) };
            for file in [
                riff(&[fmt(&plain), (b"data", 8_000, &mono)]),
                riff(&[list, fmt(&plain), fact, (b"data", 0, &mono)]),
                riff(&[fmt(&extended), fact, list, (b"data", u32::MAX, &mono)]),
                riff(&[fmt(&double), fact, (b"data", 16_000, &stereo), list]),
            ] {
                let sound = read_from(&file[..], 2).unwrap();
                assert_eq!(sound.len(), 8_000, "format {number}");
                assert!((level_dbfs(&sound) + 6.0).abs() < 0.3, "format {number}");
            }
            let wide = riff(&[fmt(&format(number, 1, 16_000, 8, &[])), (b"data", 8_000, &mono)]);
            assert_eq!(read_from(&wide[..], 2).unwrap().len(), 4_000);
        }
    }

    #[test]
    fn the_recording_of_a_call_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        let person = Tone::sine(440.0, -6.0).take_ms(20).try_into().unwrap();
        let mut sound = Vec::new();
        crate::call_wav::interleave(&person, &crate::tone::SILENCE, &mut sound);
        crate::call_wav::CallWav::create(&path).unwrap().write_at(0, &sound).unwrap();
        assert_eq!(read(&path, 1).unwrap().len(), 160);
        let first = read_first_channel_from(File::open(&path).unwrap(), 1).unwrap();
        assert!((level_dbfs(&first) + 6.0).abs() < 0.5, "the person is as loud as they were");
        assert!(level_dbfs(&read(&path, 1).unwrap()) < -11.0);
    }

    #[test]
    fn a_file_in_memory_is_the_one_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let (path, sound) = (dir.path().join("x.wav"), Tone::sine(440.0, -6.0).take_ms(30));
        write(&path, &sound).unwrap();
        assert_eq!(bytes(&sound), std::fs::read(&path).unwrap());
        assert_eq!(read_from(&bytes(&sound)[..], 1).unwrap(), sound);
    }

    #[test]
    fn other_formats_are_named() {
        for (number, bits) in [(2, 4), (0x31, 0), (0x55, 0), (1, 64), (7, 16), (3, 16)] {
            let chunk = format(number, 1, 8_000, bits, &[]);
            let file = riff(&[(b"fmt ", 16, &chunk), (b"data", 4, &[0; 4])]);
            let error = read_from(&file[..], 1).unwrap_err().to_string();
            assert!(error.contains(&format!("format {number} with {bits} bits")), "{error}");
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
