//! The callee: a person or a mailbox, frame by frame, without I/O.

use std::sync::Arc;

use crate::answers::{Answer, SENTENCES};
use crate::voices::{Clip, Voices};

/// Frames per second.
const FRAMES_PER_S: f64 = 50.0;
/// A frame louder than this is speech.
const SPEECH_DBFS: f32 = -42.0;
/// This many loud frames begin a turn of the caller: 100 ms.
const TURN_BEGINS: u32 = 5;
/// This many quiet frames end a turn: 600 ms. Speech keeps its speed, so this does not scale.
const TURN_ENDS: u32 = 30;
/// A person replies this often, then says goodbye.
const MAX_REPLIES: u32 = 6;
/// The longest time that a person stays on the line.
const PATIENCE_S: f64 = 20.0;
/// The silence of both sides after which a person considers the talk over, and its minimum in fast
/// time.
const TALK_OVER_S: (f64, f64) = (4.0, 1.5);
/// A person who hears nothing says hello again after this time.
const HELLO_AGAIN_S: f64 = 5.0;
/// The longest message that a mailbox takes.
const MAILBOX_S: f64 = 60.0;

/// What to send in one frame.
#[derive(Debug, Clone)]
pub enum Sound {
    /// Silence.
    Silence,
    /// A frame of a clip.
    Frame(Clip, usize),
    /// Silence, and a key is pressed.
    Press(char),
    /// The callee has finished and hangs up.
    HangUp,
}

/// The random waits of one call.
#[derive(Debug)]
pub struct Temper {
    rng: fastrand::Rng,
    time_scale: f64,
}

impl Temper {
    /// The same seed gives the same waits; `time_scale` multiplies them.
    pub fn new(seed: u64, time_scale: f64) -> Temper {
        Temper { rng: fastrand::Rng::with_seed(seed), time_scale }
    }

    fn wait(&self, seconds: f64) -> u32 {
        (seconds * self.time_scale * FRAMES_PER_S).round() as u32
    }

    fn wait_between(&mut self, least_s: f64, most_s: f64) -> u32 {
        let seconds = least_s + self.rng.f64() * (most_s - least_s);
        self.wait(seconds)
    }

    fn choose(&mut self, clips: &[Clip]) -> Option<Clip> {
        (!clips.is_empty()).then(|| clips[self.rng.usize(..clips.len())].clone())
    }
}

/// The callee of one call.
#[derive(Debug)]
pub enum Callee {
    /// Talks and listens.
    Person(Person),
    /// Greets, beeps, listens.
    Mailbox(Mailbox),
}

impl Callee {
    /// Advances by one frame: takes the level that was heard and returns what to send.
    pub fn tick(&mut self, heard_dbfs: f32) -> Sound {
        match self {
            Callee::Person(person) => person.tick(heard_dbfs),
            Callee::Mailbox(mailbox) => mailbox.tick(),
        }
    }

    /// Returns the keys that were pressed and the known sentences that were said, as events of the
    /// call record.
    pub fn into_events(self) -> Vec<String> {
        match self {
            Callee::Person(person) => person.events,
            Callee::Mailbox(_) => Vec::new(),
        }
    }
}

/// Detects the turns of the caller.
#[derive(Debug, Default)]
struct Ear {
    loud: u32,
    quiet: u32,
    in_turn: bool,
}

impl Ear {
    /// Takes the level of a frame. True: a turn of the caller has ended.
    fn hear(&mut self, dbfs: f32) -> bool {
        if dbfs > SPEECH_DBFS {
            self.loud += 1;
            self.quiet = 0;
            self.in_turn |= self.loud >= TURN_BEGINS;
        } else {
            self.quiet += 1;
            // Speech is full of short gaps, which do not cancel the beginning of a turn.
            if self.quiet > TURN_BEGINS && !self.in_turn {
                self.loud = 0;
            }
        }
        let ended = self.in_turn && self.quiet >= TURN_ENDS;
        if ended {
            *self = Ear { quiet: self.quiet, ..Ear::default() };
        }
        ended
    }
}

