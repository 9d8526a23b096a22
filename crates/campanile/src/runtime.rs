//! Where asynchronous work runs.

use tokio::runtime::{Builder, Runtime};

/// For a command that does a few things and ends.
pub fn small() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// For a command that dials.
pub fn full() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}
