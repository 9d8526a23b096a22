//! RTP packets (RFC 3550 §5.1), parsed in place and written into the caller's buffer.

/// Payload type of comfort noise (RFC 3389).
pub const COMFORT_NOISE: u8 = 13;

/// The size in bytes of a header without CSRCs and extension.
pub const HEADER_LEN: usize = 12;

/// Why bytes are not a usable RTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    /// The datagram is shorter than its header says.
    #[error("the RTP packet ends before its header says: {len} bytes, {needed} needed")]
    Truncated {
        /// The number of bytes received.
        len: usize,
        /// The number of bytes that the header requires.
        needed: usize,
    },
    /// The version bits are not 2: STUN, DTLS or noise.
    #[error("not RTP version 2")]
    Version,
    /// RTCP on the RTP port (RFC 5761 §4).
    #[error("an RTCP packet on the RTP port")]
    Rtcp,
    /// The padding count is zero or longer than the payload.
    #[error("the RTP padding count {0} does not fit the packet")]
    Padding(u8),
    /// The buffer is too small for the packet.
    #[error("an RTP packet of {needed} bytes does not fit a buffer of {len}")]
    NoRoom {
        /// The size of the buffer in bytes.
        len: usize,
        /// The size of the packet in bytes.
        needed: usize,
    },
}

/// The fields of the fixed header that we set ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpHeader {
    /// The start of a talkspurt or of a DTMF event.
    pub marker: bool,
    /// The payload type, 0–127.
    pub payload_type: u8,
    /// The sequence number: one more per packet, wrapping.
    pub sequence: u16,
    /// The timestamp in samples (1/8000 s), wrapping.
    pub timestamp: u32,
    /// The identifier of the stream's sender.
    pub ssrc: u32,
}

impl RtpHeader {
    /// Writes header and payload; returns the length of the packet.
    pub fn write(&self, payload: &[u8], out: &mut [u8]) -> Result<usize, RtpError> {
        let needed = HEADER_LEN + payload.len();
        let len = out.len();
        let Some(out) = out.get_mut(..needed) else {
            return Err(RtpError::NoRoom { len, needed });
        };
        out[0] = 0x80;
        out[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7F;
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        out[12..].copy_from_slice(payload);
        Ok(needed)
    }
}

/// A header extension (RFC 3550 §5.3.1), not interpreted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The identifier that the profile defines.
    pub profile: u16,
    /// The data; its length is a multiple of four bytes.
    pub data: &'a [u8],
}

/// A received packet that borrows from its datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    /// The fixed header.
    pub header: RtpHeader,
    /// Contributing sources, four bytes each.
    pub csrc: &'a [u8],
    /// The extension, if there is one.
    pub extension: Option<Extension<'a>>,
    /// The payload without padding; may be empty.
    pub payload: &'a [u8],
}

impl<'a> RtpPacket<'a> {
    /// Parses one datagram.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, RtpError> {
        let (fixed, rest) = split(datagram, HEADER_LEN, datagram.len())?;
        if fixed[0] >> 6 != 2 {
            return Err(RtpError::Version);
        }
        if (192..=223).contains(&fixed[1]) {
            return Err(RtpError::Rtcp);
        }
        let (csrc, rest) = split(rest, usize::from(fixed[0] & 0x0F) * 4, datagram.len())?;
        let (extension, rest) = if fixed[0] & 0x10 != 0 {
            let (head, rest) = split(rest, 4, datagram.len())?;
            let words = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let (data, rest) = split(rest, words * 4, datagram.len())?;
            (Some(Extension { profile: u16::from_be_bytes([head[0], head[1]]), data }), rest)
        } else {
            (None, rest)
        };
        let payload = if fixed[0] & 0x20 != 0 { unpad(rest)? } else { rest };
        let header = RtpHeader {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7F,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        Ok(RtpPacket { header, csrc, extension, payload })
    }
}

/// Splits `count` bytes off the rest of a datagram of `total` bytes.
fn split(rest: &[u8], count: usize, total: usize) -> Result<(&[u8], &[u8]), RtpError> {
    rest.split_at_checked(count)
        .ok_or(RtpError::Truncated { len: total, needed: total - rest.len() + count })
}

/// The last byte of a padded packet counts the padding, including itself.
fn unpad(padded: &[u8]) -> Result<&[u8], RtpError> {
    let count = padded.last().copied().unwrap_or(0);
    match padded.len().checked_sub(usize::from(count)) {
        Some(len) if count > 0 => Ok(&padded[..len]),
        _ => Err(RtpError::Padding(count)),
    }
}

/// Numbers the packets of one stream that we send.
#[derive(Debug, Clone)]
pub struct RtpSender {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

impl RtpSender {
    /// Creates a stream whose first packet has this sequence number and timestamp. All three values
    /// should be random (RFC 3550 §5.1).
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        RtpSender { ssrc, sequence, timestamp }
    }

