//! `campanile demo`: a sandbox trunk, a server and two running batches on this machine, one whose agent
//! follows a script and one whose agent converses.

mod servers;

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use campanile_files::import::{ImportOptions, Source};
use campanile_rules::{
    batch::BatchSettings,
    ids::{BatchId, WorkspaceId},
    phone::E164,
    retry::RetryPolicy,
    trunk::{Trunk, TrunkKind},
};
use campanile_sandbox::{Sandbox, SandboxConfig};
use campanile_service::{
    Service,
    batches::{People, Plan},
    fields::{self, AgentDocument},
    secret::Minted,
    setup::{Setup, set_up},
};
use campanile_store::{KeyScope, NewKey, Registry, WorkspaceRecord};
use campanile_telephony::SipConfig;
use campanile_webhooks::{Courier, CourierConfig};
use serde_json::json;

use servers::Servers;

use super::{run::watch, serve};
use crate::{
    config::Settings,
    data,
    first_link::base,
    node::{self, NodeConfig},
    out::{note, say},
    runtime,
    shutdown::wind_down,
    signals::Signals,
};

const FROM: u64 = 14_155_550_100;
/// Number of recipients. The batch still runs minutes later, when the user has opened the
/// dashboard.
const PEOPLE: u32 = 400;
/// Area codes in several time zones. Each has 100 of the recipients.
const AREAS: [u32; 4] = [415, 212, 312, 303];
/// Number of people whom the agent that converses calls, and their area code.
const TALKERS: u32 = 100;
const TALKERS_AREA: u32 = 206;
const NAMES: [&str; 8] = [
    "Jordan Lee",
    "Morgan Kim",
    "Alex Rivera",
    "Sam Okafor",
    "Noa Levi",
    "Ida Berg",
    "Wei Chen",
    "Ana Sousa",
];
const DAYS: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];

/// See it work: a stand-in telephone network, a server and a batch being dialed, all on this
/// machine; stays up until Ctrl-C
#[derive(clap::Args)]
pub struct Args {
    /// Where to answer HTTP [default: 127.0.0.1:8080, or a free port when that is taken]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Where everything is kept [default: a directory that is removed at the end]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Args {
    /// Runs the command until Ctrl-C or SIGTERM.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let passing = tempfile::tempdir()?;
        let data = self.data.clone().unwrap_or_else(|| passing.path().to_owned());
        runtime::full()?.block_on(self.show(data))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn show(&self, data: PathBuf) -> anyhow::Result<()> {
        let carrier = Sandbox::start(SandboxConfig::default())?;
        let (agent, trunk) = (agent()?, trunk(carrier.local_addr()));
        let node = NodeConfig {
            sip_listen: (Ipv4Addr::LOCALHOST, 0).into(),
            sip_advertise_ip: None,
            rtp_ports: SipConfig::default().rtp_ports,
            sounds: (data.join("sounds"), false),
            agents_allow_private: true,
            data,
            keeping: Settings { record_calls: true, ..Settings::default() }.keeping(),
        };
        if let Some(error) = node.speech().check(&agent.version).await.first() {
            anyhow::bail!("the agent of the demo cannot speak: {error}");
        }
        let store = data::open_to_dial(&node.data)?;
        let workspace = store.ensure_workspace("default", store.now()).await?;
        let listener = match self.listen {
            Some(address) => serve::listen(address).await?,
            None => match serve::listen((Ipv4Addr::LOCALHOST, 8080).into()).await {
                Ok(listener) => listener,
                Err(_) => serve::listen((Ipv4Addr::LOCALHOST, 0).into()).await?,
            },
        };
        let from = E164::from_digits(FROM);
        let speech = node.speech_of(store.clone());
        let servers = Servers::start(Arc::new(speech.clone())).await?;
        let talker = talker(&servers.url())?;
        let talking = set_up(&*store, workspace.id, (from, &talker, trunk.clone())).await?;
        let setup = set_up(&*store, workspace.id, (from, &agent, trunk)).await?;
        let engine = node::start(&node, &store, speech.clone()).await?;
        let mut signals = Signals::listen()?;
        let service = Service { store: store.clone(), engine: engine.clone(), speech };
        let own = Settings { webhooks_allow_private: true, ..Settings::default() };
        let server = serve::start(listener, (store.clone(), service.clone(), &node), &own)?;
        let allow_private = own.webhooks_allow_private;
        let courier = Courier::start(CourierConfig { store: store.clone(), allow_private });
        let key = make_key(&*store, &workspace).await?;
        let talks = plan(workspace.id, "Appointment conversations", talking, talker);
        let talkers = people(conversation_partners());
        let (talks, _) = service.create(talks, talkers, std::future::pending()).await?;
        let plan = plan(workspace.id, "Appointment reminders", setup, agent);
        let (batch, _) = service.create(plan, people(recipients()), std::future::pending()).await?;
        say!("{}", next_steps(&base("http", server.address()), &key, (batch.id, talks.id)))?;
        let end = watch::until_the_end(&*store, &engine, (batch.id, &mut signals)).await?;
        say!("{}", end.tally)?;
        if end.state.is_final() {
            say!("Everybody was called. The server stays up until Ctrl-C.")?;
            signals.next().await;
            wind_down(&engine, &mut signals, |words| note!("{words}")).await;
        }
        server.stop().await?;
        courier.stop().await;
        store.settle_down().await?;
        carrier.stop().await?;
        Ok(())
    }
}

