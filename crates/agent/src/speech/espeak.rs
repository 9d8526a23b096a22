//! Speech from programs such as espeak-ng, one child process per new text, and from WAV files.

use std::{
    io,
    path::{Component, Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use campanile_media::{
    resample,
    wav::{self, WavError},
};
use campanile_rules::{agent::AgentVersion, ids::WorkspaceId, template::is_wav};
use tokio::{
    io::AsyncWriteExt,
    process::Command,
    sync::{OnceCell, Semaphore},
};

use super::{
    Library, MAX_TEXT_CHARS, MAX_WAV_S, Making, Mute, SpeechError, Voice,
    cache::{Cache, Key},
    is_shortage,
    program::{Program, Run, flite_voices, model},
    voices::{Voices, nearest},
};

/// The size in bytes of the WAV header that espeak-ng writes.
const WAV_HEADER: usize = 44;

/// Settings of the speech.
#[derive(Debug, Clone)]
pub struct SpeechConfig {
    /// The speech program: a name on the PATH, or a path.
    pub program: PathBuf,
    /// The directory of WAV files for scripts.
    pub sounds_dir: PathBuf,
    /// The directory of piper's voices, `NAME.onnx` each.
    pub voices_dir: PathBuf,
    /// Whether a script may name WAV files outside that directory. Only for a script that the
    /// operator wrote, never for one that came over the network.
    pub wav_anywhere: bool,
    /// The sounds that workspaces uploaded, which come before files; None where uploads do not
    /// exist.
    pub library: Option<Arc<dyn Library>>,
    /// The size of the cache in bytes (16,000 per second of sound).
    pub cache_bytes: usize,
    /// How many programs may run at once.
    pub max_programs: usize,
    /// How long one program may run.
    pub timeout: Duration,
}

impl Default for SpeechConfig {
    fn default() -> Self {
        SpeechConfig {
            program: "espeak-ng".into(),
            sounds_dir: ".".into(),
            voices_dir: "voices".into(),
            wav_anywhere: false,
            library: None,
            cache_bytes: 128 << 20,
            max_programs: 4,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Speaks with espeak-ng, or plays a sound for a text that ends in `.wav`. Cheap to clone.
#[derive(Clone)]
pub struct Speech {
    inner: Arc<Inner>,
    /// The workspace whose uploaded sounds are played.
    workspace: Option<WorkspaceId>,
}

struct Inner {
    config: SpeechConfig,
    cache: Cache,
    turns: Semaphore,
    voices: OnceCell<Arc<Voices>>,
}

impl std::fmt::Debug for Speech {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Speech").field(&self.inner.config).field(&self.workspace).finish()
    }
}

impl Speech {
    /// Creates the voice without starting a program.
    pub fn new(config: SpeechConfig) -> Speech {
        let cache = Cache::new(config.cache_bytes);
        let turns = Semaphore::new(config.max_programs.max(1));
        let inner = Inner { config, cache, turns, voices: OnceCell::new() };
        Speech { inner: Arc::new(inner), workspace: None }
    }

    /// Returns the same voice for a workspace, with that workspace's uploaded sounds.
    pub fn of(&self, workspace: WorkspaceId) -> Speech {
        Speech { inner: self.inner.clone(), workspace: Some(workspace) }
    }

    /// Returns every problem that keeps a version from being spoken, by field: nothing to say, a
    /// missing program, an unknown voice or language, unplayable sounds, too much text.
    /// Placeholders may be unfilled.
    pub async fn check(&self, version: &AgentVersion) -> Vec<Mute> {
        let mut found = Vec::new();
        let mut note = |pointer: &str, error: SpeechError| {
            found.push(Mute { pointer: pointer.to_owned(), error });
        };
        if crate::texts::says_nothing(version) {
            note("/first_message", SpeechError::SaysNothing);
        }
        let mut speaks = false;
        for (place, text) in crate::texts::spoken(version) {
            let chars = text.chars().count();
            let error = if is_wav(text) && !text.contains("{{") {
                self.speak(text, "").await.err()
            } else {
                speaks = true;
                (chars > MAX_TEXT_CHARS).then_some(SpeechError::TooLong { chars })
            };
            if let Some(error) = error {
                note(&place.pointer(), error);
            }
        }
        let is_served = version.engine.script().is_some_and(|script| script.tts.is_some());
        if !speaks || is_served {
            return found;
        }
        let wrong = self.mistaken(&version.language, &version.voice).await;
        let is_listed = wrong.is_empty();
        wrong.into_iter().for_each(|(pointer, error)| note(pointer, error));
        if is_listed && let Err(error) = self.speak("a", crate::texts::voice_of(version)).await {
            note(if version.voice.is_empty() { "/language" } else { "/voice" }, error);
        }
        found
    }

    /// Returns the problems with a language and a voice that the program does not list, by field.
    /// The program would not fail but speak a similar one: the language without its country, the
    /// voice without its variant.
    pub async fn mistaken(&self, language: &str, voice: &str) -> Vec<(&'static str, SpeechError)> {
        match Program::of(voice) {
            Program::Espeak(_) => {}
            other => return self.unknown(other, voice).await.into_iter().collect(),
        }
        // Without a list, only speaking shows whether the voice exists.
        let Ok(voices) = self.voices().await else { return Vec::new() };
        let no_voice = |name: &str, near| SpeechError::NoVoice { voice: name.to_owned(), near };
        let language_near = voices.mistaken_language(language);
        let voice_near = voices.mistaken_voice(voice).filter(|_| !voice.is_empty());
        let wrong_language = language_near.map(|near| ("/language", no_voice(language, near)));
        let wrong_voice = voice_near.map(|near| ("/voice", no_voice(voice, near)));
        wrong_language.into_iter().chain(wrong_voice).collect()
    }

    /// Returns the problem with a voice of another program.
    async fn unknown(
        &self,
        program: Program<'_>,
        voice: &str,
    ) -> Option<(&'static str, SpeechError)> {
        let voices_dir = &self.inner.config.voices_dir;
        let known: Vec<String> = match program {
            Program::Piper(name) => {
                let files = std::fs::read_dir(voices_dir).into_iter().flatten().flatten();
                let is_there = is_voice(name) && model(name, voices_dir).exists();
                let here = is_there.then(|| name.to_owned());
                files
                    .filter_map(|file| {
                        Some(file.file_name().to_str()?.strip_suffix(".onnx")?.into())
                    })
                    .chain(here)
                    .collect()
            }
            Program::Flite(_) | Program::Espeak(_) => {
                let list =
                    Run { program: "flite".into(), args: vec!["-lv".into()], input: String::new() };
                match self.run(list).await {
                    Ok(listed) => {
                        let listed = String::from_utf8_lossy(&listed);
                        flite_voices(&listed).into_iter().map(str::to_owned).collect()
                    }
                    Err(error) => return Some(("/voice", error)),
                }
            }
        };
        let (prefix, name) = voice.split_once(':').unwrap_or_default();
        let names = known.iter().map(|known| (known.as_str(), known.as_str()));
        let near = nearest(name, names).into_iter().map(|name| format!("{prefix}:{name}"));
        let error = SpeechError::NoVoice { voice: voice.to_owned(), near: near.collect() };
        (!known.iter().any(|known| known == name)).then_some(("/voice", error))
    }

    /// Returns what the program can speak. The program is asked once.
    pub async fn voices(&self) -> Result<Arc<Voices>, SpeechError> {
        let ask = || async {
            let _turn = self.inner.turns.acquire().await;
            let list = |option: &str| Run {
                program: self.inner.config.program.clone(),
                args: vec![option.into()],
                input: String::new(),
            };
            let languages = self.run(list("--voices")).await?;
            let variants = self.run(list("--voices=variant")).await?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Ok(Arc::new(Voices::parse(&text(&languages), &text(&variants))))
        };
        self.inner.voices.get_or_try_init(ask).await.cloned()
    }

    /// Removes a workspace's sound from the cache, because the sound was replaced or deleted.
    pub fn forget(&self, workspace: WorkspaceId, name: &str) {
        self.inner.cache.forget(&of_sound(name, Some(workspace)));
    }

    /// Whether the operator's directory has a file of this name.
    pub fn has_file(&self, name: &str) -> bool {
        self.wav_path(name).is_ok_and(|path| path.exists())
    }

    async fn make(&self, text: &str, voice: &str) -> Result<Arc<[i16]>, SpeechError> {
        if is_wav(text) {
            return self.play(text.trim()).await;
        }
        let _turn = self.inner.turns.acquire().await;
        let SpeechConfig { program, voices_dir, .. } = &self.inner.config;
        let wav = self.run(Program::of(voice).speaks(text, program, voices_dir)).await?;
        if wav.len() < WAV_HEADER {
            return Err(self.failed("it made no sound".to_owned()));
        }
        off_the_runtime(move || Ok(sound_of(&wav).into())).await
    }

    /// Plays a sound that the workspace uploaded, or a file.
    async fn play(&self, name: &str) -> Result<Arc<[i16]>, SpeechError> {
        if let (Some(library), Some(workspace)) = (&self.inner.config.library, self.workspace)
            && let Some(wav) = library.sound(workspace, name).await.map_err(|e| self.failed(e))?
        {
            let path = PathBuf::from(name);
            return off_the_runtime(move || decode(wav::read_from(&wav[..], MAX_WAV_S), path))
                .await;
        }
        let path = self.wav_path(name)?;
        let is_there = path.exists() || self.workspace.is_none();
        if !is_there && self.inner.config.library.is_some() {
            let near = self.near_sounds(name).await;
            return Err(SpeechError::NoSound { name: name.to_owned(), near });
        }
        off_the_runtime(move || decode(wav::read(&path, MAX_WAV_S), path)).await
    }

    async fn near_sounds(&self, name: &str) -> Vec<String> {
        let (Some(library), Some(workspace)) = (&self.inner.config.library, self.workspace) else {
            return Vec::new();
        };
        let names = library.names(workspace).await.unwrap_or_default();
        nearest(name, names.iter().map(|known| (known.as_str(), known.as_str())))
    }

    fn wav_path(&self, line: &str) -> Result<PathBuf, SpeechError> {
        let path = Path::new(line);
        let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside && !self.inner.config.wav_anywhere {
            return Err(SpeechError::Outside { line: line.to_owned() });
        }
        Ok(self.inner.config.sounds_dir.join(path))
    }

    fn failed(&self, detail: String) -> SpeechError {
        SpeechError::Failed { program: self.inner.config.program.display().to_string(), detail }
    }

    /// Runs a program and returns its output.
    async fn run(&self, Run { program, args, input }: Run) -> Result<Vec<u8>, SpeechError> {
        let timeout = self.inner.config.timeout;
        let name = || program.display().to_string();
        let failed = |detail| SpeechError::Failed { program: name(), detail };
        let mut child = Command::new(&program)
            .args(&args)
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
                // A program that refuses the voice does not read its input; its exit status says
                // so.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
            drop(stdin);
            child.wait_with_output().await
        };
        let output = tokio::time::timeout(timeout, exchange)
            .await
            .map_err(|_| SpeechError::TimedOut { program: name(), timeout_s: timeout.as_secs() })?
            .map_err(|error| failed(error.to_string()))?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        if complaint.contains("voice does not exist") {
            let voice = args.get(1).map(|voice| voice.to_string_lossy().into_owned());
            return Err(SpeechError::NoVoice {
                voice: voice.unwrap_or_default(),
                near: Vec::new(),
            });
        }
        if !output.status.success() {
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
        if !is_wav(text) && !is_voice(Program::of(voice).voice()) {
            return Err(SpeechError::NoVoice { voice: voice.to_owned(), near: Vec::new() });
        }
        let key = match is_wav(text) {
            true => of_sound(text, self.workspace),
            false => (text.to_owned(), voice.to_owned()),
        };
        self.inner.cache.get(key, self.make(text, voice)).await
    }

    async fn knows(&self, language: &str, voice: &str) -> Result<(), SpeechError> {
        match self.mistaken(language, voice).await.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    async fn keep(
        &self,
        text: &str,
        voice: &str,
        make: Making<'_>,
    ) -> Result<Arc<[i16]>, SpeechError> {
        self.inner.cache.get((text.to_owned(), voice.to_owned()), make).await
    }

    fn of(&self, workspace: WorkspaceId) -> Arc<dyn Voice> {
        Arc::new(Speech::of(self, workspace))
    }
}

/// Returns the cache key of a sound. It ignores the voice and differs per workspace.
fn of_sound(name: &str, workspace: Option<WorkspaceId>) -> Key {
    (name.trim().to_owned(), workspace.map(WorkspaceId::plain).unwrap_or_default())
}

fn decode(read: Result<Vec<i16>, WavError>, path: PathBuf) -> Result<Arc<[i16]>, SpeechError> {
    match read {
        Ok(sound) if sound.is_empty() => {
            Err(SpeechError::Wav { path, detail: "there is no sound in it".to_owned() })
        }
        Ok(sound) => Ok(sound.into()),
        Err(error) => Err(SpeechError::wav(path, error)),
    }
}

/// Whether a text can be a voice name: it is no option of the program and no path.
fn is_voice(voice: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | ' ');
    voice.starts_with(|c: char| c.is_ascii_alphanumeric()) && voice.chars().all(is_plain)
}

/// Returns the samples of the program's WAV: 16 bit mono at its own rate. The program writes the
/// header before it knows the length, so the length there is wrong.
fn sound_of(wav: &[u8]) -> Vec<i16> {
    let rate = u32::from_le_bytes([wav[24], wav[25], wav[26], wav[27]]);
    let (pairs, _) = wav[WAV_HEADER..].as_chunks::<2>();
    let samples: Vec<f32> =
        pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect();
    resample::to_8k(&samples, rate)
}

/// Runs slow work on a blocking thread, so that it does not delay calls.
async fn off_the_runtime(
    work: impl FnOnce() -> Result<Arc<[i16]>, SpeechError> + Send + 'static,
) -> Result<Arc<[i16]>, SpeechError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(SpeechError::Failed { program: "the decoder".to_owned(), detail: error.to_string() })
    })
}
