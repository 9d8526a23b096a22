//! Checks the data directory: its disk and its database.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use campanile_store::{DATABASE_FILE, Found, Look, is_current, look_over, owner};

use super::{
    Patient,
    finding::{Finding, Findings},
};

/// Free space below which calls will soon stop, in bytes.
const NO_ROOM: u64 = 100 << 20;

/// Free space below which there is a warning, in bytes.
const LITTLE_ROOM: u64 = 1 << 30;

/// Number of timed writes. The median counts.
const WRITES: usize = 5;

/// A commit slower than this is audible, because a call waits for several commits.
const SLOW: Duration = Duration::from_millis(50);

/// The time limit for the check of the database.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks both. Returns whether the database can be opened.
pub fn look(patient: &Patient, found: &mut Findings) -> bool {
    let dir = &patient.serving.data;
    if !dir.is_dir() {
        let there = nearest(dir);
        found.add(Finding::warning(
            "data directory",
            format!("{} is not there yet", dir.display()),
            format!("campanile serve makes it; is --data right? ({} is there)", there.display()),
        ));
        found.add(room(&there));
        return false;
    }
    found.add(room(dir));
    found.add(speed(dir));
    if let Some(owner) = owner::foreign(dir) {
        found.add(Finding::warning(
            "user",
            format!("this runs as root, and the directory belongs to {owner}"),
            format!("run campanile doctor as {owner}, who runs the server: sudo -u {owner}"),
        ));
    }
    database(patient, found)
}

/// The directory, or its nearest existing parent.
fn nearest(dir: &Path) -> PathBuf {
    let there = dir.ancestors().find(|dir| dir.is_dir());
    there.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn room(dir: &Path) -> Finding {
    const CHECK: &str = "disk room";
    let free = match rustix::fs::statvfs(dir) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => {
            return Finding::problem(CHECK, format!("{}: {error}", dir.display()), "mend the disk");
        }
    };
    let told = format!("{} free for {}", size(free), dir.display());
    let remedy = "make room, or keep recordings and batches for fewer days (docs/privacy.md)";
    match free {
        ..NO_ROOM => Finding::problem(CHECK, told, remedy),
        NO_ROOM..LITTLE_ROOM => Finding::warning(CHECK, told, remedy),
        _ => Finding::ok(CHECK, told),
    }
}

/// Measures how long a synced write takes.
fn speed(dir: &Path) -> Finding {
    const CHECK: &str = "disk speed";
    let times = (0..WRITES).map(|_| {
        let mut file = tempfile::Builder::new().prefix(".campanile-doctor-").tempfile_in(dir)?;
        let begun = Instant::now();
        file.write_all(&[0; 4096])?;
        file.as_file().sync_all()?;
        Ok(begun.elapsed())
    });
    let mut times: Vec<Duration> = match times.collect::<std::io::Result<_>>() {
        Ok(times) => times,
        Err(error) => {
            let what = format!("nothing can be written into {}: {error}", dir.display());
            let remedy = "run this as the user who runs the server, and give the directory to that \
                          user (chown -R USER: DIR)";
            return Finding::problem(CHECK, what, remedy);
        }
    };
    times.sort();
    let middle = times[WRITES / 2];
    let told = format!("a write is on the disk after {:.1} ms", middle.as_secs_f64() * 1e3);
    match middle > SLOW {
        true => Finding::warning(
            CHECK,
            told,
            "every call waits for that before it rings: put the data directory on a local SSD",
        ),
        false => Finding::ok(CHECK, told),
    }
}

fn database(patient: &Patient, found: &mut Findings) -> bool {
    const CHECK: &str = "database";
    let dir = patient.serving.data.display();
    let path = patient.serving.data.join(DATABASE_FILE);
    if !path.is_file() {
        let remedy = "campanile serve makes one; is --data right?";
        found.add(Finding::warning(CHECK, format!("there is none in {dir} yet"), remedy));
        return false;
    }
    let bytes = fs::metadata(&path).map_or(0, |file| file.len());
    let whole = match look_over(&patient.serving.data, Look::Quick, Some(PATIENCE)) {
        Ok(Found::Sound) => format!("it is whole, {}", size(bytes)),
        Ok(Found::Unfinished) => {
            format!("nothing is wrong in what was seen of its {}", size(bytes))
        }
        Ok(Found::Damaged(lines)) => {
            found.add(Finding::problem(
                CHECK,
                format!("it is damaged: {}", lines.join("; ")),
                format!(
                    "stop the server, copy {dir} away, and restore the newest whole backup: \
                     campanile db restore FILE --data {dir}"
                ),
            ));
            return false;
        }
        Err(error) => {
            found.add(Finding::problem(CHECK, error.to_string(), "run this as the server's user"));
            return false;
        }
    };
    // Opening the database would migrate it, which must not happen while an older server runs on
    // it.
    match is_current(&patient.serving.data) {
        Ok(true) => {}
        Ok(false) if patient.running.is_some() => {
            found.add(Finding::warning(
                CHECK,
                format!("{whole}; an older campanile than this one runs on it"),
                "restart the server with this version; then trunks and agents are looked at, too",
            ));
            return false;
        }
        Ok(false) => {}
        Err(error) => {
            let remedy = "use the campanile that wrote it, or a newer one";
            found.add(Finding::problem(CHECK, error.to_string(), remedy));
            return false;
        }
    }
    found.add(Finding::ok(CHECK, whole));
    true
}

/// Formats a size, such as `1.5 GB`.
fn size(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.0} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}
