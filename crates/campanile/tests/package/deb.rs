//! The Debian package: installed, started as systemd would, used, upgraded, removed, purged.

use std::{fs, os::unix::fs::MetadataExt as _};

use super::{
    machine::Machine,
    support::{free_port, is_healthy, pack, succeed},
};

/// A value of the systemd unit, such as that of `User`.
fn of_unit(unit: &str, key: &str) -> String {
    let line = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("the unit has no {key}")).to_owned()
}

/// Builds the package and copies it to the machine. Returns the path on the machine.
fn package(machine: &Machine) -> &'static str {
    let built = pack(&machine.path("root"), &["deb"]);
    fs::rename(&built[0], machine.path("root/campanile.deb")).expect("the package is there");
    "/root/campanile.deb"
}

/// Paths of the machine that belong to the package, except records of apt and dpkg.
fn traces(machine: &Machine) -> Vec<String> {
    let listed =
        machine.run(&["find", "/", "-xdev", "-name", "*campanile*", "-not", "-path", "/proc/*"]);
    let noted = |path: &&str| !path.starts_with("/root/") && !path.starts_with("/var/log/");
    listed.lines().filter(noted).map(str::to_owned).collect()
}

/// Checks that the manual pages and completions are installed where a user's shell finds them.
fn has_manual_and_completions(machine: &Machine) {
    let manual = machine.run(&["find", "/usr/share/man/man1", "-name", "campanile*"]);
    assert!(manual.lines().count() > 60, "a page for each command: {manual}");
    for page in ["campanile", "campanile-batch-create", "campanile-voices"] {
        let page = format!("/usr/share/man/man1/{page}.1.gz");
        let text = machine.run(&["zcat", &page]);
        assert!(text.contains(".TH campanile") && text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
    let typed = "source /usr/share/bash-completion/completions/campanile; \
                 COMP_WORDS=(campanile batch redi); COMP_CWORD=2; \
                 _campanile campanile redi batch; echo ${COMPREPLY[@]}";
    assert_eq!(machine.run(&["bash", "-c", typed]).trim(), "redial");
    for (completions, word) in [
        ("zsh/vendor-completions/_campanile", "#compdef campanile"),
        ("fish/vendor_completions.d/campanile.fish", "complete -c campanile"),
    ] {
        assert!(machine.read(&format!("usr/share/{completions}")).contains(word), "{completions}");
    }
}

#[test]
fn the_debian_package_is_installed_used_upgraded_and_purged_without_a_trace() {
    let Some(machine) = Machine::new() else { return };
    let package = package(&machine);
    assert_eq!(traces(&machine), Vec::<String>::new());
    machine.install(&[package]);

    // The state after the installation.
    let data = fs::metadata(machine.path("var/lib/campanile")).expect("the data directory");
    assert_eq!(data.mode() & 0o777, 0o700);
    assert_eq!(
        machine.run(&["stat", "-c", "%U:%G", "/var/lib/campanile"]),
        "campanile:campanile\n"
    );
    assert!(
        machine.path("etc/systemd/system/multi-user.target.wants/campanile.service").is_symlink()
    );
    machine.run(&["espeak-ng", "--version"]);
    let unit = machine.read("lib/systemd/system/campanile.service");
    machine.run(&[
        "systemd-analyze",
        "verify",
        "--man=no",
        "/lib/systemd/system/campanile.service",
    ]);
    // systemd's exposure level: 0 is safe, 10 is not. A service without any protection has 9.6.
    let exposed =
        ["systemd-analyze", "security", "--offline=yes", "--threshold=15", "campanile.service"];
    machine.run(&exposed);

    has_manual_and_completions(&machine);

    // Configure and use the server as an operator would.
    let port = free_port();
    let config = machine.read("etc/campanile/campanile.toml");
    let config =
        config.replace("#listen = \"127.0.0.1:8080\"", &format!("listen = \"127.0.0.1:{port}\""));
    fs::write(machine.path("etc/campanile/campanile.toml"), &config).expect("the configuration");
    let user = format!("{}:{}", of_unit(&unit, "User"), of_unit(&unit, "Group"));
    let start = of_unit(&unit, "ExecStart");
    let start: Vec<&str> = start.split_whitespace().collect();
    let key = ["campanile", "key", "create", "--data", "/var/lib/campanile"];
    let running = machine.start(&user, &start, "Campanile is ready on");
    assert!(is_healthy(port), "the server answers where its configuration says");
    let key = succeed(&mut machine.command(&user, &key));
    let list = || {
        let url = format!("http://127.0.0.1:{port}");
        let list = ["campanile", "batch", "list", "--url", &url, "--api-key", key.trim()];
        succeed(&mut machine.command("nobody:nogroup", &list))
    };
    list();
    assert!(running.stop(), "SIGTERM ends it well");

    // An upgrade keeps the data and the configuration.
    machine.install(&["--reinstall", package]);
    assert_eq!(machine.read("etc/campanile/campanile.toml"), config);
    let running = machine.start(&user, &start, "Campanile is ready on");
    list();
    assert!(running.stop());

    // `remove` deletes the program, `purge` deletes everything.
    machine.run(&["apt-get", "remove", "-y", "-qq", "campanile"]);
    assert!(!machine.path("usr/bin/campanile").exists());
    assert!(machine.path("var/lib/campanile/campanile.sqlite").exists());
    assert_eq!(machine.read("etc/campanile/campanile.toml"), config);
    machine.run(&["apt-get", "purge", "-y", "-qq", "campanile"]);
    assert_eq!(traces(&machine), Vec::<String>::new());
    for file in ["etc/passwd", "etc/group", "etc/shadow"] {
        assert!(!machine.read(file).contains("campanile"), "{file} still knows the user");
    }
}
