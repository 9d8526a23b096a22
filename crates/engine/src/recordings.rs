//! Calls are recorded by a thread of its own: a call hands it a second of sound at a time and never
//! waits for it. What a slow disk cannot take is missing from the recording, not from the call.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
};

use campanile_media::{
    Frame,
    call_wav::{BYTES_PER_MS, CallWav, HEADER_BYTES, interleave},
};
use campanile_metrics::METRICS;
use campanile_rules::time::Timestamp;
use campanile_store::Recording;
use tokio::sync::Notify;

/// Milliseconds of sound that are handed over at once.
const PIECE_MS: u64 = 1_000;

/// Pieces that may wait for the disk, over all calls: 32 MB.
const MAX_WAITING: usize = 2_000;

/// Where calls are recorded. Clones are the same place.
#[derive(Clone)]
pub struct Recordings {
    dir: PathBuf,
    desk: Option<Arc<Desk>>,
}

/// What calls and the writing thread share.
struct Desk {
    pieces: mpsc::Sender<Piece>,
    waiting: AtomicUsize,
    /// Files that are being written.
    open: Mutex<HashSet<Arc<str>>>,
    closed: Notify,
}

enum Piece {
    Sound { file: Arc<str>, begins_at: u64, sound: Vec<u8>, lost: Arc<AtomicU64> },
    End { file: Arc<str> },
}

impl Recordings {
    /// Recordings in `dir`. With `record` false no call is recorded any more; what was recorded
    /// before is still found.
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
            let mut files = HashMap::new();
            while let Ok(piece) = queue.recv() {
                let ended = write(&place, &mut files, piece);
                let Some(desk) = weak.upgrade() else { continue };
                match ended {
                    Some(file) => desk.close(&file),
                    None => _ = desk.waiting.fetch_sub(1, Ordering::Relaxed),
                }
            }
        })?;
        Ok(Recordings { dir, desk: Some(desk) })
    }

    /// Begins the recording of a call that was answered at `at`; none when calls are not recorded.
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
        Some(Recording { file, duration_ms, lost_ms: 0 })
    }

    /// The place of a recording, once all of it is written.
    pub async fn complete(&self, file: &str) -> PathBuf {
        self.wait_while(|open| open.contains(file)).await;
        self.dir.join(file)
    }

    /// Returns when nothing is left to be written.
    pub(crate) async fn all_complete(&self) {
        self.wait_while(|open| !open.is_empty()).await;
    }

    async fn wait_while(&self, busy: impl Fn(&HashSet<Arc<str>>) -> bool) {
        let Some(desk) = &self.desk else { return };
        loop {
            let closed = desk.closed.notified();
            if !busy(&desk.open()) {
                return;
            }
            closed.await;
        }
    }

    /// Deletes a recording, and the directory of its day when that is empty now.
    pub fn delete(&self, file: &str) -> io::Result<()> {
        let path = self.dir.join(file);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // It fails while there are others of that day.
        let _ = path.parent().map(std::fs::remove_dir);
        Ok(())
    }
}

impl Desk {
    fn open(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, file: &str) {
        self.open().remove(file);
        self.closed.notify_waiters();
    }
}

/// One directory a day, so that people find a call and none has a million files.
fn file_of(call_id: &str, at: Timestamp) -> String {
    let day: String = at.to_string().chars().take_while(|c| *c != 'T').collect();
    format!("{day}/{call_id}.wav")
}

/// The recording of one call while it lasts.
pub(crate) struct Take {
    desk: Arc<Desk>,
    file: Arc<str>,
    /// What was not handed over yet.
    sound: Vec<u8>,
    /// Bytes that were.
    handed_over: u64,
    /// Bytes that are missing.
    lost: Arc<AtomicU64>,
}

impl Take {
    /// Takes 20 ms of both sides. Never waits.
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
            note_lost(&self.lost, len);
            return;
        }
        self.desk.waiting.fetch_add(1, Ordering::Relaxed);
        let (file, lost) = (self.file.clone(), self.lost.clone());
        let _ = self.desk.pieces.send(Piece::Sound { file, begins_at, sound, lost });
    }

    /// What is known of it at the end of the call; its last second may still have to be written.
    /// None when nothing was heard.
    pub fn end(mut self) -> Option<Recording> {
        if !self.sound.is_empty() {
            self.hand_over();
        }
        (self.handed_over > 0).then(|| Recording {
            file: self.file.to_string(),
            duration_ms: self.handed_over / BYTES_PER_MS,
            lost_ms: self.lost.load(Ordering::Relaxed) / BYTES_PER_MS,
        })
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let _ = self.desk.pieces.send(Piece::End { file: self.file.clone() });
    }
}

/// Writes a piece; the file's name when that was its end. A file that failed is not tried again.
fn write(
    dir: &Path,
    files: &mut HashMap<Arc<str>, Option<CallWav>>,
    piece: Piece,
) -> Option<Arc<str>> {
    match piece {
        Piece::End { file } => {
            files.remove(&file);
            Some(file)
        }
        Piece::Sound { file, begins_at, sound, lost } => {
            let slot = files.entry(file.clone()).or_insert_with(|| {
                create(&dir.join(&*file)).inspect_err(|error| complain(&file, error)).ok()
            });
            let written = slot.as_mut().map(|wav| wav.write_at(begins_at, &sound));
            if let Some(Err(error)) = &written {
                complain(&file, error);
                *slot = None;
            }
            match written {
                Some(Ok(())) => METRICS.recorded.inc_by(sound.len() as u64),
                Some(Err(_)) | None => note_lost(&lost, sound.len() as u64),
            }
            None
        }
    }
}

fn note_lost(lost: &AtomicU64, bytes: u64) {
    lost.fetch_add(bytes, Ordering::Relaxed);
    METRICS.recording_lost.inc_by(bytes);
}

fn complain(file: &str, error: &io::Error) {
    tracing::error!(file, %error, "a call is not recorded any further; look at the disk");
}

fn create(path: &Path) -> io::Result<CallWav> {
    if let Some(day) = path.parent() {
        make_dir(day)?;
    }
    CallWav::create(path)
}

/// What people say is in there: nobody else on the machine may look.
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
        let recording = take.end().unwrap();
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
        speak(&mut take, 50);
        let lost = take.lost.clone();
        drop(take);
        recordings.complete(&file_of("call-1", AT)).await;
        assert_eq!(lost.load(Ordering::Relaxed), 1_000 * BYTES_PER_MS);
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
        let recording = take.end().unwrap();
        assert_eq!((recording.duration_ms, recording.lost_ms), (2_000, 1_000));
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
