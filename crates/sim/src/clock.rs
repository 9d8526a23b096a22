//! Virtual time: a queue of future events.

use std::{cmp::Reverse, collections::BinaryHeap};

use campanile_rules::time::Timestamp;

/// Events in the order of their instants. Events of one instant keep the order in which they were
/// added.
#[derive(Debug)]
pub struct Queue<E> {
    /// The instant, the number of earlier additions, and the index of the event.
    heap: BinaryHeap<Reverse<(Timestamp, u64, usize)>>,
    /// The events, which stay in place while the heap is reordered.
    events: Vec<Option<E>>,
    free: Vec<usize>,
    put: u64,
    now: Timestamp,
}

impl<E> Queue<E> {
    /// Creates an empty queue whose clock stands at `now`.
    pub fn new(now: Timestamp) -> Self {
        Queue { heap: BinaryHeap::new(), events: Vec::new(), free: Vec::new(), put: 0, now }
    }

    /// The instant of the last event taken.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Adds an event. An event of a past instant happens next.
    pub fn put(&mut self, at: Timestamp, event: E) {
        self.put += 1;
        let place = self.free.pop().unwrap_or_else(|| {
            self.events.push(None);
            self.events.len() - 1
        });
        self.events[place] = Some(event);
        self.heap.push(Reverse((at.max(self.now), self.put, place)));
    }

    /// The instant of the next event.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes the next event and moves the clock to it.
    pub fn take(&mut self) -> Option<E> {
        let Reverse((at, _, place)) = self.heap.pop()?;
        self.now = at;
        self.free.push(place);
        self.events[place].take()
    }
}
