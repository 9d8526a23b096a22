//! Uploads over a real connection.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
};

use super::support::{Folder, Running, said};

/// The size of the upload that a client tries to send, in bytes.
const TEN_GB: u64 = 10_000_000_000;

struct Server {
    folder: Folder,
    server: Running,
    address: String,
    key: String,
}

impl Server {
    fn new() -> Server {
        let folder = Folder::new();
        folder.write("serve.toml", "sip_listen = \"127.0.0.1:0\"\nmax_upload_bytes = 5000000\n");
        let args = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--config", "serve.toml"];
        let mut server = Running::start(folder.command(&args));
        let line = server.wait_for("ready on");
        let address = line.trim().rsplit("http://").next().unwrap_or_default().to_owned();
        let key = folder.run(&["key", "create", "--data", "data"]).out.trim().to_owned();
        Server { folder, server, address, key }
    }

    /// The peak resident memory of the server, in KiB.
    fn peak_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

#[test]
fn ten_gigabytes_are_cut_off_at_the_limit_in_flat_memory() {
    let world = Server::new();
    let before = world.peak_kib();
    let mut socket = TcpStream::connect(&world.address).unwrap();
    let head = format!(
        "POST /v1/batch-calls HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\n\r\n",
        world.key
    );
    let part = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";
    let first = format!("{:x}\r\n{part}\r\n", part.len());
    socket.write_all((head + &first).as_bytes()).unwrap();
    let mut answers = socket.try_clone().unwrap();
    let answer = thread::spawn(move || {
        let mut answer = [0; 12];
        answers.read_exact(&mut answer).map(|()| answer)
    });
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend([b'0'; 0x10000]);
    chunk.extend(b"\r\n");
    let mut sent = 0;
    while sent < TEN_GB && !answer.is_finished() && socket.write_all(&chunk).is_ok() {
        sent += 0x10000;
    }
    assert_eq!(&answer.join().unwrap().unwrap(), b"HTTP/1.1 413");
    assert!(sent < TEN_GB / 10, "{sent} bytes were taken");
    let grown = world.peak_kib() - before;
    assert!(grown < 64 << 10, "{grown} KiB more");
    let left = fs::read_dir(world.folder.path("data/uploads")).unwrap().count();
    assert_eq!(left, 0, "the upload left something behind");
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_sent() {
    let world = Server::new();
    world
        .folder
        .write("large.csv", "phone_number\n".to_owned() + &"+14155550101\n".repeat(800_000));
    let create = ["batch", "create", "large.csv", "--from", "+14155550100", "--agent", "agent_1"];
    let mut command = world.folder.command(&create);
    command.env("CAMPANILE_URL", format!("http://{}", world.address));
    let said = said(command.env("CAMPANILE_API_KEY", &world.key).output().unwrap());
    assert_eq!(said.code, 1);
    assert!(said.err.contains("larger than 5000000 bytes; split it"), "{said:?}");
}
