//! An HTTP server for tests that records the POSTs it receives.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
};

use serde_json::Value;

use crate::PATIENCE;

/// A POST that the server received.
#[derive(Debug, Clone)]
pub struct Post {
    /// The header `webhook-id`.
    pub id: String,
    /// The header `webhook-timestamp`.
    pub timestamp_s: i64,
    /// The header `webhook-signature`.
    pub signature: String,
    /// The body as it was sent.
    pub raw: String,
    /// The parsed body.
    pub body: Value,
    /// The status of the answer.
    pub status: u16,
}

#[derive(Default)]
struct Shared {
    posts: Mutex<Vec<Post>>,
    more: Condvar,
}

/// A server on a free port of this machine.
pub struct Receiver {
    port: u16,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Starts a server that answers each POST with the status that `status` returns for the number
    /// of earlier POSTs.
    pub fn start(status: impl Fn(usize) -> u16 + Send + Sync + 'static) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared::default());
        let (inner, status) = (shared.clone(), Arc::new(status));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (inner, status) = (inner.clone(), status.clone());
                std::thread::spawn(move || serve(stream, &inner, status.as_ref()));
            }
        });
        Receiver { port, shared }
    }

    /// The URL of the server.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// All POSTs so far.
    pub fn posts(&self) -> Vec<Post> {
        self.shared.posts.lock().unwrap().clone()
    }

    /// Waits until `count` POSTs have come.
    pub fn wait_for(&self, count: usize) {
        self.wait_until(|posts| posts.len() >= count);
    }

    /// Waits until the received POSTs are as `wanted`.
    pub fn wait_until(&self, wanted: impl Fn(&[Post]) -> bool) {
        let posts = self.shared.posts.lock().unwrap();
        let (posts, patience) = self
            .shared
            .more
            .wait_timeout_while(posts, PATIENCE, |posts| !wanted(posts))
            .expect("nobody panicked");
        assert!(!patience.timed_out(), "{} messages came, not what was awaited", posts.len());
    }
}

fn serve(stream: TcpStream, shared: &Shared, status: &dyn Fn(usize) -> u16) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut stream = stream;
    while let Some(mut message) = read(&mut reader) {
        let mut posts = shared.posts.lock().unwrap();
        message.status = status(posts.len());
        let answer = format!(
            "HTTP/1.1 {} Whatever\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            message.status
        );
        posts.push(message);
        drop(posts);
        shared.more.notify_all();
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Post> {
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) => head.push((name.to_ascii_lowercase(), value.to_owned())),
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let header = |name: &str| {
        head.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    if let Ok(given) = header("content-length").parse::<usize>() {
        length = given;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let raw = String::from_utf8(body).expect("JSON is UTF-8");
    Some(Post {
        id: header("webhook-id"),
        timestamp_s: header("webhook-timestamp").parse().expect("seconds"),
        signature: header("webhook-signature"),
        body: serde_json::from_str(&raw).expect("JSON"),
        raw,
        status: 0,
    })
}
