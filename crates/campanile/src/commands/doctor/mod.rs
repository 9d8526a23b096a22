//! `campanile doctor`: what stands in the way of calls on this machine, and what to do about it.

mod certificate;
mod data_dir;
mod finding;
mod machine;
mod ports;
mod sockets;
mod trunks;

use std::process::ExitCode;

use campanile_agent::Speech;
use campanile_clock::Clock;
use campanile_rules::trunk::Trunk;
use campanile_store::{AgentVersionRecord, Registry};

use super::serving::{Serving, ServingArgs};
use crate::{data, out::answer, runtime};
use finding::{Finding, Findings};
use sockets::Running;

/// Look for what stands in the way of calls on this machine, and say what to do
///
/// Looks at ports, the address that trunks are told, open files, the clock, the voice, the disk, the
/// database, the trunks (each is asked by a SIP OPTIONS; nobody is called) and the certificate.
/// Works while a server runs on the directory, as the user that runs it. Give it what serve is
/// given.
///
/// The exit status is 0 when nothing is a problem, warnings or not, and 1 when something is.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    serving: ServingArgs,
    /// Print JSON: {ok, checks: [{check, status, detail, remedy}]}
    #[arg(long)]
    json: bool,
}

/// The configuration and the running server, known before the checks begin.
struct Patient {
    serving: Serving,
    /// The server that runs on the data directory, if there is one.
    running: Option<Running>,
}

/// What the stored batches and trunks will need.
#[derive(Default)]
struct Wanted {
    trunks: Vec<Trunk>,
    agents: Vec<Talker>,
    /// Concurrent calls that trunks and workspaces allow.
    calls: u32,
}

/// A published agent and the speech of its workspace.
struct Talker {
    name: String,
    version: AgentVersionRecord,
    speech: Speech,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let serving = self.serving.read()?;
        let patient = Patient { running: sockets::running(&serving.data), serving };
        let findings = runtime::small()?.block_on(examine(&patient))?;
        match self.json {
            true => answer(format_args!("{:#}\n", findings.json()))?,
            false => answer(format_args!("{findings}"))?,
        }
        Ok(if findings.has_problem() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

async fn examine(patient: &Patient) -> anyhow::Result<Findings> {
    let mut found = Findings::default();
    found.add(server(patient));
    let usable = data_dir::look(patient, &mut found);
    let wanted = match usable {
        true => match wanted(patient).await {
            Ok(wanted) => wanted,
            Err(error) => {
                found.add(Finding::problem(
                    "database",
                    format!("{error:#}"),
                    "see docs/operating.md",
                ));
                Wanted::default()
            }
        },
        false => Wanted::default(),
    };
    found.add(ports::http(patient));
    found.add(ports::sip(patient));
    found.add(ports::sound(patient, wanted.calls));
    found.add(machine::open_files(patient, wanted.calls));
    found.add(machine::clock(patient));
    machine::voice(&wanted.agents, &mut found).await;
    trunks::look(patient, &wanted.trunks, &mut found).await;
    found.add(certificate::look(patient));
    Ok(found)
}

fn server(patient: &Patient) -> Finding {
    match &patient.running {
        Some(Running { process: Some(process), .. }) => {
            Finding::ok("server", format!("it runs, as process {process}"))
        }
        Some(Running { process: None, .. }) => Finding::ok("server", "it runs"),
        None => Finding::ok("server", "none runs on this directory now"),
    }
}

/// Reads from the database what calls need. Migrates the database first, unless an older server
/// runs on it.
async fn wanted(patient: &Patient) -> anyhow::Result<Wanted> {
    let store = data::open_beside(&patient.serving.data)?;
    let mut wanted = Wanted { trunks: trunks_of(&*store).await?, ..Wanted::default() };
    let speech = patient.serving.node().speech_of(store.clone());
    let mut limit = 0_u32;
    for workspace in store.list_workspaces().await? {
        limit = limit.saturating_add(workspace.max_concurrent_calls);
        for agent in store.list_agents(workspace.id).await? {
            if let Some(version) = store.latest_published(workspace.id, agent.id).await? {
                let speech = speech.of(workspace.id);
                wanted.agents.push(Talker { name: agent.name, version, speech });
            }
        }
    }
    let through = wanted.trunks.iter().map(|trunk| trunk.max_calls);
    wanted.calls = through.fold(0, u32::saturating_add).min(limit);
    Ok(wanted)
}

async fn trunks_of(store: &dyn Registry) -> anyhow::Result<Vec<Trunk>> {
    let mut trunks: Vec<Trunk> =
        store.list_managed_trunks().await?.into_iter().map(|trunk| trunk.settings).collect();
    for workspace in store.list_workspaces().await? {
        let own = store.list_trunks(workspace.id).await?.into_iter().map(|trunk| trunk.settings);
        for trunk in own {
            if !trunks.contains(&trunk) {
                trunks.push(trunk);
            }
        }
    }
    Ok(trunks)
}

/// The current time in seconds, for all checks.
fn today() -> i64 {
    Clock::default().now().0 / 1_000_000
}
