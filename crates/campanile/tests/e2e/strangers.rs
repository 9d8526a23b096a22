//! Scanners send requests to the SIP port while a batch runs. Every recipient is still called once.

use std::{
    fs,
    net::{SocketAddr, UdpSocket},
    process::Child,
};

use super::support::{BRIEF_AGENT, World, number};

const PEOPLE: u32 = 30;

/// The most memory that a process may gain under a flood and a batch, in MB.
const ROOM_MB: u64 = 96;

#[test]
fn a_batch_takes_no_notice_of_scanners() {
    let mut rows = String::from("phone_number,name\n");
    for n in 0..PEOPLE {
        rows.push_str(&format!("{},Person {n}\n", number(100 * n + n)));
    }
    let mut world = World::new(&rows, BRIEF_AGENT);
    let mut run = world.run(&["--concurrency", "5"]);
    let at = sip_address(&world, &mut run);
    let before_mb = memory_mb(&run);
    let mut most_mb = before_mb;
    let scanner = Scanner::new(at);
    let mut sent = 0;
    let status = loop {
        for _ in 0..50 {
            scanner.knock(sent);
            sent += 1;
        }
        scanner.look();
        most_mb = most_mb.max(memory_mb(&run));
        match run.try_wait().expect("campanile is there") {
            Some(status) => break status,
            None => std::thread::park_timeout(std::time::Duration::from_millis(10)),
        }
    };
    assert!(status.success(), "campanile run ended with {status}:\n{}", world.log());
    assert!(sent >= 2_000, "only {sent} knocks: the batch was over too soon to show anything");
    assert!(most_mb - before_mb <= ROOM_MB, "it grew from {before_mb} to {most_mb} MB");
    assert!(scanner.refused.get() > 0, "no INVITE was answered");
    let records = world.records();
    assert_eq!(records.len(), PEOPLE as usize, "one INVITE a row:\n{}", world.log());
    for (number, row) in world.report() {
        assert_eq!((row.status.as_str(), row.attempts), ("completed", 1), "{number}");
    }
}

/// Waits until the program logs its SIP address, and returns it.
fn sip_address(world: &World, run: &mut Child) -> SocketAddr {
    loop {
        let kept = fs::read_to_string(world.path("data/sip-listen")).unwrap_or_default();
        if let Ok(at) = kept.trim().parse() {
            return at;
        }
        let over = run.try_wait().expect("campanile is there");
        assert!(over.is_none(), "it ended without speaking SIP:\n{}", world.log());
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

/// Resident memory of a process; 0 once it is over.
fn memory_mb(process: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kb.unwrap_or_default() / 1_024
}

/// A scanner that tries to get free calls.
struct Scanner {
    socket: UdpSocket,
    at: SocketAddr,
    refused: std::cell::Cell<usize>,
}

impl Scanner {
    fn new(at: SocketAddr) -> Scanner {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_nonblocking(true).expect("a socket that does not wait");
        Scanner { socket, at, refused: std::cell::Cell::new(0) }
    }

    fn knock(&self, n: usize) {
        let from = self.socket.local_addr().expect("an address");
        let method = ["INVITE", "REGISTER", "OPTIONS", "BYE", "\0garbage"][n % 5];
        let message = format!(
            "{method} sip:00441{n:09}@{at} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{n};rport\r\n\
             From: <sip:100@{at}>;tag={n}\r\nTo: <sip:00441{n:09}@{at}>\r\nCall-ID: knock-{n}\r\n\
             CSeq: 1 {method}\r\nContact: <sip:100@{from}>\r\nContent-Length: 0\r\n\r\n",
            at = self.at
        );
        let _ = self.socket.send_to(message.as_bytes(), self.at);
    }

    /// Reads the responses. No INVITE may be accepted.
    fn look(&self) {
        let mut buffer = [0; 4_096];
        while let Ok(len) = self.socket.recv(&mut buffer) {
            let reply = String::from_utf8_lossy(&buffer[..len]);
            assert!(reply.starts_with("SIP/2.0 "), "a scanner is asked nothing: {reply}");
            if reply.contains("CSeq: 1 INVITE") {
                assert!(reply.starts_with("SIP/2.0 403 "), "{reply}");
                self.refused.set(self.refused.get() + 1);
            }
        }
    }
}
