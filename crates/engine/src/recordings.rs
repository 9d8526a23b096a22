//! A separate thread writes recordings. A call hands it one second of sound at a time and never
//! waits for it. If the disk is too slow, sound is missing from the recording, not from the call.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use campanile_media::{
    Frame,
    call_wav::{BYTES_PER_MS, CallWav, HEADER_BYTES, interleave},
};
use campanile_metrics::METRICS;
use campanile_rules::time::Timestamp;
use campanile_store::{Recording, Trouble};
use tokio::sync::Notify;

/// How many milliseconds of sound a call hands over at once.
const PIECE_MS: u64 = 1_000;

/// How many pieces may wait for the disk, over all calls: 32 MB.
const MAX_WAITING: usize = 2_000;

/// How long the end of a call waits until its last second is written. Only then is it known what is
/// missing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The interval between log lines about recordings while the disk fails.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Why sound is missing when the disk was too slow.
const TOO_SLOW: &str = "the disk was too slow";

/// The place where calls are recorded. Clones refer to the same place.
#[derive(Clone)]
pub struct Recordings {
    dir: PathBuf,
    desk: Option<Arc<Desk>>,
}

/// The state that calls share with the writing thread.
struct Desk {
    pieces: mpsc::Sender<Piece>,
    waiting: AtomicUsize,
    /// Files that are being written.
    open: Mutex<HashSet<Arc<str>>>,
    closed: Notify,
}

enum Piece {
    Sound { file: Arc<str>, begins_at: u64, sound: Vec<u8>, lost: Arc<Lost> },
    End { file: Arc<str> },
}

/// The sound that is missing from a recording.
#[derive(Default)]
struct Lost {
    bytes: AtomicU64,
    /// The first reason why sound is missing.
    reason: OnceLock<String>,
}

impl Lost {
    fn note(&self, bytes: u64, reason: impl FnOnce() -> String) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.reason.get_or_init(reason);
        METRICS.recording_lost.inc_by(bytes);
    }
}

/// The state of the writing thread.
struct Writing {
    dir: PathBuf,
    /// Files that are being written. `Err` holds the reason why a file failed; a failed file is not
    /// tried again.
    files: HashMap<Arc<str>, Result<CallWav, String>>,
    complained_at: Option<Instant>,
}

impl Recordings {
    /// Stores recordings in `dir`. If `record` is false, no call is recorded any more; earlier
    /// recordings are still found.
    pub fn start(dir: PathBuf, record: bool) -> io::Result<Recordings> {
        if !record {
            return Ok(Recordings { dir, desk: None });
        }
        make_dir(&dir)?;
        let (pieces, queue) = mpsc::channel();
        let desk = Arc::new(Desk {
            pieces,
            waiting: AtomicUsize::new(0),
            open: Mutex::default(),
            closed: Notify::new(),
        });
        let (weak, place) = (Arc::downgrade(&desk), dir.clone());
        std::thread::Builder::new().name("recordings".to_owned()).spawn(move || {
            let mut writing = Writing { dir: place, files: HashMap::new(), complained_at: None };
            while let Ok(piece) = queue.recv() {
                let ended = writing.write(piece);
                let Some(desk) = weak.upgrade() else { continue };
                match ended {
                    Some(file) => desk.close(&file),
                    None => _ = desk.waiting.fetch_sub(1, Ordering::Relaxed),
                }
            }
        })?;
        Ok(Recordings { dir, desk: Some(desk) })
    }

    /// Begins the recording of a call that was answered at `at`. `None` if calls are not recorded.
    pub(crate) fn begin(&self, call_id: &str, at: Timestamp) -> Option<Take> {
        let desk = self.desk.clone()?;
        let file: Arc<str> = file_of(call_id, at).into();
        desk.open().insert(file.clone());
        Some(Take { desk, file, sound: Vec::new(), handed_over: 0, lost: Arc::default() })
    }

    /// What an earlier process recorded of a call that was answered at `at`.
    pub(crate) fn left(&self, call_id: &str, at: Timestamp) -> Option<Recording> {
        let file = file_of(call_id, at);
        let bytes = std::fs::metadata(self.dir.join(&file)).ok()?.len();
        let duration_ms = bytes.saturating_sub(HEADER_BYTES) / BYTES_PER_MS;
        Some(Recording { file, duration_ms, lost_ms: 0, lost_reason: None })
    }

    /// The path of a recording, returned when the whole recording is written.
    pub async fn complete(&self, file: &str) -> PathBuf {
        self.wait_while(|open| open.contains(file)).await;
        self.dir.join(file)
    }

