//! Whose turn it is to speak: the end of the person's turn, and barge-in. A state machine without a
//! clock; each [`TurnTaking::step`] is 20 ms of the call.
//!
//! A voice over the agent pauses it at once, because a pause can be undone. Half a second of voice, or
//! one word, makes it an interruption; otherwise the agent goes on where it stopped.

use campanile_media::amd::{FRAME_MS, Vad};

use super::backchannel::is_backchannel;

/// The voice over the agent that pauses it. With the detector's delay, the agent is silent within
/// 200 ms.
const PAUSE_AFTER_MS: u32 = 160;
/// The voice over the agent that interrupts it, whatever it says.
const INTERRUPT_AFTER_MS: u32 = 500;
/// The same for a voice that says nothing but “mhm” and the like.
const INTERRUPT_BY_MHM_AFTER_MS: u32 = 2_000;
/// The quiet after which a paused agent goes on.
const RESUME_AFTER_MS: u32 = 400;
/// The quiet after which a voice over the agent is forgotten; its words come before that, or in vain.
const FORGET_AFTER_MS: u32 = 2_000;
/// A voice that was over this shortly before the agent stopped is an answer to it.
const ANSWER_WITHIN_MS: u32 = 1_000;
/// The quiet that ends a turn whose words end a sentence.
const SENTENCE_END_MS: u32 = 500;
/// The quiet that ends any other turn.
const TURN_END_MS: u32 = 900;
/// A shorter sound without words is no reason to ask what was said.
const LEAST_SPEECH_MS: u32 = 500;
/// How often in a row the person is asked to say it again.
const MOST_REPEATS: u32 = 2;
/// The longest turn.
const LONGEST_TURN_MS: u32 = 60_000;
/// A voice over the agent counts only if it is at most so much quieter than the person was: others in
/// the room, and the agent's own echo, are.
const QUIETER_DB: f32 = 15.0;
/// The quiet end of a voice, which the detector still takes for it, is so much quieter than its peak.
const TAIL_DB: f32 = 20.0;

/// 20 ms of the call.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Whether the detector hears a voice.
    pub is_voiced: bool,
    /// The level of the sound in dB below full scale.
    pub level_db: f32,
    /// Whether the agent speaks or is about to.
    pub agent_talks: bool,
}

/// How a recogniser wants to be asked for words.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// The quiet after which it is asked for the words of a voice.
    pub ask_after_ms: u32,
    /// How long after the end of a voice its words may take.
    pub words_within_ms: u32,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on as before.
    Hold,
    /// The words are nobody's turn.
    Ignore,
    /// The voice has stopped for now: its words are wanted.
    WantWords,
    /// Stop the agent, for now.
    Pause,
    /// Let the agent go on where it stopped.
    Resume,
    /// The person has taken the turn: drop what the agent has not said.
    Interrupt,
    /// The person's turn is over: answer it.
    TurnOver,
    /// The person's turn is over and had no words: ask for it again.
    AskAgain,
    /// What sounded was no turn.
    Forget,
}

/// A voice since it began.
#[derive(Debug, Clone, Copy)]
struct Voice {
    began: u32,
    /// The frames with sound in them.
    sounding: u32,
    last_sound: u32,
    peak_db: f32,
    words: Words,
    /// Whether the latest sound has not been turned into words.
    wants_words: bool,
    /// Whether words were asked for after the latest sound.
    asked: bool,
}

/// What is known of a voice's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Words {
    None,
    /// Nothing but “mhm” and the like.
    Mhm,
    Some,
    /// They end a sentence.
    Sentence,
}

/// Follows one conversation.
#[derive(Debug)]
pub struct TurnTaking {
    language: String,
    is_interruptible: bool,
    manner: Manner,
    now: u32,
    person_db: Option<f32>,
    voice: Option<Voice>,
    agent_talks: bool,
    is_paused: bool,
    repeats: u32,
    /// The quiet before the latest turn was over, in frames.
    answered_after: u32,
}

const fn frames(ms: u32) -> u32 {
    ms / FRAME_MS
}

