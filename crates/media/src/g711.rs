//! G.711: eight bits a sample, µ-law and A-law (ITU-T G.711, 1988).

use crate::{FRAME_SAMPLES, Frame};

/// A frame on the wire: 20 ms of G.711.
pub type Payload = [u8; FRAME_SAMPLES];

/// The two laws of G.711.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law, `PCMU`, payload type 0.
    Mu,
    /// A-law, `PCMA`, payload type 8.
    A,
}

impl Law {
    /// The static RTP payload type (RFC 3551 §6).
    pub const fn payload_type(self) -> u8 {
        match self {
            Law::Mu => 0,
            Law::A => 8,
        }
    }

    /// Returns the law of a static payload type; `None` for any other type.
    pub const fn from_payload_type(payload_type: u8) -> Option<Law> {
        match payload_type {
            0 => Some(Law::Mu),
            8 => Some(Law::A),
            _ => None,
        }
    }

    /// Returns the name in SDP `a=rtpmap` (RFC 3551 §6).
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Law::Mu => "PCMU",
            Law::A => "PCMA",
        }
    }

    /// Returns the byte for silence.
    pub const fn silence(self) -> u8 {
        match self {
            Law::Mu => 0xFF,
            Law::A => 0xD5,
        }
    }

    /// Encodes one sample.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Mu => mu_encode(sample),
            Law::A => a_encode(sample),
        }
    }

    /// Decodes one byte.
    pub const fn decode(self, byte: u8) -> i16 {
        self.table()[byte as usize]
    }

    /// Encodes a whole frame.
    pub fn encode_frame(self, frame: &Frame) -> Payload {
        frame.map(|sample| self.encode(sample))
    }

    /// Encodes as many samples as both slices hold; returns that number.
    pub fn encode_into(self, samples: &[i16], bytes: &mut [u8]) -> usize {
        for (byte, &sample) in bytes.iter_mut().zip(samples) {
            *byte = self.encode(sample);
        }
        samples.len().min(bytes.len())
    }

    /// Decodes as many bytes as both slices hold; returns that number.
    pub fn decode_into(self, bytes: &[u8], samples: &mut [i16]) -> usize {
        let table = self.table();
        for (sample, &byte) in samples.iter_mut().zip(bytes) {
            *sample = table[byte as usize];
        }
        samples.len().min(bytes.len())
    }

    /// Returns the table from bytes of this law to bytes of another; `None` for the same law.
    pub const fn table_to(self, other: Law) -> Option<&'static [u8; 256]> {
        match (self, other) {
            (Law::Mu, Law::A) => Some(&MU_TO_A),
            (Law::A, Law::Mu) => Some(&A_TO_MU),
            (Law::Mu, Law::Mu) | (Law::A, Law::A) => None,
        }
    }

    const fn table(self) -> &'static [i16; 256] {
        match self {
            Law::Mu => &MU_TABLE,
            Law::A => &A_TABLE,
        }
    }
}

static MU_TABLE: [i16; 256] = decode_table(Law::Mu);
static A_TABLE: [i16; 256] = decode_table(Law::A);
static MU_TO_A: [u8; 256] = transcode_table(Law::Mu, Law::A);
static A_TO_MU: [u8; 256] = transcode_table(Law::A, Law::Mu);

const fn transcode_table(from: Law, to: Law) -> [u8; 256] {
    let samples = decode_table(from);
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = to.encode(samples[byte]);
        byte += 1;
    }
    table
}

const fn decode_table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match law {
            Law::Mu => mu_decode(byte as u8),
            Law::A => a_decode(byte as u8),
        };
        byte += 1;
    }
    table
}

/// The bias that µ-law adds before it finds the segment, at 16 bits.
const MU_BIAS: i32 = 0x84;
const MU_CLIP: i32 = 32_635;

const fn mu_encode(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0x80, -(sample as i32)) } else { (0, sample as i32) };
    let biased = if magnitude > MU_CLIP { MU_CLIP } else { magnitude } + MU_BIAS;
    // Bias and clip put the highest set bit in 7..=14.
    let segment = 31 - biased.leading_zeros() - 7;
    let step = (biased >> (segment + 3)) & 0x0F;
    !(sign | (segment << 4) as u8 | step as u8)
}

