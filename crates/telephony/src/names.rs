//! Addresses of trunks' names, as the system's resolver knows them.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long the address of a name is believed.
const ADDRESS_TTL: Duration = Duration::from_secs(60);

/// How long it is believed that a name has none. Calls that wait for the same name share one
/// lookup, so a name server that is gone costs each of them no more than its own time.
const FAILURE_TTL: Duration = Duration::from_secs(1);

/// A name server that is slower than this counts as silent.
const PATIENCE: Duration = Duration::from_secs(3);

/// Names that are remembered.
const MAX_NAMES: usize = 1_024;

/// What the resolver said last, and when.
type Known = Option<(Instant, Result<Vec<SocketAddr>, Arc<str>>)>;

/// Remembers what names stand for.
#[derive(Default)]
pub(crate) struct Names {
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Known>>>>,
}

impl Names {
    /// The addresses of a name with this port, or why there are none, in words.
    pub async fn lookup(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Arc<str>> {
        let entry = self.entry(host, port);
        let mut known = entry.lock().await;
        if let Some((at, answer)) = &*known {
            let ttl = if answer.is_ok() { ADDRESS_TTL } else { FAILURE_TTL };
            if at.elapsed() < ttl {
                return answer.clone();
            }
        }
        let answer = ask(host, port).await;
        *known = Some((Instant::now(), answer.clone()));
        answer
    }

    /// Whoever was at this name's address did not answer: it is looked up anew next time.
    pub fn forget(&self, host: &str, port: u16) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&key(host, port));
    }

    fn entry(&self, host: &str, port: u16) -> Arc<tokio::sync::Mutex<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(host, port);
        if known.len() >= MAX_NAMES && !known.contains_key(&key) {
            known.clear();
        }
        known.entry(key).or_default().clone()
    }
}

fn key(host: &str, port: u16) -> String {
    format!("{host}:{port}")
}

async fn ask(host: &str, port: u16) -> Result<Vec<SocketAddr>, Arc<str>> {
    let lookup = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host, port))).await;
    let found = lookup.map_err(|_| "the name server does not answer")?;
    let addrs: Vec<SocketAddr> = found.map_err(|error| error.to_string())?.collect();
    if addrs.is_empty() { Err("the name server knows none".into()) } else { Ok(addrs) }
}
