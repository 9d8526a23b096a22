//! Exit statuses distinguish usage, authorization and network errors, and each error is printed
//! once.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use super::{
    support::{Folder, people},
    world::World,
};

#[test]
fn wrong_usage_is_status_2_whatever_the_command() {
    let world = World::new();
    world.folder.write("people.csv", people(&[1]));
    for args in [
        &[][..],
        &["batch"],
        &["batch", "lst"],
        &["batch", "list", "--status", "finished"],
        &["batch", "list", "--limit", "0"],
        &["batch", "show"],
        &["batch", "show", "7"],
        &["batch", "show", "agent_1"],
        &["batch", "pause", "batch_1/../../agents"],
        &["batch", "create", "none.csv", "--from", "+14155550100", "--agent", "agent_1"],
        &["batch", "create", "people.csv", "--from", "+14155550100", "--agent", "Ann"],
        &["batch", "create", "people.csv", "--from", "+14155550100", "--agent", "agent_1"],
        &[
            "batch",
            "create",
            "people.csv",
            "--from",
            "1",
            "--agent",
            "agent_1",
            "--duplicates",
            "x",
        ],
        &["batch", "edit", "batch_1", "--weight", "0"],
        &["batch", "recipients", "batch_1", "--status", "called"],
        &["agent", "create", "none.toml"],
        &["trunk", "create", "--max-cps", "fast"],
        &["number", "create", "+14155550100"],
        &["webhook", "edit", "webhook_1"],
        &["completions", "cmd"],
        &["key", "create", "--data", "elsewhere"],
        &["db", "check", "--data", "elsewhere"],
        &["db", "backup", "--data", "elsewhere", "copy"],
        &["doctor"],
    ] {
        let said = world.run(args);
        assert_eq!(said.code, 2, "{args:?}: {said:?}");
        assert!(said.out.is_empty(), "{args:?}: {said:?}");
    }
}

#[test]
fn a_key_that_may_not_is_status_3() {
    let mut world = World::new();
    let weak = ["key", "create", "--data", "data", "--scope", "read"];
    let weak = world.run(&weak).out.trim().to_owned();
    world.key = weak.clone();
    assert_eq!(world.run(&["batch", "list"]).code, 0);
    let refused = world.run(&["suppression", "add", "+14155550101"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    for word in ["scope admin", "CAMPANILE_API_KEY"] {
        assert!(refused.err.contains(word), "{refused:?}");
    }
    for wrong in ["key_0:0", &weak.replace(':', ":0")] {
        world.key = wrong.to_owned();
        let refused = world.run(&["batch", "list"]);
        assert_eq!(refused.code, 3, "{refused:?}");
        for word in ["CAMPANILE_API_KEY", "--api-key", "campanile key create"] {
            assert!(refused.err.contains(word), "{refused:?}");
        }
        assert!(!refused.err.contains(wrong), "the key is not repeated: {refused:?}");
    }
}

/// An address at which, as far as one can know, nothing listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn a_server_that_is_not_there_is_status_4() {
    let folder = Folder::new();
    let url = nowhere();
    for verb in [
        &["batch", "list"][..],
        &["batch", "watch", "batch_1"],
        &["suppression", "add", "+14155550101"],
    ] {
        let said = folder.run(&[verb, &["--url", &url, "--api-key", "key_0:0"]].concat());
        assert_eq!(said.code, 4, "{verb:?}: {said:?}");
        for word in [url.as_str(), "campanile serve", "CAMPANILE_URL"] {
            assert!(said.err.contains(word), "{word} is not in {said:?}");
        }
        assert_eq!(said.err.matches("refused").count(), 1, "told once: {said:?}");
    }
}

#[test]
fn something_else_that_answers_is_status_4() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let page = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 4096]).unwrap();
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>";
        socket.write_all(answer.as_bytes()).unwrap();
    });
    let said = Folder::new().run(&["agent", "list", "--url", &url, "--api-key", "key_0:0"]);
    assert!(said.code == 4 && said.err.contains("no Campanile server"), "{said:?}");
    page.join().unwrap();
}

#[test]
fn who_names_no_server_or_key_is_told_the_variables() {
    let folder = Folder::new();
    let said = folder.run(&["batch", "list"]);
    assert!(
        said.code == 2 && said.err.contains("CAMPANILE_URL") && said.err.contains("--url"),
        "{said:?}"
    );
    let said = folder.run(&["batch", "list", "--url", "http://127.0.0.1:9"]);
    assert!(said.code == 2 && said.err.contains("CAMPANILE_API_KEY"), "{said:?}");
    let bare = folder.run(&["batch", "list", "--url", "localhost:8080", "--api-key", "key_0:0"]);
    assert!(bare.code == 2 && bare.err.contains("http://localhost:8080"), "{bare:?}");
    let half =
        folder.run(&["batch", "list", "--url", "http://127.0.0.1:9", "--api-key", "hidden-half"]);
    assert!(half.code == 2 && !half.err.contains("hidden-half"), "{half:?}");
}

#[test]
fn what_failed_is_told_once() {
    let world = World::new();
    let taken = world.url.trim_start_matches("http://").to_owned();
    let second = world.folder.run(&["serve", "--data", "other", "--listen", &taken]);
    assert_eq!((second.code, second.err.matches("in use").count()), (1, 1), "{second:?}");
    let port = world.folder.read("data/sip-listen").trim().to_owned();
    world.folder.write("sip.toml", format!("sip_listen = \"{port}\"\n"));
    let args = ["serve", "--data", "other", "--listen", "127.0.0.1:0", "--config", "sip.toml"];
    let second = world.folder.run(&args);
    assert_eq!((second.code, second.err.matches("in use").count()), (1, 1), "{second:?}");
    let second = world.folder.run(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!(
        (second.code, second.err.matches("another campanile").count()),
        (1, 1),
        "{second:?}"
    );
}
