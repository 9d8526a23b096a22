//! `campanile doctor`: finds what prevents calls, and suggests a remedy.

use std::{
    fs,
    net::{TcpListener, UdpSocket},
    process::Command,
};

use campanile_media::wav;
use serde_json::Value;

use super::{
    support::{Folder, Said},
    world::World,
};

/// The checks in the JSON output.
fn checks(said: &Said) -> Value {
    let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
    let problem =
        told["checks"].as_array().unwrap().iter().any(|check| check["status"] == "problem");
    assert_eq!((told["ok"] == false, said.code), (problem, i32::from(problem)), "{told:#}");
    told["checks"].clone()
}

/// The status and the text of one check.
fn of<'a>(checks: &'a Value, name: &str) -> (&'a str, String) {
    let check = checks.as_array().unwrap().iter().find(|check| check["check"] == name);
    let check = check.unwrap_or_else(|| panic!("nothing is said of {name}: {checks:#}"));
    let words = format!("{} {}", check["detail"], check["remedy"]);
    (check["status"].as_str().unwrap(), words)
}

#[test]
fn a_server_that_runs_has_its_own_ports_and_everything_is_told_with_what_to_do() {
    let world = World::new();
    world.set_up();
    let listen = world.url.trim_start_matches("http://").to_owned();
    let args = ["doctor", "--data", "data", "--config", "serve.toml", "--listen", &listen];
    let found = checks(&world.run(&[&args[..], &["--json"]].concat()));
    for name in ["HTTP port", "SIP port"] {
        let (status, words) = of(&found, name);
        assert!(status == "ok" && words.contains("our own"), "{name}: {words}");
    }
    for name in [
        "server",
        "database",
        "disk speed",
        "disk room",
        "sound ports",
        "voice",
        "trunk sandbox",
        "certificate",
        "address for sandbox",
    ] {
        let (status, words) = of(&found, name);
        assert_ne!(status, "problem", "{name}: {words}");
    }
    assert!(of(&found, "trunk sandbox").1.contains("it answers 200"));
    assert!(["ok", "warning"].contains(&of(&found, "clock").0));
    for check in found.as_array().unwrap() {
        assert_eq!(check["remedy"].is_null(), check["status"] == "ok", "{check:#}");
    }
    let told = world.run(&args);
    assert!(told.out.lines().any(|line| line.starts_with("ok       HTTP port")), "{told:?}");
    // Nobody was called, and the server is unchanged.
    assert!(world.carrier.records().unwrap().is_empty());
    assert_eq!(world.run(&["batch", "list"]).code, 0);
}

#[test]
fn a_port_of_another_program_is_a_problem() {
    let folder = Folder::new();
    let http = TcpListener::bind("127.0.0.1:0").unwrap();
    let sip = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (http, sip) =
        (http.local_addr().map(|at| (at, http)), sip.local_addr().map(|at| (at, sip)));
    let ((http, _http), (sip, _sip)) = (http.unwrap(), sip.unwrap());
    folder.write("serve.toml", format!("sip_listen = \"{sip}\"\n"));
    let listen = http.to_string();
    let args =
        ["doctor", "--data", "data", "--config", "serve.toml", "--json", "--listen", &listen];
    let said = folder.run(&args);
    let found = checks(&said);
    for (name, port) in [("HTTP port", http.port()), ("SIP port", sip.port())] {
        let (status, words) = of(&found, name);
        assert_eq!(status, "problem", "{words}");
        assert!(words.contains("another program") && words.contains(&port.to_string()), "{words}");
    }
    assert_eq!(said.code, 1);
    // SIP uses TCP at the same port.
    folder.write("serve.toml", format!("sip_listen = \"{http}\"\n"));
    let over_tcp = checks(&folder.run(&args));
    let (status, words) = of(&over_tcp, "SIP port");
    assert!(status == "problem" && words.contains(&format!("{http}/tcp")), "{words}");
    assert!(!folder.path("data").exists(), "a look makes nothing");
    assert_eq!(of(&found, "data directory").0, "warning");
}

#[test]
fn too_few_ports_and_files_for_the_calls_are_problems() {
    let world = World::with("sip_listen = \"127.0.0.1:0\"\nrtp_ports = \"39000-39003\"\n");
    world.set_up();
    let found = checks(&world.run(&[
        "doctor",
        "--data",
        "data",
        "--config",
        "serve.toml",
        "--listen",
        "127.0.0.1:0",
        "--json",
    ]));
    let (status, words) = of(&found, "sound ports");
    assert!(status == "problem" && words.contains("rtp_ports"), "{words}");
    // The limit of the running server counts.
    let limited = Command::new("prlimit")
        .args(["--pid", &world.server.as_ref().unwrap().id().to_string(), "--nofile=256:256"])
        .status();
    if limited.is_ok_and(|limited| limited.success()) {
        let found = checks(&world.run(&["doctor", "--data", "data", "--json"]));
        let (status, words) = of(&found, "open files");
        assert!(status == "problem" && words.contains("LimitNOFILE"), "{words}");
    }
}

