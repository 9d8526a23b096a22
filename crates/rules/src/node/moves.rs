//! The order of requests to the store around a clock that was set.
//!
//! Some requests read or write due instants. Those that were made before the clock was set tell them by
//! the former clock, so the due instants in the store move only when all of these are answered. Requests
//! that are made after the clock was set wait until the due instants have moved.

use std::collections::VecDeque;

use super::{Answer, Output, Verb};

/// Requests that concern due instants.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Requests that wait, in the order in which they were made.
    waiting: VecDeque<Output>,
    /// How many requests the store has not answered yet.
    under_way: u32,
    /// Whether one of them moves the due instants.
    moves: bool,
}

impl Moves {
    /// Returns the request if it may be made now, and otherwise keeps it.
    pub fn pass(&mut self, request: Output) -> Option<Output> {
        if !concerns_due_instants(&request) {
            return Some(request);
        }
        if self.moves || !self.waiting.is_empty() || is_move(&request) && self.under_way > 0 {
            self.waiting.push_back(request);
            return None;
        }
        Some(self.make(request))
    }

    /// The next request that may be made by now.
    pub fn next(&mut self) -> Option<Output> {
        let request = self.waiting.front()?;
        if self.moves || is_move(request) && self.under_way > 0 {
            return None;
        }
        self.waiting.pop_front().map(|request| self.make(request))
    }

    fn make(&mut self, request: Output) -> Output {
        self.under_way += 1;
        self.moves = is_move(&request);
        request
    }

    /// Handles the answer to a request.
    pub fn answered(&mut self, answer: &Answer) {
        match answer {
            Answer::Claimed { .. }
            | Answer::Released(..)
            | Answer::WasDialed(_)
            | Answer::Settled(_)
            | Answer::DueMoved => self.over(),
            Answer::Leads { .. }
            | Answer::LedByAnother
            | Answer::LeadsNoMore
            | Answer::Renewed(_)
            | Answer::Loaded(_)
            | Answer::Changes(_)
            | Answer::Marked(..)
            | Answer::LimitedWoken
            | Answer::Advanced(_) => {}
        }
    }

    /// Handles the end of a request that will not be made again.
    pub fn given_up(&mut self, request: &Output) {
        if concerns_due_instants(request) {
            self.over();
        }
    }

    fn over(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
        self.moves = false;
    }

    /// Handles the end of the lead: nothing is moved any more, and nothing waits for a move.
    pub fn end(&mut self) {
        self.waiting.retain(|request| !is_move(request));
        self.moves = false;
    }
}

fn concerns_due_instants(request: &Output) -> bool {
    is_move(request)
        || matches!(request, Output::Ask(Verb::Claim(_) | Verb::Release { .. }) | Output::Settle(_))
}

fn is_move(request: &Output) -> bool {
    matches!(request, Output::Ask(Verb::MoveDue(_)))
}
