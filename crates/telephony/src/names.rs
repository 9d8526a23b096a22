//! Addresses of trunk host names, from the system's resolver, with a cache.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a resolved address is used.
const ADDRESS_TTL: Duration = Duration::from_secs(60);

/// How long a failed lookup is remembered. Calls that wait for the same name share one lookup, so a
/// dead name server costs each of them only one timeout.
const FAILURE_TTL: Duration = Duration::from_secs(1);

/// How long a name server may take before it counts as silent.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most names that are remembered.
const MAX_NAMES: usize = 1_024;

/// The latest answer of the resolver, and when it came.
type Known = Option<(Instant, Result<Vec<SocketAddr>, Arc<str>>)>;

/// The cache of resolved names.
#[derive(Default)]
pub(crate) struct Names {
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Known>>>>,
}

impl Names {
    /// Returns the addresses of a name with this port, or in words why there are none.
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

    /// Forgets a name whose address did not answer, so that the next call looks it up anew.
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
