//! One workspace takes every resource of the server that it can get, and another one calls its
//! recipients.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
};

use serde_json::Value;

use super::support::{PATIENCE, Server, World, number};

/// The most uploads of a workspace, and the most requests, including streams and uploads.
const FILES: usize = 16;
const REQUESTS: usize = 200;

const STREAMS: usize = 50;

const PEOPLE: u32 = 60;

/// Sends a request that never ends, or whose response is not read.
fn begin(server: &Server, head: &str) -> BufReader<TcpStream> {
    let address = server.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a patience");
    let key = server.key();
    write!(stream, "{head}\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\r\n").unwrap();
    BufReader::new(stream)
}

/// The status line of the response.
fn status(stream: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).expect("an answer");
    line.trim_end().to_owned()
}

const LISTS: &str = "POST /v1/batch-calls HTTP/1.1\r\nContent-Length: 1000\r\nExpect: \
                     100-continue\r\nContent-Type: multipart/form-data; boundary=b";
const BODIES: &str = "POST /v1/trunks HTTP/1.1\r\nContent-Length: 1000\r\nExpect: \
                      100-continue\r\nContent-Type: application/json";
const EVENTS: &str = "GET /v1/events HTTP/1.1";
const LOOK: &str = "GET /v1/batch-calls HTTP/1.1";

#[test]
fn everybody_is_called_while_another_workspace_keeps_all_that_it_can_get() {
    let mut world = World::new("", "");
    // All connections come from the proxy's address, so only the limits per workspace apply.
    let config = "behind_proxy = true\nrequests_per_s = 0\n";
    std::fs::write(world.path("serve.toml"), config).unwrap();
    let server = Server::start(&world);
    let greedy = server.asked_by(&world, "greedy", "admin");
    // The server asks for a body once the request has its slot.
    let mut kept = Vec::new();
    let kinds = [(FILES, LISTS, "100"), (STREAMS, EVENTS, "200")];
    for (count, head, code) in kinds.into_iter().chain([(REQUESTS, BODIES, "100")]) {
        let room = REQUESTS - kept.len();
        for _ in 0..count.min(room) {
            let mut stream = begin(&greedy, head);
            assert_eq!(status(&mut stream).split(' ').nth(1), Some(code), "{head}");
            kept.push(stream);
        }
    }
    assert_eq!(status(&mut begin(&greedy, LOOK)), "HTTP/1.1 429 Too Many Requests");

    let mut rows = String::from("phone_number,name\n");
    for n in 0..PEOPLE {
        rows.push_str(&format!("{},Person {n}\n", number(n * 100 + 99)));
    }
    let path = format!("/v1/batch-calls/{}", server.new_batch(&rows, &world));
    let end = server.until(&path, |batch| batch["status"] == "completed");
    assert_eq!(end["progress"]["completed"], Value::from(PEOPLE));
    drop((kept, server));
    let called: BTreeSet<String> = world.records().into_iter().map(|call| call.to).collect();
    assert_eq!(called.len(), PEOPLE as usize, "everybody was called");
}
