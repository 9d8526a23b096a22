//! The table of calls by Call-ID. A finished call stays in it for a while.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use campanile_rules::{attempt::Party, phone::E164};
use campanile_sip::{Dialog, Flow, Message};
use tokio::sync::mpsc;

/// The most finished calls that are remembered. Each takes about 200 bytes.
const MAX_OVER: usize = 500_000;

/// A message to the task of a call.
pub(crate) enum Mail {
    Message(Box<Message>, Flow),
    /// The stream to this address broke.
    Broken(SocketAddr),
    Proceed,
    Accept,
    HangUp(Party),
    Refer(E164),
}

#[derive(Default)]
pub(crate) struct Calls {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    known: HashMap<Arc<str>, Known>,
    /// The finished calls, oldest first.
    over: VecDeque<(Instant, Arc<str>)>,
}

/// What the table knows about a Call-ID.
pub(crate) enum Known {
    /// The call is running; its task receives messages here.
    Live(mpsc::Sender<Mail>),
    /// The call is over, but responses may still arrive late or again. They carry everything that
    /// an answer needs, except the Request-URI of the INVITE.
    Over { uri: Arc<str> },
}

impl Calls {
    /// Enters a new call.
    pub fn enter(&self, call_id: &str, mail: mpsc::Sender<Mail>) {
        self.table().known.insert(call_id.into(), Known::Live(mail));
    }

    /// Marks a call as over; the table remembers it for `patience`.
    pub fn leave(&self, dialog: &Dialog, patience: Duration) {
        let key: Arc<str> = dialog.call_id().into();
        let mut table = self.table();
        let now = Instant::now();
        table.forget_before(now);
        table.known.insert(key.clone(), Known::Over { uri: dialog.uri().into() });
        table.over.push_back((now + patience, key));
    }

    /// Removes a Call-ID.
    pub fn forget(&self, call_id: &str) {
        self.table().known.remove(call_id);
    }

    /// Calls `found` with the entry of a Call-ID, if there is one.
    pub fn find<T>(&self, call_id: &str, found: impl FnOnce(&Known) -> T) -> Option<T> {
        self.table().known.get(call_id).map(found)
    }

    /// Returns the mailboxes of all running calls.
    pub fn live(&self) -> Vec<mpsc::Sender<Mail>> {
        let table = self.table();
        let live = table.known.values().filter_map(|known| match known {
            Known::Live(mail) => Some(mail.clone()),
            Known::Over { .. } => None,
        });
        live.collect()
    }

    /// Returns how many Call-IDs are in the table.
    pub fn count(&self) -> usize {
        self.table().known.len()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn forget_before(&mut self, now: Instant) {
        while let Some((until, _)) = self.over.front()
            && (*until <= now || self.over.len() >= MAX_OVER)
        {
            let Some((_, key)) = self.over.pop_front() else { return };
            // The Call-ID may be live again while a surplus answer is being ended.
            if matches!(self.known.get(&key), Some(Known::Over { .. })) {
                self.known.remove(&key);
            }
        }
    }
}
