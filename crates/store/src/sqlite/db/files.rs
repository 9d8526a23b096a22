//! Files beside a database: private, complete, and durable.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{StoreError, owner};

/// A file that does not have its final name yet; deleted on drop unless it is published.
pub(crate) struct Draft {
    file: File,
    path: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// Creates an empty, private draft of the file `target`, in the same directory.
    pub fn new(target: &Path) -> Result<Draft, StoreError> {
        let path = with_ending(target, &format!(".{}.draft", std::process::id()));
        let _ = fs::remove_file(&path);
        let file = private(&path).map_err(|error| cannot("write", target, &error))?;
        Ok(Draft { file, path, target: target.to_owned() })
    }

    /// The path of the draft until it is published.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the draft durable and gives it its name, which must not exist yet.
    pub fn publish(self) -> Result<(), StoreError> {
        self.sync()?;
        match fs::hard_link(&self.path, &self.target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(taken(&self.target));
            }
            // Some file systems have no hard links.
            Err(_) if !self.target.exists() => self.rename()?,
            Err(_) => return Err(taken(&self.target)),
        }
        sync_dir(&self.target)
    }

    /// Makes the draft durable and gives it its name, in place of a former file. The file belongs
    /// to the directory's owner.
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

/// Writes a small file completely, in place of a former one.
pub(crate) fn write(target: &Path, content: &[u8]) -> Result<(), StoreError> {
    filled(target, content)?.replace()
}

/// Writes a small file completely; fails if the file exists.
pub(crate) fn write_new(target: &Path, content: &[u8]) -> Result<(), StoreError> {
    filled(target, content)?.publish()
}

fn filled(target: &Path, content: &[u8]) -> Result<Draft, StoreError> {
    let mut draft = Draft::new(target)?;
    draft.file.write_all(content).map_err(|error| cannot("write", target, &error))?;
    Ok(draft)
}

/// Whether `bytes` more fit on the disk of `dir`: writes a file of that size and deletes it.
pub(crate) fn prove_room(dir: &Path, bytes: usize) -> Result<(), StoreError> {
    filled(&dir.join("room"), &vec![0; bytes])?.sync()
}

/// A path with `ending` added to its name.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The error for a name that exists already, because files are never overwritten.
pub(crate) fn taken(path: &Path) -> StoreError {
    let words = "exists already and is not written over; choose another name, or move it away";
    StoreError::Conflict(format!("{} {words}", path.display()))
}

/// The error for a file that could not be used.
pub(crate) fn cannot(verb: &str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::of_file(format_args!("cannot {verb} {}", path.display()), path, error)
}

/// Makes a file's name durable by syncing its directory.
pub(crate) fn sync_dir(of: &Path) -> Result<(), StoreError> {
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
