//! `campanile run`: imports one file and dials it in this process.

mod journal;
pub mod watch;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use campanile_rules::{
    batch::{BatchSettings, BatchState, Control},
    ids::WorkspaceId,
    phone::E164,
    trunk::Trunk,
};
use campanile_service::{
    Error, Service,
    batches::{People, Plan as NewBatch},
    fields::{self, AgentDocument},
    setup::{Setup, set_up},
};
use campanile_store::BatchRecord;
use campanile_telephony::SipConfig;
use serde_json::json;

use super::{
    check::{self, Reading},
    dialing::{HoursArgs, RetryArgs},
    files,
};
use crate::{
    config::{Document, Settings, all},
    data,
    durable::Draft,
    failure::{STOPPED, Usage},
    node::{self, NodeConfig},
    out::{note, remark},
    print::Output,
    runtime,
    signals::Signals,
};

/// The workspace of batches from `run`, which keeps them apart from a server's.
const WORKSPACE: &str = "run";

/// Call everybody in a file, here and now, and write the report
///
/// Started again with the same --data after a crash or Ctrl-C, it goes on with the same batch.
/// Ctrl-C once stops dialing and lets calls finish, twice hangs up.
#[derive(clap::Args)]
pub struct Args {
    /// The recipients: a CSV or an XLSX with a phone_number column
    file: PathBuf,
    /// The caller ID
    #[arg(long, value_name = "E.164", value_parser = fields::full_number)]
    from: E164,
    /// Who talks
    #[arg(long, value_name = "agent.toml")]
    agent: PathBuf,
    /// The way into the telephone network
    #[arg(long, value_name = "trunk.toml")]
    trunk: PathBuf,
    /// Where everything is kept; made when it does not exist
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to write the report; a workbook when its name ends in .xlsx
    #[arg(long, value_name = "OUT.csv")]
    report: PathBuf,
    /// Calls at once, ringing ones included [default: the trunk's max_calls]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: Option<u32>,
    /// New calls per second [default: the trunk's max_cps]
    #[arg(long, value_name = "N", value_parser = calls_per_second)]
    cps: Option<f64>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    retry: RetryArgs,
    #[command(flatten)]
    hours: HoursArgs,
    /// Where to speak SIP [default: a free port, kept in --data]
    #[arg(long, value_name = "ADDRESS:PORT")]
    sip_listen: Option<std::net::SocketAddr>,
    #[command(flatten)]
    output: Output,
}

fn calls_per_second(text: &str) -> Result<f64, String> {
    let cps = text.parse::<f64>().ok().filter(|cps| (0.001..=10_000.0).contains(cps));
    cps.ok_or_else(|| "write calls per second from 0.001 to 10000, for example 5".to_owned())
}

