//! The tokio runtimes of commands.

use tokio::runtime::{Builder, Runtime};

/// A single-threaded runtime for short commands.
pub fn small() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// A multi-threaded runtime for commands that dial. Raises the limit of open files to its maximum,
/// because each call needs one.
pub fn full() -> std::io::Result<Runtime> {
    raise_open_files();
    Builder::new_multi_thread().enable_all().build()
}

fn raise_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, files) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