    /// Returns when no recording is left to write.
    pub(crate) async fn all_complete(&self) {
        self.wait_while(|open| !open.is_empty()).await;
    }

    async fn wait_while(&self, busy: impl Fn(&HashSet<Arc<str>>) -> bool) {
        if let Some(desk) = &self.desk {
            desk.wait_while(busy).await;
        }
    }

    /// Deletes a recording, and the directory of its day if that is now empty.
    pub fn delete(&self, file: &str) -> io::Result<()> {
        let path = self.dir.join(file);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // This fails while the directory holds other recordings of the day.
        let _ = path.parent().map(std::fs::remove_dir);
        Ok(())
    }
}

impl Desk {
    async fn wait_while(&self, busy: impl Fn(&HashSet<Arc<str>>) -> bool) {
        loop {
            let closed = self.closed.notified();
            if !busy(&self.open()) {
                return;
            }
            closed.await;
        }
    }

    fn open(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, file: &str) {
        self.open().remove(file);
        self.closed.notify_waiters();
    }
}

/// One directory per day, so that people can find a call and no directory has a million files.
fn file_of(call_id: &str, at: Timestamp) -> String {
    let day: String = at.to_string().chars().take_while(|c| *c != 'T').collect();
    format!("{day}/{call_id}.wav")
}

/// The recording of one call in progress.
pub(crate) struct Take {
    desk: Arc<Desk>,
    file: Arc<str>,
    /// Sound that has not been handed over yet.
    sound: Vec<u8>,
    /// The number of bytes that have been handed over.
    handed_over: u64,
    lost: Arc<Lost>,
}

/// A recording whose call is over.
pub(crate) struct Tape {
    desk: Arc<Desk>,
    file: Arc<str>,
    bytes: u64,
    lost: Arc<Lost>,
}

impl Tape {
    /// The recording, returned when all of it is written or when a slow disk has been waited for
    /// long enough.
    pub async fn finished(self) -> Recording {
        let written = self.desk.wait_while(|open| open.contains(&*self.file));
        let _ = tokio::time::timeout(PATIENCE, written).await;
        Recording {
            file: self.file.to_string(),
            duration_ms: self.bytes / BYTES_PER_MS,
            lost_ms: self.lost.bytes.load(Ordering::Relaxed) / BYTES_PER_MS,
            lost_reason: self.lost.reason.get().cloned(),
        }
    }
}

impl Take {
    /// Adds 20 ms of both sides. Never waits.
    pub fn step(&mut self, person: &Frame, agent: &Frame) {
        interleave(person, agent, &mut self.sound);
        if self.sound.len() as u64 >= PIECE_MS * BYTES_PER_MS {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let sound = std::mem::take(&mut self.sound);
        let (begins_at, len) = (self.handed_over, sound.len() as u64);
        self.handed_over += len;
        if self.desk.waiting.load(Ordering::Relaxed) >= MAX_WAITING {
            self.lost.note(len, || TOO_SLOW.to_owned());
            return;
        }
        self.desk.waiting.fetch_add(1, Ordering::Relaxed);
        let (file, lost) = (self.file.clone(), self.lost.clone());
        let _ = self.desk.pieces.send(Piece::Sound { file, begins_at, sound, lost });
    }

    /// Ends the recording with its call. `None` if no sound was recorded.
    pub fn end(mut self) -> Option<Tape> {
        if !self.sound.is_empty() {
            self.hand_over();
        }
        let (desk, file, lost) = (self.desk.clone(), self.file.clone(), self.lost.clone());
        (self.handed_over > 0).then(|| Tape { desk, file, bytes: self.handed_over, lost })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let _ = self.desk.pieces.send(Piece::End { file: self.file.clone() });
    }
}

impl Writing {
    /// Writes a piece. Returns the name of the file if that piece was its end.
    fn write(&mut self, piece: Piece) -> Option<Arc<str>> {
        match piece {
            Piece::End { file } => {
                self.files.remove(&file);
                Some(file)
            }
            Piece::Sound { file, begins_at, sound, lost } => {
                let path = self.dir.join(&*file);
                let slot = self.files.entry(file.clone());
                let slot = slot.or_insert_with(|| create(&path).map_err(|error| told(&error)));
                if let Ok(wav) = slot
                    && let Err(error) = wav.write_at(begins_at, &sound)
                {
                    *slot = Err(told(&error));
                }
                let reason = slot.as_ref().err().cloned();
                match reason {
                    None => METRICS.recorded.inc_by(sound.len() as u64),
                    Some(reason) => {
                        self.complain(&file, &reason);
                        lost.note(sound.len() as u64, || reason);
                    }
                }
                None
            }
        }
    }

