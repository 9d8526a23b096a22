//! The container image. No container engine runs here, so the steps of its last stage are executed
//! in a minimal Debian. Linters check the rest.

use std::{fs, process::Command};

use super::{
    machine::Machine,
    support::{PROGRAM, free_port, is_healthy, pack, project, succeed, text, tool},
};

/// The instructions of a Containerfile without comments, with continued lines joined.
fn instructions(file: &str) -> Vec<(String, String)> {
    let lines = file.lines().filter(|line| !line.trim_start().starts_with('#'));
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let split = |line: &str| {
        line.trim().split_once(' ').map(|(verb, rest)| (verb.into(), rest.trim().into()))
    };
    joined.lines().filter_map(split).collect()
}

/// The words of an instruction in JSON form.
fn words(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// The executed last stage: its user, its command and its health check.
struct Container {
    machine: Machine,
    user: String,
    entrypoint: Vec<String>,
    command: Vec<String>,
    health: Vec<String>,
}

impl Container {
    fn built() -> Option<Container> {
        let machine = Machine::new()?;
        let mut built = Container {
            machine,
            user: "root".to_owned(),
            entrypoint: Vec::new(),
            command: Vec::new(),
            health: Vec::new(),
        };
        let all = instructions(&text("Dockerfile"));
        let last = all.iter().rposition(|(verb, _)| verb == "FROM").expect("a stage");
        for (verb, rest) in &all[last + 1..] {
            built.carry_out(verb, rest);
        }
        Some(built)
    }

    fn carry_out(&mut self, verb: &str, rest: &str) {
        match verb {
            "RUN" => {
                // The cleanup that images need would delete downloads that other tests can use.
                let (install, cleaning) =
                    rest.split_once("&& rm -rf /var/lib/apt").unwrap_or((rest, ""));
                assert!(cleaning.is_empty() || rest.contains("apt-get install"), "{rest}");
                self.machine.run(&["sh", "-c", install]);
                self.machine.keep_downloads();
            }
            "COPY" => {
                let (from, to) = rest.rsplit_once(' ').expect("COPY FROM TO");
                let source = match from {
                    "--from=program /campanile" => PROGRAM.into(),
                    file => project().join(file),
                };
                let to = self.machine.path(to);
                fs::create_dir_all(to.parent().expect("a folder")).expect("the folder");
                fs::copy(source, to).unwrap_or_else(|error| panic!("COPY {rest}: {error}"));
            }
            "USER" => self.user = rest.to_owned(),
            "ENTRYPOINT" => self.entrypoint = words(rest),
            "CMD" => self.command = words(rest),
            "HEALTHCHECK" => {
                self.health = words(rest.split_once("CMD").expect("a command").1.trim())
            }
            "VOLUME" | "EXPOSE" | "STOPSIGNAL" => {}
            _ => panic!("a container has {verb}, which this test does not carry out"),
        }
    }
}

#[test]
fn the_steps_of_the_container_file_give_a_server_that_is_healthy() {
    let Some(container) = Container::built() else { return };
    let machine = &container.machine;
    assert_ne!(container.user.split(':').next(), Some("0"), "not root");
    assert_ne!(container.user, "root");

    // The test's port replaces the port of the container.
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let named = |word: &String| word.replace("127.0.0.1:8080", &address);
    let config = machine.path("etc/campanile/campanile.toml");
    let set_up = fs::read_to_string(&config).expect("the configuration");
    fs::write(
        &config,
        set_up.replace("#listen = \"127.0.0.1:8080\"", &format!("listen = \"{address}\"")),
    )
    .expect("the configuration");

    let start: Vec<String> =
        container.entrypoint.iter().chain(&container.command).cloned().collect();
    let start: Vec<&str> = start.iter().map(String::as_str).collect();
    let health: Vec<String> = container.health.iter().map(named).collect();
    let health: Vec<&str> = health.iter().map(String::as_str).collect();
    assert!(!asks_well(machine, &container.user, &health), "nobody is healthy before the start");
    let running = machine.start(&container.user, &start, "Campanile is ready on");
    assert!(is_healthy(port));
    assert!(asks_well(machine, &container.user, &health), "{health:?}");
    let made = ["campanile", "key", "create", "--data", "/var/lib/campanile"];
    succeed(&mut machine.command(&container.user, &made));
    machine.run(&["espeak-ng", "--version"]);
    assert!(running.stop(), "SIGTERM ends it well");
}

/// Whether a command succeeds.
fn asks_well(machine: &Machine, user: &str, command: &[&str]) -> bool {
    machine.command(user, command).output().expect("it starts").status.success()
}

#[test]
fn linters_have_nothing_to_say_of_the_container() {
    let root = project();
    succeed(tool("hadolint").args(["--failure-threshold", "style"]).arg(root.join("Dockerfile")));
    let mut compose = tool("compose-lint");
    compose.args(["check", "--fail-on", "low", "--strict-config", "--config"]);
    succeed(compose.arg(root.join("packaging/compose-lint.yml")).arg(root.join("compose.yaml")));
}

#[test]
fn a_release_is_three_files_that_the_same_input_gives_again() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let packed = |folder: &std::path::Path| {
        let read = |path: &std::path::PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        };
        pack(folder, &["deb", "tarball", "container"]).iter().map(read).collect::<Vec<_>>()
    };
    let made = packed(one.path());
    let version = env!("CARGO_PKG_VERSION");
    let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
    for (name, end) in names.iter().zip([".deb", "-linux.tar.gz", "-container.tar.gz"]) {
        assert!(name.contains(version) && name.ends_with(end), "{names:?}");
    }
    let again = packed(other.path());
    assert!(made == again, "the same bytes");
    succeed(Command::new("sh").arg("-c").arg("sha256sum -c ./*.sha256").current_dir(one.path()));

    // The build context is complete: it has each file that the last stage copies.
    let context = one.path().join(names[2]);
    let listed = succeed(Command::new("tar").arg("-tzf").arg(&context));
    let folder = names[2].trim_end_matches(".tar.gz");
    for file in ["Dockerfile", "compose.yaml", "campanile", "packaging/campanile.toml"] {
        assert!(listed.lines().any(|line| line == format!("{folder}/{file}")), "{file}: {listed}");
    }
    let mut show = Command::new("tar");
    let file = succeed(show.arg("-xOzf").arg(&context).arg(format!("{folder}/Dockerfile")));
    assert!(file.contains("\nARG PROGRAM=packed\n"), "{file}");
}
