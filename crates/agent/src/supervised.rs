//! A line as an agent gets it. It does what every engine owes: it ends the call that is too long or
//! silent, tells people from machines, takes digits, and keeps the transcript.

use std::{ops::Range, sync::Arc};

use campanile_media::{
    SAMPLE_RATE,
    amd::{AmdConfig, Class, Decision, Detector, Event, FRAME_MS, Vad},
    playout::{Item, Playout, Sound},
};
use campanile_rules::attempt::{AnsweredBy, EndReason, Party};

use crate::{
    Action, Brief, Conversation, Farewell, Happened, Heard, Line, Note, Notes, Outside, Piece,
    Said, SpeechError, Transcript, Voice, texts::voice_of, tools::Uses,
};

/// How long an answered call waits for words that are still being synthesised.
const WORDS_WITHIN_MS: u64 = 5_000;
/// The far end buffers sound, so played sound is heard up to this much later.
const TAIL_MS: u32 = 200;
/// How long the sound that is queued at the end may play.
const DRAIN_MS: u32 = 10_000;
/// A person presses this key to ask for no more calls.
pub const STOP_CALLING: char = '9';
/// The most digits that are recorded.
const MOST_DIGITS: usize = 100;

/// What a conversation needs beside its line and its agent.
pub struct Setting<'a> {
    /// The facts about the call.
    pub brief: &'a Brief,
    /// The voice that leaves messages and says goodbye.
    pub voice: &'a dyn Voice,
    /// The reader of what happens meanwhile.
    pub notes: Notes,
    /// Requests from outside, if there may be any.
    pub outside: Option<&'a mut Outside>,
}

/// A line under supervision. Each [`Supervised::hear`] is 20 ms of the call; its error is the
/// supervision's end of the conversation, which an agent passes on.
pub struct Supervised<'a> {
    line: &'a mut dyn Line,
    brief: &'a Brief,
    voice: &'a dyn Voice,
    notes: Notes,
    detector: Option<Detector>,
    vad: Vad,
    /// The number of the other side's turn and when it began, if the other side speaks now.
    pub(crate) speaking: Option<(u32, u64)>,
    brings_words: bool,
    now_ms: u64,
    silent_ms: u64,
    items: u64,
    pub(crate) asked_to_stop: bool,
    pub(crate) uses: Uses,
    pub(crate) outside: Option<&'a mut Outside>,
    digits: String,
    /// Whether the key 9 is a key as any other now.
    takes_nine: bool,
    pieces: u32,
    transcript: Transcript,
    happened: Happened,
}

impl<'a> Supervised<'a> {
    pub(crate) fn new(line: &'a mut dyn Line, setting: Setting<'a>) -> Self {
        let detects = setting.brief.version.voicemail_detection;
        Supervised {
            line,
            brief: setting.brief,
            voice: setting.voice,
            notes: setting.notes,
            detector: detects.then(|| Detector::new(AmdConfig::default())),
            vad: Vad::new(),
            speaking: None,
            brings_words: false,
            now_ms: 0,
            silent_ms: 0,
            items: 0,
            asked_to_stop: false,
            uses: Uses::default(),
            outside: setting.outside,
            digits: String::new(),
            takes_nine: false,
            pieces: 0,
            transcript: Transcript::default(),
            happened: Happened::default(),
        }
    }

    /// Goes on with a conversation, `now_ms` after the answer. Detection is left out, because a person
    /// is known to be there.
    pub(crate) fn after(mut self, conversation: &Conversation, now_ms: u64) -> Self {
        self.detector = None;
        self.now_ms = now_ms;
        self.pieces = conversation.last_piece;
        self
    }

