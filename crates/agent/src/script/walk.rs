//! The walk through the steps of a script, on the line of a call.

use campanile_media::amd::level_db;
use campanile_rules::agent::{
    AgentVersion, AskStep, END_STEP, EndStep, NEXT_STEP, SayStep, ScriptAnswer, ScriptMiss,
    ScriptRecord, ScriptSettings, ScriptStep, TransferStep,
};
use serde_json::json;

use super::answering::{Answering, Outcome};
use crate::{
    Action, Farewell, Heard, Note, Supervised,
    pipeline::{Decision, Manner, Step, TurnTaking},
};

/// A person who says nothing for this long gives the turn to the next line.
const NO_REPLY_S: u32 = 5;

/// There are no words to wait for.
const WITHOUT_WORDS: Manner = Manner { ask_after_ms: u32::MAX, words_within_ms: 0 };

/// The walk of one call.
pub(super) struct Walk<'v> {
    version: &'v AgentVersion,
    steps: Vec<ScriptStep>,
    turns: TurnTaking,
    /// Keys that were pressed before their question.
    typed: String,
}

impl<'v> Walk<'v> {
    pub fn new(version: &'v AgentVersion, settings: &ScriptSettings) -> Walk<'v> {
        let turns = TurnTaking::new(&version.language, version.interruptible, WITHOUT_WORDS);
        Walk { version, steps: steps(version, settings), turns, typed: String::new() }
    }

    /// Goes from step to step until the call ends.
    pub async fn go(&mut self, line: &mut Supervised<'_>, goodbye: &str) -> Result<(), Farewell> {
        let steps = std::mem::take(&mut self.steps);
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            let go_to = match step {
                ScriptStep::Say(step) => self.say_step(line, step).await?,
                ScriptStep::Ask(step) => self.ask(line, step).await?,
                ScriptStep::Transfer(step) => return Err(transfer(line, step).await?),
                ScriptStep::End(EndStep { text, record, .. }) => {
                    self::record(line, record.as_ref(), "");
                    return line.say(if text.trim().is_empty() { goodbye } else { text }).await;
                }
            };
            at = place(&steps, at, go_to);
        }
        line.say(goodbye).await
    }

    async fn say_step<'s>(
        &mut self,
        line: &mut Supervised<'_>,
        step: &'s SayStep,
    ) -> Result<&'s str, Farewell> {
        record(line, step.record.as_ref(), "");
        self.say(line, &step.text, step.interruptible).await?;
        Ok(&step.go_to)
    }

    /// Says a text. A person who cuts it short with keys has typed them for the next question; one who
    /// speaks is heard out.
    async fn say(
        &mut self,
        line: &mut Supervised<'_>,
        text: &str,
        interruptible: bool,
    ) -> Result<(), Farewell> {
        let interruptible = interruptible && self.version.interruptible;
        self.turns.forget();
        let (turns, typed) = (&mut self.turns, &mut self.typed);
        let mut is_voice = false;
        let whole = line
            .say_until(text, |line, heard| {
                if !interruptible {
                    return false;
                }
                typed.extend(heard.digit);
                is_voice = is_interrupted(turns, line, heard);
                is_voice || heard.digit.is_some()
            })
            .await?;
        if !whole && is_voice {
            self.hear_out(line).await?;
        }
        Ok(())
    }

    /// Waits until the person has finished speaking.
    async fn hear_out(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        let mut answering = Answering::new(&[any_speech()], 0);
        answering.begins_to_speak();
        while answering.hear(line.is_voiced()).is_none() {
            let heard = line.hear().await?;
            self.typed.extend(heard.digit);
            self.listen(line, &heard);
        }
        Ok(())
    }

    async fn ask<'s>(
        &mut self,
        line: &mut Supervised<'_>,
        step: &'s AskStep,
    ) -> Result<&'s str, Farewell> {
        line.take_nine(step.takes_nine);
        let mut missed = &step.no_input;
        for time in 1..=step.times {
            match self.ask_once(line, step).await? {
                Outcome::Answer(at, keys) => {
                    line.take_nine(false);
                    let ScriptAnswer { when, go_to, record: recorded } = &step.answers[at];
                    let is_word = matches!(when.as_str(), "yes" | "no" | "speech");
                    record(line, recorded.as_ref(), if is_word { when } else { &keys });
                    return Ok(go_to);
                }
                Outcome::NoInput => missed = &step.no_input,
                Outcome::NoMatch => missed = &step.no_match,
            }
            if time < step.times {
                self.say(line, &missed.text, step.interruptible).await?;
            }
        }
        line.take_nine(false);
        record(line, missed.record.as_ref(), "");
        Ok(&missed.go_to)
    }

    async fn ask_once(
        &mut self,
        line: &mut Supervised<'_>,
        step: &AskStep,
    ) -> Result<Outcome, Farewell> {
        let fresh = || Answering::new(&step.answers, step.wait_s.saturating_mul(1_000));
        let mut answering = fresh();
        for key in std::mem::take(&mut self.typed).chars() {
            match answering.press(key) {
                Some(answer @ Outcome::Answer(..)) => return Ok(answer),
                Some(Outcome::NoMatch | Outcome::NoInput) => answering = fresh(),
                None => {}
            }
        }
        if !answering.has_keys()
            && let Some(outcome) = self.question(line, step, &mut answering).await?
        {
            return Ok(outcome);
        }
        if line.is_voiced() {
            answering.begins_to_speak();
        }
        loop {
            let heard = line.hear().await?;
            self.listen(line, &heard);
            let pressed = heard.digit.and_then(|key| answering.press(key));
            if let Some(outcome) = pressed.or_else(|| answering.hear(line.is_voiced())) {
                return Ok(outcome);
            }
        }
    }

    /// Says the question. Keys cut it short, and a voice does if speech is an answer.
    async fn question(
        &mut self,
        line: &mut Supervised<'_>,
        step: &AskStep,
        answering: &mut Answering,
    ) -> Result<Option<Outcome>, Farewell> {
        let interruptible = step.interruptible && self.version.interruptible;
        self.turns.forget();
        let turns = &mut self.turns;
        let mut outcome = None;
        line.say_until(&step.text, |line, heard| {
            if outcome.is_none()
                && let Some(key) = heard.digit
            {
                outcome = answering.press(key);
            }
            if interruptible && answering.takes_speech() && is_interrupted(turns, line, heard) {
                answering.begins_to_speak();
                return true;
            }
            interruptible && heard.digit.is_some()
        })
        .await?;
        Ok(outcome)
    }

    /// Learns how loud the person is.
    fn listen(&mut self, line: &Supervised<'_>, heard: &Heard) {
        let level_db = level_db(&heard.frame);
        self.turns.step(Step { is_voiced: line.is_voiced(), level_db, agent_talks: false });
    }
}