    /// Logs a failed write, at most once a minute: a failing disk fails for every call.
    fn complain(&mut self, file: &str, reason: &str) {
        if self.complained_at.is_none_or(|at| at.elapsed() >= SAID_EVERY) {
            self.complained_at = Some(Instant::now());
            tracing::error!(file, reason, "calls are not recorded any further; look at the disk");
        }
    }
}

/// Why a file could not be written, for operators.
fn told(error: &io::Error) -> String {
    match Trouble::of_io(error) {
        Some(trouble) => trouble.kind.words().to_owned(),
        None => format!("the file could not be written: {error}"),
    }
}

fn create(path: &Path) -> io::Result<CallWav> {
    if let Some(day) = path.parent() {
        make_dir(day)?;
    }
    CallWav::create(path)
}

/// The directory holds what recipients say, so no other user of the machine may read it.
fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use campanile_media::FRAME_SAMPLES;

    const AT: Timestamp = Timestamp(1_763_900_000_000_000);

    fn speak(take: &mut Take, steps: usize) {
        for _ in 0..steps {
            take.step(&[1_000; FRAME_SAMPLES], &[0; FRAME_SAMPLES]);
        }
    }

    #[tokio::test]
    async fn a_recording_is_whole_when_it_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let recordings = Recordings::start(dir.path().to_owned(), true).unwrap();
        let mut take = recordings.begin("call-1", AT).unwrap();
        speak(&mut take, 120);
        let recording = take.end().unwrap().finished().await;
        assert_eq!((recording.duration_ms, recording.lost_ms), (2_400, 0));
        let path = recordings.complete(&recording.file).await;
        assert_eq!(path, dir.path().join("2025-11-23/call-1.wav"));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), HEADER_BYTES + 2_400 * BYTES_PER_MS);
        assert_eq!(recordings.left("call-1", AT), Some(recording.clone()));
        recordings.delete(&recording.file).unwrap();
        recordings.delete(&recording.file).expect("what is gone stays gone");
        assert!(!dir.path().join("2025-11-23").exists());
    }

    #[tokio::test]
    async fn a_disk_that_fails_costs_the_recording_and_not_the_call() {
        let dir = tempfile::tempdir().unwrap();
        let recordings = Recordings::start(dir.path().to_owned(), true).unwrap();
        std::fs::write(dir.path().join("2025-11-23"), "in the way").unwrap();
        let mut take = recordings.begin("call-1", AT).unwrap();
        speak(&mut take, 60);
        let recording = take.end().unwrap().finished().await;
        assert_eq!((recording.duration_ms, recording.lost_ms), (1_200, 1_200));
        let reason = recording.lost_reason.expect("a reason");
        assert!(reason.starts_with("the file could not be written"), "{reason}");
    }

    #[tokio::test]
    async fn what_a_slow_disk_cannot_take_is_silence_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let recordings = Recordings::start(dir.path().to_owned(), true).unwrap();
        let desk = recordings.desk.clone().unwrap();
        let mut take = recordings.begin("call-1", AT).unwrap();
        desk.waiting.fetch_add(MAX_WAITING, Ordering::Relaxed);
        speak(&mut take, 50);
        desk.waiting.fetch_sub(MAX_WAITING, Ordering::Relaxed);
        speak(&mut take, 50);
        let recording = take.end().unwrap().finished().await;
        assert_eq!((recording.duration_ms, recording.lost_ms), (2_000, 1_000));
        assert_eq!(recording.lost_reason.as_deref(), Some(TOO_SLOW));
        let sound = std::fs::read(recordings.complete(&recording.file).await).unwrap();
        let sound = &sound[HEADER_BYTES as usize..];
        assert_eq!(sound.len() as u64, 2_000 * BYTES_PER_MS);
        let (lost, kept) = sound.split_at(sound.len() / 2);
        assert!(lost.iter().all(|byte| *byte == 0xff) && kept[0] != 0xff);
    }

    #[test]
    fn nothing_is_recorded_unless_it_is_wished() {
        let dir = tempfile::tempdir().unwrap();
        let recordings = Recordings::start(dir.path().join("none"), false).unwrap();
        assert!(recordings.begin("call-1", AT).is_none());
        assert!(!dir.path().join("none").exists());
    }
}
