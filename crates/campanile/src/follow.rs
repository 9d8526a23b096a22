//! The events of a server, followed across broken connections and restarts.

use std::{
    io::{BufRead, BufReader},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde_json::Value;

use crate::client::{Client, Stream};

/// The server is heard every 15 seconds at least; one that is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(45);

/// How long a server may be away.
const PATIENCE: Duration = Duration::from_secs(600);

/// From one attempt to connect to the next.
const PAUSE: Duration = Duration::from_millis(500);

/// Lines that were received and not read yet.
const LINES: usize = 1024;

/// What a stream says.
pub enum News {
    /// An event: its name and its data.
    Event(String, Value),
    /// The connection broke, and is made again.
    Broken,
}

/// A stream of events that goes on where it was whenever its connection breaks.
pub struct Follower<'a> {
    client: &'a Client,
    path: String,
    last_event_id: Option<String>,
    lines: Option<Receiver<String>>,
    begun: bool,
}

impl<'a> Follower<'a> {
    /// Will follow the stream at `path`.
    pub fn new(client: &'a Client, path: String) -> Follower<'a> {
        Follower { client, path, last_event_id: None, lines: None, begun: false }
    }

    /// What comes next; none when nothing more will. Fails when the server refuses, or is away
    /// for ten minutes.
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

/// Reads a stream beside, so that waiting for it has an end.
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

/// The next event: id, name, data. None when the connection broke or is silent.
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
