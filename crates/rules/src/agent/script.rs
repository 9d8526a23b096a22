//! What the engine `script` says and asks (PRODUCT §7).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agent::SpeechSettings;

/// The settings of the engine `script`: what it says after `first_message`, either in `lines` or in
/// `steps`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptSettings {
    /// What to say, one line after each turn of the person. A line that ends in `.wav` names a file to
    /// play.
    #[serde(default)]
    pub lines: Vec<String>,
    /// What to say and ask, instead of lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ScriptStep>,
    /// The last thing said.
    #[serde(default = "default_goodbye")]
    pub goodbye: String,
    /// The server that speaks; a program of Campanile's machine when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tts: Option<SpeechSettings>,
}

/// A step of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ScriptStep {
    /// Says something.
    Say(SayStep),
    /// Asks something and goes on by the answer.
    Ask(AskStep),
    /// Transfers the call to another number.
    Transfer(TransferStep),
    /// Ends the call.
    End(EndStep),
}

/// Says something and goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SayStep {
    /// A name to go to; none when empty.
    #[serde(default)]
    pub name: String,
    /// What is said.
    pub text: String,
    /// Whether the person may cut it short, by a key or by speaking.
    #[serde(default = "default_true")]
    pub interruptible: bool,
    /// What is recorded when the step begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ScriptRecord>,
    /// Where it goes on: the name of a step, `next` or `end`.
    #[serde(default = "next")]
    pub go_to: String,
}

/// Asks something, waits for an answer, and asks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskStep {
    /// A name to go to; none when empty.
    #[serde(default)]
    pub name: String,
    /// The question.
    pub text: String,
    /// Whether the person may answer before the question is over.
    #[serde(default = "default_true")]
    pub interruptible: bool,
    /// The answers and where they lead.
    pub answers: Vec<ScriptAnswer>,
    /// How often the question is asked at the most.
    #[serde(default = "default_times")]
    pub times: u32,
    /// How long the person may be silent after the question, in seconds.
    #[serde(default = "default_wait_s")]
    pub wait_s: u32,
    /// When the person does nothing.
    #[serde(default)]
    pub no_input: ScriptMiss,
    /// When the person does something that is no answer.
    #[serde(default)]
    pub no_match: ScriptMiss,
    /// Whether the key 9 is an answer here. Otherwise it asks for no more calls, as everywhere.
    #[serde(default)]
    pub takes_nine: bool,
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptAnswer {
    /// The answer: keys such as `1` or `10`, `yes` (the key 1), `no` (the key 2), `keys` (any others)
    /// or `speech` (anything that is said).
    pub when: String,
    /// Where it leads: the name of a step, `next` or `end`.
    #[serde(default = "next")]
    pub go_to: String,
    /// What is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ScriptRecord>,
}

/// What happens when a question is not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptMiss {
    /// What is said before the question is asked again.
    #[serde(default)]
    pub text: String,
    /// Where it leads when the question was asked often enough: the name of a step, `next` or `end`.
    #[serde(default = "end")]
    pub go_to: String,
    /// What is recorded then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ScriptRecord>,
}

/// Transfers the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferStep {
    /// A name to go to; none when empty.
    #[serde(default)]
    pub name: String,
    /// What is said before.
    #[serde(default)]
    pub text: String,
    /// The number, one of the version's `transfer_to`.
    pub to: String,
    /// What is recorded when the step begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ScriptRecord>,
}

/// Ends the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndStep {
    /// A name to go to; none when empty.
    #[serde(default)]
    pub name: String,
    /// The last thing said; the script's `goodbye` when empty.
    #[serde(default)]
    pub text: String,
    /// What is recorded when the step begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ScriptRecord>,
}

/// A result to record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptRecord {
    /// The name of one of the version's results.
    pub name: String,
    /// Its value; for an answer, the keys that were pressed when empty.
    #[serde(default)]
    pub value: String,
}