async fn make_key(store: &dyn Registry, workspace: &WorkspaceRecord) -> anyhow::Result<String> {
    let minted = Minted::new()?;
    let key = NewKey {
        key_id: minted.id.clone(),
        secret_hash: minted.hash,
        name: "Demo".to_owned(),
        scope: KeyScope::Operator,
        workspace: workspace.id,
        expires_at: None,
    };
    store.add_key(key, store.now()).await?;
    Ok(minted.bearer())
}

fn agent() -> anyhow::Result<AgentDocument> {
    let document = json!({
        "name": "Appointment reminder",
        "first_message":
            "Hello {{customer_name}}. This is Campanile, about your appointment on {{day}}.",
        "voicemail": "leave_message",
        "voicemail_message": "Hello {{customer_name}}. Your appointment is on {{day}}. Goodbye.",
        "ring_timeout_s": 8,
        "engine": {"type": "script", "lines": ["Can you come?"], "goodbye": "Thank you. Goodbye."},
    });
    fields::agent(document)
        .map_err(|mistakes| anyhow::anyhow!("the agent of the demo: {mistakes:?}"))
}

/// The agent that converses, with its servers at this base URL.
fn talker(url: &str) -> anyhow::Result<AgentDocument> {
    let document = json!({
        "name": "Appointment assistant",
        "prompt": "You are the assistant of a practice and ask whether an appointment suits.",
        "first_message":
            "Hello {{customer_name}}. You have an appointment on {{day}}. Does that suit you?",
        "failure_message": "I am sorry, something went wrong. Goodbye.",
        "ring_timeout_s": 8,
        "results": [{
            "name": "suits", "type": "boolean", "description": "Whether the appointment suits",
        }],
        "engine": {
            "type": "pipeline",
            "stt": {"protocol": "openai", "url": url},
            "llm": {"url": url, "model": "demo"},
            "tts": {"url": url, "format": "wav"},
        },
    });
    fields::agent(document)
        .map_err(|mistakes| anyhow::anyhow!("the agent of the demo that converses: {mistakes:?}"))
}

fn trunk(carrier: SocketAddr) -> Trunk {
    Trunk {
        name: "sandbox".to_owned(),
        kind: TrunkKind::Managed,
        host: carrier.ip().to_string(),
        port: carrier.port(),
        transport: Default::default(),
        max_calls: 20,
        max_cps: 5.0,
        username: None,
        password: None,
        codecs: vec![campanile_rules::trunk::Codec::Pcmu],
    }
}

