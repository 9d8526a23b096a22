//! Signals: Ctrl-C and SIGTERM, which have the same meaning, and SIGHUP.

use std::io::IsTerminal as _;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Makes a write beyond the file size limit fail, instead of SIGXFSZ ending the process.
pub fn outlive_file_limits() -> std::io::Result<()> {
    // tokio never restores the default action of a signal once a listener was registered.
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).map(drop)
}

/// SIGHUP, which tells a service to reload. On a terminal SIGHUP keeps its default action, so that
/// the process ends with the terminal.
pub struct Hangups(Option<Signal>);

impl Hangups {
    /// Starts to listen.
    pub fn listen() -> std::io::Result<Hangups> {
        let service = !std::io::stdin().is_terminal();
        Ok(Hangups(service.then(|| signal(SignalKind::hangup())).transpose()?))
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        match &mut self.0 {
            Some(hangup) => drop(hangup.recv().await),
            None => std::future::pending().await,
        }
    }
}

/// The signals that ask the process to stop.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Starts to listen. From then on the signals no longer end the process.
    pub fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