#[test]
fn a_trunk_that_is_not_there_and_an_agent_that_is_mute_are_problems() {
    let world = World::new();
    world.set_up();
    let dead = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    world.json(&["trunk", "create", "--name", "dead", "--host", "127.0.0.1", "--port", &dead]);
    let public = ["trunk", "create", "--name", "far", "--host", "198.51.100.7"];
    world.json(&public);
    fs::create_dir_all(world.folder.path("data/sounds")).unwrap();
    let found =
        checks(&world.run(&["doctor", "--data", "data", "--config", "serve.toml", "--json"]));
    let (status, words) = of(&found, "trunk dead");
    assert!(status == "problem" && words.contains("firewalls"), "{words}");
    let (status, words) = of(&found, "address for far");
    assert!(status == "problem" && words.contains("sip_listen"), "loopback only: {words}");
}

#[test]
fn a_sound_that_was_uploaded_is_found_as_serve_finds_it() {
    let world = World::new();
    world.set_up();
    wav::write(&world.folder.path("hello.wav"), &[1_000; 8_000]).unwrap();
    let sound = fs::read(world.folder.path("hello.wav")).unwrap();
    let mut form = b"--b\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nhello.wav\r\n\
        --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"hello.wav\"\r\n\r\n"
        .to_vec();
    form.extend(sound);
    form.extend(b"\r\n--b--\r\n");
    let request = ureq::post(format!("{}/v1/sounds", world.url));
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    let request = request.header("authorization", format!("Bearer {}", world.key));
    request.send(&form[..]).expect("it is taken");
    world.folder.write("agent.toml", "name = \"Player\"\nfirst_message = \"hello.wav\"\n");
    let made = world.run(&["agent", "create", "agent.toml", "--publish"]);
    assert_eq!(made.code, 0, "{made:?}");
    let found =
        checks(&world.run(&["doctor", "--data", "data", "--config", "serve.toml", "--json"]));
    let mute = found.as_array().unwrap().iter().find(|check| check["check"] == "agent");
    assert!(mute.is_none(), "{mute:?}");
}

#[test]
fn what_serve_refuses_a_doctor_refuses() {
    let folder = Folder::new();
    folder.write("serve.toml", "tls_cert = \"chain.pem\"\n");
    for verb in ["serve", "doctor"] {
        let said = folder.run(&[verb, "--data", "data", "--config", "serve.toml"]);
        assert!(said.code == 2 && said.err.contains("tls_key"), "{verb}: {said:?}");
    }
}

#[test]
fn a_damaged_database_and_a_slip_in_the_directory_are_told() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["key", "create", "--data", "data", "--init"]).code, 0);
    let sound = checks(&folder.run(&["doctor", "--data", "data", "--json"]));
    assert_eq!(of(&sound, "database").0, "ok");
    assert_eq!(of(&sound, "trunk").0, "warning");
    let path = folder.path("data/campanile.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096 * 9..4096 * 13].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let found = checks(&folder.run(&["doctor", "--data", "data", "--json"]));
    let (status, words) = of(&found, "database");
    assert!(status == "problem" && words.contains("db restore"), "{words}");
    let found = checks(&folder.run(&["doctor", "--data", "elsewhere", "--json"]));
    assert!(of(&found, "data directory").1.contains("is --data right?"));
}

/// Creates a certificate that expires in `days` days, with openssl.
fn certificate(folder: &Folder, name: &str, days: &str) -> bool {
    let (cert, key) = (format!("{name}.pem"), format!("{name}-key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-subj", "/CN=localhost", "-days", days, "-out", &cert, "-keyout", &key])
        .current_dir(folder.path(""))
        .output();
    made.is_ok_and(|made| made.status.success())
}

#[test]
fn a_certificate_must_fit_its_key_and_not_be_about_to_end() {
    let folder = Folder::new();
    if !certificate(&folder, "long", "400") || !certificate(&folder, "short", "5") {
        eprintln!("SKIPPED: openssl is not there to make certificates");
        return;
    }
    let look = |cert: &str, key: &str| {
        let args = ["doctor", "--data", "data", "--json", "--tls-cert", cert, "--tls-key", key];
        checks(&folder.run(&args))
    };
    for (cert, key, status, word) in [
        ("long.pem", "long-key.pem", "ok", "it fits its key and ends in "),
        ("short.pem", "short-key.pem", "warning", "renew"),
        ("long.pem", "short-key.pem", "problem", "the key must be the certificate's"),
        ("none.pem", "long-key.pem", "problem", "none.pem"),
    ] {
        let found = look(cert, key);
        let (told, words) = of(&found, "certificate");
        assert!(told == status && words.contains(word), "{cert}, {key}: {told}: {words}");
    }
    let open = ["doctor", "--data", "data", "--json", "--listen", "0.0.0.0:0"];
    let found = checks(&folder.run(&open));
    assert_eq!(of(&found, "certificate").0, "warning", "other machines reach it unencrypted");
}
