//! Writes files atomically: after a crash a file is complete or missing.

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use anyhow::Context as _;
use campanile_store::owner;

/// Replaces a file of a data directory atomically. The file belongs to the directory's owner.
pub fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut file = Draft::new(path)?;
    file.write(content)?;
    owner::adopt(file.file.as_file(), path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.publish()
}

/// A temporary file that becomes visible when it is complete.
pub struct Draft<'a> {
    path: &'a Path,
    file: tempfile::NamedTempFile,
}

impl<'a> Draft<'a> {
    /// Creates the temporary file for `path`.
    pub fn new(path: &'a Path) -> anyhow::Result<Draft<'a>> {
        let told = || format!("cannot write {}", path.display());
        let file = tempfile::Builder::new()
            .prefix(".campanile-")
            .permissions(permissions())
            .tempfile_in(dir_of(path))
            .with_context(told)?;
        Ok(Draft { path, file })
    }

    /// Appends to the file.
    pub fn write(&mut self, piece: &[u8]) -> anyhow::Result<()> {
        let told = || format!("cannot write {}", self.path.display());
        self.file.write_all(piece).with_context(told)
    }

    /// Syncs the file and renames it to its path.
    pub fn publish(self) -> anyhow::Result<()> {
        let told = || format!("cannot write {}", self.path.display());
        self.file.as_file().sync_all().with_context(told)?;
        self.file.persist(self.path).with_context(told)?;
        File::open(dir_of(self.path)).and_then(|dir| dir.sync_all()).with_context(told)
    }
}

impl io::Write for Draft<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let told = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot write {}: {error}", self.path.display()))
        };
        self.file.write(piece).map_err(told)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The permissions of a new file under the user's umask. A report should be as readable as the
/// user's other files.
fn permissions() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::Permissions::from_mode(0o644)
}

fn dir_of(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
