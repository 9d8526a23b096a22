//! Follows the event stream of a server, across broken connections and restarts.

use std::{
    io::{BufRead, BufReader},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde_json::Value;

use crate::client::{Client, Stream};

/// A silence after which the connection counts as lost. The server sends something every 15 s.
const SILENCE: Duration = Duration::from_secs(45);

/// How long the server may be unreachable.
const PATIENCE: Duration = Duration::from_secs(600);

/// Pause between two tries to connect.
const PAUSE: Duration = Duration::from_millis(500);

/// Lines that may be buffered between the reading thread and the follower.
const LINES: usize = 1024;

/// An item of the stream.
pub enum News {
    /// An event with its name and data.
    Event(String, Value),
    /// The connection broke. The follower reconnects.
    Broken,
}

/// An event stream that resumes after the last event when its connection breaks.
pub struct Follower<'a> {
    client: &'a Client,
    path: String,
    last_event_id: Option<String>,
    lines: Option<Receiver<String>>,
    begun: bool,
}

impl<'a> Follower<'a> {
    /// Creates a follower of the stream at `path`.
    pub fn new(client: &'a Client, path: String) -> Follower<'a> {
        Follower { client, path, last_event_id: None, lines: None, begun: false }
    }

    /// Waits for the next item. `None` once the stream has ended. Fails if the server refuses the
    /// request, or is unreachable for 10 min.
    pub fn next(&mut self) -> anyhow::Result<Option<News>> {
        let Some(lines) = &self.lines else {
            let Some(stream) = self.connect()? else { return Ok(None) };
            self.lines = Some(read_aside(stream));
            return self.next();
        };
        let Some((id, name, data)) = event(lines) else {
            self.lines = None;
            return Ok(Some(News::Broken));
        };
        self.last_event_id = id.or(self.last_event_id.take());
        let data = serde_json::from_str(&data).context("an event is not JSON")?;
        Ok(Some(News::Event(name, data)))
    }

    fn connect(&mut self) -> anyhow::Result<Option<Stream>> {
        let since = Instant::now();
        loop {
            let error = match self.client.stream(&self.path, self.last_event_id.as_deref()) {
                Ok(stream) => {
                    self.begun = true;
                    return Ok(stream);
                }
                Err(error) => error,
            };
            if !self.begun || !error.may_pass || since.elapsed() > PATIENCE {
                return Err(error.error);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// Reads the stream on a thread, so that waiting for a line can time out.
fn read_aside(stream: Stream) -> Receiver<String> {
    let (sender, lines) = sync_channel(LINES);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// The next event: ID, name and data. `None` if the connection broke or was silent too long.
fn event(lines: &Receiver<String>) -> Option<(Option<String>, String, String)> {
    let (mut id, mut name, mut data) = (None, String::new(), String::new());
    loop {
        let line = match lines.recv_timeout(SILENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        match line.split_once(": ") {
            Some(("id", value)) => id = Some(value.to_owned()),
            Some(("event", value)) => name = value.to_owned(),
            Some(("data", value)) => data += value,
            _ if line.is_empty() && !data.is_empty() => return Some((id, name, data)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_apart_and_half_an_event_is_none() {
        let text = "retry: 1000\n\n: still here\n\nid: 7\nevent: batch.paused\ndata: {\"a: b\":1}\n\n\
                    event: end\ndata: {}\n\nid: 8\nevent: cut\ndata: {";
        let lines = read_aside(Box::new(text.as_bytes()));
        let paused = (Some("7".to_owned()), "batch.paused".to_owned(), "{\"a: b\":1}".to_owned());
        assert_eq!(event(&lines), Some(paused));
        assert_eq!(event(&lines), Some((None, "end".to_owned(), "{}".to_owned())));
        assert_eq!(event(&lines), None);
    }
}
