//! Which deliveries are posted next: a queue for each endpoint, and places that nobody can take
//! from others.
//!
//! An endpoint begins with one POST at a time; each answer, whatever its status, doubles that, and
//! a POST without an answer takes it back. Endpoints that have not answered their last POST are
//! *unproven*: they share half of a workspace's places and half of all, so that endpoints which
//! hang, however many, leave the other half to those that answer.

use std::collections::{HashMap, HashSet, VecDeque};

use campanile_rules::ids::{DeliveryId, WebhookId, WorkspaceId};
use campanile_store::DueDelivery;

/// The most POSTs to one endpoint at once.
const OF_ENDPOINT: usize = 16;

/// POSTs of one workspace at once.
const OF_WORKSPACE: usize = 32;

/// POSTs at once over all. Each takes a file descriptor.
const OF_ALL: usize = 256;

/// Deliveries of each endpoint, from the time when they are read until what came of them is stored.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    endpoints: HashMap<WebhookId, Queue>,
    posting: HashMap<WorkspaceId, Posting>,
    all: Posting,
}

/// POSTs under way.
#[derive(Debug, Default, Clone, Copy)]
struct Posting {
    /// To whomever.
    all: usize,
    /// Those that began while their endpoint was unproven.
    unproven: usize,
}

impl Posting {
    fn has_room(self, of: usize, proven: bool) -> bool {
        self.all < of && (proven || self.unproven < of / 2)
    }

    fn add(&mut self, proven: bool) {
        self.all += 1;
        self.unproven += usize::from(!proven);
    }

    fn remove(&mut self, proven: bool) {
        self.all = self.all.saturating_sub(1);
        self.unproven = self.unproven.saturating_sub(usize::from(!proven));
    }
}

#[derive(Debug)]
struct Queue {
    workspace: WorkspaceId,
    waiting: VecDeque<DueDelivery>,
    posting: usize,
    /// POSTs that it may get at once.
    at_once: usize,
    /// All that were read and of which the store has not heard since.
    known: HashSet<DeliveryId>,
    /// Whether it answered its last POST.
    proven: bool,
    /// Whether more were due than could be read at once.
    more: bool,
}

impl Queue {
    fn new(workspace: WorkspaceId) -> Queue {
        Queue {
            workspace,
            waiting: VecDeque::new(),
            posting: 0,
            at_once: 1,
            known: HashSet::new(),
            proven: false,
            more: false,
        }
    }
}

/// A delivery that has a place.
pub(crate) struct Placed {
    pub due: DueDelivery,
    pub place: Place,
}

/// The place of a POST, to be given back by [`Queues::posted`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub webhook: WebhookId,
    workspace: WorkspaceId,
    proven: bool,
}

impl Queues {
    /// Takes what is due, of each endpoint those that are due longest. Of an endpoint with
    /// `at_most` there may be more.
    pub fn take(&mut self, due: Vec<DueDelivery>, at_most: usize) {
        let mut read: HashMap<WebhookId, usize> = HashMap::new();
        for due in due {
            *read.entry(due.webhook).or_default() += 1;
            let queue =
                self.endpoints.entry(due.webhook).or_insert_with(|| Queue::new(due.workspace));
            if queue.known.insert(due.id) {
                queue.waiting.push_back(due);
            }
        }
        for (webhook, queue) in &mut self.endpoints {
            queue.more = read.get(webhook).is_some_and(|read| *read >= at_most);
        }
    }

    /// The next one to post now: of the workspace, and there of the endpoint, with the fewest
    /// POSTs under way.
    pub fn next(&mut self) -> Option<Placed> {
        let busy = |workspace| self.posting.get(&workspace).copied().unwrap_or_default();
        let (_, webhook) = self
            .endpoints
            .iter()
            .filter(|(_, queue)| {
                !queue.waiting.is_empty()
                    && queue.posting < queue.at_once
                    && busy(queue.workspace).has_room(OF_WORKSPACE, queue.proven)
                    && self.all.has_room(OF_ALL, queue.proven)
            })
            .map(|(id, queue)| ((busy(queue.workspace).all, queue.posting, id.0), *id))
            .min()?;
        let queue = self.endpoints.get_mut(&webhook)?;
        let due = queue.waiting.pop_front()?;
        queue.posting += 1;
        let (workspace, proven) = (queue.workspace, queue.proven);
        self.posting.entry(workspace).or_default().add(proven);
        self.all.add(proven);
        Some(Placed { due, place: Place { webhook, workspace, proven } })
    }

    /// A POST is over, with an answer or without.
    pub fn posted(&mut self, place: Place, answered: bool) {
        self.all.remove(place.proven);
        if let Some(posting) = self.posting.get_mut(&place.workspace) {
            posting.remove(place.proven);
            if posting.all == 0 {
                self.posting.remove(&place.workspace);
            }
        }
        if let Some(queue) = self.endpoints.get_mut(&place.webhook) {
            queue.posting = queue.posting.saturating_sub(1);
            queue.proven = answered;
            queue.at_once = if answered { (queue.at_once * 2).min(OF_ENDPOINT) } else { 1 };
        }
    }

    /// The store knows what came of it, or will say again that it is due.
    pub fn forget(&mut self, webhook: WebhookId, delivery: DeliveryId) {
        if let Some(queue) = self.endpoints.get_mut(&webhook) {
            queue.known.remove(&delivery);
        }
    }

    /// Forgets all that is not being posted yet: an endpoint may be gone, or elsewhere.
    pub fn forget_waiting(&mut self) {
        for queue in self.endpoints.values_mut() {
            for due in queue.waiting.drain(..) {
                queue.known.remove(&due.id);
            }
        }
    }

    /// Forgets endpoints that are not among those that there are.
    pub fn keep_only(&mut self, there: &HashSet<WebhookId>) {
        self.endpoints
            .retain(|id, queue| there.contains(id) || !queue.known.is_empty() || queue.posting > 0);
    }

    /// Nobody knows any more what was read: only what is being posted is kept.
    pub fn forget_known(&mut self) {
        for queue in self.endpoints.values_mut() {
            queue.waiting.clear();
            queue.known.clear();
        }
    }

    /// Whether the store has more for an endpoint than is here.
    pub fn are_short(&self) -> bool {
        self.endpoints.values().any(|queue| queue.more && queue.waiting.is_empty())
    }
}

#[cfg(test)]
mod tests;
