//! Sound between the call and a model: G.711 untouched, or 16-bit samples at another rate.

use bytes::Bytes;
use campanile_media::{
    Frame, SAMPLE_RATE,
    g711::Law,
    playout::{Item, Playout, Sound},
    resample::Resampler,
};
use campanile_rules::agent::RealtimeAudio;

use crate::wire::realtime::Format;

/// A form of sound that can be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// G.711 of this law.
    Coded(Law),
    /// 16-bit little-endian samples at this rate.
    Pcm(u32),
}

impl Form {
    /// Returns the form that was asked for.
    pub fn asked(audio: RealtimeAudio) -> Form {
        match audio {
            RealtimeAudio::Pcmu => Form::Coded(Law::Mu),
            RealtimeAudio::Pcma => Form::Coded(Law::A),
            RealtimeAudio::Pcm24 => Form::Pcm(24_000),
        }
    }

    /// Returns the form for a format of the protocol, if it can be spoken.
    pub fn of(format: &Format) -> Option<Form> {
        match format {
            Format::Pcmu => Some(Form::Coded(Law::Mu)),
            Format::Pcma => Some(Form::Coded(Law::A)),
            Format::Pcm(rate) => Some(Form::Pcm(*rate)),
            Format::Other(_) => None,
        }
    }

    fn bytes_per_s(self) -> u64 {
        match self {
            Form::Coded(_) => SAMPLE_RATE.into(),
            Form::Pcm(rate) => u64::from(rate) * 2,
        }
    }

    /// Returns how long a number of bytes takes, in milliseconds.
    pub fn ms(self, bytes: u64) -> u64 {
        bytes * 1_000 / self.bytes_per_s()
    }
}

/// Writes the person's sound for the model.
#[derive(Debug)]
pub(super) enum Ear {
    Coded(Law),
    Pcm(Resampler),
}

impl Ear {
    pub fn new(form: Form) -> Ear {
        match form {
            Form::Coded(law) => Ear::Coded(law),
            Form::Pcm(rate) => Ear::Pcm(Resampler::between(SAMPLE_RATE, rate)),
        }
    }

    /// Returns the bytes for 20 ms.
    pub fn write(&mut self, frame: &Frame) -> Bytes {
        match self {
            Ear::Coded(law) => Bytes::copy_from_slice(&law.encode_frame(frame)),
            Ear::Pcm(resampler) => {
                let raised = resampler.push(&frame.map(scaled));
                raised.into_iter().flat_map(i16::to_le_bytes).collect()
            }
        }
    }
}

/// Reads the model's sound into the playout.
#[derive(Debug)]
pub(super) struct Mouth {
    form: Form,
    resampler: Option<Resampler>,
    /// The utterance that is being spoken.
    item: Option<Item>,
    /// The first half of a sample whose second half has not come yet.
    half: Option<u8>,
}

impl Mouth {
    pub fn new(form: Form) -> Mouth {
        Mouth { form, resampler: None, item: None, half: None }
    }

    /// Appends a piece of an utterance to the playout.
    pub fn speak(&mut self, playout: &mut Playout, item: Item, piece: &[u8]) {
        let rate = match self.form {
            Form::Coded(law) => return playout.stream(item, Sound::Coded(law, piece)),
            Form::Pcm(rate) => rate,
        };
        if self.item.replace(item) != Some(item) {
            self.half = None;
            self.resampler = Some(Resampler::new(rate));
        }
        let Some(resampler) = &mut self.resampler else { return };
        let mut bytes: Vec<u8> =
            self.half.take().into_iter().chain(piece.iter().copied()).collect();
        if bytes.len() % 2 == 1 {
            self.half = bytes.pop();
        }
        let samples: Vec<f32> = bytes
            .chunks_exact(2)
            .map(|pair| scaled(i16::from_le_bytes([pair[0], pair[1]])))
            .collect();
        playout.stream(item, Sound::Linear(&resampler.push(&samples)));
    }

    /// Appends the end of an utterance.
    pub fn finish(&mut self, playout: &mut Playout, item: Item) {
        if self.item.take() == Some(item)
            && let Some(mut resampler) = self.resampler.take()
        {
            playout.stream(item, Sound::Linear(&resampler.finish()));
        }
    }
}

fn scaled(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}
