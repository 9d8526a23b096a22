//! Configuration files with several mistakes: all are told, each with its line.

use super::support::{AGENT, Folder, RUN};

#[test]
fn the_mistakes_of_both_files_are_told_at_once() {
    let folder = Folder::new();
    folder.write("people.csv", "phone_number\n+14155550101\n");
    folder.write("agent.toml", "name = \"a\"\nfirst_mesage = \"Hi\"\nring_timeout_s = 0\n");
    folder.write(
        "trunk.toml",
        "name = \"t\"\nhost = \"127.0.0.1\"\nport = \"x\"\ntransport = \"tpc\"\n",
    );
    let said = folder.run(&RUN);
    assert_eq!(said.code, 2, "{said:?}");
    for line in [
        "agent.toml:2: first_mesage: is not a known key; did you mean \"first_message\"?",
        "agent.toml:3: ring_timeout_s: 0 is out of range; write a whole number from 1 to 300",
        "trunk.toml:3: port: \"x\" is text; write a whole number from 1 to 65535",
        "trunk.toml:4: transport: \"tpc\" is not known; did you mean \"tcp\"?",
    ] {
        assert!(said.err.contains(line), "{line}\nis not in\n{}", said.err);
    }
    assert!(!folder.path("data").exists(), "nothing is stored");
}

#[test]
fn the_server_tells_the_mistakes_of_its_file() {
    let folder = Folder::new();
    folder.write("serve.toml", "sip_listen = \"here\"\nmax_row = 5\nrtp_ports = \"30000-20000\"\n");
    let args = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--config", "serve.toml"];
    let said = folder.run(&args);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("serve.toml:1: sip_listen: \"here\" is not an address"), "{said:?}");
    assert!(
        said.err.contains("serve.toml:2: max_row: is not a known key; did you mean \"max_rows\"?")
    );
    assert!(said.err.contains("serve.toml:3: rtp_ports: \"30000-20000\" is no range"), "{said:?}");
}

#[test]
fn options_that_make_no_sense_are_wrong_usage() {
    let folder = Folder::new();
    folder.write("people.csv", "phone_number\n+14155550101\n");
    folder.write("agent.toml", AGENT);
    folder.write("trunk.toml", "name = \"t\"\nhost = \"127.0.0.1\"\n");
    for more in [
        &["--days", "mon-fri"][..],
        &["--calling-hours", "9-17"],
        &["--calling-hours", "09:00-17:00", "--days", "someday"],
        &["--calling-hours", "09:00-17:00", "--time-zone", "Europe/Nowhere"],
        &["--max-retries", "11"],
        &["--wait-minutes", "-1"],
        &["--retry-on", "boredom"],
        &["--cps", "0"],
        &["--concurrency", "0"],
    ] {
        let said = folder.run(&[&RUN[..], more].concat());
        assert_eq!(said.code, 2, "{more:?}: {said:?}");
    }
    let said = folder.run(&[&RUN[..11], &["nowhere/report.csv"]].concat());
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("cannot write nowhere/report.csv"), "{said:?}");
}
