//! Files of the project, and shared helpers.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_campanile");

/// The folder of the project.
pub fn project() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.expect("the project").to_path_buf()
}

/// A file of the project, as text.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Runs a command, checks that it succeeds and returns its output.
pub fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the command starts");
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{out}{err}");
    out.into_owned()
}

/// Packages the program under test into `folder` and returns the packages.
pub fn pack(folder: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let mut build = Command::new(project().join("packaging/build"));
    // A release is compressed better, which takes a minute.
    build.env("DPKG_DEB_COMPRESSOR_TYPE", "gzip").env("DPKG_DEB_COMPRESSOR_LEVEL", "1");
    let made = succeed(build.arg(PROGRAM).arg(folder).args(kinds));
    made.lines().map(PathBuf::from).collect()
}

/// A tool that `scripts/setup python3-venv` installs.
pub fn tool(name: &str) -> Command {
    let path = project().join("target/venv/bin").join(name);
    assert!(path.exists(), "{name} is missing; run scripts/setup python3-venv");
    Command::new(path)
}

/// A free TCP port of 127.0.0.1.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Whether the server at this port of 127.0.0.1 reports that it is healthy.
pub fn is_healthy(port: u16) -> bool {
    ureq::get(format!("http://127.0.0.1:{port}/healthz")).call().is_ok()
}