fn plan(workspace: WorkspaceId, name: &str, setup: Setup, agent: AgentDocument) -> Plan {
    Plan {
        workspace,
        name: name.to_owned(),
        number: setup.number,
        agent: setup.agent,
        version: agent.version,
        settings: settings(),
        options: ImportOptions::default(),
        start: true,
        test: false,
    }
}

fn people(rows: String) -> People {
    let file = std::io::Cursor::new(rows.into_bytes());
    People { source: Source::file(file), file_name: "recipients.csv".to_owned(), count: None }
}

fn settings() -> BatchSettings {
    let retry = RetryPolicy { max_retries: 1, wait_minutes: 0.1, ..RetryPolicy::default() };
    BatchSettings { retry, ..BatchSettings::default() }
}

/// The file of recipients. Their last two digits select the outcome in the sandbox, and all
/// outcomes occur.
fn recipients() -> String {
    let mut file = String::from("phone_number,customer_name,day\n");
    for n in 0..PEOPLE {
        let (name, day) = (NAMES[n as usize % NAMES.len()], DAYS[n as usize % DAYS.len()]);
        // 37 and the number of recipients are coprime, so no number repeats and the outcomes are
        // mixed.
        let person = n * 37 % PEOPLE;
        let area = AREAS[person as usize / 100 % AREAS.len()];
        let _ = writeln!(file, "+1{area}555{:04},{name},{day}", 200 + person % 100);
    }
    file
}

/// The file of those whom the agent that converses calls: people who pick up.
fn conversation_partners() -> String {
    let mut file = String::from("phone_number,customer_name,day\n");
    for n in 0..TALKERS {
        let (name, day) = (NAMES[n as usize % NAMES.len()], DAYS[n as usize % DAYS.len()]);
        let (hundred, person) = (n / 50, n % 50);
        let _ = writeln!(file, "+1{TALKERS_AREA}555{hundred:02}{person:02},{name},{day}");
    }
    file
}

/// The next steps for the user. The dashboard's URL comes last, where the user looks first.
fn next_steps(address: &str, key: &str, (batch, talks): (BatchId, BatchId)) -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| "campanile".into());
    let campanile = program.display();
    format!(
        "Campanile is ready on {address}: {PEOPLE} people are being called over SIP, on this
machine only; Ctrl-C ends it. {TALKERS} more have a conversation, with an agent whose recognition,
model and speech run in this program: open a call of the batch \"Appointment conversations\"
while it talks ({campanile} batch show {talks}). To try in another terminal:

  export CAMPANILE_URL={address}
  export CAMPANILE_API_KEY={key}
  {campanile} batch show {batch}
  {campanile} batch pause {batch}
  {campanile} batch resume {batch}
  {campanile} batch report {batch}
  curl -H \"Authorization: Bearer $CAMPANILE_API_KEY\" \\
      \"$CAMPANILE_URL/v1/batch-calls/{batch}/recipients?status=voicemail\"

Then call your own list: docs/quickstart.md. Watch the people being called, signed in:

  {address}/#key={key}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_says_what_it_means_to_say() {
        let agent = agent().unwrap();
        assert!(agent.version.first_message.contains("{{day}}"));
        let options = ImportOptions::default();
        let file = std::io::Cursor::new(recipients().into_bytes());
        let agent = Some(&agent.version);
        let report =
            campanile_files::import::preflight(Source::file(file), options, agent).unwrap();
        assert_eq!((report.refused, report.accepted), (None, u64::from(PEOPLE)));
        assert_eq!((report.warnings, report.time_zones.len()), (Vec::new(), 4));
    }

    #[test]
    fn the_agent_that_converses_has_people_to_talk_to() {
        let talker = talker("http://127.0.0.1:8080/v1").unwrap();
        let file = std::io::Cursor::new(conversation_partners().into_bytes());
        let (source, options) = (Source::file(file), ImportOptions::default());
        let agent = Some(&talker.version);
        let report = campanile_files::import::preflight(source, options, agent).unwrap();
        assert_eq!((report.refused, report.accepted), (None, u64::from(TALKERS)));
        assert_eq!(report.warnings, []);
    }
}
