//! Ctrl-C and SIGTERM, which mean the same.

use std::io::IsTerminal as _;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A write beyond the size that files may have fails from now on, instead of ending the program.
pub fn outlive_file_limits() -> std::io::Result<()> {
    // What listens once keeps the signal from its default for as long as the program runs.
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).map(drop)
}

/// SIGHUP, which asks a service to read anew what may have changed. A program on a terminal ends when the
/// terminal does, as others do, so there it is left alone.
pub struct Hangups(Option<Signal>);

impl Hangups {
    /// Listens from now on.
    pub fn listen() -> std::io::Result<Hangups> {
        let service = !std::io::stdin().is_terminal();
        Ok(Hangups(service.then(|| signal(SignalKind::hangup())).transpose()?))
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        match &mut self.0 {
            Some(hangup) => drop(hangup.recv().await),
            None => std::future::pending().await,
        }
    }
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
