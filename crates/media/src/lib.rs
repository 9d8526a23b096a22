//! Telephone audio without sockets: frames, G.711, RTP packets, jitter, playout, DTMF, WAV,
//! voicemail detection. Bytes and samples go in; samples and bytes come out. Time is counted in samples.

pub mod amd;
pub mod arriving;
pub mod call_wav;
pub mod dtmf;
pub mod g711;
pub mod inband;
pub mod jitter;
pub mod playout;
pub mod resample;
pub mod rtp;
pub mod tone;
pub mod wav;

/// Samples per second in the whole crate.
pub const SAMPLE_RATE: u32 = 8_000;

/// Samples in a frame: 20 ms.
pub const FRAME_SAMPLES: usize = 160;

/// 20 ms of linear sound, 16 bit, mono.
pub type Frame = [i16; FRAME_SAMPLES];
