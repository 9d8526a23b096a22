//! A simulated telephone network on loopback, for demos and tests. It is a SIP user agent server
//! with sound; the last two digits of the dialed number choose its behaviour.
//!
//! Signalling runs on one thread and the sound of all calls on another, so that neither waits for
//! the program that embeds the sandbox. Tests take its call records as the truth.

mod answers;
mod behaviour;
mod call;
mod cdr;
mod exchange;
mod media;
mod message;
mod net;
mod person;
mod refer;
mod resend;
mod sdp;
mod speech;
mod voices;
mod words;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc as std_mpsc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot, watch};

pub use cdr::CallRecord;
pub use words::words_of;

/// Settings of a sandbox.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The listening address for UDP and TCP; port 0 picks a free port.
    pub listen: SocketAddr,
    /// The CSV file for call records; without one the records stay in memory.
    pub cdr: Option<PathBuf>,
    /// The directory for recordings: one WAV file of the caller's sound per answered call.
    pub record: Option<PathBuf>,
    /// The factor for every wait: 0.1 is ten times as fast. Speech keeps its speed.
    pub time_scale: f64,
    /// The seed: the same seed and number give the same rings, pauses and voices.
    pub seed: u64,
    /// A digit that every person presses one second after answering.
    pub press: Option<char>,
    /// Whether people answer questions, by key or in a known sentence, as the last digit of their
    /// number says. Otherwise they say something.
    pub answers: bool,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        SandboxConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            cdr: None,
            record: None,
            time_scale: 1.0,
            seed: 0,
            press: None,
            answers: false,
        }
    }
}

/// Why a sandbox cannot run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is taken, or the address is not of this machine.
    #[error("cannot listen on {listen}: {source}; choose another address or port")]
    Listen {
        /// The address that was requested.
        listen: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file of call records or the directory of recordings cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The time scale is not a number from 0 to 1000.
    #[error("a time scale of {0} is not possible: choose a number from 0 to 1000")]
    TimeScale(f64),
    /// The system gave no thread, or a thread of the sandbox failed.
    #[error("the sandbox could not run: {0}")]
    Run(#[from] io::Error),
}

/// A running sandbox. Dropping it ends it like [`Sandbox::stop`], but without waiting.
#[derive(Debug)]
pub struct Sandbox {
    local: SocketAddr,
    records: cdr::Records,
    finished: watch::Receiver<usize>,
    stop: Option<oneshot::Sender<()>>,
    done: Option<oneshot::Receiver<io::Result<()>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Opens the sockets and files and starts to answer. The first start in a process takes up to
    /// one second, because it makes the voices.
    pub fn start(config: SandboxConfig) -> Result<Sandbox, SandboxError> {
        if !(0.0..=1_000.0).contains(&config.time_scale) {
            return Err(SandboxError::TimeScale(config.time_scale));
        }
        let ledger = open_files(&config)?;
        let (records, finished) = (ledger.records(), ledger.finished());
        let sockets = net::Sockets::bind(config.listen)
            .map_err(|source| SandboxError::Listen { listen: config.listen, source })?;
        let local = sockets.local;
        let desk = exchange::Desk {
            local: reachable(local),
            time_scale: config.time_scale,
            record: config.record,
            seed: config.seed,
            press: config.press,
            answers: config.answers,
            voices: voices::Voices::get(),
            now_us: 0,
            outputs: Vec::new(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (media, commands) = std_mpsc::channel();
        let (event_sender, media_events) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let (done_sender, done) = oneshot::channel();
        let exchange = exchange::Exchange::new(desk, ledger);
        let driver = net::Driver { exchange, media, media_events, stop: stopped };
        let sound = spawn("sandbox-rtp", move || media::run(&commands, &event_sender))?;
        let signalling = spawn("sandbox-sip", move || {
            let _ = done_sender.send(runtime.block_on(net::run(sockets, driver)));
        })?;
        let threads = vec![signalling, sound];
        Ok(Sandbox { local, records, finished, stop: Some(stop), done: Some(done), threads })
    }

    /// Returns the listening address with its real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Returns the records of the finished calls.
    pub fn records(&self) -> Result<Vec<CallRecord>, SandboxError> {
        Ok(self.records.read()?)
    }

    /// Waits until this many calls have finished since the start.
    pub async fn finished(&self, calls: usize) {
        let mut finished = self.finished.clone();
        // An error means that the sandbox has ended, so there is nothing to wait for.
        let _ = finished.wait_for(|&count| count >= calls).await;
    }

    /// Stops the sandbox and returns all records. Calls still alive are recorded with an empty
    /// `t_end`.
    pub async fn stop(mut self) -> Result<Vec<CallRecord>, SandboxError> {
        drop(self.stop.take());
        if let Some(done) = self.done.take() {
            done.await.map_err(|_| io::Error::other("its signalling thread panicked"))??;
        }
        for thread in self.threads.drain(..) {
            // Both threads end on their own after the signalling ends.
            let _ = thread.join();
        }
        self.records()
    }
}

/// Returns the address that peers on this machine can use when the sandbox listens on all
/// addresses.
fn reachable(local: SocketAddr) -> SocketAddr {
    let ip = match local {
        SocketAddr::V4(_) if local.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) if local.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        _ => local.ip(),
    };
    SocketAddr::new(ip, local.port())
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(body)
}

fn open_files(config: &SandboxConfig) -> Result<cdr::Ledger, SandboxError> {
    if let Some(dir) = &config.record {
        std::fs::create_dir_all(dir)
            .map_err(|source| SandboxError::Write { path: dir.clone(), source })?;
    }
    cdr::Ledger::open(config.cdr.as_deref()).map_err(|source| SandboxError::Write {
        path: config.cdr.clone().unwrap_or_default(),
        source,
    })
}
