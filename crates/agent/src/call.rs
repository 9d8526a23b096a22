//! A call as the agent sees it: a loop of 20 ms steps that records everything heard and said.

use campanile_media::{
    SAMPLE_RATE,
    amd::{AmdConfig, Class, Decision, Detector, Event, FRAME_MS, Vad},
    playout::{Item, Sound},
};
use campanile_rules::{
    agent::AgentVersion,
    attempt::{AnsweredBy, EndReason, Party},
};

use crate::{
    Conversation, Failure, Heard, Line, Said,
    speech::{SpeechError, Voice},
    voice_of,
};

/// A person who has been quiet for this long has finished the turn.
const TURN_END_MS: u32 = 700;
/// A person who says nothing for this long gives the turn to the agent.
const NO_REPLY_MS: u32 = 5_000;
/// The longest turn of a person.
const LONGEST_TURN_MS: u32 = 60_000;
/// How long an answered call waits for words that are still being synthesised.
const WORDS_WITHIN_MS: u64 = 5_000;
/// The far end buffers sound, so played sound is heard up to this much later.
const TAIL_MS: u32 = 200;
/// A person presses this key to ask for no more calls.
const STOP_CALLING: char = '9';
/// The most digits that are recorded.
const MOST_DIGITS: usize = 100;
/// The most turns that are recorded.
const MOST_SAID: usize = 2_000;

/// Why the conversation stops.
#[derive(Debug)]
pub(crate) enum Cut {
    /// The call is over, or the agent ends it.
    Over(EndReason, Party),
    /// The other side is a machine after all.
    Machine,
    /// The person asks for no more calls.
    StopCalling,
    /// The agent cannot speak.
    Mute(SpeechError),
}

impl Cut {
    /// The agent has said everything.
    pub fn done() -> Cut {
        Cut::Over(EndReason::AgentDisconnected, Party::Agent)
    }
}

pub(crate) struct Call<'a> {
    pub version: &'a AgentVersion,
    line: &'a mut dyn Line,
    voice: &'a dyn Voice,
    detector: Option<Detector>,
    vad: Vad,
    /// When the other side began to speak, if it speaks now.
    speaking_since_ms: Option<u64>,
    now_ms: u64,
    silent_ms: u64,
    /// The number of the latest text that was said.
    item: u64,
    heard_digit: bool,
    asked_to_stop: bool,
    digits: String,
    transcript: Vec<Said>,
}

impl<'a> Call<'a> {
    pub fn new(line: &'a mut dyn Line, version: &'a AgentVersion, voice: &'a dyn Voice) -> Self {
        let detects = version.voicemail_detection;
        Call {
            version,
            line,
            voice,
            detector: detects.then(|| Detector::new(AmdConfig::default())),
            vad: Vad::new(),
            speaking_since_ms: None,
            now_ms: 0,
            silent_ms: 0,
            item: 0,
            heard_digit: false,
            asked_to_stop: false,
            digits: String::new(),
            transcript: Vec::new(),
        }
    }

    /// Whether the other side speaks now.
    pub fn is_voiced(&self) -> bool {
        self.speaking_since_ms.is_some()
    }

    /// Waits for the next 20 ms and records them.
    pub async fn hear(&mut self) -> Result<Option<Event>, Cut> {
        let heard = self.line.hear().await;
        self.take(heard)
    }

    /// Does the same as [`Call::hear`] while talking to a person; fails when a machine is detected.
    async fn listen(&mut self) -> Result<(), Cut> {
        let event = self.hear().await?;
        Self::expect_a_person(event)
    }

    fn expect_a_person(event: Option<Event>) -> Result<(), Cut> {
        match event {
            Some(Event::Decided(Decision { class: Class::Voicemail, is_final: true, .. })) => {
                Err(Cut::Machine)
            }
            Some(Event::Decided(_) | Event::Beep(_) | Event::GreetingEnded(_)) | None => Ok(()),
        }
    }

