//! From text to sound: what an agent speaks with.

mod cache;
mod espeak;

pub(crate) use espeak::is_wav;
pub use espeak::{Speech, SpeechConfig};

use std::{io, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use campanile_media::wav::WavError;
use rustix::io::Errno;

/// The longest text that is spoken, in characters.
pub const MAX_TEXT_CHARS: usize = 3_000;

/// Something that turns text into sound.
#[async_trait]
pub trait Voice: Send + Sync {
    /// The sound of `text`, 8 kHz. `voice` is a voice of the program or a language tag (BCP 47).
    /// What was spoken before comes without delay.
    async fn speak(&self, text: &str, voice: &str) -> Result<Arc<[i16]>, SpeechError>;
}

/// Why something cannot be said.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The text-to-speech program is missing.
    #[error(
        "there is no {program} to speak with; install it (apt-get install espeak-ng) or use WAV files"
    )]
    NoProgram {
        /// What was looked for on the PATH.
        program: String,
    },
    /// The program does not know the voice.
    #[error("espeak-ng has no voice {voice:?}; espeak-ng --voices lists them")]
    NoVoice {
        /// The voice or language of the agent version.
        voice: String,
    },
    /// The program failed.
    #[error("{program} failed to speak: {detail}")]
    Failed {
        /// Which program.
        program: String,
        /// What it said, or what went wrong.
        detail: String,
    },
    /// The system has no process or file descriptor left for it.
    #[error(
        "no room for {wanted}: {source}; raise the limits of open files and processes (ulimit)"
    )]
    NoRoom {
        /// Which program or file.
        wanted: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program took too long and was stopped.
    #[error("{program} did not finish within {timeout_s} s")]
    TimedOut {
        /// Which program.
        program: String,
        /// The limit.
        timeout_s: u64,
    },
    /// Too much text for one turn.
    #[error(
        "a text of {chars} characters is too long to say at once; the limit is {MAX_TEXT_CHARS}"
    )]
    TooLong {
        /// How long it is.
        chars: usize,
    },
    /// A line names a WAV file that cannot be used.
    #[error("cannot play {}: {detail}", path.display())]
    Wav {
        /// The file, as looked for.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A line names a WAV file outside the directory of sounds.
    #[error(
        "{line:?} is outside the directory of sounds; put the file there and name it without a path"
    )]
    Outside {
        /// The line of the script.
        line: String,
    },
}

impl SpeechError {
    fn wav(path: PathBuf, error: WavError) -> SpeechError {
        match error {
            WavError::Io(source) if is_shortage(&source) => {
                SpeechError::NoRoom { wanted: path.display().to_string(), source }
            }
            error => SpeechError::Wav { path, detail: error.to_string() },
        }
    }

    /// Whether the machine lacks something that every call needs, so that the agent is not to blame.
    pub fn is_shortage(&self) -> bool {
        matches!(self, SpeechError::NoRoom { .. })
    }
}

/// Whether the system has no descriptor, process or memory left (EMFILE, ENFILE, EAGAIN, ENOMEM).
fn is_shortage(error: &io::Error) -> bool {
    let lacks = [Errno::MFILE, Errno::NFILE, Errno::AGAIN, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| lacks.contains(&errno))
}

/// A field of a version that keeps it from being spoken, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", pointer.trim_start_matches('/'))]
pub struct Mute {
    /// JSON Pointer (RFC 6901) to the field.
    pub pointer: String,
    /// Why it cannot be said.
    pub error: SpeechError,
}