    /// Returns the facts about the call.
    pub fn brief(&self) -> &'a Brief {
        self.brief
    }

    /// Returns the time since the answer in milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Whether the other side speaks now.
    pub fn is_voiced(&self) -> bool {
        self.speaking.is_some()
    }

    /// Waits for the next 20 ms. Cancel safe.
    pub async fn hear(&mut self) -> Result<Heard, Farewell> {
        let heard = self.line.hear().await;
        self.take_from_a_person(heard)
    }

    /// Returns the queue of the agent's sound: what is played, paused, cleared, and what left.
    pub fn playout(&mut self) -> &mut Playout {
        self.line.playout()
    }

    /// Returns the number of the next utterance in the playout. Every utterance of the call gets its
    /// number here.
    pub fn next_item(&mut self) -> Item {
        self.items += 1;
        Item(self.items)
    }

    /// Sends a DTMF digit.
    pub fn press(&mut self, digit: char) {
        self.line.press(digit);
    }

    /// Makes the key 9 a key as any other, or again the key that asks for no more calls.
    pub(crate) fn take_nine(&mut self, is_a_key: bool) {
        self.takes_nine = is_a_key;
    }

    /// Keeps news of the conversation, and sends them to its reader.
    pub fn note(&mut self, note: Note) {
        self.happened.take(&note);
        self.notes.send(note);
    }

    /// Returns a number for the next turn in the transcript.
    pub fn next_piece(&mut self) -> u32 {
        self.pieces += 1;
        self.pieces
    }

    /// Writes a turn into the transcript as it stands now, in place of an earlier piece of the same
    /// number. A turn without text leaves the transcript.
    pub fn write(&mut self, piece: Piece) {
        self.note(Note::Piece(piece.clone()));
        self.transcript.write(piece);
    }

    /// Leaves the other side's turns out of the transcript, because the engine has its words and
    /// writes them itself. Otherwise a turn is `speech 1.4 s`.
    pub fn bring_words(&mut self) {
        self.brings_words = true;
    }

    /// Says a text in Campanile's own voice, to its end. If the call ends meanwhile, the transcript
    /// keeps the part that left.
    pub async fn say(&mut self, text: &str) -> Result<(), Farewell> {
        self.say_until(text, |_, _| false).await.map(drop)
    }

    /// Says a text as [`Supervised::say`] does, until `is_enough`, which is asked every 20 ms. Returns
    /// whether all of it was said.
    pub(crate) async fn say_until(
        &mut self,
        text: &str,
        mut is_enough: impl FnMut(&mut Self, &Heard) -> bool + Send,
    ) -> Result<bool, Farewell> {
        if text.trim().is_empty() {
            return Ok(true);
        }
        let Some(sound) = self.fetch(text, &mut is_enough).await? else { return Ok(false) };
        let (item, number, now_ms) = (self.next_item(), self.next_piece(), self.now_ms);
        let piece = |text: String, when_ms: Range<u64>, is_final| {
            let (start_ms, end_ms) = (when_ms.start, when_ms.end);
            Piece { number, said: Said { by_agent: true, text, start_ms, end_ms }, is_final }
        };
        self.write(piece(text.to_owned(), now_ms..now_ms, false));
        self.line.playout().play(item, Sound::Linear(&sound));
        let mut result = Ok(true);
        while matches!(result, Ok(true)) && self.line.playout().unplayed() > 0 {
            result = match self.hear().await {
                Ok(heard) => Ok(!is_enough(self, &heard)),
                Err(end) => Err(end),
            };
        }
        let sound_ms = sound.len() as u64 * 1_000 / u64::from(SAMPLE_RATE);
        let said_ms = self.line.playout().played(item);
        let when_ms = self.line.playout().span(item).unwrap_or(now_ms..now_ms);
        let is_whole = self.line.playout().unplayed() == 0;
        let text = if is_whole { text.to_owned() } else { cut_text(text, said_ms, sound_ms) };
        self.write(piece(text, when_ms, true));
        if !is_whole {
            self.line.playout().clear();
        }
        result.map(|_| is_whole)
    }

    /// Waits until what was said has left: without the silence at its end, and for ten seconds at
    /// the most.
    pub async fn drain(&mut self) -> Result<(), Farewell> {
        self.line.playout().resume();
        for _ in 0..DRAIN_MS / FRAME_MS {
            if self.line.playout().unsaid() == 0 {
                break;
            }
            self.step().await?;
        }
        Ok(())
    }

    /// Waits until the far end has heard what left.
    pub(crate) async fn linger(&mut self) -> Result<(), Farewell> {
        for _ in 0..TAIL_MS / FRAME_MS {
            self.step().await?;
        }
        Ok(())
    }

    /// Waits for the next 20 ms and returns what the detection makes of them.
    pub(crate) async fn step(&mut self) -> Result<Option<Event>, Farewell> {
        let heard = self.line.hear().await;
        self.take(heard).map(|(_, event)| event)
    }

    /// Whether what answered records messages, as far as it is known: an announcement and a fax
    /// machine do not.
    pub(crate) fn takes_messages(&self) -> bool {
        let decision = self.detector.as_ref().and_then(Detector::decision);
        !decision.is_some_and(|it| matches!(it.class, Class::Announcement | Class::Fax))
    }

    /// Whether these words of the other side turn the decision to a machine.
    pub(crate) fn is_machine_that_says(&mut self, words: &str) -> bool {
        self.detector.as_mut().and_then(|detector| detector.words(words)).is_some()
    }

    /// Returns the result of the conversation.
    pub(crate) fn conclude(mut self, voicemail: bool, end: Farewell) -> Conversation {
        self.end_speech(self.now_ms);
        let mut transfer = None;
        let (end_reason, ended_by, failure) = match end {
            Farewell::Over(end_reason, ended_by) => (end_reason, ended_by, None),
            Farewell::Transfer(number) => {
                transfer = Some(number);
                (EndReason::AgentDisconnected, Party::Agent, None)
            }
            Farewell::Machine => (EndReason::VoicemailDetected, Party::Agent, None),
            Farewell::StopCalling => (EndReason::AgentDisconnected, Party::Agent, None),
            Farewell::Failed(failure) => {
                tracing::warn!(cause = failure.cause, "the agent cannot go on");
                (EndReason::AgentFailed, Party::Agent, Some(failure))
            }
        };
        if self.notes.lost() > 0 {
            tracing::debug!(lost = self.notes.lost(), "news of a conversation were lost");
        }
        let decision = self.detector.as_ref().and_then(Detector::decision);
        let mut answered = decision.map(|decision| answered_by(decision.class));
        if self.uses.found_machine && !decision.is_some_and(|it| is_machine(it.class)) {
            answered = Some(AnsweredBy::Voicemail);
        }
        Conversation {
            voicemail,
            end_reason,
            ended_by,
            failure,
            answered_by: answered,
            amd_confidence: decision.map(|decision| decision.confidence),
            amd_decided_ms: decision.map(|decision| decision.at_ms.into()),
            asked_to_stop: self.asked_to_stop,
            digits: self.digits,
            results: self.uses.results,
            transfer,
            transcript: self.transcript.into_said(),
            last_piece: self.pieces,
            happened: self.happened,
        }
    }

    /// Returns the sound of a text; keeps listening to the line meanwhile. None: it is not wanted any
    /// more.
    async fn fetch(
        &mut self,
        text: &str,
        is_enough: &mut (impl FnMut(&mut Self, &Heard) -> bool + Send),
    ) -> Result<Option<Arc<[i16]>>, Farewell> {
        let voice = self.voice;
        let until_ms = self.now_ms + WORDS_WITHIN_MS;
        let mut speak = voice.speak(text, voice_of(&self.brief.version));
        loop {
            tokio::select! {
                biased;
                sound = &mut speak => return Ok(Some(sound?)),
                heard = self.line.hear() => {
                    let heard = self.take_from_a_person(heard)?;
                    if is_enough(self, &heard) {
                        return Ok(None);
                    }
                    if self.now_ms >= until_ms {
                        return Err(SpeechError::Late { within_s: WORDS_WITHIN_MS / 1_000 }.into());
                    }
                }
            }
        }
    }

    /// Does the same as [`Supervised::take`] while talking to a person: a machine ends that.
    fn take_from_a_person(&mut self, heard: Option<Heard>) -> Result<Heard, Farewell> {
        let (heard, event) = self.take(heard)?;
        match event {
            Some(Event::Decided(Decision { class, is_final: true, .. })) if is_machine(class) => {
                Err(Farewell::Machine)
            }
            Some(Event::Decided(_) | Event::Beep(_) | Event::GreetingEnded(_)) | None => Ok(heard),
        }
    }

    fn take(&mut self, heard: Option<Heard>) -> Result<(Heard, Option<Event>), Farewell> {
        let Some(heard) = heard else {
            return Err(Farewell::Over(EndReason::UserDisconnected, Party::Recipient));
        };
        self.now_ms += u64::from(FRAME_MS);
        let voiced = self.vad.push(&heard.frame);
        if voiced {
            self.begin_speech(self.now_ms.saturating_sub(Vad::LATE_BEGIN_MS.into()));
        } else {
            self.end_speech(self.now_ms.saturating_sub(Vad::LATE_END_MS.into()));
        }
        if let Some(digit) = heard.digit {
            self.take_digit(digit)?;
        }
        let event = self.detector.as_mut().and_then(|detector| detector.push(&heard.frame));
        if let Some(Event::Beep(beep)) = event {
            self.end_speech(u64::from(beep.start_ms));
            self.write_heard("beep".to_owned(), beep.start_ms.into()..beep.end_ms.into());
        }
        let is_silent = !voiced && heard.digit.is_none() && !self.line.playout().is_audible();
        self.silent_ms = if is_silent { self.silent_ms + u64::from(FRAME_MS) } else { 0 };
        let version = &self.brief.version;
        if self.now_ms >= u64::from(version.max_duration_s) * 1_000 {
            return Err(Farewell::Over(EndReason::MaxDuration, Party::Engine));
        }
        if self.silent_ms >= u64::from(version.silence_timeout_s) * 1_000 {
            return Err(Farewell::Over(EndReason::SilenceTimeout, Party::Engine));
        }
        self.step_tools()?;
        Ok((heard, event))
    }

    fn take_digit(&mut self, digit: char) -> Result<(), Farewell> {
        if self.digits.len() < MOST_DIGITS {
            self.digits.push(digit);
        }
        self.note(Note::Action(Action::Digit { digit, at_ms: self.now_ms }));
        self.write_heard(format!("digit {digit}"), self.now_ms..self.now_ms);
        if digit == STOP_CALLING && !self.takes_nine && !self.asked_to_stop {
            self.asked_to_stop = true;
            return Err(Farewell::StopCalling);
        }
        Ok(())
    }

    fn begin_speech(&mut self, start_ms: u64) {
        if self.speaking.is_none() {
            let number = self.next_piece();
            self.speaking = Some((number, start_ms));
            self.write_speech(Piece::heard(number, "speech".to_owned(), start_ms..start_ms), false);
        }
    }

    /// Records what the other side said until `end_ms`, if it spoke.
    fn end_speech(&mut self, end_ms: u64) {
        let Some((number, start_ms)) = self.speaking.take() else { return };
        let seconds = end_ms.saturating_sub(start_ms) as f64 / 1_000.0;
        let text = if end_ms > start_ms { format!("speech {seconds:.1} s") } else { String::new() };
        self.write_speech(Piece::heard(number, text, start_ms..end_ms), true);
    }

    fn write_speech(&mut self, piece: Piece, is_final: bool) {
        if !self.brings_words {
            self.write(Piece { is_final, ..piece });
        }
    }

    fn write_heard(&mut self, text: String, when_ms: Range<u64>) {
        let number = self.next_piece();
        self.write(Piece::heard(number, text, when_ms));
    }
}

/// Returns the words of `text` that fit into the played part of its sound, then an ellipsis.
pub(crate) fn cut_text(text: &str, said_ms: u64, sound_ms: u64) -> String {
    let fitting = text.chars().count() as u64 * said_ms / sound_ms.max(1);
    let head: String = text.chars().take(fitting as usize).collect();
    let words = head.rfind(char::is_whitespace).map_or("", |end| &head[..end]);
    format!("{} …", words.trim_end()).trim_start().to_owned()
}

/// Whether the call goes on without a person: to a message, or to its end.
pub(crate) fn is_machine(class: Class) -> bool {
    match class {
        Class::Voicemail | Class::Screening | Class::Announcement | Class::Fax => true,
        Class::Human | Class::Silence | Class::Unsure => false,
    }
}

fn answered_by(class: Class) -> AnsweredBy {
    match class {
        Class::Human => AnsweredBy::Human,
        Class::Voicemail => AnsweredBy::Voicemail,
        Class::Screening => AnsweredBy::Screening,
        Class::Announcement => AnsweredBy::Announcement,
        Class::Fax => AnsweredBy::Fax,
        Class::Silence => AnsweredBy::Silence,
        Class::Unsure => AnsweredBy::Unsure,
    }
}