    /// Says a text to its end. If the call ends meanwhile, the transcript keeps the part that was
    /// heard.
    pub async fn say(&mut self, text: &str) -> Result<(), Cut> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let sound = self.fetch(text).await?;
        let start_ms = self.now_ms;
        self.item += 1;
        let item = Item(self.item);
        self.line.playout().play(item, Sound::Linear(&sound));
        let mut result = Ok(());
        while result.is_ok() && self.line.playout().unplayed() > 0 {
            result = self.listen().await;
        }
        let sound_ms = sound.len() as u64 * 1_000 / u64::from(SAMPLE_RATE);
        let said_ms = self.line.playout().played(item);
        let text = if result.is_ok() { text.to_owned() } else { cut_text(text, said_ms, sound_ms) };
        self.note(Said { by_agent: true, text, start_ms, end_ms: start_ms + said_ms });
        if result.is_err() {
            self.line.playout().clear();
        }
        result
    }

    /// Waits until the far end has heard what was said.
    pub async fn linger(&mut self) -> Result<(), Cut> {
        for _ in 0..TAIL_MS / FRAME_MS {
            self.hear().await?;
        }
        Ok(())
    }

    /// Waits for the other side's turn to end: it spoke and is quiet now, or it never spoke.
    pub async fn turn(&mut self) -> Result<(), Cut> {
        let mut spoke = self.is_voiced();
        let mut quiet_ms = 0;
        for _ in 0..LONGEST_TURN_MS / FRAME_MS {
            self.listen().await?;
            spoke |= self.is_voiced() || self.heard_digit;
            let makes_sound = self.is_voiced() || self.heard_digit;
            quiet_ms = if makes_sound { 0 } else { quiet_ms + FRAME_MS };
            if quiet_ms >= if spoke { TURN_END_MS - Vad::LATE_END_MS } else { NO_REPLY_MS } {
                break;
            }
        }
        Ok(())
    }

    /// Returns the result of the conversation.
    pub fn conclude(mut self, voicemail: bool, cut: Cut) -> Conversation {
        self.end_speech(self.now_ms);
        self.transcript.sort_by_key(|said| said.start_ms);
        let (end_reason, ended_by, failure) = match cut {
            Cut::Over(end_reason, ended_by) => (end_reason, ended_by, None),
            Cut::Machine => (EndReason::VoicemailDetected, Party::Agent, None),
            Cut::StopCalling => (EndReason::AgentDisconnected, Party::Agent, None),
            Cut::Mute(error) => {
                tracing::warn!(%error, "the agent cannot speak");
                (EndReason::AgentFailed, Party::Agent, Some(Failure::from(&error)))
            }
        };
        let decision = self.detector.as_ref().and_then(Detector::decision);
        Conversation {
            voicemail,
            end_reason,
            ended_by,
            failure,
            answered_by: decision.map(|decision| answered_by(decision.class)),
            amd_confidence: decision.map(|decision| decision.confidence),
            amd_decided_ms: decision.map(|decision| decision.at_ms.into()),
            asked_to_stop: self.asked_to_stop,
            digits: self.digits,
            transcript: self.transcript,
        }
    }

    /// Returns the sound of a text; keeps listening to the line meanwhile.
    async fn fetch(&mut self, text: &str) -> Result<std::sync::Arc<[i16]>, Cut> {
        let voice = self.voice;
        let until_ms = self.now_ms + WORDS_WITHIN_MS;
        let mut speak = voice.speak(text, voice_of(self.version));
        loop {
            tokio::select! {
                biased;
                sound = &mut speak => return sound.map_err(Cut::Mute),
                heard = self.line.hear() => {
                    let event = self.take(heard)?;
                    Self::expect_a_person(event)?;
                    if self.now_ms >= until_ms {
                        return Err(Cut::Mute(SpeechError::Late { within_s: WORDS_WITHIN_MS / 1_000 }));
                    }
                }
            }
        }
    }

    fn take(&mut self, heard: Option<Heard>) -> Result<Option<Event>, Cut> {
        let Some(heard) = heard else {
            return Err(Cut::Over(EndReason::UserDisconnected, Party::Recipient));
        };
        self.now_ms += u64::from(FRAME_MS);
        let voiced = self.vad.push(&heard.frame);
        if voiced {
            self.speaking_since_ms
                .get_or_insert(self.now_ms.saturating_sub(Vad::LATE_BEGIN_MS.into()));
        } else {
            self.end_speech(self.now_ms.saturating_sub(Vad::LATE_END_MS.into()));
        }
        self.heard_digit = heard.digit.is_some();
        if let Some(digit) = heard.digit {
            if self.digits.len() < MOST_DIGITS {
                self.digits.push(digit);
            }
            self.note_heard(format!("digit {digit}"), self.now_ms, self.now_ms);
        }
        if heard.digit == Some(STOP_CALLING) && !self.asked_to_stop {
            self.asked_to_stop = true;
            return Err(Cut::StopCalling);
        }
        let event = self.detector.as_mut().and_then(|detector| detector.push(&heard.frame));
        if let Some(Event::Beep(beep)) = event {
            self.end_speech(u64::from(beep.start_ms));
            self.note_heard("beep".to_owned(), beep.start_ms.into(), beep.end_ms.into());
        }
        let is_silent = !voiced && !self.heard_digit && !self.line.playout().is_audible();
        self.silent_ms = if is_silent { self.silent_ms + u64::from(FRAME_MS) } else { 0 };
        if self.now_ms >= u64::from(self.version.max_duration_s) * 1_000 {
            return Err(Cut::Over(EndReason::MaxDuration, Party::Engine));
        }
        if self.silent_ms >= u64::from(self.version.silence_timeout_s) * 1_000 {
            return Err(Cut::Over(EndReason::SilenceTimeout, Party::Engine));
        }
        Ok(event)
    }

    /// Records what the other side said until `end_ms`, if it spoke.
    fn end_speech(&mut self, end_ms: u64) {
        if let Some(start_ms) = self.speaking_since_ms.take()
            && end_ms > start_ms
        {
            let seconds = (end_ms - start_ms) as f64 / 1_000.0;
            self.note_heard(format!("speech {seconds:.1} s"), start_ms, end_ms);
        }
    }

    fn note_heard(&mut self, text: String, start_ms: u64, end_ms: u64) {
        self.note(Said { by_agent: false, text, start_ms, end_ms });
    }

    fn note(&mut self, said: Said) {
        if self.transcript.len() < MOST_SAID {
            self.transcript.push(said);
        }
    }
}

/// Returns the words of `text` that fit into the played part of its sound, then an ellipsis.
fn cut_text(text: &str, said_ms: u64, sound_ms: u64) -> String {
    let fitting = text.chars().count() as u64 * said_ms / sound_ms.max(1);
    let head: String = text.chars().take(fitting as usize).collect();
    let words = head.rfind(char::is_whitespace).map_or("", |end| &head[..end]);
    format!("{} …", words.trim_end()).trim_start().to_owned()
}

fn answered_by(class: Class) -> AnsweredBy {
    match class {
        Class::Human => AnsweredBy::Human,
        Class::Voicemail => AnsweredBy::Voicemail,
        Class::Screening => AnsweredBy::Screening,
        Class::Silence => AnsweredBy::Silence,
        Class::Unsure => AnsweredBy::Unsure,
    }
}
