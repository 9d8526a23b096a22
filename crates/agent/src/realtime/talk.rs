//! The loop of a call with a model.

use std::{collections::VecDeque, convert::Infallible};

use campanile_media::amd::FRAME_MS;

use super::{
    Model, ModelLink, Session,
    floor::Floor,
    of_the_agent,
    person::Person,
    session::Agreed,
    sound::Ear,
    story::Story,
    troubles::{BUSY, Trouble, Troubles},
    utterances::{Began, Utterances},
};
use crate::{
    Farewell, Heard, Latency, Note, Supervised,
    tools::{Answer, Used},
    wire::realtime::{Failed, FromModel, ToModel, Usage},
};

/// The most messages of a model that are taken in one step of the call, so that a flood delays no
/// sound.
const MAX_PER_STEP: usize = 256;

/// Digits with shorter pauses between them are told to the model together.
const BETWEEN_DIGITS_MS: u64 = 1_000;

/// The most digits that are told together.
const MOST_DIGITS: usize = 32;

/// The most calls of functions in one response.
const MOST_CALLS: usize = 32;

/// A conversation from the answer to its end. Dropping it closes the session.
pub(super) struct Talk<'m> {
    model: &'m Model,
    link: ModelLink,
    agreed: Agreed,
    ear: Ear,
    floor: Floor,
    person: Person,
    utterances: Utterances,
    story: Story,
    troubles: Troubles,
    /// The calls of functions of the response that is being made.
    calls: VecDeque<Call>,
    /// The answers to functions that are told to the model when it is its turn.
    answers: Vec<Answer>,
    /// The functions whose answers are still to come.
    running: usize,
    digits: String,
    digit_ms: u64,
    quiet_ms: u64,
    has_asked: bool,
}

struct Call {
    call_id: String,
    name: String,
    arguments: String,
}

/// Whether the session goes on.
enum Flow {
    On,
    Renew,
}