/// Whether the person has taken the turn by speaking. A voice that may become that pauses the agent.
fn is_interrupted(turns: &mut TurnTaking, line: &mut Supervised<'_>, heard: &Heard) -> bool {
    let level_db = level_db(&heard.frame);
    match turns.step(Step { is_voiced: line.is_voiced(), level_db, agent_talks: true }) {
        Decision::Interrupt => return true,
        Decision::Pause => line.playout().pause(),
        Decision::Resume => line.playout().resume(),
        Decision::Hold
        | Decision::Ignore
        | Decision::WantWords
        | Decision::TurnOver
        | Decision::AskAgain
        | Decision::Forget => {}
    }
    false
}

/// Says what is to be said before a transfer, and returns how the call ends.
async fn transfer(line: &mut Supervised<'_>, step: &TransferStep) -> Result<Farewell, Farewell> {
    record(line, step.record.as_ref(), "");
    line.say(&step.text).await?;
    line.linger().await?;
    let (arguments, at_ms) = (json!({"to": step.to}).to_string(), line.now_ms());
    line.note(Note::Action(Action::Tool { name: "transfer".to_owned(), arguments, at_ms }));
    Ok(Farewell::Transfer(step.to.clone()))
}

/// Records a result: the value of the script, or what was answered.
fn record(line: &mut Supervised<'_>, record: Option<&ScriptRecord>, answered: &str) {
    if let Some(ScriptRecord { name, value }) = record {
        line.record(name, if value.is_empty() { answered } else { value });
    }
}

/// Where a step leads; the end of the list is the end of the call.
fn place(steps: &[ScriptStep], at: usize, go_to: &str) -> usize {
    match go_to {
        NEXT_STEP => at + 1,
        END_STEP => steps.len(),
        name => steps.iter().position(|step| step.name() == name).unwrap_or(steps.len()),
    }
}

/// The steps of a script. A line is a question that any speech and any silence answers.
fn steps(version: &AgentVersion, settings: &ScriptSettings) -> Vec<ScriptStep> {
    if settings.steps.is_empty() {
        let lines = std::iter::once(&version.first_message).chain(&settings.lines);
        return lines.map(|line| ScriptStep::Ask(as_question(line))).collect();
    }
    let first = SayStep {
        name: String::new(),
        text: version.first_message.clone(),
        interruptible: true,
        record: None,
        go_to: NEXT_STEP.to_owned(),
    };
    std::iter::once(ScriptStep::Say(first)).chain(settings.steps.iter().cloned()).collect()
}

fn as_question(line: &str) -> AskStep {
    let passed = ScriptMiss { go_to: NEXT_STEP.to_owned(), ..ScriptMiss::default() };
    AskStep {
        name: String::new(),
        text: line.to_owned(),
        interruptible: false,
        answers: vec![any_speech()],
        times: 1,
        wait_s: NO_REPLY_S,
        no_input: passed.clone(),
        no_match: passed,
        takes_nine: false,
    }
}

fn any_speech() -> ScriptAnswer {
    ScriptAnswer { when: "speech".to_owned(), go_to: NEXT_STEP.to_owned(), record: None }
}