impl TurnTaking {
    /// Begins a conversation. A backchannel such as “mhm” is one of this language (BCP 47).
    pub fn new(language: &str, is_interruptible: bool, manner: Manner) -> TurnTaking {
        TurnTaking {
            language: language.to_owned(),
            is_interruptible,
            manner,
            now: 0,
            person_db: None,
            voice: None,
            agent_talks: false,
            is_paused: false,
            repeats: 0,
            answered_after: 0,
        }
    }

    /// Returns for how long the person was quiet when the latest turn was over, in milliseconds.
    pub fn answered_after_ms(&self) -> u32 {
        self.answered_after * FRAME_MS
    }

    /// Returns how long ago the person's turn began and for how long there was a voice in it, in
    /// milliseconds, if there is a turn.
    pub fn turn_ms(&self) -> Option<(u32, u32)> {
        let voice = self.voice?;
        Some(((self.now - voice.began) * FRAME_MS, voice.sounding * FRAME_MS))
    }

    /// Takes 20 ms of the call.
    pub fn step(&mut self, step: Step) -> Decision {
        self.now += 1;
        let stopped = self.agent_talks && !step.agent_talks;
        self.agent_talks = step.agent_talks;
        if stopped && self.agent_stopped() {
            return Decision::Forget;
        }
        let sounds = step.is_voiced && self.is_the_person(step.level_db);
        if sounds {
            self.sound(step.level_db);
        }
        match self.voice {
            None => self.go_on(),
            Some(voice) if !step.is_voiced && self.is_to_be_asked(voice) => self.ask_for_words(),
            Some(voice) if self.agent_talks => self.over_the_agent(voice),
            Some(voice) => self.in_the_turn(voice),
        }
    }

    /// Takes the words of the voice so far. `is_settled`: all sound so far is in them.
    pub fn words(&mut self, text: &str, is_settled: bool) -> Decision {
        let words = self.judge(text);
        // Words without a voice are the agent's own echo, or come too late.
        if self.voice.is_none() && (words == Words::None || self.agent_talks) {
            return Decision::Ignore;
        }
        let now = self.now;
        let voice = self.voice.get_or_insert(Voice {
            began: now.saturating_sub(frames(Vad::LATE_BEGIN_MS)),
            sounding: 0,
            last_sound: now,
            peak_db: -96.0,
            words,
            wants_words: true,
            asked: true,
        });
        if words != Words::None {
            voice.words = words;
        }
        voice.wants_words &= !is_settled;
        let voice = *voice;
        match self.agent_talks {
            true if words >= Words::Some && self.is_interruptible => self.interrupt(),
            true => Decision::Hold,
            false => self.in_the_turn(voice),
        }
    }

    /// The person pressed a key, which takes the turn as a word does.
    pub fn key(&mut self) -> Decision {
        match self.agent_talks && self.is_interruptible {
            true => self.interrupt(),
            false => Decision::Hold,
        }
    }

    /// Forgets the voice so far, because its turn was answered.
    pub fn forget(&mut self) {
        (self.voice, self.is_paused) = (None, false);
    }

    /// The agent's answer to the turn has begun, or the turn is given up.
    fn end_turn(&mut self, decision: Decision) -> Decision {
        if let Some(voice) = self.voice.take() {
            self.answered_after = self.now - voice.last_sound;
        }
        self.repeats = if decision == Decision::AskAgain { self.repeats + 1 } else { self.repeats };
        if decision == Decision::TurnOver {
            self.repeats = 0;
        }
        decision
    }

    fn judge(&self, text: &str) -> Words {
        let text = text.trim();
        if !text.chars().any(char::is_alphanumeric) {
            Words::None
        } else if is_backchannel(text, &self.language) {
            Words::Mhm
        } else if text.ends_with(['.', '?', '!', '。', '？', '！', '।']) {
            Words::Sentence
        } else {
            Words::Some
        }
    }

    /// Whether a sound is loud enough for the person. Over the agent, it is compared with the person's
    /// own level; and the end of a voice with its peak.
    fn is_the_person(&self, level_db: f32) -> bool {
        let is_tail = self.voice.is_some_and(|voice| level_db < voice.peak_db - TAIL_DB);
        let is_far = self.person_db.is_some_and(|person_db| level_db < person_db - QUIETER_DB);
        !(is_tail || (self.agent_talks && is_far))
    }

