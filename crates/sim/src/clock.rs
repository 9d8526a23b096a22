//! Virtual time: a queue of what happens next.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use campanile_rules::time::Timestamp;

/// Events in the order of their instants; those of one instant in the order they were put in.
#[derive(Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    put: u64,
    now: Timestamp,
}

#[derive(Debug)]
struct Entry<E> {
    at: Timestamp,
    seq: u64,
    event: E,
}

impl<E> Queue<E> {
    /// An empty queue whose clock stands at `now`.
    pub fn new(now: Timestamp) -> Self {
        Queue { heap: BinaryHeap::new(), put: 0, now }
    }

    /// The instant of the event that was taken last.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Puts an event in; one that should have happened already happens next.
    pub fn put(&mut self, at: Timestamp, event: E) {
        self.put += 1;
        self.heap.push(Reverse(Entry { at: at.max(self.now), seq: self.put, event }));
    }

    /// When the next event happens.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the next event and moves the clock to it.
    pub fn take(&mut self) -> Option<E> {
        let Reverse(entry) = self.heap.pop()?;
        self.now = entry.at;
        Some(entry.event)
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.seq).cmp(&(other.at, other.seq))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}
