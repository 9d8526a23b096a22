//! Checks the machine except its network: open files, clock, speech.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use rustix::process::{Resource, getrlimit};

use super::{
    Patient, Talker,
    finding::{Finding, Findings},
};

/// Open files per call: a socket and a recording.
const FILES_PER_CALL: u64 = 2;

/// Open files of a server without calls: connections, the database, logs.
const FILES_BESIDE: u64 = 1_500;

/// The tolerance for files whose timestamp is in the future.
const AHEAD: Duration = Duration::from_secs(60);

/// Checks the limit of open files.
pub fn open_files(patient: &Patient, calls: u32) -> Finding {
    const CHECK: &str = "open files";
    let of_server = patient.running.as_ref().and_then(|running| running.open_files());
    // A server raises its soft limit to the hard limit.
    let limit = of_server.or(getrlimit(Resource::Nofile).maximum).unwrap_or(u64::MAX);
    let whose = if of_server.is_some() { "the server may" } else { "a server started here may" };
    let needed = u64::from(calls) * FILES_PER_CALL + FILES_BESIDE;
    let told = match limit {
        u64::MAX => format!("{whose} open any number"),
        limit => format!("{whose} open {limit}; {calls} calls at once take up to {needed}"),
    };
    match limit >= needed {
        true => Finding::ok(CHECK, told),
        false => Finding::problem(
            CHECK,
            told,
            format!(
                "raise the limit: LimitNOFILE={needed} in the systemd unit, or ulimit -Hn {needed}"
            ),
        ),
    }
}

/// Checks the clock, because calling hours and retries depend on it.
pub fn clock(patient: &Patient) -> Finding {
    const CHECK: &str = "clock";
    let newest = ["last-known", campanile_store::DATABASE_FILE, "campanile.sqlite-wal"]
        .iter()
        .filter_map(|name| fs::metadata(patient.serving.data.join(name)).ok()?.modified().ok())
        .max();
    let ahead = newest.and_then(|newest| newest.duration_since(SystemTime::now()).ok());
    if let Some(ahead) = ahead.filter(|ahead| *ahead > AHEAD) {
        return Finding::problem(
            CHECK,
            format!(
                "the database was written {} s in the future: the clock was set back",
                ahead.as_secs()
            ),
            "set the clock by the network: timedatectl set-ntp true",
        );
    }
    match is_synchronised() {
        Some(true) => Finding::ok(CHECK, "it is set by the network"),
        Some(false) => Finding::warning(
            CHECK,
            "it is not set by the network, and drifts",
            "timedatectl set-ntp true, or install chrony",
        ),
        None => Finding::warning(
            CHECK,
            "nothing here says whether it is set by the network",
            "compare it with another machine's; in a container, the host sets it",
        ),
    }
}

/// Whether NTP sets the clock. `None` if the system does not say.
fn is_synchronised() -> Option<bool> {
    let ask = ["show", "--property=NTPSynchronized", "--value"];
    match said(Command::new("timedatectl").args(ask)).as_deref().map(str::trim) {
        Some("yes") => return Some(true),
        Some("no") => return Some(chrony()?).or(Some(false)),
        Some(_) | None => {}
    }
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        return Some(true);
    }
    chrony()
}

fn chrony() -> Option<bool> {
    let tracking = said(Command::new("chronyc").arg("tracking"))?;
    let leap = tracking.lines().find(|line| line.starts_with("Leap status"))?;
    Some(leap.trim_end().ends_with("Normal"))
}

/// The standard output of a program. `None` if the program is missing or fails.
fn said(command: &mut Command) -> Option<String> {
    let ended = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    ended.status.success().then(|| String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// Checks that text-to-speech works and that every published agent can be spoken.
pub async fn voice(agents: &[Talker], found: &mut Findings) {
    const CHECK: &str = "voice";
    match said(Command::new("espeak-ng").arg("--version")) {
        Some(version) => {
            let first = version.lines().next().unwrap_or_default();
            let told = first.split("  ").next().unwrap_or(first).trim();
            found.add(Finding::ok(CHECK, told));
        }
        None => found.add(Finding::problem(
            CHECK,
            "there is no espeak-ng: agents say nothing but WAV files",
            "apt-get install espeak-ng",
        )),
    }
    for Talker { name, version, speech } in agents {
        let mute = speech.check(&version.settings).await;
        if mute.is_empty() {
            continue;
        }
        let words: Vec<String> = mute.iter().map(ToString::to_string).collect();
        found.add(Finding::problem(
            "agent",
            format!("{name}, version {}, cannot speak: {}", version.number, words.join("; ")),
            "mend that here, or publish another version",
        ));
    }
}