    /// Returns the timestamp of the current frame.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Advances the timestamp by this many samples, whether or not a packet was sent.
    pub fn advance(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
    }

    /// Returns the header of a packet at the current timestamp.
    pub fn header(&mut self, payload_type: u8, marker: bool) -> RtpHeader {
        self.header_at(payload_type, marker, self.timestamp)
    }

    /// Returns the header of a packet with another timestamp: a DTMF event keeps the timestamp of
    /// its start.
    pub fn header_at(&mut self, payload_type: u8, marker: bool, timestamp: u32) -> RtpHeader {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        RtpHeader { marker, payload_type, sequence, timestamp, ssrc: self.ssrc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn csrc_extension_and_padding_are_taken_off() {
        let mut bytes = vec![0x80 | 0x20 | 0x10 | 2, 0x80 | 8, 0x12, 0x34, 0, 0, 0, 9, 1, 2, 3, 4];
        bytes.extend([10, 11, 12, 13, 20, 21, 22, 23]);
        bytes.extend([0xBE, 0xDE, 0, 1, 5, 6, 7, 8]);
        bytes.extend(b"sound");
        bytes.extend([0, 0, 3]);
        let packet = RtpPacket::parse(&bytes).unwrap();
        assert_eq!(
            packet.header,
            RtpHeader {
                marker: true,
                payload_type: 8,
                sequence: 0x1234,
                timestamp: 9,
                ssrc: 0x0102_0304
            }
        );
        assert_eq!(packet.csrc, [10, 11, 12, 13, 20, 21, 22, 23]);
        assert_eq!(packet.extension, Some(Extension { profile: 0xBEDE, data: &[5, 6, 7, 8] }));
        assert_eq!(packet.payload, b"sound");
    }

    #[test]
    fn a_packet_that_lies_about_its_length_is_refused() {
        let header = [0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
        let parse = |first: u8, tail: &[u8]| {
            let bytes = [&[first], &header[1..], tail].concat();
            RtpPacket::parse(&bytes).map(|_| ())
        };
        assert_eq!(RtpPacket::parse(&[]), Err(RtpError::Truncated { len: 0, needed: 12 }));
        assert_eq!(parse(0x40, b""), Err(RtpError::Version));
        assert_eq!(parse(0x8F, b"x"), Err(RtpError::Truncated { len: 13, needed: 72 }));
        assert_eq!(
            parse(0x90, &[0, 0, 0xFF, 0xFF]),
            Err(RtpError::Truncated { len: 16, needed: 16 + 65_535 * 4 })
        );
        assert_eq!(parse(0xA0, &[0]), Err(RtpError::Padding(0)));
        assert_eq!(parse(0xA0, &[1, 3]), Err(RtpError::Padding(3)));
        assert_eq!(parse(0xA0, &[0, 2]), Ok(()));
        assert_eq!(parse(0xA0, b""), Err(RtpError::Padding(0)));
    }

    #[test]
    fn rtcp_on_the_same_port_is_told_apart() {
        let mut report = [0u8; 28];
        report[0] = 0x80;
        report[1] = 200;
        assert_eq!(RtpPacket::parse(&report), Err(RtpError::Rtcp));
    }

    #[test]
    fn a_buffer_that_is_too_small_is_left_alone() {
        let header = RtpSender::new(1, 2, 3).header(0, false);
        let mut small = [7u8; 13];
        assert_eq!(
            header.write(&[1, 2], &mut small),
            Err(RtpError::NoRoom { len: 13, needed: 14 })
        );
        assert_eq!(small, [7; 13]);
    }

    #[test]
    fn a_sender_wraps_its_numbers() {
        let mut sender = RtpSender::new(1, u16::MAX, u32::MAX - 159);
        assert_eq!(sender.header(0, true).sequence, u16::MAX);
        sender.advance(160);
        let next = sender.header(0, false);
        assert_eq!((next.sequence, next.timestamp), (0, 0));
        assert_eq!(sender.header_at(101, true, 77).timestamp, 77);
        assert_eq!(sender.timestamp(), 0);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(packet) = RtpPacket::parse(&bytes) {
                prop_assert!(packet.payload.len() + HEADER_LEN <= bytes.len());
            }
        }

        #[test]
        fn what_is_written_is_read_back(
            marker: bool, payload_type in 0u8..64, sequence: u16, timestamp: u32, ssrc: u32,
            payload in prop::collection::vec(any::<u8>(), 0..500),
        ) {
            let header = RtpHeader { marker, payload_type, sequence, timestamp, ssrc };
            let mut buffer = [0u8; 600];
            let len = header.write(&payload, &mut buffer).unwrap();
            let packet = RtpPacket::parse(&buffer[..len]).unwrap();
            prop_assert_eq!(packet.header, header);
            prop_assert_eq!(packet.payload, &payload[..]);
        }
    }
}
