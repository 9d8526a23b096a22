//! What is kept of a conversation beside its words: how soon the agent answered, what it did, and
//! what that used.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words;

/// When each step between a person's turn and the agent's answer was done, in milliseconds after the
/// answer of the call. Steps that the engine does not have, or does not see, are null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Latency {
    /// The person was heard to stop.
    pub vad_end_ms: Option<u64>,
    /// The person's words were known.
    pub stt_final_ms: Option<u64>,
    /// The first word of the answer was there.
    pub llm_first_ms: Option<u64>,
    /// The first sound of the answer was there.
    pub tts_first_ms: Option<u64>,
    /// The first sound of the answer left on the wire.
    pub first_sample_ms: Option<u64>,
}

words! {
    /// A part of the time between a person's turn and the agent's answer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
    pub enum Step {
        /// All of it: from the end of the person's voice to the first sound of the answer.
        Answer = "answer",
        /// From the end of the person's voice until the words were known.
        Recognition = "recognition",
        /// From there to the first word of the answer; the wait for the end of the turn included.
        Model = "model",
        /// From the first word of the answer to its first sound.
        Speech = "speech",
        /// From the first sound until it left on the wire.
        Sending = "sending",
    }
}

impl Latency {
    /// Returns how long each step took, in milliseconds.
    pub fn steps(&self) -> impl Iterator<Item = (Step, u64)> {
        let Latency { vad_end_ms, stt_final_ms, llm_first_ms, tts_first_ms, first_sample_ms } =
            *self;
        // Words may be known before the voice has ended.
        let words_ms = stt_final_ms.max(vad_end_ms.filter(|_| stt_final_ms.is_some()));
        let between = |from: Option<u64>, to: Option<u64>| Some(to?.saturating_sub(from?));
        [
            (Step::Answer, between(vad_end_ms, first_sample_ms)),
            (Step::Recognition, between(vad_end_ms, words_ms)),
            (Step::Model, between(words_ms, llm_first_ms)),
            (Step::Speech, between(llm_first_ms, tts_first_ms)),
            (Step::Sending, between(tts_first_ms, first_sample_ms)),
        ]
        .into_iter()
        .filter_map(|(step, ms)| Some((step, ms?)))
    }
}

/// Something that was done in a call beside talking. Instants are milliseconds after the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// The agent called a tool.
    Tool {
        /// The tool's name.
        name: String,
        /// Its arguments, as JSON.
        arguments: String,
        /// When it was called.
        at_ms: u64,
    },
    /// The agent recorded a result of the call.
    Result {
        /// The result's name.
        name: String,
        /// Its value.
        value: String,
        /// When it was recorded.
        at_ms: u64,
    },
    /// The person pressed a digit.
    Digit {
        /// The digit.
        digit: char,
        /// When it was pressed.
        at_ms: u64,
    },
}

/// What an agent's servers did in a call, as far as they say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Usage {
    /// Tokens that the models read.
    pub input_tokens: u64,
    /// Tokens that the models wrote.
    pub output_tokens: u64,
    /// Characters that were sent to be spoken.
    pub spoken_characters: u64,
}

impl Usage {
    /// Adds what was used later.
    pub fn add(&mut self, more: Usage) {
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
        self.spoken_characters = self.spoken_characters.saturating_add(more.spoken_characters);
    }

    /// Whether nothing was used.
    pub fn is_none(&self) -> bool {
        *self == Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_and_add_up() {
        let latency = Latency {
            vad_end_ms: Some(1_000),
            stt_final_ms: Some(1_300),
            llm_first_ms: Some(1_700),
            tts_first_ms: Some(1_900),
            first_sample_ms: Some(1_980),
        };
        let steps = [
            (Step::Answer, 980),
            (Step::Recognition, 300),
            (Step::Model, 400),
            (Step::Speech, 200),
            (Step::Sending, 80),
        ];
        assert_eq!(latency.steps().collect::<Vec<_>>(), steps);
    }

    #[test]
    fn words_that_are_known_early_cost_no_time() {
        let latency = Latency {
            vad_end_ms: Some(1_000),
            stt_final_ms: Some(800),
            llm_first_ms: Some(1_500),
            ..Latency::default()
        };
        let steps = [(Step::Recognition, 0), (Step::Model, 500)];
        assert_eq!(latency.steps().collect::<Vec<_>>(), steps);
        assert_eq!(Latency::default().steps().count(), 0);
    }
}
