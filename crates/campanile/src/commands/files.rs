//! Files named on the command line.

use std::{fs::File, path::Path};

use crate::failure::Usage;

/// Opens a file that the user named; a missing one is wrong usage.
pub fn open(path: &Path) -> anyhow::Result<File> {
    let readable = File::open(path).and_then(|file| {
        if file.metadata()?.is_dir() {
            return Err(std::io::Error::other("it is a directory"));
        }
        Ok(file)
    });
    readable.map_err(|error| Usage(format!("cannot read {}: {error}", path.display())).into())
}

/// The last part of a path, for people.
pub fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned())
}
