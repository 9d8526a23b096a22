//! Carries out what a model asks for, on the line of a call.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use campanile_media::amd::{FRAME_MS, Vad};
use campanile_rules::attempt::{EndReason, Party};
use serde_json::Value;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::{Tools, act::Act, asks_to_stop, function::Request, read_value};
use crate::{Action, Farewell, Note, Supervised};

/// A person who speaks for this long while the call is about to end wants to go on. A short “bye”
/// does not.
const SPEAKS_ON_MS: u64 = 500;
/// The far end buffers sound, so what has left is heard up to this much later.
const TAIL_MS: u32 = 200;
/// How long a key is pressed, with the pause after it.
const KEY_MS: u32 = 220;
/// The pause that `w` stands for.
const PAUSE_MS: u32 = 500;
/// The most uses of tools in one call.
const MOST_USES: usize = 500;
/// The most functions that are called at the same time.
const MOST_FUNCTIONS: usize = 8;
/// The most keys that wait to be pressed.
const MOST_WAITING: usize = 100;
/// How much of a tool's arguments is noted, in bytes.
const MOST_NOTED: usize = 2_000;

/// What the use of a tool leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// The model gets this answer.
    Answered(Answer),
    /// The answer comes with [`Supervised::next_answer`].
    Pending,
    /// The call ends by an error of [`Supervised::hear`] when all that was said has been heard. If
    /// the person speaks on instead, an answer comes with [`Supervised::next_answer`].
    Ending,
    /// This very use was asked for before. Nothing is to be done.
    Repeated,
}

/// The answer to one use of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The id that the model gave the use.
    pub call_id: String,
    /// What the model is told.
    pub output: String,
    /// Whether the model speaks next. Otherwise it waits for the other side.
    pub is_turn: bool,
}

/// The tools in one call.
#[derive(Default)]
pub(crate) struct Uses {
    tools: Option<Tools>,
    known: BTreeSet<String>,
    pub results: BTreeMap<String, String>,
    running: JoinSet<Answer>,
    answers: VecDeque<Answer>,
    keys: VecDeque<char>,
    /// The time until the next key may be pressed.
    busy_ms: u32,
    ending: Option<Ending>,
    expects_speech: bool,
    /// Whether the model took the other side for a machine.
    pub found_machine: bool,
}

/// The end of a call that was asked for.
struct Ending {
    farewell: Farewell,
    waits: Waits,
    asked_ms: u64,
    /// The time since everything was said.
    quiet_ms: u32,
}

/// How long an end that was asked for from outside waits for what was said.
const HANG_UP_WITHIN_MS: u64 = 10_000;

/// What an end waits for.
enum Waits {
    /// Nothing.
    ForNothing,
    /// The end of what was said.
    ForSpeech,
    /// The end of what was said, or this instant of the call.
    ForSpeechUntil(u64),
    /// The end of what was said. A person who speaks on cancels the use of this id.
    UnlessSpokenTo(String),
}

