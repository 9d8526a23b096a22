//! `campanile sandbox`: simulates a telephone network.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use campanile_rules::words::counted;
use campanile_sandbox::{Sandbox, SandboxConfig};

use crate::{out::say, runtime, signals::Signals};

/// Stand in for the telephone network, on this machine: every number has a known answer
///
/// The last two digits of the dialed number decide: 00-59 a person, 60-69 voicemail, 70-79 rings
/// for ever, 80-84 busy, 85-86 busy first and then a person, 87-88 rings first and then a person,
/// 89 declines, 90-92 congested first and then a person, 93-94 a server error, 95-96 no such
/// number, 97-98 forbidden, 99 answers and hangs up at once.
#[derive(clap::Args)]
pub struct Args {
    /// Where to speak SIP, over UDP and TCP; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5062")]
    listen: SocketAddr,
    /// Where to append a line for each call
    #[arg(long, value_name = "FILE.csv")]
    cdr: Option<PathBuf>,
    /// Where to record what callers say, a WAV file for each call
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// What every wait is multiplied by; 0.1 is ten times as fast. Speech keeps its speed
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    time_scale: f64,
    /// People answer questions, by the last digit of their number: 0-2 press 1, 3-4 press 2, 5 says
    /// yes, 6 no, 7 that it is to be moved, 8 presses 9, 9 does nothing
    #[arg(long)]
    answers: bool,
}

impl Args {
    /// Runs the command until Ctrl-C or SIGTERM.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        runtime::small()?.block_on(async {
            let mut signals = Signals::listen()?;
            let sandbox = Sandbox::start(SandboxConfig {
                listen: self.listen,
                cdr: self.cdr,
                record: self.record,
                time_scale: self.time_scale,
                answers: self.answers,
                ..SandboxConfig::default()
            })?;
            say!("The sandbox is ready at {}", sandbox.local_addr())?;
            signals.next().await;
            let calls = sandbox.stop().await?.len();
            say!("{}", counted(calls as u64, "call"))?;
            Ok(ExitCode::SUCCESS)
        })
    }
}