const fn mu_decode(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = ((((byte & 0x0F) as i32) << 3) + MU_BIAS) << ((byte & 0x70) >> 4);
    if byte & 0x80 != 0 { (MU_BIAS - magnitude) as i16 } else { (magnitude - MU_BIAS) as i16 }
}

const fn a_encode(sample: i16) -> u8 {
    // A-law has 13 bits. Negative values are in one's complement, so that -1 mirrors 0.
    let value = (sample >> 3) as i32;
    let (mask, magnitude) = if value >= 0 { (0xD5, value) } else { (0x55, !value) };
    let bits = 32 - magnitude.leading_zeros();
    let segment = bits.saturating_sub(5);
    let step = if segment < 2 { magnitude >> 1 } else { magnitude >> segment } & 0x0F;
    ((segment << 4) as u8 | step as u8) ^ mask
}

const fn a_decode(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let step = ((byte & 0x0F) as i32) << 4;
    let magnitude = match (byte & 0x70) >> 4 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    if byte & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mu_law_decodes_to_the_values_of_the_standard() {
        // Table 2 of G.711 at 14 bits, times four.
        for (byte, value) in [
            (0x80, 8031 * 4),
            (0x8F, 4191 * 4),
            (0x90, 3999 * 4),
            (0x9F, 2079 * 4),
            (0xAF, 1023 * 4),
            (0xBF, 495 * 4),
            (0xCF, 231 * 4),
            (0xDF, 99 * 4),
            (0xEF, 33 * 4),
            (0xFE, 2 * 4),
            (0xFF, 0),
            (0x7F, 0),
            (0x00, -8031 * 4),
            (0x7E, -2 * 4),
        ] {
            assert_eq!(i32::from(Law::Mu.decode(byte)), value, "{byte:#04x}");
        }
    }

    #[test]
    fn a_law_decodes_to_the_values_of_the_standard() {
        // Table 1 of G.711 at 12 bits and a half (units of 1/2 of 4096), times eight.
        for (byte, value) in [
            (0xD5, 1),
            (0xD4, 3),
            (0xC5, 33),
            (0xDA, 31),
            (0xF5, 66),
            (0xE5, 132),
            (0x95, 264),
            (0x85, 528),
            (0xB5, 1056),
            (0xA5, 2112),
            (0xAA, 4032),
            (0x55, -1),
            (0x2A, -4032),
        ] {
            assert_eq!(i32::from(Law::A.decode(byte)), value * 8, "{byte:#04x}");
        }
    }

    #[test]
    fn every_byte_survives_decode_and_encode() {
        for byte in 0..=255u8 {
            assert_eq!(Law::A.encode(Law::A.decode(byte)), byte);
            // µ-law has two zeros; the negative zero is encoded as the positive one.
            let expected = if byte == 0x7F { 0xFF } else { byte };
            assert_eq!(Law::Mu.encode(Law::Mu.decode(byte)), expected);
        }
    }

    #[test]
    fn every_sample_comes_back_within_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            let wanted = i32::from(sample);
            let mu = i32::from(Law::Mu.decode(Law::Mu.encode(sample)));
            let a = i32::from(Law::A.decode(Law::A.encode(sample)));
            let clipped = wanted.clamp(-32_124, 32_124);
            assert!((mu - clipped).abs() <= (wanted.abs() + 132) / 32 + 1, "µ {wanted} {mu}");
            assert!((a - wanted).abs() <= wanted.abs() / 32 + 8, "A {wanted} {a}");
        }
    }

    #[test]
    fn silence_is_silent() {
        assert_eq!(Law::Mu.decode(Law::Mu.silence()), 0);
        assert_eq!(Law::A.decode(Law::A.silence()), 8);
        assert_eq!(Law::Mu.encode(0), Law::Mu.silence());
        assert_eq!(Law::A.encode(0), Law::A.silence());
    }

    #[test]
    fn slices_of_different_lengths_convert_the_shorter() {
        let mut samples = [7i16; 4];
        assert_eq!(Law::Mu.decode_into(&[0xFF, 0x80], &mut samples), 2);
        assert_eq!(samples, [0, 32_124, 7, 7]);
        let mut bytes = [0u8; 2];
        assert_eq!(Law::A.encode_into(&[0, 0, 0], &mut bytes), 2);
        assert_eq!(bytes, [0xD5, 0xD5]);
    }
}
