//! Speech by the program espeak-ng, a child process for each new text, and from WAV files.

use std::{
    io,
    path::{Component, Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use campanile_media::{resample, wav};
use campanile_rules::agent::AgentVersion;
use tokio::{io::AsyncWriteExt, process::Command, sync::Semaphore};

use super::{MAX_TEXT_CHARS, Mute, SpeechError, Voice, cache::Cache, is_shortage};

/// The longest WAV file that is played, in seconds.
const MAX_WAV_S: u32 = 300;
/// Bytes before the samples in what espeak-ng writes.
const WAV_HEADER: usize = 44;

/// How an agent gets its voice.
#[derive(Debug, Clone)]
pub struct SpeechConfig {
    /// The program: a name on the PATH, or a path.
    pub program: PathBuf,
    /// Where a script's WAV files are.
    pub sounds_dir: PathBuf,
    /// Whether a script may name WAV files outside that directory. For a script that the operator
    /// wrote; never for one that came over the network.
    pub wav_anywhere: bool,
    /// How much sound is kept, in bytes (16,000 a second).
    pub cache_bytes: usize,
    /// How many programs run at once.
    pub max_programs: usize,
    /// How long one may take.
    pub timeout: Duration,
}

impl Default for SpeechConfig {
    fn default() -> Self {
        SpeechConfig {
            program: "espeak-ng".into(),
            sounds_dir: ".".into(),
            wav_anywhere: false,
            cache_bytes: 128 << 20,
            max_programs: 4,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Speaks with espeak-ng, or plays a WAV file for a text that ends in `.wav`. Cheap to clone.
#[derive(Clone)]
pub struct Speech(Arc<Inner>);

struct Inner {
    config: SpeechConfig,
    cache: Cache,
    turns: Semaphore,
}

impl std::fmt::Debug for Speech {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Speech").field(&self.0.config).finish()
    }
}

impl Speech {
    /// Starts nothing yet.
    pub fn new(config: SpeechConfig) -> Speech {
        let cache = Cache::new(config.cache_bytes);
        let turns = Semaphore::new(config.max_programs.max(1));
        Speech(Arc::new(Inner { config, cache, turns }))
    }

    /// Everything that keeps a version from being spoken, by field: a missing program, a voice that
    /// it does not know, WAV files that cannot be played, too much text. Placeholders may still be
    /// in it.
    pub async fn check(&self, version: &AgentVersion) -> Vec<Mute> {
        let mut found = Vec::new();
        let mut speaks = false;
        for (place, text) in crate::spoken(version) {
            let chars = text.chars().count();
            let error = if is_wav(text) && !text.contains("{{") {
                self.speak(text, "").await.err()
            } else {
                speaks = true;
                (chars > MAX_TEXT_CHARS).then_some(SpeechError::TooLong { chars })
            };
            found.extend(error.map(|error| Mute { pointer: place.pointer(), error }));
        }
        if speaks && let Err(error) = self.speak("a", crate::voice_of(version)).await {
            let pointer = if version.voice.is_empty() { "/language" } else { "/voice" };
            found.push(Mute { pointer: pointer.to_owned(), error });
        }
        found
    }

    async fn make(&self, text: &str, voice: &str) -> Result<Arc<[i16]>, SpeechError> {
        if is_wav(text) {
            let path = self.wav_path(text.trim())?;
            return off_the_runtime(move || match wav::read(&path, MAX_WAV_S) {
                Ok(sound) if sound.is_empty() => {
                    Err(SpeechError::Wav { path, detail: "there is no sound in it".to_owned() })
                }
                Ok(sound) => Ok(sound.into()),
                Err(error) => Err(SpeechError::wav(path, error)),
            })
            .await;
        }
        let _turn = self.0.turns.acquire().await;
        let wav = self.run(text, voice).await?;
        off_the_runtime(move || Ok(sound_of(&wav).into())).await
    }

    fn wav_path(&self, line: &str) -> Result<PathBuf, SpeechError> {
        let path = Path::new(line);
        let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside && !self.0.config.wav_anywhere {
            return Err(SpeechError::Outside { line: line.to_owned() });
        }
        Ok(self.0.config.sounds_dir.join(path))
    }

    /// What the program writes for a text: a WAV file.
    async fn run(&self, text: &str, voice: &str) -> Result<Vec<u8>, SpeechError> {
        let SpeechConfig { program, timeout, .. } = &self.0.config;
        let name = || program.display().to_string();
        let failed = |detail: String| SpeechError::Failed { program: name(), detail };
        let mut child = Command::new(program)
            .args(["-v", voice, "--stdin", "--stdout"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => SpeechError::NoProgram { program: name() },
                _ if is_shortage(&error) => SpeechError::NoRoom { wanted: name(), source: error },
                _ => failed(error.to_string()),
            })?;
        let mut stdin = child.stdin.take();
        let exchange = async {
            if let Some(stdin) = &mut stdin {
                // A program that refuses the voice reads nothing; its status tells.
                let _ = stdin.write_all(text.as_bytes()).await;
            }
            drop(stdin);
            child.wait_with_output().await
        };
        let output = tokio::time::timeout(*timeout, exchange)
            .await
            .map_err(|_| SpeechError::TimedOut { program: name(), timeout_s: timeout.as_secs() })?
            .map_err(|error| failed(error.to_string()))?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        if complaint.contains("voice does not exist") {
            return Err(SpeechError::NoVoice { voice: voice.to_owned() });
        }
        if !output.status.success() || output.stdout.len() < WAV_HEADER {
            return Err(failed(format!("{}, {}", output.status, complaint.trim())));
        }
        Ok(output.stdout)
    }
}

#[async_trait]
impl Voice for Speech {
    async fn speak(&self, text: &str, voice: &str) -> Result<Arc<[i16]>, SpeechError> {
        let chars = text.chars().count();
        if chars > MAX_TEXT_CHARS {
            return Err(SpeechError::TooLong { chars });
        }
        if !is_wav(text) && !is_voice(voice) {
            return Err(SpeechError::NoVoice { voice: voice.to_owned() });
        }
        self.0.cache.get((text.to_owned(), voice.to_owned()), self.make(text, voice)).await
    }
}

/// Whether a text names a sound file.
pub(crate) fn is_wav(text: &str) -> bool {
    let text = text.trim();
    text.len() > 4
        && text.is_char_boundary(text.len() - 4)
        && text[text.len() - 4..].eq_ignore_ascii_case(".wav")
}

/// Whether it can be a voice: not an option of the program and not a path.
fn is_voice(voice: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | ' ');
    voice.starts_with(|c: char| c.is_ascii_alphanumeric()) && voice.chars().all(is_plain)
}

/// The samples of the program's WAV: 16 bit mono at its own rate. Its header is written before it
/// knows the length, so the length there is not to be believed.
fn sound_of(wav: &[u8]) -> Vec<i16> {
    let rate = u32::from_le_bytes([wav[24], wav[25], wav[26], wav[27]]);
    let (pairs, _) = wav[WAV_HEADER..].as_chunks::<2>();
    let samples: Vec<f32> =
        pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect();
    resample::to_8k(&samples, rate)
}

/// Runs work that would hold up calls elsewhere.
async fn off_the_runtime(
    work: impl FnOnce() -> Result<Arc<[i16]>, SpeechError> + Send + 'static,
) -> Result<Arc<[i16]>, SpeechError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(SpeechError::Failed { program: "the decoder".to_owned(), detail: error.to_string() })
    })
}
