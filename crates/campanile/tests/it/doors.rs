//! What the server logs about access and encryption, and what it never logs.

use std::{
    io::{BufRead as _, Read as _},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::json;

use super::support::{Folder, Running};

/// Starts a server in the folder and returns its address.
fn serve(folder: &Folder, options: &[&str]) -> (Running, String) {
    let args = [&["serve", "--data", "data"], options].concat();
    let mut command = folder.command(&args);
    // Without a terminal, as a service: on a terminal SIGHUP would end the server.
    command.stdin(Stdio::null());
    let mut server = Running::start(command);
    let ready = server.wait_for("Campanile is ready on");
    let url = ready.trim().rsplit(' ').next().expect("a URL").to_owned();
    (server, url)
}

#[test]
fn an_open_door_is_said_loudly() {
    let folder = Folder::new();
    let (mut server, _) = serve(&folder, &["--listen", "0.0.0.0:0"]);
    let said = server.wait_for_error("NOT ENCRYPTED");
    assert!(said.contains("0.0.0.0"), "{said}");
    server.wait_for_error("--behind-proxy");
    drop(server);
    for quiet in [&["--listen", "127.0.0.1:0"][..], &["--listen", "0.0.0.0:0", "--behind-proxy"]] {
        let (server, _) = serve(&folder, quiet);
        let said = end(server);
        assert!(!said.contains("NOT ENCRYPTED"), "{quiet:?}: {said}");
    }
}

/// Stops a server and returns its standard error.
fn end(mut server: Running) -> String {
    server.signal("TERM");
    let mut said = String::new();
    server.errors().read_to_string(&mut said).expect("text");
    server.wait();
    said
}

#[test]
fn half_a_certificate_is_wrong_usage() {
    let folder = Folder::new();
    let said = folder.run(&["serve", "--data", "data", "--tls-cert", "cert.pem"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("--tls-key"), "{said:?}");
    let none = ["serve", "--data", "data", "--tls-cert", "c.pem", "--tls-key", "k.pem"];
    let said = folder.run(&none);
    assert!(said.code != 0 && said.err.contains("c.pem"), "{said:?}");
}

#[test]
fn webhooks_may_go_to_this_machine_when_the_option_says_so() {
    let folder = Folder::new();
    for (option, status) in [(None, 422), (Some("--webhooks-allow-private"), 201)] {
        let listen = ["--listen", "127.0.0.1:0"];
        let (server, url) = serve(&folder, &[&listen[..], option.as_slice()].concat());
        let key = folder.run(&["key", "create", "--data", "data"]).out.trim().to_owned();
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let made = ureq::Agent::from(config)
            .post(format!("{url}/v1/webhooks"))
            .header("authorization", format!("Bearer {key}"))
            .send_json(json!({"url": "http://127.0.0.1:9/hook"}));
        assert_eq!(made.expect("an answer").status(), status, "{option:?}");
        end(server);
    }
}

#[test]
fn half_a_certificate_in_the_configuration_is_wrong_usage_too() {
    let folder = Folder::new();
    folder.write("serve.toml", "tls_cert = \"cert.pem\"\n");
    let said = folder.run(&["serve", "--data", "data", "--config", "serve.toml"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("tls_key"), "{said:?}");
}

#[test]
fn a_renewed_certificate_is_taken_at_sighup_and_a_bad_one_is_told() {
    let folder = Folder::new();
    let tls = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/tests/it/tls");
    let lay = |from: &str, to: &str| folder.write(to, std::fs::read(tls.join(from)).unwrap());
    lay("cert.pem", "chain.pem");
    lay("key.pem", "key.pem");
    folder.write(
        "serve.toml",
        "listen = \"127.0.0.1:0\"\ntls_cert = \"chain.pem\"\ntls_key = \"key.pem\"\n",
    );
    let (mut server, url) = serve(&folder, &["--config", "serve.toml"]);
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    folder.write("chain.pem", "nothing");
    server.signal("HUP");
    let told = server.wait_for_error("a new certificate is not used");
    assert!(told.contains("chain.pem"), "{told}");
    lay("renewed.pem", "chain.pem");
    lay("renewed-key.pem", "key.pem");
    server.signal("HUP");
    server.wait_for_error("the renewed certificate is used");
}

#[test]
fn who_speaks_sip_on_all_addresses_is_told_so() {
    let folder = Folder::new();
    let (server, _) = serve(&folder, &["--listen", "127.0.0.1:0"]);
    let said = end(server);
    let told = said.lines().find(|line| line.contains("SIP is spoken on all addresses"));
    assert!(told.is_some_and(|line| line.contains("sip_listen")), "{said}");
    // A new folder, because a chosen port is kept in the old one.
    let folder = Folder::new();
    folder.write("serve.toml", "sip_listen = \"127.0.0.1:0\"\n");
    let (server, _) = serve(&folder, &["--listen", "127.0.0.1:0", "--config", "serve.toml"]);
    assert!(!end(server).contains("all addresses"));
}

#[test]
fn while_there_is_no_key_a_link_signs_the_first_browser_in() {
    let folder = Folder::new();
    let (mut server, url) = serve(&folder, &["--listen", "127.0.0.1:0"]);
    let told = server.wait_for_error("The link for the first sign-in is in");
    let file = folder.path("data/first-sign-in");
    assert!(told.contains("data/first-sign-in"), "{told}");
    let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let link = folder.read("data/first-sign-in");
    let secret = link.trim().strip_prefix(&format!("{url}/#first=")).expect("a link").to_owned();
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent: ureq::Agent = config.into();
    let open = || {
        let asked = agent.post(format!("{url}/v1/session/first")).header("origin", &url);
        asked.send_json(json!({"secret": &secret})).expect("an answer")
    };
    let mut made = open();
    assert_eq!(made.status(), 201);
    let made: serde_json::Value =
        serde_json::from_str(&made.body_mut().read_to_string().unwrap()).unwrap();
    let key = made["key"].as_str().expect("a key");
    let list = ["batch", "list", "--url", &url, "--api-key", key];
    assert_eq!(folder.run(&list).code, 0);
    assert_eq!(open().status(), 409, "once only");
    assert!(!told.contains(&secret) && !end(server).contains(&secret), "the log has it");

    let (server, _) = serve(&folder, &["--listen", "127.0.0.1:0"]);
    assert!(!end(server).contains("first sign-in"), "there is a key");
    assert!(!file.exists(), "the link is void");
}

#[test]
fn on_a_terminal_the_first_link_is_printed_and_no_file_is_made() {
    let folder = Folder::new();
    // `script` runs the program on a terminal.
    let program = env!("CARGO_BIN_EXE_campanile");
    let serve = format!("{program} serve --data data --listen 127.0.0.1:0");
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &serve, "/dev/null"]);
    command.current_dir(folder.path("")).stdin(Stdio::null());
    let mut server = Running::start(command);
    server.wait_for("/#first=");
    assert!(!folder.path("data/first-sign-in").exists());
}

/// Starts a server that logs everything to the file `log`.
fn serve_and_log(folder: &Folder) -> (Child, String) {
    let args = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--log", "trace"];
    let log = std::fs::File::create(folder.path("log")).expect("a file");
    let mut command = folder.command(&args);
    let mut server = command.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
    let mut ready = String::new();
    let out = server.stdout.take().expect("its output");
    std::io::BufReader::new(out).read_line(&mut ready).expect("a line");
    (server, ready.trim().rsplit(' ').next().expect("a URL").to_owned())
}

#[test]
fn no_secret_is_in_the_log_of_a_server() {
    let folder = Folder::new();
    let (mut server, url) = serve_and_log(&folder);
    let key = folder.run(&["key", "create", "--data", "data"]).out.trim().to_owned();
    let (id, secret) = key.split_once(':').expect("two halves");
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent: ureq::Agent = config.into();
    let bearer = |key: &str| format!("Bearer {key}");
    let trunk = json!({
        "name": "carrier", "host": "127.0.0.1", "port": 9, "username": "user",
        "password": "hidden-word",
    });
    let made = agent.post(format!("{url}/v1/trunks")).header("authorization", bearer(&key));
    assert_eq!(made.send_json(&trunk).expect("an answer").status(), 201);
    let again = agent.post(format!("{url}/v1/trunks")).header("authorization", bearer(&key));
    assert_eq!(again.send_json(&trunk).expect("an answer").status(), 409);
    let made = agent.post(format!("{url}/v1/api-keys")).header("authorization", bearer(&key));
    let mut made = made.send_json(json!({"scope": "read"})).expect("an answer");
    let made: serde_json::Value =
        serde_json::from_str(&made.body_mut().read_to_string().unwrap()).unwrap();
    let (_, other) = made["key"].as_str().expect("a key").split_once(':').expect("two halves");
    let guess = format!("{id}:{}", "7".repeat(64));
    for (path, key) in [
        ("/v1/workspace", guess.as_str()),
        ("/v1/workspace", "hidden-word"),
        (&*format!("/v1/workspace?access_token={key}"), &key),
        ("/v1/nothing", &key),
    ] {
        let asked = agent.get(format!("{url}{path}")).header("authorization", bearer(key));
        assert!(asked.call().expect("an answer").status().is_client_error(), "{path}");
    }
    let term = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
    assert!(term.expect("kill runs").success() && server.wait().expect("it ends").success());
    let said = folder.read("log");
    assert!(said.contains("was refused"), "the log tells of refused keys: {said}");
    for hidden in ["hidden-word", secret, other, &"7".repeat(64)] {
        assert!(!said.contains(hidden), "the log has {hidden:?}");
    }
    for file in ["campanile.sqlite", "campanile.sqlite-wal"] {
        let bytes = std::fs::read(folder.path("data").join(file)).unwrap_or_default();
        for hidden in ["hidden-word", secret, other] {
            let found = bytes.windows(hidden.len()).any(|window| window == hidden.as_bytes());
            assert!(!found, "{file} has {hidden:?}");
        }
    }
}

#[test]
fn a_key_that_is_lost_or_open_to_others_stops_the_start() {
    let folder = Folder::new();
    let (server, url) = serve(&folder, &["--listen", "127.0.0.1:0"]);
    let key = folder.run(&["key", "create", "--data", "data"]).out.trim().to_owned();
    let trunk = json!({
        "name": "carrier", "host": "127.0.0.1", "username": "user", "password": "hidden-word",
    });
    let made = ureq::post(format!("{url}/v1/trunks"));
    made.header("authorization", format!("Bearer {key}")).send_json(&trunk).expect("a trunk");
    end(server);
    let (file, aside) = (folder.path("data/secret.key"), folder.path("aside"));
    let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
    let refused = |word: &str| {
        let said = folder.run(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
        assert!(said.code != 0 && said.err.contains(word), "{said:?}");
    };
    mode(0o644);
    refused("chmod 600");
    std::fs::rename(&file, &aside).unwrap();
    refused("secret.key is missing");
    std::fs::write(&file, "0".repeat(64)).unwrap();
    mode(0o600);
    refused("is not the key");
    std::fs::rename(&aside, &file).unwrap();
    mode(0o600);
    let (server, _) = serve(&folder, &["--listen", "127.0.0.1:0"]);
    end(server);
}
