//! News of a conversation while it goes on.

use campanile_rules::conversation::{Action, Latency, Usage};
use tokio::sync::mpsc;

use crate::Piece;

/// News that may wait for their reader, of one call.
const MAX_WAITING: usize = 64;

/// The most actions, and the most latencies, that are kept of one call.
pub const MOST_KEPT: usize = 500;

/// Sends the news of a conversation. It never waits: when too many news wait for the reader, the
/// newest is lost and counted. The transcript at the end of the conversation is whole in any case.
#[derive(Debug, Default)]
pub struct Notes {
    sender: Option<mpsc::Sender<Note>>,
    lost: u64,
}

impl Notes {
    /// Creates a sender and its reader.
    pub fn channel() -> (Notes, mpsc::Receiver<Note>) {
        let (sender, reader) = mpsc::channel(MAX_WAITING);
        (Notes { sender: Some(sender), lost: 0 }, reader)
    }

    /// Creates a sender that nobody reads.
    pub fn unread() -> Notes {
        Notes::default()
    }

    /// Sends a piece of news, if there is room.
    pub fn send(&mut self, note: Note) {
        if let Some(sender) = &self.sender {
            self.lost += u64::from(sender.try_send(note).is_err());
        }
    }

    /// Returns how many news were lost.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

/// A piece of news.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// A turn began, grew or ended.
    Piece(Piece),
    /// Something was done.
    Action(Action),
    /// The agent answered a turn of the person.
    Latency(Latency),
    /// The agent's servers did more than before.
    Usage(Usage),
}

/// What happened in a conversation beside its words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Happened {
    /// How soon the agent answered each turn, in order.
    pub latencies: Vec<Latency>,
    /// What was done, in order.
    pub actions: Vec<Action>,
    /// What the agent's servers did.
    pub usage: Usage,
}

impl Happened {
    /// Adds a piece of news. Of the first two there are [`MOST_KEPT`] at the most.
    pub fn take(&mut self, note: &Note) {
        match note {
            Note::Piece(_) => {}
            Note::Action(action) if self.actions.len() < MOST_KEPT => {
                self.actions.push(action.clone());
            }
            Note::Latency(latency) if self.latencies.len() < MOST_KEPT => {
                self.latencies.push(*latency);
            }
            Note::Action(_) | Note::Latency(_) => {}
            Note::Usage(usage) => self.usage.add(*usage),
        }
    }
}
