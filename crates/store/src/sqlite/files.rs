//! Files beside a database: private, whole, and on the disk.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{StoreError, owner};

/// A file that is not there yet under its name; gone again unless it is published.
pub(super) struct Draft {
    file: File,
    path: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// Begins the file `target`: empty, private, in the same directory.
    pub fn new(target: &Path) -> Result<Draft, StoreError> {
        let path = with_ending(target, &format!(".{}.draft", std::process::id()));
        let _ = fs::remove_file(&path);
        let file = private(&path).map_err(|error| cannot("write", target, &error))?;
        Ok(Draft { file, path, target: target.to_owned() })
    }

    /// Where it is until it is published.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it durable and gives it its name, which nobody may have yet.
    pub fn publish(self) -> Result<(), StoreError> {
        self.sync()?;
        match fs::hard_link(&self.path, &self.target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(taken(&self.target));
            }
            // Some file systems have no second names.
            Err(_) if !self.target.exists() => self.rename()?,
            Err(_) => return Err(taken(&self.target)),
        }
        sync_dir(&self.target)
    }

    /// Makes it durable and gives it its name, in the place of what had it, as a file of the
    /// directory's owner.
    pub fn replace(self) -> Result<(), StoreError> {
        owner::adopt(&self.file, &self.target)
            .map_err(|error| cannot("write", &self.target, &error))?;
        self.sync()?;
        self.rename()?;
        sync_dir(&self.target)
    }

    fn rename(&self) -> Result<(), StoreError> {
        fs::rename(&self.path, &self.target).map_err(|error| cannot("write", &self.target, &error))
    }

    fn sync(&self) -> Result<(), StoreError> {
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(|error| cannot("write", &self.target, &error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for ending in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(with_ending(&self.path, ending));
        }
    }
}

/// Writes a small file whole, in the place of what was there.
pub(super) fn write(target: &Path, content: &[u8]) -> Result<(), StoreError> {
    filled(target, content)?.replace()
}

/// Writes a small file whole, where none is.
pub(super) fn write_new(target: &Path, content: &[u8]) -> Result<(), StoreError> {
    filled(target, content)?.publish()
}

fn filled(target: &Path, content: &[u8]) -> Result<Draft, StoreError> {
    let mut draft = Draft::new(target)?;
    draft.file.write_all(content).map_err(|error| cannot("write", target, &error))?;
    Ok(draft)
}

/// Whether `bytes` more fit on the disk of `dir`, found out by writing them; they are gone again.
pub(super) fn prove_room(dir: &Path, bytes: usize) -> Result<(), StoreError> {
    filled(&dir.join("room"), &vec![0; bytes])?.sync()
}

/// A path with something behind its name.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// What has a name already is never written over.
pub(super) fn taken(path: &Path) -> StoreError {
    let words = "exists already and is not written over; choose another name, or move it away";
    StoreError::Conflict(format!("{} {words}", path.display()))
}

/// Why a file could not be used.
pub(super) fn cannot(verb: &str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::of_file(format_args!("cannot {verb} {}", path.display()), path, error)
}

/// A name is durable when its directory is.
pub(super) fn sync_dir(of: &Path) -> Result<(), StoreError> {
    let dir = of.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(|error| cannot("write", dir, &error))
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
