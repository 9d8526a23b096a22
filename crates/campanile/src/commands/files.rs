//! Files named on the command line.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{client::Client, failure::Usage, out::Answer};

/// Opens a file that the user named. A missing file is wrong usage.
pub fn open(path: &Path) -> anyhow::Result<File> {
    let readable = File::open(path).and_then(|file| {
        if file.metadata()?.is_dir() {
            return Err(std::io::Error::other("it is a directory"));
        }
        Ok(file)
    });
    readable.map_err(|error| Usage(format!("cannot read {}: {error}", path.display())).into())
}

/// The file name of a path.
pub fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Downloads `path` from the server to a file or to standard output. If the server refuses, an
/// existing file is not touched.
pub fn download(client: &Client, path: &str, to: Option<PathBuf>) -> anyhow::Result<()> {
    match to.filter(|file| file.as_os_str() != "-") {
        Some(output) => {
            let told = || format!("cannot write {}", output.display());
            let file = client.download(path, || File::create(&output).with_context(told))?;
            file.sync_all().with_context(told)?;
        }
        None => client.download(path, || Ok(Answer::new()))?.flush()?,
    }
    Ok(())
}