/// The parsed files and options.
struct Plan {
    agent: AgentDocument,
    trunk: Trunk,
    settings: BatchSettings,
    node: NodeConfig,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let plan = self.plan()?;
        runtime::full()?.block_on(self.dial(plan))
    }

    /// Reads and checks all files and options before anything is stored.
    fn plan(&self) -> anyhow::Result<Plan> {
        files::open(&self.file)?;
        // An unwritable report must fail before anybody is called.
        Draft::new(&self.report).map_err(|error| Usage(format!("{error:#}")))?;
        let agent = Document::open(&self.agent)?.read(fields::agent);
        let trunk = Document::open(&self.trunk)?.read(fields::trunk);
        let (agent, mut trunk) = all(agent, trunk)?;
        trunk.max_cps = self.cps.unwrap_or(trunk.max_cps);
        let settings = BatchSettings {
            calling_hours: self.hours.hours()?,
            max_concurrent_calls: self.concurrency,
            retry: self.retry.policy(),
            ..BatchSettings::default()
        };
        let sounds = self.agent.parent().map_or_else(PathBuf::new, PathBuf::from);
        let node = NodeConfig {
            data: self.data.clone(),
            sip_listen: self.sip_listen.unwrap_or_else(|| NodeConfig::sip_for(&trunk.host)),
            sip_advertise_ip: None,
            rtp_ports: SipConfig::default().rtp_ports,
            sounds: (sounds, true),
            agents_allow_private: true,
            keeping: Settings::default().keeping(),
        };
        Ok(Plan { agent, trunk, settings, node })
    }

    async fn dial(self, plan: Plan) -> anyhow::Result<ExitCode> {
        let mute = plan.node.speech().check(&plan.agent.version).await;
        if !mute.is_empty() {
            let words: Vec<String> = mute.iter().map(|error| error.to_string()).collect();
            anyhow::bail!("the agent cannot speak, so nobody was called: {}", words.join("; "));
        }
        let store = data::open_to_dial(&self.data)?;
        let workspace = store.ensure_workspace(WORKSPACE, store.now()).await?;
        // The trunk and `--concurrency` are the only limits, so the workspace's limit is raised.
        let limit = workspace.max_concurrent_calls.max(plan.trunk.max_calls);
        store.set_workspace_limit(workspace.id, limit).await?;
        let dialing = (self.from, &plan.agent, plan.trunk.clone());
        let setup = set_up(&*store, workspace.id, dialing).await?;
        let source = std::fs::canonicalize(&self.file)?.display().to_string();
        let before = journal::unreported(&*store, workspace.id, (&self.data, &source)).await?;
        if let Some(batch) = before.as_ref().filter(|batch| !batch.state.is_final()) {
            let settings = plan.settings.clone();
            let edit = move |stored: &BatchRecord| {
                (!stored.state.is_final()).then(|| (stored.name.clone(), settings))
            };
            let edited =
                store.update_batch(workspace.id, batch.id, Box::new(edit), store.now()).await?;
            edited.with_context(|| format!("{} is over meanwhile", batch.id))?;
        }
        let speech = plan.node.speech();
        let engine = node::start(&plan.node, &store, speech.clone()).await?;
        let service = Service { store, engine, speech };
        let batch = match before {
            Some(batch) => {
                note!(
                    "Going on with {} of {}; the file is not read again.",
                    batch.id,
                    batch.created_at
                );
                if batch.state == BatchState::Paused {
                    service.control(workspace.id, batch.id, Control::Resume).await?;
                }
                batch
            }
            None => {
                let new = self.new_batch(&plan, workspace.id, setup);
                match self.import(&service, new, source).await? {
                    Some(batch) => batch,
                    None => return Ok(ExitCode::FAILURE),
                }
            }
        };
        let done = self.watch(&service, batch).await;
        service.store.settle_down().await?;
        done
    }

    fn new_batch(&self, plan: &Plan, workspace: WorkspaceId, setup: Setup) -> NewBatch {
        NewBatch {
            workspace,
            name: files::name(&self.file),
            number: setup.number,
            agent: setup.agent,
            version: plan.agent.version.clone(),
            settings: plan.settings.clone(),
            options: self.reading.options(),
            start: true,
            test: false,
        }
    }

    /// Imports the file as a batch. Prints the reason and returns `None` if the file is refused.
    async fn import(
        &self,
        service: &Service,
        new: NewBatch,
        source: String,
    ) -> anyhow::Result<Option<BatchRecord>> {
        let people = People::of_file(source, files::open(&self.file)?);
        match service.create(new, people, std::future::pending()).await {
            Ok((batch, preflight)) => {
                if preflight.rejected > 0 || !preflight.warnings.is_empty() {
                    remark(format_args!("{}", check::findings(&preflight)));
                }
                Ok(Some(batch))
            }
            Err(Error::Refused(preflight)) => {
                remark(format_args!("Nobody was called. {}", check::words(&preflight)));
                Ok(None)
            }
            Err(error) => Err(error).context("nobody was called"),
        }
    }

    /// Shows the batch until it is over or a signal asks the process to stop.
    async fn watch(
        &self,
        Service { store, engine, .. }: &Service,
        batch: BatchRecord,
    ) -> anyhow::Result<ExitCode> {
        let mut signals = Signals::listen()?;
        let end = watch::until_the_end(&**store, engine, (batch.id, &mut signals)).await?;
        let (frames, late) = engine.media_steps();
        tracing::info!(frames, late, "sound");
        journal::write_report(store.clone(), &batch, &self.report).await?;
        if matches!(end.state, BatchState::Completed | BatchState::Cancelled) {
            journal::mark_reported(&self.data, batch.id)?;
        }
        let told = json!({
            "id": batch.id,
            "name": batch.name,
            "status": end.state,
            "progress": end.tally,
            "report": self.report,
        });
        let words = format!("{}\nThe report is in {}", end.tally, self.report.display());
        self.output.done(&told, &words)?;
        match end.state {
            BatchState::Completed => Ok(ExitCode::SUCCESS),
            BatchState::Cancelled => {
                note!("{} was stopped before its end.", batch.id);
                Ok(ExitCode::FAILURE)
            }
            BatchState::Draft
            | BatchState::Scheduled
            | BatchState::Running
            | BatchState::Paused => {
                note!("{} is not over; the same command goes on with it.", batch.id);
                Ok(ExitCode::from(STOPPED))
            }
        }
    }
}
