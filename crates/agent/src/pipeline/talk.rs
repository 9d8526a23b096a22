//! The conversation: it joins the line, the three servers and the turns.

use std::{collections::VecDeque, sync::Arc};

use campanile_media::{amd::level_db, playout::Sound};
use campanile_rules::agent::{AgentVersion, ChatSettings};

use super::{
    Ready,
    answer::Answer,
    history::History,
    model::{Piece as Written, Writing},
    person::PersonTurn,
    recogniser::{Recogniser, Words},
    synthesis::{Synthesis, Voiced},
    tool_uses::ToolUses,
    turn_taking::{Decision, Step, TurnTaking},
};
use crate::{
    Failure, Farewell, Heard, Latency, Note, Piece, Said, Supervised, Usage,
    tools::Tools,
    wire::{Http, chat},
};

/// A person who has pressed no further key for this long has pressed the last.
const KEYS_END_MS: u64 = 1_500;

/// The most keys that are told at once.
const MAX_KEYS: usize = 40;

/// What the model is told when speech was heard but not understood.
const NOT_UNDERSTOOD: &str =
    "(The person said something that could not be understood. Ask them to say it again.)";

/// A conversation.
pub struct Talk {
    http: Arc<Http>,
    llm: ChatSettings,
    tools: Tools,
    uses: ToolUses,
    recogniser: Recogniser,
    synthesis: Synthesis,
    greeting: VecDeque<Voiced>,
    writing: Option<Writing>,
    turns: TurnTaking,
    person: PersonTurn,
    history: History,
    /// The answers that are not settled: those being written, spoken or played.
    answers: VecDeque<Answer>,
    /// The steps of the latest answer, until it is heard.
    latency: Option<Latency>,
    /// When the latest final words came.
    words_ms: Option<u64>,
    keys: String,
    key_ms: u64,
}

impl Talk {
    pub fn new(version: &AgentVersion, llm: &ChatSettings, http: Arc<Http>, ready: Ready) -> Talk {
        let Ready { recogniser, synthesis, greeting } = ready;
        let tools = Tools::of(version, http.clone());
        let turns = TurnTaking::new(&version.language, version.interruptible, recogniser.manner());
        let mut talk = Talk {
            http,
            llm: llm.clone(),
            tools,
            uses: ToolUses::default(),
            recogniser,
            synthesis,
            greeting: greeting.sound,
            writing: None,
            turns,
            person: PersonTurn::default(),
            history: History::new(&version.prompt),
            answers: VecDeque::new(),
            latency: None,
            words_ms: None,
            keys: String::new(),
            key_ms: 0,
        };
        if greeting.clauses.is_empty() {
            talk.ask_model();
        } else {
            talk.answers.push_back(Answer::greeting(greeting.clauses));
        }
        talk
    }

    /// Talks until the line or a server ends it.
    pub async fn run(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        self.begin(line);
        loop {
            tokio::select! {
                heard = line.hear() => self.step(line, &heard?),
                words = self.recogniser.next() => self.take_words(line, words?),
                written = next_of(&mut self.writing) => self.take_text(line, written?),
                voiced = self.synthesis.next() => self.take_sound(line, voiced?),
            }
            line.expect_speech(self.makes_speech());
        }
    }

    /// Ends the talk: an agent that failed is heard out, and the transcript keeps what was heard.
    pub async fn finish(
        &mut self,
        line: &mut Supervised<'_>,
        end: Result<(), Farewell>,
    ) -> Result<(), Farewell> {
        if let Err(Farewell::Failed(_)) = &end {
            let _ = line.drain().await;
            self.settle(line);
            line.playout().clear();
        }
        self.settle(line);
        let began_ms = self.turn_began_ms(line);
        self.person.end(line, began_ms, "");
        let spoken_characters = self.synthesis.characters();
        line.note(Note::Usage(Usage { spoken_characters, ..Usage::default() }));
        end
    }

    /// Gives the greeting, which was made before the answer, to the line.
    fn begin(&mut self, line: &mut Supervised<'_>) {
        if self.writing.is_none()
            && let Some(greeting) = self.answers.front_mut()
        {
            greeting.number_items(|| line.next_item());
            greeting.place = Some(self.history.say(greeting.text(), Vec::new()));
        }
        for voiced in std::mem::take(&mut self.greeting) {
            self.take_sound(line, voiced);
        }
        line.bring_tools(self.tools.clone());
        line.expect_speech(self.makes_speech());
    }

