//! The tools that the model uses in a call, and whether it speaks next because of them.

use std::collections::BTreeSet;

use super::history::History;
use crate::{Supervised, tools::Used, wire::chat::ToolCall};

/// What the model is told of a use until its answer comes.
const UNDER_WAY: &str = "It is under way.";

/// How often in a row the model goes on by itself after it used tools.
const MOST_ROUNDS: u32 = 10;

/// The uses of one call.
#[derive(Debug, Default)]
pub struct ToolUses {
    ids: BTreeSet<String>,
    /// The uses whose answers have not come.
    pending: BTreeSet<String>,
    /// Whether an answer is the model's turn.
    is_turn: bool,
    /// How often the model has gone on since the person spoke.
    rounds: u32,
}

impl ToolUses {
    /// Gives a use an id of its own: some servers give none, or the same again and again.
    pub fn with_own_id(&mut self, call: ToolCall) -> ToolCall {
        let is_own = !call.id.is_empty() && !self.ids.contains(&call.id);
        let id = if is_own { call.id } else { format!("use_{}", self.ids.len()) };
        self.ids.insert(id.clone());
        ToolCall { id, ..call }
    }

    /// Carries out what the model asks for.
    pub fn begin(&mut self, line: &mut Supervised<'_>, history: &mut History, calls: &[ToolCall]) {
        for ToolCall { id, name, arguments } in calls {
            match line.use_tool(id, name, arguments) {
                Used::Answered(answer) => {
                    history.result(id, &answer.output);
                    self.is_turn |= answer.is_turn;
                }
                Used::Pending => {
                    history.result(id, UNDER_WAY);
                    self.pending.insert(id.clone());
                }
                Used::Ending | Used::Repeated => history.result(id, UNDER_WAY),
            }
        }
    }

    /// Takes the answers of tools that took their time.
    pub fn take_answers(&mut self, line: &mut Supervised<'_>, history: &mut History) {
        while let Some(answer) = line.next_answer() {
            history.result(&answer.call_id, &answer.output);
            self.pending.remove(&answer.call_id);
            self.is_turn |= answer.is_turn;
        }
    }

    /// Returns, once, whether the model speaks next: it has every answer.
    pub fn go_on(&mut self) -> bool {
        if !self.is_turn || !self.pending.is_empty() {
            return false;
        }
        self.is_turn = false;
        self.rounds += 1;
        if self.rounds > MOST_ROUNDS {
            tracing::warn!(MOST_ROUNDS, "the model uses tools without end");
        }
        self.rounds <= MOST_ROUNDS
    }

    /// The person has taken the turn: the model speaks after it.
    pub fn wait(&mut self) {
        (self.is_turn, self.rounds) = (false, 0);
    }
}