/// What a person is about to do.
#[derive(Debug)]
enum Deed {
    Say(Clip),
    /// Says the sentence at this place of [`SENTENCES`].
    Answer(usize),
    Press(char),
}

/// A person who answered.
#[derive(Debug)]
pub struct Person {
    temper: Temper,
    voices: Arc<Voices>,
    ear: Ear,
    age: u32,
    /// How the person answers questions; None: says something.
    answer: Option<Answer>,
    /// What to do next, and in how many frames.
    intent: Option<(u32, Deed)>,
    speaking: Option<(Clip, usize)>,
    replies: u32,
    said_hello_again: bool,
    is_leaving: bool,
    /// Frames since either side spoke.
    hush: u32,
    events: Vec<String>,
}

impl Person {
    /// Creates a person who says hello in a moment.
    pub fn new(mut temper: Temper, voices: Arc<Voices>, answer: Option<Answer>) -> Person {
        let delay = temper.wait_between(0.2, 0.6);
        let intent = temper.choose(&voices.hellos).map(|hello| (delay, Deed::Say(hello)));
        Person {
            temper,
            voices,
            ear: Ear::default(),
            answer,
            age: 0,
            intent,
            speaking: None,
            replies: 0,
            said_hello_again: false,
            is_leaving: false,
            hush: 0,
            events: Vec::new(),
        }
    }

    fn tick(&mut self, heard_dbfs: f32) -> Sound {
        self.age += 1;
        self.hush = if heard_dbfs > SPEECH_DBFS { 0 } else { self.hush + 1 };
        if self.ear.hear(heard_dbfs) {
            self.plan_reply();
        }
        if self.age > self.temper.wait(PATIENCE_S) || self.talk_is_over() {
            return Sound::HangUp;
        }
        self.say_hello_again();
        if let Some(key) = self.begin_to_act() {
            return Sound::Press(key);
        }
        let Some((clip, at)) = &mut self.speaking else {
            return Sound::Silence;
        };
        self.hush = 0;
        let frame = Sound::Frame(clip.clone(), *at);
        *at += 1;
        if *at >= clip.frames() {
            self.speaking = None;
        }
        frame
    }

    fn plan_reply(&mut self) {
        if self.is_leaving {
            return;
        }
        self.is_leaving = self.replies >= MAX_REPLIES;
        self.replies += 1;
        let delay = self.temper.wait_between(0.2, 0.5);
        let deed = match self.answer {
            Some(Answer::Presses(key)) => Some(Deed::Press(key)),
            Some(Answer::Says(at)) => Some(Deed::Answer(at)),
            Some(Answer::Nothing) => None,
            None => {
                let voices = &self.voices;
                let clips = if self.is_leaving { &voices.goodbyes } else { &voices.replies };
                self.temper.choose(clips).map(Deed::Say)
            }
        };
        self.intent = deed.map(|deed| (delay, deed));
    }

    /// Does what is due, and returns the key that is pressed now.
    fn begin_to_act(&mut self) -> Option<char> {
        if self.speaking.is_some() {
            return None;
        }
        let (wait, _) = self.intent.as_mut()?;
        if *wait > 0 {
            *wait -= 1;
            return None;
        }
        let (_, deed) = self.intent.take()?;
        match deed {
            Deed::Say(clip) => self.speaking = Some((clip, 0)),
            Deed::Answer(at) => {
                self.events.push(format!("said={}", SENTENCES[at].0));
                self.speaking = Some((self.voices.sentences[at].clone(), 0));
            }
            Deed::Press(key) => {
                self.events.push(format!("pressed={key}"));
                self.hush = 0;
                return Some(key);
            }
        }
        None
    }

