//! Runs the commands in docs/api.md in order, against a server and a sandbox, to prove that they
//! can be pasted.

use std::{
    net::{TcpListener, UdpSocket},
    path::Path,
    process::Command,
};

use super::support::{Folder, said};

/// The shell blocks of a page.
fn commands(page: &str) -> String {
    let blocks = page.split("```sh\n").skip(1);
    blocks.filter_map(|block| block.split_once("```")).map(|(block, _)| block).collect()
}

/// A free port for TCP and UDP.
fn free_port() -> u16 {
    let taken = |port| UdpSocket::bind(("127.0.0.1", port)).is_err();
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        if !taken(port) {
            return port;
        }
    }
}

#[test]
fn the_walk_through_the_api_can_be_copied_and_pasted() {
    let folder = Folder::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::os::unix::fs::symlink(root.join("examples"), folder.path("examples")).expect("a link");
    let page = include_str!("../../../../docs/api.md");
    let script = commands(page)
        .replace("8080", &free_port().to_string())
        .replace("5062", &free_port().to_string())
        .replace("campanile sandbox", "campanile sandbox --time-scale 0.1");
    let begin = "set -euo pipefail\ntrap 'kill $(jobs -p); wait' EXIT\n";
    folder.write("walk.sh", format!("{begin}{script}"));
    let program = Path::new(env!("CARGO_BIN_EXE_campanile")).parent().expect("a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    let walked = Command::new("bash")
        .arg("walk.sh")
        .current_dir(folder.path(""))
        .env("PATH", format!("{}:{path}", program.display()))
        .output();
    let walked = said(walked.expect("bash runs"));
    assert_eq!(walked.code, 0, "{}\n{}", walked.out, walked.err);
    let seen = [
        r#""status":"scheduled""#,
        r#""status":"running""#,
        r#""status":"paused""#,
        r#""status":"cancelled""#,
        r#""name":"June reminders, second try""#,
        "outcome",
    ];
    for words in seen {
        assert!(walked.out.contains(words), "nothing said {words}:\n{}", walked.out);
    }
    assert!(folder.read("report.csv").contains("final_status"));
}