impl Supervised<'_> {
    /// Gives the tools of the version to the model. Before, there are none.
    pub fn bring_tools(&mut self, tools: Tools) {
        self.uses.tools = Some(tools);
    }

    /// Carries out what the model asks for. `call_id` is the model's id of this use, and a use
    /// happens once. Mistakes in `arguments`, which are JSON, are answers for the model.
    pub fn use_tool(&mut self, call_id: &str, name: &str, arguments: &str) -> Used {
        if self.uses.known.contains(call_id) {
            return Used::Repeated;
        }
        if self.uses.known.len() >= MOST_USES {
            return answered(call_id, "Too many tools were used in this call.", true);
        }
        self.uses.known.insert(call_id.to_owned());
        self.note_tool(name, arguments);
        let Some(tools) = self.uses.tools.clone() else {
            return answered(call_id, "There are no tools in this call.", true);
        };
        match tools.read(name, arguments) {
            Ok(act) => self.carry_out(call_id, act, &tools),
            Err(mistake) => answered(call_id, &mistake, true),
        }
    }

    /// Returns the next answer that was [`Used::Pending`], if there is one, or that says that the
    /// call goes on.
    pub fn next_answer(&mut self) -> Option<Answer> {
        self.uses.answers.pop_front()
    }

    /// Says whether more of what the agent says is on its way to the playout. An end that a tool
    /// asked for waits for it.
    pub fn expect_speech(&mut self, is_coming: bool) {
        self.uses.expects_speech = is_coming;
    }

    /// Cancels an end that waits for what was said, because the person interrupted it.
    pub fn go_on(&mut self) {
        let cancelled =
            self.uses.ending.take_if(|ending| matches!(ending.waits, Waits::UnlessSpokenTo(_)));
        if let Some(Ending { waits: Waits::UnlessSpokenTo(call_id), .. }) = cancelled {
            let output = "The person spoke before the call ended, so the call goes on.".to_owned();
            self.uses.answers.push_back(Answer { call_id, output, is_turn: false });
        }
    }

    /// Takes the words of a turn of the person, when they are final. A person who asks not to be
    /// called again ends the call, as with the key 9; so do words that only machines say, as a beep
    /// does.
    pub fn heard_words(&mut self, text: &str) {
        if self.is_machine_that_says(text) {
            self.end_with(Farewell::Machine, Waits::ForNothing);
            return;
        }
        if asks_to_stop(text) && !self.asked_to_stop {
            tracing::info!("the person asks not to be called again");
            self.asked_to_stop = true;
            self.end_with(Farewell::StopCalling, Waits::ForNothing);
        }
    }

    /// Returns the results that were recorded so far.
    pub fn results(&self) -> &BTreeMap<String, String> {
        &self.uses.results
    }

    fn carry_out(&mut self, call_id: &str, act: Act<'_>, tools: &Tools) -> Used {
        match act {
            Act::EndCall => {
                let over = Farewell::Over(EndReason::AgentDisconnected, Party::Agent);
                self.end_with(over, Waits::UnlessSpokenTo(call_id.to_owned()))
            }
            Act::Transfer { to } => self.end_with(Farewell::Transfer(to), Waits::ForSpeech),
            Act::Suppress => {
                self.asked_to_stop = true;
                self.end_with(Farewell::StopCalling, Waits::ForSpeech)
            }
            Act::Voicemail => {
                self.uses.found_machine = true;
                self.end_with(Farewell::Machine, Waits::ForNothing)
            }
            Act::Press { digits } => {
                if self.uses.keys.len() + digits.len() > MOST_WAITING {
                    return answered(call_id, "Too many keys wait to be pressed.", true);
                }
                self.uses.keys.extend(digits.chars());
                answered(call_id, "The keys are pressed when you have been heard.", false)
            }
            Act::Record { name, value } => {
                let output = format!("Recorded {name} = {value}.");
                self.keep_result(name, value);
                answered(call_id, &output, true)
            }
            Act::Call { function, arguments } => {
                if self.uses.running.len() >= MOST_FUNCTIONS {
                    return answered(
                        call_id,
                        "Too many functions are being called; try later.",
                        true,
                    );
                }
                let request = Request::new(function, &self.brief().call_id, &arguments);
                let (post, call_id) = (tools.post.clone(), call_id.to_owned());
                let answer = async move {
                    let output = request.send(&*post).await;
                    Answer { call_id, output, is_turn: true }
                };
                self.uses.running.spawn(answer.in_current_span());
                Used::Pending
            }
        }
    }

    /// Records a result for an engine without a model. A value that the version does not allow, which
    /// may come from the recipient's row, is not recorded.
    pub(crate) fn record(&mut self, name: &str, value: &str) {
        let result = self.brief().version.results.iter().find(|result| result.name == name);
        let checked = result.map(|result| read_value(result, &Value::from(value)));
        match checked {
            Some(Ok(value)) => self.keep_result(name.to_owned(), value),
            Some(Err(mistake)) => tracing::warn!(mistake, "a result is not recorded"),
            None => tracing::warn!(name, "a result is not recorded: the version does not have it"),
        }
    }

    fn keep_result(&mut self, name: String, value: String) {
        let at_ms = self.now_ms();
        let recorded = Action::Result { name: name.clone(), value: value.clone(), at_ms };
        self.note(Note::Action(recorded));
        self.uses.results.insert(name, value);
    }

    /// Ends the call, at once or after what was said.
    pub(crate) fn hang_up(&mut self, farewell: Farewell, at_once: bool) {
        let until_ms = self.now_ms() + HANG_UP_WITHIN_MS;
        let waits = if at_once { Waits::ForNothing } else { Waits::ForSpeechUntil(until_ms) };
        self.end_with(farewell, waits);
    }

    /// Uses a tool for somebody outside of the call. The error says what is wrong with the arguments.
    pub(crate) fn use_of(
        &mut self,
        tools: &Tools,
        name: &str,
        arguments: &str,
    ) -> Result<Used, String> {
        let act = tools.read(name, arguments)?;
        self.note_tool(name, arguments);
        Ok(self.carry_out("", act, tools))
    }

    fn note_tool(&mut self, name: &str, arguments: &str) {
        self.note(Note::Action(Action::Tool {
            name: shortened(name, 100),
            arguments: shortened(arguments, MOST_NOTED),
            at_ms: self.now_ms(),
        }));
    }

    fn end_with(&mut self, farewell: Farewell, waits: Waits) -> Used {
        self.uses.ending = Some(Ending { farewell, waits, asked_ms: self.now_ms(), quiet_ms: 0 });
        Used::Ending
    }

    /// Does what is due in the 20 ms that have just passed.
    pub(crate) fn step_tools(&mut self) -> Result<(), Farewell> {
        self.take_asks();
        while let Some(answered) = self.uses.running.try_join_next() {
            self.uses.answers.extend(answered.ok());
        }
        let is_said = !self.uses.expects_speech && self.playout().unsaid() == 0;
        self.press_keys(is_said);
        self.come_to_the_end(is_said)
    }

    fn press_keys(&mut self, is_said: bool) {
        self.uses.busy_ms = self.uses.busy_ms.saturating_sub(FRAME_MS);
        while is_said && self.uses.busy_ms == 0 {
            let Some(key) = self.uses.keys.pop_front() else { break };
            self.uses.busy_ms = if key == 'w' { PAUSE_MS } else { KEY_MS };
            if key != 'w' {
                self.press(key);
            }
        }
    }

    fn come_to_the_end(&mut self, is_said: bool) -> Result<(), Farewell> {
        let (speech_ms, now_ms) = (self.speech_ms(), self.now_ms());
        let Some(ending) = &mut self.uses.ending else { return Ok(()) };
        let may_go_on = matches!(ending.waits, Waits::UnlessSpokenTo(_));
        if may_go_on && speech_ms.is_some_and(|(_, ms)| ms >= SPEAKS_ON_MS) {
            self.go_on();
            return Ok(());
        }
        // A turn that began before the end was asked for is not answered to it.
        let is_spoken_to =
            may_go_on && speech_ms.is_some_and(|(began, _)| began >= ending.asked_ms);
        let is_ready =
            is_said && self.uses.keys.is_empty() && self.uses.busy_ms == 0 && !is_spoken_to;
        ending.quiet_ms = if is_ready { ending.quiet_ms + FRAME_MS } else { 0 };
        let is_late = match ending.waits {
            Waits::ForNothing => true,
            Waits::ForSpeechUntil(until_ms) => now_ms >= until_ms,
            Waits::ForSpeech | Waits::UnlessSpokenTo(_) => false,
        };
        let is_over = is_late || ending.quiet_ms > TAIL_MS;
        match self.uses.ending.take_if(|_| is_over) {
            Some(ending) => Err(ending.farewell),
            None => Ok(()),
        }
    }

    /// Returns when the other side's turn began and how long it has lasted, if it speaks now.
    fn speech_ms(&self) -> Option<(u64, u64)> {
        let (_, began_ms) = self.speaking?;
        // The turn is known to be over this much later.
        let until_ms = self.now_ms().saturating_sub(Vad::LATE_END_MS.into());
        Some((began_ms, until_ms.saturating_sub(began_ms)))
    }
}

fn answered(call_id: &str, output: &str, is_turn: bool) -> Used {
    Used::Answered(Answer { call_id: call_id.to_owned(), output: output.to_owned(), is_turn })
}

fn shortened(text: &str, max_bytes: usize) -> String {
    text[..text.floor_char_boundary(max_bytes)].to_owned()
}
