//! Which call a message belongs to, by Call-ID; also for a while after the call is over.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use crate::{call::Mail, dialog::Dialog};

/// Calls that are remembered after their end. Each costs some 200 bytes.
const MAX_OVER: usize = 500_000;

#[derive(Default)]
pub(crate) struct Calls {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    known: HashMap<Arc<str>, Known>,
    /// The calls that are over, oldest first.
    over: VecDeque<(Instant, Arc<str>)>,
}

/// What is known of a Call-ID.
pub(crate) enum Known {
    /// Its task takes messages here.
    Live(mpsc::Sender<Mail>),
    /// It is over; responses may still be repeated or late. All that is needed to answer them is
    /// in them, but for the Request-URI of the INVITE.
    Over { uri: Arc<str> },
}

impl Calls {
    /// A call begins.
    pub fn enter(&self, call_id: &str, mail: mpsc::Sender<Mail>) {
        self.table().known.insert(call_id.into(), Known::Live(mail));
    }

    /// A call is over; it is remembered for `patience`.
    pub fn leave(&self, dialog: &Dialog, patience: Duration) {
        let key: Arc<str> = dialog.call_id.as_str().into();
        let mut table = self.table();
        let now = Instant::now();
        table.forget_before(now);
        table.known.insert(key.clone(), Known::Over { uri: dialog.uri.as_str().into() });
        table.over.push_back((now + patience, key));
    }

    /// A Call-ID is of no use any more.
    pub fn forget(&self, call_id: &str) {
        self.table().known.remove(call_id);
    }

    /// Looks a Call-ID up.
    pub fn find<T>(&self, call_id: &str, found: impl FnOnce(&Known) -> T) -> Option<T> {
        self.table().known.get(call_id).map(found)
    }

    /// Every call that is not over.
    pub fn live(&self) -> Vec<mpsc::Sender<Mail>> {
        let table = self.table();
        let live = table.known.values().filter_map(|known| match known {
            Known::Live(mail) => Some(mail.clone()),
            Known::Over { .. } => None,
        });
        live.collect()
    }

    /// How many Call-IDs are known.
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
            // It may have come to life again: a surplus answer is being ended.
            if matches!(self.known.get(&key), Some(Known::Over { .. })) {
                self.known.remove(&key);
            }
        }
    }
}