    fn say_hello_again(&mut self) {
        let is_ignored = self.replies == 0 && self.hush > self.temper.wait(HELLO_AGAIN_S);
        if is_ignored && !self.said_hello_again && self.intent.is_none() && !self.ear.in_turn {
            self.said_hello_again = true;
            let hello = self.temper.choose(&self.voices.hellos);
            self.intent = hello.map(|hello| (0, Deed::Say(hello)));
        }
    }

    /// Whether the talk is over: the agent or the person has said goodbye.
    fn talk_is_over(&self) -> bool {
        let is_quiet = self.speaking.is_none() && self.intent.is_none() && !self.ear.in_turn;
        let (usual_s, least_s) = TALK_OVER_S;
        let enough = self.temper.wait(usual_s).max((least_s * FRAMES_PER_S) as u32);
        is_quiet && self.replies > 0 && (self.is_leaving || self.hush > enough)
    }
}

/// A mailbox that answered.
#[derive(Debug)]
pub struct Mailbox {
    age: u32,
    greeting: Clip,
    greeting_at: u32,
    beep: Clip,
    beep_at: u32,
}

impl Mailbox {
    /// Creates a mailbox that plays its greeting in a moment.
    pub fn new(mut temper: Temper, voices: &Voices) -> Option<Mailbox> {
        let greeting = temper.choose(&voices.greetings)?;
        let greeting_at = temper.wait_between(0.2, 0.6);
        let beep_at = greeting_at + greeting.frames() as u32 + temper.wait_between(0.3, 0.8);
        Some(Mailbox {
            age: 0,
            greeting,
            greeting_at,
            beep: temper.choose(&voices.beeps)?,
            beep_at,
        })
    }