    /// Takes 20 ms of the line.
    fn step(&mut self, line: &mut Supervised<'_>, heard: &Heard) {
        self.follow(line);
        self.go_on(line);
        let is_voiced = line.is_voiced();
        self.recogniser.hear(&heard.frame, is_voiced);
        if let Some(key) = heard.digit {
            self.take_key(line, key);
        }
        let had_turn = self.turns.turn_ms();
        let step = Step {
            is_voiced,
            level_db: level_db(&heard.frame),
            agent_talks: self.agent_talks(line),
        };
        let decision = self.turns.step(step);
        if had_turn.is_none() && self.turns.turn_ms().is_some() {
            self.warm();
        }
        self.decide(line, decision, had_turn);
        if !self.keys.is_empty()
            && line.now_ms() >= self.key_ms + KEYS_END_MS
            && !self.agent_talks(line)
        {
            self.tell_keys();
        }
    }

    fn agent_talks(&self, line: &mut Supervised<'_>) -> bool {
        self.makes_speech() || line.playout().unsaid() > 0
    }

    /// Whether more of what the agent says is on its way to the playout.
    fn makes_speech(&self) -> bool {
        self.writing.is_some() || !self.synthesis.is_idle()
    }

    /// Lets the model speak on when it has the answers of its tools, unless the person speaks.
    fn go_on(&mut self, line: &mut Supervised<'_>) {
        self.uses.take_answers(line, &mut self.history);
        let is_free = self.writing.is_none() && self.turns.turn_ms().is_none();
        if is_free && self.uses.go_on() {
            self.ask_model();
        }
    }

    /// Opens connections for the answer while the person speaks.
    fn warm(&self) {
        let (http, url) = (self.http.clone(), self.llm.url.clone());
        let speech = self.synthesis.server().clone();
        tokio::spawn(async move {
            let _ = tokio::join!(http.warm(&url), speech.warm());
        });
    }

    fn take_words(&mut self, line: &mut Supervised<'_>, words: Words) {
        let is_settled = words.is_settled;
        let is_final_word = words.is_final && !words.text.is_empty();
        let mut turn = std::mem::take(&mut self.person);
        let text = turn.take(words);
        let decision = self.turns.words(&text, is_settled);
        if decision == Decision::Ignore {
            return;
        }
        if is_final_word {
            self.words_ms = Some(line.now_ms());
        }
        self.person = turn;
        let began_ms = self.turn_began_ms(line);
        self.person.show(line, began_ms);
        self.decide(line, decision, None);
    }

    fn turn_began_ms(&self, line: &Supervised<'_>) -> u64 {
        let ago_ms = self.turns.turn_ms().map_or(0, |(began_ms, _)| began_ms);
        line.now_ms().saturating_sub(ago_ms.into())
    }

    /// Does what the turns ask for. `turn` is the turn before the decision.
    fn decide(&mut self, line: &mut Supervised<'_>, decision: Decision, turn: Option<(u32, u32)>) {
        match decision {
            Decision::Hold | Decision::Ignore => {}
            Decision::WantWords => self.recogniser.want_words(),
            Decision::Pause => line.playout().pause(),
            Decision::Resume => line.playout().resume(),
            Decision::Interrupt => self.interrupt(line),
            Decision::TurnOver => {
                let text = self.end_turn(line, turn);
                self.history.hear(&text);
                self.answer(line);
            }
            Decision::AskAgain => {
                self.end_turn(line, turn);
                self.history.hear(NOT_UNDERSTOOD);
                self.answer(line);
            }
            Decision::Forget => drop(self.end_turn(line, turn)),
        }
    }

    /// Ends the person's turn and returns its words.
    fn end_turn(&mut self, line: &mut Supervised<'_>, turn: Option<(u32, u32)>) -> String {
        let (began_ms, voice_ms) = turn.unwrap_or_default();
        let began_ms = line.now_ms().saturating_sub(began_ms.into());
        let otherwise = match voice_ms {
            0..500 => String::new(),
            ms => format!("speech {:.1} s", f64::from(ms) / 1_000.0),
        };
        let text = self.person.end(line, began_ms, &otherwise);
        line.heard_words(&text);
        text
    }

    /// The person has taken the turn: what the agent has not said is dropped.
    fn interrupt(&mut self, line: &mut Supervised<'_>) {
        self.settle(line);
        self.synthesis.clear();
        line.playout().clear();
        line.go_on();
        self.uses.wait();
    }

    /// Keeps what was heard of every answer, in the history and in the transcript.
    fn settle(&mut self, line: &mut Supervised<'_>) {
        self.writing = None;
        for mut answer in std::mem::take(&mut self.answers).into_iter().rev() {
            let heard = answer.heard(line.playout()).text;
            match answer.place {
                Some(place) => self.history.correct(place, &heard),
                None if !heard.is_empty() => drop(self.history.say(heard.clone(), Vec::new())),
                None => {}
            }
            show(line, &mut answer, heard, true);
        }
        self.latency = None;
    }