impl<'m> Talk<'m> {
    pub fn new(model: &'m Model, session: Session, now_ms: u64) -> Talk<'m> {
        let Session { link, agreed } = session;
        Talk {
            model,
            link,
            agreed,
            ear: Ear::new(agreed.input),
            floor: Floor::default(),
            person: Person::new(now_ms),
            utterances: Utterances::new(agreed.output),
            story: Story::default(),
            troubles: Troubles::default(),
            calls: VecDeque::new(),
            answers: Vec::new(),
            running: 0,
            digits: String::new(),
            digit_ms: 0,
            quiet_ms: 0,
            has_asked: false,
        }
    }

    /// Joins the line and the model until one of them ends.
    pub async fn run(&mut self, line: &mut Supervised<'_>) -> Result<Infallible, Farewell> {
        self.floor.want(self.greeting());
        loop {
            if let Some(request) = self.floor.next(line.now_ms()) {
                self.link.send(request);
            }
            line.expect_speech(self.floor.is_active());
            let heard = line.hear().await?;
            self.pass_on(line, &heard);
            if let Some(began) = self.utterances.step(line, &mut self.story) {
                self.tell_latency(line, began);
            }
            for _ in 0..MAX_PER_STEP {
                let flow = match self.link.try_next() {
                    None => break,
                    Some(Ok(message)) => self.take(line, message)?,
                    Some(Err(end)) => return Err(Farewell::Failed(of_the_agent(end.to_string()))),
                };
                if let Flow::Renew = flow {
                    self.renew(line).await?;
                    break;
                }
            }
            self.answer(line);
            self.keep_time(line)?;
        }
    }

    /// Ends the talk. What a lost model said plays to its end.
    pub async fn finish(
        &mut self,
        line: &mut Supervised<'_>,
        end: Farewell,
    ) -> Result<(), Farewell> {
        let is_lost = matches!(end, Farewell::Failed(_));
        if is_lost {
            // Hanging up meanwhile does not change the cause.
            let _ = line.drain().await;
        }
        self.utterances.step(line, &mut self.story);
        self.utterances.close(line, &mut self.story);
        if is_lost {
            line.playout().clear();
        }
        Err(end)
    }

    /// What to do in the first response: say the first message, if the version has one.
    fn greeting(&self) -> Option<String> {
        let version = &self.model.brief.version;
        let first = version.first_message.trim();
        (!first.is_empty()).then(|| {
            let greeting = format!(
                "The call has just been answered. Say exactly these words now, and nothing else:\n{first}"
            );
            format!("{}\n\n{greeting}", version.prompt).trim_start().to_owned()
        })
    }

    fn pass_on(&mut self, line: &mut Supervised<'_>, heard: &Heard) {
        self.link.send(ToModel::Sound(self.ear.write(&heard.frame)));
        if let Some(digit) = heard.digit
            && self.digits.len() < MOST_DIGITS
        {
            self.digits.push(digit);
            self.digit_ms = line.now_ms();
        }
    }

    fn take(&mut self, line: &mut Supervised<'_>, message: FromModel) -> Result<Flow, Farewell> {
        match message {
            FromModel::Created | FromModel::Updated(_) => {}
            FromModel::SpeechStarted { item_id, at_ms } => {
                self.person.started(line, &mut self.story, &item_id, at_ms);
                self.floor.person_started();
                self.interrupt(line);
            }
            FromModel::SpeechStopped { item_id, at_ms } => {
                self.person.stopped(line, &mut self.story, &item_id, at_ms);
                self.floor.person_stopped(line.now_ms());
            }
            FromModel::Heard { item_id, text } => {
                self.person.heard(line, &mut self.story, &item_id, &text);
            }
            FromModel::Responding { response_id } => {
                let is_too_late = self.floor.begun(&response_id, line.now_ms());
                if is_too_late && self.model.brief.version.interruptible {
                    self.utterances.drop_response(&response_id);
                    self.link.send(ToModel::Cancel);
                }
            }
            FromModel::Sound { response_id, item_id, sound } => {
                self.floor.heard();
                self.utterances.sound(line, (&response_id, &item_id), &sound);
            }
            FromModel::Words { response_id, item_id, words } => {
                self.floor.heard();
                self.utterances.words(line, (&response_id, &item_id), &words);
            }
            FromModel::AllWords { response_id, item_id, text } => {
                self.utterances.all_words(&response_id, &item_id, &text);
            }
            FromModel::Call { call_id, name, arguments, .. } => {
                self.floor.heard();
                self.note_call(Call { call_id, name, arguments });
            }
            FromModel::Responded { response_id, failed, usage } => {
                return self.responded(line, &response_id, failed, usage);
            }
            FromModel::Error(error) => {
                let may_try = self.floor.refused(&error.event_id, error.code == BUSY);
                return self.trouble(&error, may_try);
            }
        }
        Ok(Flow::On)
    }

    fn trouble(&mut self, error: &Failed, may_try: bool) -> Result<Flow, Farewell> {
        match self.troubles.take(error) {
            Trouble::None if may_try => Ok(Flow::On),
            Trouble::None => {
                let cause = format!("the agent's model fails: {error}");
                Err(Farewell::Failed(of_the_agent(cause)))
            }
            Trouble::Expired => Ok(Flow::Renew),
            Trouble::Fatal(failure) => Err(Farewell::Failed(failure)),
        }
    }

    /// Silences the agent, because the person speaks. Nothing happens when nothing is being said.
    fn interrupt(&mut self, line: &mut Supervised<'_>) {
        let is_speaking = line.playout().unplayed() > 0;
        if !self.model.brief.version.interruptible || !(is_speaking || self.floor.is_active()) {
            return;
        }
        line.go_on();
        if let Some(response_id) = self.floor.active_id() {
            self.utterances.drop_response(response_id);
            if !self.agreed.interrupts {
                self.link.send(ToModel::Cancel);
            }
        }
        for told in self.utterances.interrupt(line, &mut self.story) {
            self.link.send(told);
        }
    }

    fn note_call(&mut self, call: Call) {
        let is_known = self.calls.iter().any(|known| known.call_id == call.call_id);
        if !is_known && self.calls.len() < MOST_CALLS {
            self.calls.push_back(call);
        }
    }

    fn responded(
        &mut self,
        line: &mut Supervised<'_>,
        response_id: &str,
        failed: Option<Failed>,
        usage: Usage,
    ) -> Result<Flow, Farewell> {
        line.note(Note::Usage(usage));
        self.utterances.ended(line, response_id);
        for call in std::mem::take(&mut self.calls) {
            match line.use_tool(&call.call_id, &call.name, &call.arguments) {
                Used::Answered(answer) => self.answers.push(answer),
                Used::Pending => self.running += 1,
                Used::Ending | Used::Repeated => {}
            }
        }
        let Some(error) = failed else {
            self.troubles.is_well();
            self.floor.ended(response_id);
            return Ok(Flow::On);
        };
        let may_try = self.floor.failed(response_id);
        self.trouble(&error, may_try)
    }

    /// Tells the model what functions returned and what the person pressed, between its responses.
    fn answer(&mut self, line: &mut Supervised<'_>) {
        while let Some(answer) = line.next_answer() {
            // An answer that is no turn says that the call goes on.
            self.running = self.running.saturating_sub(usize::from(answer.is_turn));
            self.answers.push(answer);
        }
        if self.floor.is_active() {
            return;
        }
        for Answer { call_id, output, is_turn } in std::mem::take(&mut self.answers) {
            self.link.send(ToModel::Output { call_id, output });
            if is_turn {
                self.floor.want(None);
            }
        }
        if self.running > 0 {
            self.floor.wait();
        }
        if !self.digits.is_empty() && line.now_ms() >= self.digit_ms + BETWEEN_DIGITS_MS {
            let digits = std::mem::take(&mut self.digits);
            self.link.send(ToModel::PersonSaid(format!("(I pressed {digits} on the telephone.)")));
            self.floor.want(None);
        }
    }

    /// Ends turns that last for too long, asks into a long silence, and notices a model that says
    /// nothing.
    fn keep_time(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        let now_ms = line.now_ms();
        if self.person.is_endless(now_ms) {
            self.link.send(ToModel::Commit);
            self.floor.person_stopped(now_ms);
            self.floor.want(None);
        }
        if self.floor.is_late(now_ms) {
            let cause = "the agent's model said nothing for 10 s when it was its turn";
            return Err(Farewell::Failed(of_the_agent(cause.to_owned())));
        }
        let is_quiet = !line.is_voiced() && !line.playout().is_audible() && !self.floor.is_active();
        self.quiet_ms = if is_quiet { self.quiet_ms + u64::from(FRAME_MS) } else { 0 };
        self.has_asked &= !line.is_voiced();
        let ask_after_ms = u64::from(self.model.brief.version.silence_timeout_s) * 1_000 / 2;
        if self.quiet_ms >= ask_after_ms && !self.has_asked {
            self.has_asked = true;
            self.floor.want(None);
        }
        Ok(())
    }

    fn tell_latency(&mut self, line: &mut Supervised<'_>, began: Began) {
        if let Some(stopped_ms) = self.person.stopped_ms.take() {
            line.note(Note::Latency(Latency {
                vad_end_ms: Some(stopped_ms),
                stt_final_ms: self.person.understood_ms.take(),
                tts_first_ms: Some(began.arrived_ms),
                first_sample_ms: Some(began.left_ms),
                ..Latency::default()
            }));
        }
    }

    /// Goes on in a new session, which is told what was said so far.
    async fn renew(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        tracing::info!("the model's session has expired");
        let was_active = self.floor.is_active();
        let (utterances, story) = (&mut self.utterances, &mut self.story);
        let session = self.model.renew(line, |line| {
            utterances.step(line, story);
        });
        let session = session.await?;
        self.utterances.close(line, &mut self.story);
        for item in self.story.items() {
            session.link.send(item);
        }
        let Session { link, agreed } = session;
        (self.link, self.agreed) = (link, agreed);
        self.ear = Ear::new(agreed.input);
        self.utterances = Utterances::new(agreed.output);
        self.person = Person::new(line.now_ms());
        self.floor = Floor::default();
        self.calls.clear();
        self.answers.clear();
        self.running = 0;
        if was_active || self.story.ends_with_the_person() {
            self.floor.want(None);
        }
        Ok(())
    }
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        let dropped = self.link.dropped();
        if dropped > 0 {
            tracing::warn!(
                dropped,
                "the model read too slowly; 20 ms pieces of sound were dropped"
            );
        }
        if let (count @ 1.., Some(first)) = self.link.ignored() {
            tracing::info!(count, %first, "messages of the model's server were ignored");
        }
        tracing::debug!(errors = self.troubles.all(), "the model is done");
    }
}
