//! Text to sound: the voice of an agent.

mod cache;
mod espeak;
mod program;
mod served;
mod voices;

pub use espeak::{Speech, SpeechConfig};
pub use served::voice_for;
pub use voices::{Language, Variant, Voices};

use std::{io, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use campanile_media::wav::WavError;
use campanile_rules::ids::WorkspaceId;
use futures::future::BoxFuture;
use rustix::io::Errno;

use crate::wire::VoiceError;

/// The longest text that is spoken at once, in characters.
pub const MAX_TEXT_CHARS: usize = 3_000;

/// The longest sound that is played, in seconds.
pub const MAX_WAV_S: u32 = 300;

/// The sound of a text at 8 kHz, while it is made.
pub type Making<'a> = BoxFuture<'a, Result<Arc<[i16]>, SpeechError>>;

/// Turns text into sound.
#[async_trait]
pub trait Voice: Send + Sync {
    /// Returns the sound of `text` at 8 kHz. `voice` is a voice of the program or a language tag
    /// (BCP 47). A text spoken before comes from the cache without delay.
    async fn speak(&self, text: &str, voice: &str) -> Result<Arc<[i16]>, SpeechError>;

    /// Checks whether a language and a voice exist. The program itself would speak a mistyped one
    /// as a similar one.
    async fn knows(&self, language: &str, voice: &str) -> Result<(), SpeechError>;

    /// Returns what is cached for `text` and a voice of another maker, or has it made.
    async fn keep(
        &self,
        _text: &str,
        _voice: &str,
        make: Making<'_>,
    ) -> Result<Arc<[i16]>, SpeechError> {
        make.await
    }

    /// Returns the same voice for a workspace, with that workspace's uploaded sounds.
    fn of(&self, workspace: WorkspaceId) -> Arc<dyn Voice>;
}

/// The sounds that workspaces uploaded.
#[async_trait]
pub trait Library: Send + Sync + std::fmt::Debug {
    /// Returns the WAV file that a workspace uploaded under this name. The error is a text for
    /// people.
    async fn sound(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Vec<u8>>, String>;

    /// Returns the names of all sounds that a workspace uploaded.
    async fn names(&self, workspace: WorkspaceId) -> Result<Vec<String>, String>;
}

/// Why a text cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The text-to-speech program is missing.
    #[error(
        "there is no {program} to speak with; install it ({}), use WAV files, or let a server speak \
         (tts)",
        installing(program)
    )]
    NoProgram {
        /// The program that was looked for on the PATH.
        program: String,
    },
    /// The program does not know the voice.
    #[error("there is no voice {voice:?}; {}", voices::advice(near))]
    NoVoice {
        /// The voice or language of the agent version.
        voice: String,
        /// Voices or languages that may be meant.
        near: Vec<String>,
    },
    /// A recipient who answers would hear nothing.
    #[error(
        "is empty and there are no lines, so that whoever answers would hear nothing; write what \
         the agent says first"
    )]
    SaysNothing,
    /// The words were not ready in time.
    #[error(
        "the agent's words were not ready within {within_s} s; what speaks hangs, or makes fewer words \
         than are asked for: then fewer calls per second help"
    )]
    Late {
        /// How long the call waited for them.
        within_s: u64,
    },
    /// The program failed.
    #[error("{program} failed to speak: {detail}")]
    Failed {
        /// The program's name.
        program: String,
        /// The program's message, or what went wrong.
        detail: String,
    },
    /// The system has no process or file descriptor left.
    #[error(
        "no room for {wanted}: {source}; raise the limits of open files and processes (ulimit)"
    )]
    NoRoom {
        /// The program or file that was needed.
        wanted: String,
        /// The operating system's error.
        source: io::Error,
    },
    /// The program took too long and was stopped.
    #[error("{program} did not finish within {timeout_s} s")]
    TimedOut {
        /// The program's name.
        program: String,
        /// The time limit.
        timeout_s: u64,
    },
    /// Too much text for one turn.
    #[error(
        "a text of {chars} characters is too long to say at once; the limit is {MAX_TEXT_CHARS}"
    )]
    TooLong {
        /// The length of the text in characters.
        chars: usize,
    },
    /// A line names a WAV file that cannot be used.
    #[error("cannot play {}: {detail}", path.display())]
    Wav {
        /// The path that was tried.
        path: PathBuf,
        /// What is wrong with the file.
        detail: String,
    },
    /// The server that speaks did not.
    #[error("speech synthesis: {0}")]
    Server(#[from] VoiceError),
    /// There is no sound of this name.
    #[error("there is no sound {name:?}; {}", sound_advice(near))]
    NoSound {
        /// The name, as written.
        name: String,
        /// Names that may be meant.
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

    /// Whether the error lies in the version, so that its author can correct it. Otherwise it lies
    /// in the machine that speaks.
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
            | SpeechError::Server(_)
            | SpeechError::TimedOut { .. } => false,
        }
    }

    /// Whether the error lies in the words of one call alone.
    pub fn is_of_this_call(&self) -> bool {
        matches!(self, SpeechError::TooLong { .. })
    }

    /// Whether the machine lacks something that every call needs, so that the agent is not to
    /// blame.
    pub fn is_shortage(&self) -> bool {
        match self {
            SpeechError::Server(error) => error.is_shortage(),
            error => matches!(error, SpeechError::NoRoom { .. }),
        }
    }
}

fn installing(program: &str) -> String {
    match program {
        "piper" => "pip install piper-tts".to_owned(),
        "flite" => "apt-get install flite".to_owned(),
        _ => "apt-get install espeak-ng".to_owned(),
    }
}

fn sound_advice(near: &[String]) -> String {
    match near {
        [] => "upload it, or correct the name".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    }
}

/// Whether the system has no descriptor, process or memory left (EMFILE, ENFILE, EAGAIN, ENOMEM).
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    let lacks = [Errno::MFILE, Errno::NFILE, Errno::AGAIN, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| lacks.contains(&errno))
}

/// A problem in one field of a version that keeps it from being spoken.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", pointer.trim_start_matches('/'))]
pub struct Mute {
    /// JSON Pointer (RFC 6901) to the field.
    pub pointer: String,
    /// What is wrong with the field.
    pub error: SpeechError,
}
