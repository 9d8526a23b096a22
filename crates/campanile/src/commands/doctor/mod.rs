//! `campanile doctor`: what stands in the way of calls on this machine, and what to do about it.

mod certificate;
mod data_dir;
mod finding;
mod machine;
mod ports;
mod sockets;
mod trunks;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use campanile_api::now;
use campanile_rules::trunk::Trunk;
use campanile_store::{AgentVersionRecord, SqliteStore};

use crate::{
    config::{Document, Settings},
    data,
    out::answer,
    runtime,
};
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
    /// The data directory of the server
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The configuration file of serve
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Where serve answers HTTP [default: 127.0.0.1:8080, or listen of --config]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The certificate of serve
    #[arg(long, value_name = "FILE.pem", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate
    #[arg(long, value_name = "FILE.pem", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy that encrypts stands in front
    #[arg(long)]
    behind_proxy: bool,
    /// Print JSON: {ok, checks: [{check, status, detail, remedy}]}
    #[arg(long)]
    json: bool,
}

/// What is known before anything is looked at.
struct Patient {
    data: PathBuf,
    settings: Settings,
    listen: SocketAddr,
    /// The server that runs on the directory, if one does.
    running: Option<Running>,
}

/// What the database says of the calls that will be made.
#[derive(Default)]
struct Wanted {
    trunks: Vec<Trunk>,
    agents: Vec<(String, AgentVersionRecord)>,
    /// Calls at once that trunks and workspaces allow.
    calls: u32,
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let mut settings = match &self.config {
            Some(path) => Document::open(path)?.read(Settings::read)?,
            None => Settings::default(),
        };
        settings.behind_proxy |= self.behind_proxy;
        let chain = self.tls_cert.or(settings.tls_cert.take());
        let key = self.tls_key.or(settings.tls_key.take());
        let patient = Patient {
            running: sockets::running(&self.data),
            data: self.data,
            listen: self.listen.unwrap_or(settings.listen),
            settings,
        };
        let tls = chain.as_deref().zip(key.as_deref());
        let findings = runtime::small()?.block_on(examine(&patient, tls))?;
        match self.json {
            true => answer(format_args!("{:#}\n", findings.json()))?,
            false => answer(format_args!("{findings}"))?,
        }
        Ok(if findings.has_problem() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

async fn examine(patient: &Patient, tls: Option<(&Path, &Path)>) -> anyhow::Result<Findings> {
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
    machine::voice(patient, &wanted.agents, &mut found).await;
    trunks::look(patient, &wanted.trunks, &mut found).await;
    found.add(certificate::look(patient, tls));
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

/// Reads what the database wants of this machine. It is carried over to this version, unless an
/// older server runs on it.
async fn wanted(patient: &Patient) -> anyhow::Result<Wanted> {
    let store = data::open_beside(&patient.data)?;
    let mut wanted = Wanted { trunks: trunks_of(&store).await?, ..Wanted::default() };
    let mut limit = 0_u32;
    for workspace in store.list_workspaces().await? {
        limit = limit.saturating_add(workspace.max_concurrent_calls);
        for agent in store.list_agents(workspace.id).await? {
            if let Some(version) = store.latest_published(workspace.id, agent.id).await? {
                wanted.agents.push((agent.name, version));
            }
        }
    }
    let through = wanted.trunks.iter().map(|trunk| trunk.max_calls);
    wanted.calls = through.fold(0, u32::saturating_add).min(limit);
    Ok(wanted)
}

async fn trunks_of(store: &SqliteStore) -> anyhow::Result<Vec<Trunk>> {
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

/// The instant at which everything is judged.
fn today() -> i64 {
    now().0 / 1_000_000
}
