//! A minimal Debian in a folder, for installing packages and running programs.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use tempfile::TempDir;

use super::support::succeed;

/// A copy of the minimal Debian. Dropping it deletes the copy.
pub struct Machine {
    root: TempDir,
    base: PathBuf,
}

impl Machine {
    /// Creates a machine. Prints a note and returns `None` if this process lacks the rights.
    pub fn new() -> Option<Machine> {
        if let Err(why) = may_make_one() {
            // Written past the output capture of the test runner, so that a skipped test is seen.
            let words = format!("skipped, because {why}: what is tested in a minimal Debian\n");
            let _ = std::io::stderr().write_all(words.as_bytes());
            return None;
        }
        let base = base();
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        // Other users of the machine must be able to read its root directory.
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
        let contents = base.join(".");
        succeed(Command::new("cp").args(["-a", "--reflink=auto"]).arg(contents).arg(root.path()));
        let machine = Machine { root, base };
        machine.run(&["apt-get", "update", "-qq"]);
        Some(machine)
    }

    /// A path of the machine, as this process sees it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    /// A file of the machine, as text.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A command on the machine, run by `user`, which is a name or `UID:GID`. Its child processes
    /// end with it.
    pub fn command(&self, user: &str, args: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        let proc = format!("--mount-proc={}", self.path("proc").display());
        command.args(["--mount", "--pid", "--fork", "--kill-child", &proc, "chroot"]);
        command.arg(format!("--userspec={user}")).arg(self.root.path()).args(args);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8");
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        command
    }

    /// Runs a command as root and checks that it succeeds.
    pub fn run(&self, args: &[&str]) -> String {
        succeed(&mut self.command("root", args))
    }

    /// Installs packages by name or path, with their dependencies.
    pub fn install(&self, packages: &[&str]) {
        let install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"];
        self.run(&[&install[..], packages].concat());
        self.keep_downloads();
    }

    /// Keeps downloaded packages for the machines of later tests.
    pub fn keep_downloads(&self) {
        let (from, to) = ("var/cache/apt/archives", self.base.join("var/cache/apt/archives"));
        for entry in fs::read_dir(self.path(from)).expect("a folder").flatten() {
            let kept = to.join(entry.file_name());
            if entry.path().extension().is_some_and(|kind| kind == "deb") && !kept.exists() {
                let half = to.join(format!("partial/{}", std::process::id()));
                let copied = fs::copy(entry.path(), &half).and_then(|_| fs::rename(&half, &kept));
                copied.expect("the package is kept");
            }
        }
    }

    /// Starts a program as `user`, and waits until it has printed `word`.
    pub fn start(&self, user: &str, args: &[&str], word: &str) -> Running {
        let mut command = self.command(user, args);
        let errors = fs::File::create(self.path("root/errors")).expect("a file");
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let running = Running { child };
        loop {
            let mut line = String::new();
            let length = out.read_line(&mut line).expect("a line");
            let errors = || self.read("root/errors");
            assert_ne!(length, 0, "{args:?} ended without saying {word:?}: {}", errors());
            if line.contains(word) {
                return running;
            }
        }
    }
}

/// A program that runs on a machine. Dropping it ends the program.
pub struct Running {
    child: Child,
}

impl Running {
    /// Stops the program as systemd does, and waits. Returns whether it ended well.
    pub fn stop(mut self) -> bool {
        let unshare = self.child.id();
        let children = fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children"));
        let pid = children.expect("its processes").trim().to_owned();
        succeed(Command::new("kill").args(["-TERM", &pid]));
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn may_make_one() -> Result<(), String> {
    if fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        return Err("this is not root".to_owned());
    }
    let tried = Command::new("unshare").args(["--mount", "--pid", "--fork", "true"]).output();
    match tried {
        Ok(tried) if tried.status.success() => Ok(()),
        Ok(tried) => Err(String::from_utf8_lossy(&tried.stderr).trim().to_owned()),
        Err(error) => Err(format!("unshare cannot be run: {error}")),
    }
}

/// The minimal Debian that machines are copied from. It is created once, from the release of this
/// machine, because the program is linked with its C library.
fn base() -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let release =
        succeed(Command::new("sh").args(["-c", ". /etc/os-release; echo $VERSION_CODENAME"]));
    let release = release.trim();
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("debian-{release}"));
    if base.exists() {
        return base;
    }
    let (mirror, components) = mirror(release);
    let half = base.with_extension(format!("new-{}", std::process::id()));
    let mut debootstrap = Command::new("debootstrap");
    debootstrap.args(["--variant=minbase", "--include=systemd", "--components", &components]);
    succeed(debootstrap.arg(release).arg(&half).arg(&mirror));
    if fs::rename(&half, &base).is_err() {
        // Another process created it first.
        fs::remove_dir_all(&half).expect("the half-made one goes");
    }
    base
}

/// The package mirror and the components of a release, from the apt configuration of this machine.
fn mirror(release: &str) -> (String, String) {
    let ask = || {
        let mut apt = Command::new("apt-get");
        let format = "$(CREATED_BY) $(RELEASE) $(SITE) $(COMPONENT)";
        let told = succeed(apt.args(["indextargets", "--format", format]));
        let of_release = format!("Packages {release} ");
        let lines = told.lines().filter_map(|line| line.strip_prefix(&of_release));
        lines
            .filter_map(|line| line.split_once(' '))
            .map(|(site, part)| (site.into(), part.into()))
            .collect()
    };
    let mut found: Vec<(String, String)> = ask();
    if found.is_empty() {
        succeed(Command::new("apt-get").args(["update", "-qq"]));
        found = ask();
    }
    let site =
        found.first().unwrap_or_else(|| panic!("apt knows no packages of {release}")).0.clone();
    let parts = found.iter().filter(|(of, _)| *of == site).map(|(_, part)| part.as_str());
    let parts = parts.collect::<Vec<_>>().join(",");
    (site, parts)
}
