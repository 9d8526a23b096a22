//! The marks of a bot that wait for the sound before them.

use std::collections::VecDeque;

use campanile_media::playout::Mark;

use crate::wire::stream::Name;

/// The most marks that wait. A bot with more has a fault; its further marks are dropped.
const MAX_MARKS: usize = 16_384;

/// The marks in the playout, in order, with the names to return.
#[derive(Debug, Default)]
pub(super) struct Marks {
    waiting: VecDeque<(Mark, Option<Name>)>,
    latest: u64,
    dropped: u64,
}

impl Marks {
    /// Takes a mark of the bot. Returns the one to put into the playout; none if too many wait.
    pub fn add(&mut self, name: Option<Name>) -> Option<Mark> {
        if self.waiting.len() >= MAX_MARKS {
            if self.dropped == 0 {
                tracing::warn!(waiting = MAX_MARKS, "further marks of the bot are dropped");
            }
            self.dropped += 1;
            return None;
        }
        self.latest += 1;
        let mark = Mark(self.latest);
        self.waiting.push_back((mark, name));
        Some(mark)
    }

    /// Removes the marks up to one that was reached, and returns their names. The playout reaches
    /// them in order; one that it had no room for comes with the next.
    pub fn reached(&mut self, reached: Mark) -> impl Iterator<Item = Option<Name>> {
        let count = self.waiting.partition_point(|(mark, _)| *mark <= reached);
        self.waiting.drain(..count).map(|(_, name)| name)
    }
}
