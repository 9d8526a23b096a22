//! The messages that wait to be sent to a server. A call puts them in without ever waiting.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::Outgoing;

/// The most messages of sound that wait: one second. After that, the oldest is dropped.
const MAX_SOUNDS: usize = 50;

/// The most other messages that wait. A server that lets more wait does not read.
const MAX_OTHERS: usize = 32_768;

/// A queue with one sender and one receiver.
#[derive(Debug)]
pub(super) struct Outbox<M> {
    state: Mutex<State<M>>,
    changed: Notify,
}

#[derive(Debug)]
struct State<M> {
    queue: VecDeque<M>,
    sounds: usize,
    dropped: u64,
    is_closed: bool,
    is_overfull: bool,
}

/// What the receiver does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<M> {
    /// Send this message.
    Send(M),
    /// Close the connection: everything has been sent.
    Close,
    /// Give up: too much waits.
    GiveUp,
}

impl<M: Outgoing> Outbox<M> {
    pub fn new() -> Outbox<M> {
        let state = State {
            queue: VecDeque::new(),
            sounds: 0,
            dropped: 0,
            is_closed: false,
            is_overfull: false,
        };
        Outbox { state: Mutex::new(state), changed: Notify::new() }
    }

    /// Appends a message. Never waits.
    pub fn push(&self, message: M) {
        let mut state = self.lock();
        if message.is_sound() {
            if state.sounds == MAX_SOUNDS {
                state.drop_oldest_sound();
            }
            state.sounds += 1;
        } else if state.queue.len() - state.sounds >= MAX_OTHERS {
            state.is_overfull = true;
        }
        if !state.is_overfull {
            state.queue.push_back(message);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Takes no more messages. Those that wait are still sent.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Returns how many messages of sound were dropped.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Waits for what to do next. Cancel safe.
    pub async fn next(&self) -> Next<M> {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.changed.notified().await;
        }
    }

    /// Returns what to do now, if there is anything.
    pub fn try_next(&self) -> Option<Next<M>> {
        let mut state = self.lock();
        if state.is_overfull {
            return Some(Next::GiveUp);
        }
        let Some(message) = state.queue.pop_front() else {
            return state.is_closed.then_some(Next::Close);
        };
        state.sounds -= usize::from(message.is_sound());
        Some(Next::Send(message))
    }

    fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Outgoing> State<M> {
    fn drop_oldest_sound(&mut self) {
        if let Some(oldest) = self.queue.iter().position(Outgoing::is_sound) {
            self.queue.remove(oldest);
            self.sounds -= 1;
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    enum Message {
        Sound(usize),
        Other(usize),
    }

    impl Outgoing for Message {
        fn is_sound(&self) -> bool {
            matches!(self, Message::Sound(_))
        }
    }

    fn drain(outbox: &Outbox<Message>) -> Vec<Message> {
        let mut all = Vec::new();
        while let Some(Next::Send(message)) = outbox.try_next() {
            all.push(message);
        }
        all
    }

    #[test]
    fn the_oldest_sound_makes_room_and_nothing_else_does() {
        let outbox = Outbox::new();
        outbox.push(Message::Other(0));
        for at in 0..MAX_SOUNDS + 3 {
            outbox.push(Message::Sound(at));
            outbox.push(Message::Other(at + 1));
        }
        let left = drain(&outbox);
        let others = left.iter().filter(|message| !message.is_sound()).count();
        assert_eq!((left.len() - others, others), (MAX_SOUNDS, MAX_SOUNDS + 4));
        assert!(left.contains(&Message::Sound(3)) && !left.contains(&Message::Sound(2)));
        assert_eq!(outbox.dropped(), 3);
        outbox.push(Message::Sound(0));
        assert_eq!(drain(&outbox), [Message::Sound(0)], "the count of sounds went back to zero");
    }

    #[test]
    fn what_waits_is_sent_before_the_end() {
        let outbox = Outbox::new();
        outbox.push(Message::Other(1));
        outbox.close();
        assert_eq!(outbox.try_next(), Some(Next::Send(Message::Other(1))));
        assert_eq!(outbox.try_next(), Some(Next::Close));
    }

    #[test]
    fn a_server_that_reads_none_of_many_messages_is_given_up() {
        let outbox = Outbox::new();
        for at in 0..=MAX_OTHERS {
            assert_ne!(outbox.lock().queue.len(), MAX_OTHERS + 1);
            outbox.push(Message::Other(at));
        }
        assert_eq!(outbox.try_next(), Some(Next::GiveUp));
    }
}
