//! Which deliveries are posted next: a queue for each endpoint, so that none waits for another.

use std::collections::{HashMap, HashSet, VecDeque};

use campanile_rules::ids::{DeliveryId, WebhookId};
use campanile_store::DueDelivery;

/// POSTs to one endpoint at once.
const AT_ONCE: usize = 16;

/// POSTs at once to an endpoint that did not answer the last one: each may hold a thread for as
/// long as a POST may take, and others need threads, too.
const AT_ONCE_TO_THE_SILENT: usize = 1;

/// Deliveries of each endpoint, from the time when they are read until what came of them is stored.
#[derive(Debug, Default)]
pub(crate) struct Queues(HashMap<WebhookId, Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<DueDelivery>,
    posting: usize,
    /// All that were read and of which the store has not heard since.
    known: HashSet<DeliveryId>,
    silent: bool,
    /// Whether more were due than could be read at once.
    more: bool,
}

impl Queues {
    /// Takes what is due, of each endpoint those that are due longest. Of an endpoint with
    /// `at_most` there may be more.
    pub fn take(&mut self, due: Vec<DueDelivery>, at_most: usize) {
        let mut read: HashMap<WebhookId, usize> = HashMap::new();
        for due in due {
            *read.entry(due.webhook).or_default() += 1;
            let queue = self.0.entry(due.webhook).or_default();
            if queue.known.insert(due.id) {
                queue.waiting.push_back(due);
            }
        }
        for (webhook, queue) in &mut self.0 {
            queue.more = read.get(webhook).is_some_and(|read| *read >= at_most);
        }
    }

    /// The next one to post now.
    pub fn next(&mut self) -> Option<DueDelivery> {
        self.0.values_mut().find_map(|queue| {
            let most = if queue.silent { AT_ONCE_TO_THE_SILENT } else { AT_ONCE };
            let due = (queue.posting < most).then(|| queue.waiting.pop_front()).flatten()?;
            queue.posting += 1;
            Some(due)
        })
    }

    /// A POST to this endpoint is over, with an answer or without.
    pub fn posted(&mut self, webhook: WebhookId, answered: bool) {
        if let Some(queue) = self.0.get_mut(&webhook) {
            queue.posting = queue.posting.saturating_sub(1);
            queue.silent = !answered;
        }
    }

    /// The store knows what came of it, or will say again that it is due.
    pub fn forget(&mut self, webhook: WebhookId, delivery: DeliveryId) {
        if let Some(queue) = self.0.get_mut(&webhook) {
            queue.known.remove(&delivery);
        }
    }

    /// Forgets all that is not being posted yet: an endpoint may be gone, or elsewhere.
    pub fn forget_waiting(&mut self) {
        for queue in self.0.values_mut() {
            for due in queue.waiting.drain(..) {
                queue.known.remove(&due.id);
            }
        }
        self.0.retain(|_, queue| !queue.known.is_empty() || queue.posting > 0);
    }

    /// Whether the store has more for an endpoint than is here.
    pub fn are_short(&self) -> bool {
        self.0.values().any(|queue| queue.more && queue.waiting.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(webhook: i64, ids: std::ops::Range<i64>) -> Vec<DueDelivery> {
        ids.map(|id| DueDelivery {
            id: DeliveryId(id),
            webhook: WebhookId(webhook),
            message_id: String::new(),
            url: String::new(),
            secret: Vec::new(),
            body: String::new(),
            tries: 0,
            first_at: None,
        })
        .collect()
    }

    fn begun(queues: &mut Queues) -> Vec<DueDelivery> {
        std::iter::from_fn(|| queues.next()).collect()
    }

    #[test]
    fn a_slow_endpoint_keeps_its_own_places_only() {
        let mut queues = Queues::default();
        queues.take(due(1, 0..40), 100);
        assert_eq!(begun(&mut queues).len(), AT_ONCE, "none of them ends");
        queues.take(due(2, 100..103), 100);
        assert!(begun(&mut queues).iter().all(|due| due.webhook == WebhookId(2)));
        queues.posted(WebhookId(1), true);
        assert_eq!(begun(&mut queues).len(), 1);
    }

    #[test]
    fn an_endpoint_that_does_not_answer_gets_one_at_a_time_until_it_does() {
        let mut queues = Queues::default();
        queues.take(due(1, 0..100), 100);
        for _ in begun(&mut queues) {
            queues.posted(WebhookId(1), false);
        }
        assert_eq!(begun(&mut queues).len(), AT_ONCE_TO_THE_SILENT);
        queues.posted(WebhookId(1), true);
        assert_eq!(begun(&mut queues).len(), AT_ONCE);
    }

    #[test]
    fn what_is_known_is_not_queued_twice_and_again_when_it_is_due_again() {
        let mut queues = Queues::default();
        queues.take(due(1, 0..3), 3);
        assert!(!queues.are_short(), "they wait here");
        assert_eq!(begun(&mut queues).len(), 3);
        assert!(queues.are_short());
        queues.take(due(1, 0..3), 4);
        assert!(!queues.are_short() && begun(&mut queues).is_empty());
        queues.forget(WebhookId(1), DeliveryId(1));
        queues.take(due(1, 0..3), 4);
        assert_eq!(begun(&mut queues)[0].id, DeliveryId(1));
        queues.take(due(1, 3..40), 40);
        begun(&mut queues);
        queues.forget_waiting();
        queues.take(due(1, 39..40), 40);
        (0..16).for_each(|_| queues.posted(WebhookId(1), true));
        assert_eq!(begun(&mut queues)[0].id, DeliveryId(39));
    }
}
