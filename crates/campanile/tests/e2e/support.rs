//! A carrier, a folder of files, and the program.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use campanile_sandbox::{CallRecord, Sandbox, SandboxConfig};
use tempfile::TempDir;

/// A sandbox carrier on a free port and a folder with all that one `campanile run` needs.
pub struct World {
    runtime: tokio::runtime::Runtime,
    sandbox: Option<Sandbox>,
    dir: TempDir,
}

impl World {
    /// Starts the carrier. Waits are a tenth of their natural length.
    pub fn new(rows: &str, agent: &str) -> World {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let config = SandboxConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            cdr: Some(dir.path().join("cdr.csv")),
            record: None,
            time_scale: 0.1,
            seed: 7,
        };
        let sandbox = Sandbox::start(config).expect("the carrier starts");
        let port = sandbox.local_addr().port();
        fs::write(dir.path().join("people.csv"), rows).expect("the file");
        fs::write(dir.path().join("agent.toml"), agent).expect("the agent");
        fs::write(
            dir.path().join("trunk.toml"),
            format!(
                "name = \"sandbox\"\nkind = \"workspace\"\nhost = \"127.0.0.1\"\nport = {port}\n\
                 max_calls = 300\nmax_cps = 300\n"
            ),
        )
        .expect("the trunk");
        World { runtime, sandbox: Some(sandbox), dir }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `campanile run` over the folder's files, with more options.
    pub fn run(&self, options: &[&str]) -> Child {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("run.log"))
            .expect("the log");
        Command::new(env!("CARGO_BIN_EXE_campanile"))
            .current_dir(self.dir.path())
            .args(["run", "people.csv", "--from", "+14155550100"])
            .args(["--agent", "agent.toml", "--trunk", "trunk.toml"])
            .args(["--data", "data", "--report", "report.csv"])
            .args(options)
            .stdout(Stdio::from(log.try_clone().expect("the log")))
            .stderr(Stdio::from(log))
            .spawn()
            .expect("campanile starts")
    }

    /// The program's own words, for a failing test.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.path("run.log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(40).collect();
        tail.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Ends the carrier and reads its call records, in the order of their INVITEs.
    pub fn records(&mut self) -> Vec<CallRecord> {
        let sandbox = self.sandbox.take().expect("the carrier is still there");
        let mut records = self.runtime.block_on(sandbox.stop()).expect("the carrier ends");
        records.sort_by(|a, b| a.t_invite.total_cmp(&b.t_invite));
        records
    }

    /// The report, by number.
    pub fn report(&self) -> BTreeMap<String, ReportRow> {
        let text = fs::read_to_string(self.path("report.csv")).expect("the report was written");
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
        let at = |name: &str| header.iter().position(|h| *h == name).expect("the column is there");
        let (number, status) = (at("phone_number"), at("final_status"));
        let (attempts, call_id) = (at("attempts_made"), at("call_id"));
        lines
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                let row = ReportRow {
                    status: cells[status].to_owned(),
                    attempts: cells[attempts].parse().expect("a number of attempts"),
                    call_id: cells[call_id].to_owned(),
                };
                (cells[number].to_owned(), row)
            })
            .collect()
    }
}

/// A line of the report.
#[derive(Debug)]
pub struct ReportRow {
    pub status: String,
    pub attempts: u32,
    pub call_id: String,
}

/// A number of the United States whose last digits decide what the carrier does.
pub fn number(n: u32) -> String {
    format!("+1212555{n:04}")
}

/// What the carrier does is decided by the last two digits.
pub fn last_two(number: &str) -> u32 {
    number[number.len() - 2..].parse().expect("two digits")
}

/// An agent that says little, so that a thousand calls are over soon.
pub const BRIEF_AGENT: &str = "\
name = \"brief\"
first_message = \"Hi {{name}}.\"
ring_timeout_s = 1
max_duration_s = 20
engine = { type = \"script\", lines = [], goodbye = \"Bye.\" }
";