    fn sound(&mut self, level_db: f32) {
        if !self.agent_talks {
            let known = self.person_db.unwrap_or(level_db);
            self.person_db = Some(known + 0.05 * (level_db - known));
        }
        let now = self.now;
        // What was heard before the detector was sure is counted.
        let late = frames(Vad::LATE_BEGIN_MS) - 1;
        let voice = self.voice.get_or_insert(Voice {
            began: now.saturating_sub(late),
            sounding: late,
            last_sound: now,
            peak_db: level_db,
            words: Words::None,
            wants_words: true,
            asked: false,
        });
        voice.sounding += 1;
        voice.last_sound = now;
        voice.peak_db = voice.peak_db.max(level_db);
        (voice.wants_words, voice.asked) = (true, false);
    }

    fn is_to_be_asked(&self, voice: Voice) -> bool {
        !voice.asked && self.now - voice.last_sound >= frames(self.manner.ask_after_ms)
    }

    fn ask_for_words(&mut self) -> Decision {
        if let Some(voice) = &mut self.voice {
            voice.asked = true;
        }
        Decision::WantWords
    }

    /// The agent has said everything. A voice that ended long before was no answer. Returns whether
    /// there was one.
    fn agent_stopped(&mut self) -> bool {
        self.is_paused = false;
        let is_old = |voice: &mut Voice| self.now - voice.last_sound > frames(ANSWER_WITHIN_MS);
        self.voice.take_if(is_old).is_some()
    }

    fn over_the_agent(&mut self, voice: Voice) -> Decision {
        let quiet = self.now - voice.last_sound;
        if quiet >= frames(FORGET_AFTER_MS) {
            self.voice = None;
            return Decision::Forget;
        }
        if quiet >= frames(RESUME_AFTER_MS) {
            return self.go_on();
        }
        let is_mhm = voice.words == Words::Mhm;
        let enough = if is_mhm { INTERRUPT_BY_MHM_AFTER_MS } else { INTERRUPT_AFTER_MS };
        if !self.is_interruptible {
            Decision::Hold
        } else if voice.sounding >= frames(enough) {
            self.interrupt()
        } else if voice.sounding >= frames(PAUSE_AFTER_MS) && !self.is_paused && !is_mhm {
            self.is_paused = true;
            Decision::Pause
        } else {
            Decision::Hold
        }
    }

    fn interrupt(&mut self) -> Decision {
        (self.is_paused, self.agent_talks) = (false, false);
        Decision::Interrupt
    }

    fn go_on(&mut self) -> Decision {
        match std::mem::take(&mut self.is_paused) {
            true => Decision::Resume,
            false => Decision::Hold,
        }
    }

    fn in_the_turn(&mut self, voice: Voice) -> Decision {
        let quiet = self.now - voice.last_sound;
        let has_words = voice.words != Words::None;
        let is_late = quiet >= frames(self.manner.words_within_ms);
        let enough = match voice.words {
            Words::Sentence | Words::Mhm => SENTENCE_END_MS,
            Words::Some | Words::None => TURN_END_MS,
        };
        if self.now - voice.began >= frames(LONGEST_TURN_MS) {
            return self.close(voice);
        }
        let is_settled = !voice.wants_words || is_late;
        if has_words && is_settled && quiet >= frames(enough) {
            return self.end_turn(Decision::TurnOver);
        }
        match has_words || quiet < frames(TURN_END_MS) || !is_settled {
            true => Decision::Hold,
            false => self.close(voice),
        }
    }

    /// Ends a turn with what there is.
    fn close(&mut self, voice: Voice) -> Decision {
        let is_speech = voice.sounding >= frames(LEAST_SPEECH_MS);
        let decision = match voice.words {
            Words::Mhm | Words::Some | Words::Sentence => Decision::TurnOver,
            Words::None if is_speech && self.repeats < MOST_REPEATS => Decision::AskAgain,
            Words::None => Decision::Forget,
        };
        self.end_turn(decision)
    }
}