    fn tick(&mut self) -> Sound {
        let now = self.age;
        self.age += 1;
        for (clip, start) in [(&self.greeting, self.greeting_at), (&self.beep, self.beep_at)] {
            if let Some(at) = now.checked_sub(start).filter(|&at| (at as usize) < clip.frames()) {
                return Sound::Frame(clip.clone(), at as usize);
            }
        }
        let full_at = self.beep_at + (MAILBOX_S * FRAMES_PER_S) as u32;
        if now > full_at { Sound::HangUp } else { Sound::Silence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: f32 = -70.0;
    const LOUD: f32 = -20.0;

    fn person(time_scale: f64) -> Callee {
        Callee::Person(Person::new(Temper::new(1, time_scale), Voices::get(), None))
    }

    /// Ticks until `stop` holds and returns how many ticks that took.
    fn pass(callee: &mut Callee, heard: f32, most: u32, stop: impl Fn(&Sound) -> bool) -> u32 {
        for n in 0..most {
            if stop(&callee.tick(heard)) {
                return n;
            }
        }
        panic!("nothing happened in {most} frames");
    }

    fn speaks(sound: &Sound) -> bool {
        matches!(sound, Sound::Frame(..))
    }

    fn is_quiet(sound: &Sound) -> bool {
        matches!(sound, Sound::Silence)
    }

    fn hangs_up(sound: &Sound) -> bool {
        matches!(sound, Sound::HangUp)
    }

    #[test]
    fn a_person_says_hello_and_replies_after_the_callers_turn() {
        let mut person = person(1.0);
        let hello = pass(&mut person, QUIET, 100, speaks);
        assert!((9..=31).contains(&hello), "{hello} frames");
        pass(&mut person, QUIET, 130, is_quiet);
        for _ in 0..100 {
            assert!(is_quiet(&person.tick(LOUD)), "a person listens while spoken to");
        }
        let reply = pass(&mut person, QUIET, 100, speaks);
        assert!((TURN_ENDS..TURN_ENDS + 30).contains(&reply), "{reply} frames");
    }

    #[test]
    fn a_person_hangs_up_when_the_talk_is_over() {
        let mut person = person(1.0);
        pass(&mut person, LOUD, 100, speaks);
        pass(&mut person, LOUD, 130, is_quiet);
        pass(&mut person, QUIET, 100, speaks);
        pass(&mut person, QUIET, 300, is_quiet);
        let after = pass(&mut person, QUIET, 300, hangs_up);
        assert!((190..=205).contains(&after), "{after} frames");
    }

    #[test]
    fn a_person_stays_twenty_seconds_at_most_and_less_in_fast_time() {
        for (time_scale, frames) in [(1.0, 1_000), (0.1, 100), (0.001, 1)] {
            let mut person = person(time_scale);
            assert_eq!(pass(&mut person, LOUD, 2_000, hangs_up), frames);
        }
    }

    #[test]
    fn a_person_whom_nobody_talks_to_says_hello_again() {
        let mut person = person(1.0);
        pass(&mut person, QUIET, 100, speaks);
        pass(&mut person, QUIET, 130, is_quiet);
        pass(&mut person, QUIET, 300, speaks);
        pass(&mut person, QUIET, 130, is_quiet);
        pass(&mut person, QUIET, 1_000, hangs_up);
    }

    #[test]
    fn an_endless_talker_is_said_goodbye_to() {
        // Time runs slowly, so that the person's patience does not end the call.
        let mut person = person(10.0);
        let mut turns = 0;
        loop {
            (0..20).for_each(|_| drop(person.tick(LOUD)));
            turns += 1;
            // The pauses scale, too: ten times half a second.
            if (0..500).any(|_| hangs_up(&person.tick(QUIET))) {
                break;
            }
        }
        assert_eq!(turns, MAX_REPLIES + 1);
    }

    #[test]
    fn a_person_who_answers_presses_a_key_or_says_a_known_sentence() {
        for (answer, event) in [(Answer::Presses('2'), "pressed=2"), (Answer::Says(1), "said=no")] {
            let temper = Temper::new(1, 1.0);
            let mut person = Callee::Person(Person::new(temper, Voices::get(), Some(answer)));
            pass(&mut person, LOUD, 100, speaks);
            pass(&mut person, LOUD, 130, is_quiet);
            let acts = |sound: &Sound| matches!(sound, Sound::Press('2') | Sound::Frame(..));
            let after = pass(&mut person, QUIET, 100, acts);
            assert!((TURN_ENDS..TURN_ENDS + 30).contains(&after), "{after} frames");
            assert_eq!(person.into_events(), [event]);
        }
        let temper = Temper::new(1, 1.0);
        let nothing = Person::new(temper, Voices::get(), Some(Answer::Nothing));
        let mut nothing = Callee::Person(nothing);
        pass(&mut nothing, LOUD, 100, speaks);
        pass(&mut nothing, LOUD, 130, is_quiet);
        pass(&mut nothing, QUIET, 300, hangs_up);
        assert_eq!(nothing.into_events(), [""; 0]);
    }

    #[test]
    fn a_click_is_no_turn() {
        let mut ear = Ear::default();
        let heard = (0..400).map(|n| if n % 40 < 3 { LOUD } else { QUIET });
        assert!(!heard.fold(false, |ended, dbfs| ended | ear.hear(dbfs)));
    }

    #[test]
    fn a_mailbox_greets_beeps_and_then_is_silent() {
        for (seed, time_scale) in [(1, 1.0), (2, 0.1), (3, 1.0)] {
            let mailbox = Mailbox::new(Temper::new(seed, time_scale), &Voices::get()).unwrap();
            let mut mailbox = Callee::Mailbox(mailbox);
            pass(&mut mailbox, LOUD, 40, speaks);
            let greeting = pass(&mut mailbox, LOUD, 500, is_quiet) + 1;
            assert!((195..=405).contains(&greeting), "a greeting of {greeting} frames");
            pass(&mut mailbox, LOUD, 50, speaks);
            let beep = pass(&mut mailbox, LOUD, 50, is_quiet) + 1;
            assert!((20..=30).contains(&beep), "a beep of {beep} frames");
            assert!(pass(&mut mailbox, LOUD, 4_000, hangs_up) > 2_900);
        }
    }
}
