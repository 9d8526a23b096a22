//! Chooses the deliveries to post next: one queue for each endpoint, and a limited number of places
//! for POSTs, shared fairly.
//!
//! An endpoint begins with one POST at a time. Each answer, whatever its status, doubles that
//! number; a POST without an answer resets it to one. An endpoint that has not answered its last
//! POST is *unproven*. Unproven endpoints share half of a workspace's places and half of all
//! places. So endpoints that hang, however many, leave the other half to those that answer.

use std::collections::{HashMap, HashSet, VecDeque};

use campanile_rules::ids::{DeliveryId, WebhookId, WorkspaceId};
use campanile_store::DueDelivery;

/// Concurrent POSTs to one endpoint.
const OF_ENDPOINT: usize = 16;

/// Concurrent POSTs of one workspace.
const OF_WORKSPACE: usize = 32;

/// Concurrent POSTs of all workspaces. Each takes a file descriptor.
const OF_ALL: usize = 256;

/// The deliveries of each endpoint, from when they are read until their results are stored.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    endpoints: HashMap<WebhookId, Queue>,
    posting: HashMap<WorkspaceId, Posting>,
    all: Posting,
}

/// The number of POSTs under way.
#[derive(Debug, Default, Clone, Copy)]
struct Posting {
    /// All POSTs.
    all: usize,
    /// POSTs that began while their endpoint was unproven.
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
    /// The endpoint's current limit of concurrent POSTs.
    at_once: usize,
    /// The deliveries that were read and whose results are not stored yet.
    known: HashSet<DeliveryId>,
    /// Whether the endpoint answered its last POST.
    proven: bool,
    /// Whether more deliveries were due than one read returns.
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

/// A delivery that has a place for its POST.
pub(crate) struct Placed {
    pub due: DueDelivery,
    pub place: Place,
}

/// The place of a POST; [`Queues::posted`] gives it back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub webhook: WebhookId,
    workspace: WorkspaceId,
    proven: bool,
}

impl Queues {
    /// Takes due deliveries, for each endpoint those that have been due longest. If an endpoint has
    /// `at_most` of them, the store may have more.
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

    /// The next delivery to post. It comes from the workspace with the fewest POSTs under way, and
    /// there from the endpoint with the fewest.
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

    /// Gives a place back after a POST ended, with or without an answer.
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

    /// Forgets a delivery: its result is stored, or the store will return it as due again.
    pub fn forget(&mut self, webhook: WebhookId, delivery: DeliveryId) {
        if let Some(queue) = self.endpoints.get_mut(&webhook) {
            queue.known.remove(&delivery);
        }
    }

    /// Forgets deliveries that are not being posted yet, because an endpoint may have been removed
    /// or may have a new URL.
    pub fn forget_waiting(&mut self) {
        for queue in self.endpoints.values_mut() {
            for due in queue.waiting.drain(..) {
                queue.known.remove(&due.id);
            }
        }
    }

    /// Forgets endpoints that are not in the set `there`.
    pub fn keep_only(&mut self, there: &HashSet<WebhookId>) {
        self.endpoints
            .retain(|id, queue| there.contains(id) || !queue.known.is_empty() || queue.posting > 0);
    }

    /// Empties all queues and forgets which deliveries were read. Only the counts of POSTs under
    /// way stay.
    pub fn forget_known(&mut self) {
        for queue in self.endpoints.values_mut() {
            queue.waiting.clear();
            queue.known.clear();
        }
    }

    /// Whether the store has more deliveries for an endpoint whose queue is empty.
    pub fn are_short(&self) -> bool {
        self.endpoints.values().any(|queue| queue.more && queue.waiting.is_empty())
    }
}

#[cfg(test)]
mod tests;
