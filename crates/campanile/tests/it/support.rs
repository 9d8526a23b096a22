//! The world of a test: the binary, a folder of files, and a carrier.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use campanile_sandbox::{Sandbox, SandboxConfig};
use tempfile::TempDir;

/// A folder in which the program is run.
pub struct Folder {
    dir: TempDir,
}

/// The program's output and exit status.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Folder {
    pub fn new() -> Folder {
        Folder { dir: tempfile::tempdir().expect("a folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("the file is written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// The program with these arguments, run in this folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_campanile"));
        command.current_dir(self.dir.path()).args(args);
        for name in ["CAMPANILE_URL", "CAMPANILE_API_KEY", "CAMPANILE_LOG"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().expect("campanile runs"))
    }
}

pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The program in the background. It is killed if the test ends first.
pub struct Running {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    err: BufReader<std::process::ChildStderr>,
}

impl Running {
    pub fn start(mut command: Command) -> Running {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("campanile starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let err = BufReader::new(child.stderr.take().expect("its errors"));
        Running { child, out, err }
    }

    /// Reads standard output up to the line that contains `word`.
    pub fn wait_for(&mut self, word: &str) -> String {
        wait_for(&mut self.out, word)
    }

    /// Reads standard error up to the line that contains `word`.
    pub fn wait_for_error(&mut self, word: &str) -> String {
        wait_for(&mut self.err, word)
    }

    /// The program's standard error from here on.
    pub fn errors(&mut self) -> &mut impl Read {
        &mut self.err
    }

    /// The process ID.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name, such as `INT`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(sent.expect("kill runs").success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(lines: &mut impl BufRead, word: &str) -> String {
    let mut seen = String::new();
    loop {
        let mut line = String::new();
        let length = lines.read_line(&mut line).expect("a line");
        assert_ne!(length, 0, "it ended without saying {word:?}:\n{seen}");
        if line.contains(word) {
            return line;
        }
        seen += &line;
    }
}

/// Starts a carrier on a free port and writes `agent.toml` and `trunk.toml` for it.
pub fn carrier(folder: &Folder, time_scale: f64) -> Sandbox {
    let config = SandboxConfig { time_scale, seed: 3, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config).expect("the carrier starts");
    folder.write("agent.toml", AGENT);
    folder.write("trunk.toml", trunk(sandbox.local_addr()));
    sandbox
}

pub fn trunk(carrier: SocketAddr) -> String {
    let port = carrier.port();
    format!(
        "name = \"sandbox\"\nhost = \"127.0.0.1\"\nport = {port}\nmax_calls = 50\nmax_cps = 50\n"
    )
}

/// An agent with a short text.
pub const AGENT: &str = "name = \"brief\"\nfirst_message = \"Hi {{name}}.\"\nring_timeout_s = 2\n\
                         engine = { type = \"script\", lines = [], goodbye = \"Bye.\" }\n";

/// A file of numbers whose last digits select the carrier's behavior.
pub fn people(endings: &[u32]) -> String {
    let rows = endings.iter().map(|n| format!("+1212555{n:04},Person {n}\n"));
    format!("phone_number,name\n{}", rows.collect::<String>())
}

/// `campanile run` with the files of a folder that has a [`carrier`] and `people.csv`.
#[rustfmt::skip]
pub const RUN: [&str; 12] = [
    "run", "people.csv", "--from", "+14155550100", "--agent", "agent.toml",
    "--trunk", "trunk.toml", "--data", "data", "--report", "report.csv",
];
