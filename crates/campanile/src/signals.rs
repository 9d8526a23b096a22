//! Ctrl-C and SIGTERM, which mean the same.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A write beyond the size that files may have fails from now on, instead of ending the program.
pub fn outlive_file_limits() -> std::io::Result<()> {
    // What listens once keeps the signal from its default for as long as the program runs.
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).map(drop)
}

/// The wishes of whoever runs the program that it should end.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on; the signals end the program no more.
    pub fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
