//! From text to sound: what an agent speaks with.

mod cache;
mod espeak;
mod voices;

pub use espeak::{Speech, SpeechConfig};
pub use voices::{Language, Variant, Voices};

use std::{io, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use campanile_media::wav::WavError;
use campanile_rules::ids::WorkspaceId;
use rustix::io::Errno;

/// The longest text that is spoken, in characters.
pub const MAX_TEXT_CHARS: usize = 3_000;

/// The longest sound that is played, in seconds.
pub const MAX_WAV_S: u32 = 300;

/// Something that turns text into sound.
#[async_trait]
pub trait Voice: Send + Sync {
    /// The sound of `text`, 8 kHz. `voice` is a voice of the program or a language tag (BCP 47).
    /// What was spoken before comes without delay.
    async fn speak(&self, text: &str, voice: &str) -> Result<Arc<[i16]>, SpeechError>;

    /// Whether a language and a voice are ones that are spoken: the program would speak a mistyped
    /// one as something that is like it.
    async fn knows(&self, language: &str, voice: &str) -> Result<(), SpeechError>;

    /// The same voice for the calls of a workspace: it plays the sounds that the workspace uploaded.
    fn of(&self, workspace: WorkspaceId) -> Arc<dyn Voice>;
}

/// The sounds that workspaces uploaded.
#[async_trait]
pub trait Library: Send + Sync + std::fmt::Debug {
    /// The WAV file that a workspace uploaded under this name. An error is in words.
    async fn sound(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Vec<u8>>, String>;

    /// The names of all that a workspace uploaded.
    async fn names(&self, workspace: WorkspaceId) -> Result<Vec<String>, String>;
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
    #[error("espeak-ng has no voice {voice:?}; {}", voices::advice(near))]
    NoVoice {
        /// The voice or language of the agent version.
        voice: String,
        /// What may be meant.
        near: Vec<String>,
    },
    /// Nobody who answers would hear anything.
    #[error(
        "is empty and there are no lines, so that whoever answers would hear nothing; write what \
         the agent says first"
    )]
    SaysNothing,
    /// The words were not ready when somebody waited for them.
    #[error(
        "the agent's words were not ready within {within_s} s; espeak-ng hangs, or makes fewer \
         words than are asked for: then fewer calls per second help"
    )]
    Late {
        /// How long they were waited for.
        within_s: u64,
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
    /// There is no sound of this name.
    #[error("there is no sound {name:?}; {}", sound_advice(near))]
    NoSound {
        /// As it is written.
        name: String,
        /// What may be meant.
        near: Vec<String>,
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

    /// Whether it is about what a version says, so that its author can correct it; otherwise about
    /// the machine that is to say it.
    pub fn is_about_the_version(&self) -> bool {
        match self {
            SpeechError::NoVoice { .. }
            | SpeechError::SaysNothing
            | SpeechError::TooLong { .. }
            | SpeechError::Wav { .. }
            | SpeechError::NoSound { .. }
            | SpeechError::Outside { .. } => true,
            SpeechError::NoProgram { .. }
            | SpeechError::NoRoom { .. }
            | SpeechError::Failed { .. }
            | SpeechError::Late { .. }
            | SpeechError::TimedOut { .. } => false,
        }
    }

    /// Whether it is about the words of one call alone.
    pub fn is_of_this_call(&self) -> bool {
        matches!(self, SpeechError::TooLong { .. })
    }

    /// Whether the machine lacks something that every call needs, so that the agent is not to blame.
    pub fn is_shortage(&self) -> bool {
        matches!(self, SpeechError::NoRoom { .. })
    }
}

fn sound_advice(near: &[String]) -> String {
    match near {
        [] => "upload it, or correct the name".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
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
