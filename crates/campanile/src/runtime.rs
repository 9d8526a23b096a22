//! Where asynchronous work runs.

use tokio::runtime::{Builder, Runtime};

/// For a command that does a few things and ends.
pub fn small() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// For a command that dials: every call takes a file, so as many as the system grants are asked
/// for.
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