/// Where a step goes when it goes on in the order of the list.
pub const NEXT_STEP: &str = "next";

/// Where a step goes when the call is to end with the goodbye.
pub const END_STEP: &str = "end";

impl ScriptStep {
    /// The name; empty when it has none.
    pub fn name(&self) -> &str {
        match self {
            ScriptStep::Say(SayStep { name, .. })
            | ScriptStep::Ask(AskStep { name, .. })
            | ScriptStep::Transfer(TransferStep { name, .. })
            | ScriptStep::End(EndStep { name, .. }) => name,
        }
    }

    /// Everything that the step says, each with its place in the step (a JSON Pointer without the
    /// first slash).
    pub fn texts(&self) -> Vec<(&'static str, &str)> {
        match self {
            ScriptStep::Say(SayStep { text, .. })
            | ScriptStep::Transfer(TransferStep { text, .. })
            | ScriptStep::End(EndStep { text, .. }) => vec![("text", text)],
            ScriptStep::Ask(AskStep { text, no_input, no_match, .. }) => vec![
                ("text", text),
                ("no_input/text", &no_input.text),
                ("no_match/text", &no_match.text),
            ],
        }
    }

    /// The same texts, to change them.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        match self {
            ScriptStep::Say(SayStep { text, .. })
            | ScriptStep::Transfer(TransferStep { text, .. })
            | ScriptStep::End(EndStep { text, .. }) => vec![text],
            ScriptStep::Ask(AskStep { text, no_input, no_match, .. }) => {
                vec![text, &mut no_input.text, &mut no_match.text]
            }
        }
    }

    /// Everything that the step may record, each with its place in the step.
    pub fn records(&self) -> Vec<(String, &ScriptRecord)> {
        match self {
            ScriptStep::Say(SayStep { record, .. })
            | ScriptStep::Transfer(TransferStep { record, .. })
            | ScriptStep::End(EndStep { record, .. }) => {
                record.iter().map(|record| ("record".to_owned(), record)).collect()
            }
            ScriptStep::Ask(AskStep { answers, no_input, no_match, .. }) => {
                let answers = answers.iter().enumerate().filter_map(|(at, answer)| {
                    Some((format!("answers/{at}/record"), answer.record.as_ref()?))
                });
                let misses = [("no_input", no_input), ("no_match", no_match)];
                let misses = misses.into_iter().filter_map(|(name, miss)| {
                    Some((format!("{name}/record"), miss.record.as_ref()?))
                });
                answers.chain(misses).collect()
            }
        }
    }

    /// The same records, to change them.
    pub fn records_mut(&mut self) -> Vec<&mut ScriptRecord> {
        match self {
            ScriptStep::Say(SayStep { record, .. })
            | ScriptStep::Transfer(TransferStep { record, .. })
            | ScriptStep::End(EndStep { record, .. }) => record.iter_mut().collect(),
            ScriptStep::Ask(AskStep { answers, no_input, no_match, .. }) => {
                let answers = answers.iter_mut().map(|answer| &mut answer.record);
                let misses = [&mut no_input.record, &mut no_match.record];
                answers.chain(misses).flatten().collect()
            }
        }
    }
}

impl Default for ScriptSettings {
    fn default() -> Self {
        ScriptSettings {
            lines: Vec::new(),
            steps: Vec::new(),
            goodbye: default_goodbye(),
            tts: None,
        }
    }
}

impl Default for ScriptMiss {
    fn default() -> Self {
        ScriptMiss { text: String::new(), go_to: end(), record: None }
    }
}

fn default_goodbye() -> String {
    "Thank you. Goodbye.".to_owned()
}
fn default_true() -> bool {
    true
}
fn default_times() -> u32 {
    2
}
fn default_wait_s() -> u32 {
    5
}
fn next() -> String {
    NEXT_STEP.to_owned()
}
fn end() -> String {
    END_STEP.to_owned()
}