    fn take_key(&mut self, line: &mut Supervised<'_>, key: char) {
        if self.keys.len() < MAX_KEYS {
            self.keys.push(key);
        }
        // The hash key says that it was the last.
        self.key_ms = if key == '#' { 0 } else { line.now_ms() };
        let decision = self.turns.key();
        self.decide(line, decision, None);
    }

    /// Tells the model which keys were pressed.
    fn tell_keys(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        self.history.hear(&format!("(The person pressed {keys} on the telephone's keypad.)"));
        self.latency = Some(Latency::default());
        self.ask_model();
    }

    /// Answers the turn that is over.
    fn answer(&mut self, line: &Supervised<'_>) {
        let vad_end_ms = line.now_ms().saturating_sub(self.turns.answered_after_ms().into());
        self.uses.wait();
        self.latency = Some(Latency {
            vad_end_ms: Some(vad_end_ms),
            stt_final_ms: self.words_ms.take(),
            ..Latency::default()
        });
        self.ask_model();
    }

    fn ask_model(&mut self) {
        let tools = self.tools.definitions();
        let request = chat::request(&self.llm, self.history.messages(), tools);
        self.writing = Some(Writing::begin(self.http.clone(), request));
        self.answers.push_back(Answer::default());
    }

    fn take_text(&mut self, line: &mut Supervised<'_>, written: Written) {
        let Some(answer) = self.answers.back_mut() else { return };
        let texts = match &written {
            Written::Text(text) => {
                if let Some(latency) = &mut self.latency {
                    latency.llm_first_ms.get_or_insert(line.now_ms());
                }
                answer.write(Some(text))
            }
            Written::End(..) => answer.write(None),
        };
        for text in texts {
            answer.add(self.synthesis.say(text.clone()), line.next_item(), text);
        }
        if let Written::End(calls, usage) = written {
            self.writing = None;
            line.note(Note::Usage(usage));
            let calls: Vec<_> = calls.into_iter().map(|call| self.uses.with_own_id(call)).collect();
            if let Some(answer) = self.answers.back_mut() {
                answer.place = Some(self.history.say(answer.text(), calls.clone()));
            }
            line.expect_speech(self.makes_speech());
            self.uses.begin(line, &mut self.history, &calls);
            self.go_on(line);
        }
    }

    fn take_sound(&mut self, line: &mut Supervised<'_>, voiced: Voiced) {
        match voiced {
            Voiced::Sound(id, sound) => {
                if let Some(latency) = &mut self.latency {
                    latency.tts_first_ms.get_or_insert(line.now_ms());
                }
                let item =
                    self.answers.iter_mut().find_map(|answer| answer.note_sound(id, sound.len()));
                if let Some(item) = item {
                    line.playout().stream(item, Sound::Linear(&sound));
                }
            }
            Voiced::End(id) => self.answers.iter_mut().for_each(|answer| answer.note_end(id)),
        }
    }

    /// Follows what has left: the transcript grows with it.
    fn follow(&mut self, line: &mut Supervised<'_>) {
        while let Some(answer) = self.answers.front_mut() {
            let (begun, is_heard) = answer.follow(line.playout());
            if begun > 0
                && let Some((first_ms, _)) = answer.span(line.playout())
                && let Some(latency) = self.latency.take()
            {
                line.note(Note::Latency(Latency { first_sample_ms: Some(first_ms), ..latency }));
            }
            if begun > answer.shown {
                answer.shown = begun;
                let text = answer.beginning(begun);
                show(line, answer, text, false);
            }
            if !is_heard || answer.place.is_none() {
                return;
            }
            if let Some(mut answer) = self.answers.pop_front() {
                let text = answer.text();
                show(line, &mut answer, text, true);
            }
        }
    }
}

/// Writes what was heard of an answer into the transcript.
fn show(line: &mut Supervised<'_>, answer: &mut Answer, text: String, is_final: bool) {
    let Some((start_ms, end_ms)) = answer.span(line.playout()) else { return };
    let number = *answer.number.get_or_insert_with(|| line.next_piece());
    let said = Said { by_agent: true, text, start_ms, end_ms };
    line.write(Piece { number, said, is_final });
}

async fn next_of(writing: &mut Option<Writing>) -> Result<Written, Failure> {
    match writing {
        Some(writing) => writing.next().await,
        None => std::future::pending().await,
    }
}
