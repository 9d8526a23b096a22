//! Whose turn it is, decided from voices, levels and words; no sound and no clock.

use campanile_agent::pipeline::{Decision, Decision::*, Manner, Step, TurnTaking};

const STREAM: Manner = Manner { ask_after_ms: 0, words_within_ms: 2_000 };

/// A call whose detector is late as the real one is: a voice begins 60 ms and ends 160 ms late.
struct Call {
    turns: TurnTaking,
    now_ms: u32,
    agent_talks: bool,
    sound_until_ms: u32,
    level_db: f32,
    decisions: Vec<(u32, Decision)>,
}

impl Call {
    fn new(is_interruptible: bool) -> Call {
        Call {
            turns: TurnTaking::new("en-US", is_interruptible, STREAM),
            now_ms: 0,
            agent_talks: false,
            sound_until_ms: 0,
            level_db: -20.0,
            decisions: Vec::new(),
        }
    }

    fn step(&mut self, is_voiced: bool, level_db: f32) {
        self.now_ms += 20;
        let step = Step { is_voiced, level_db, agent_talks: self.agent_talks };
        let decision = self.turns.step(step);
        self.note(decision);
    }

    fn note(&mut self, decision: Decision) {
        if decision == Interrupt {
            self.agent_talks = false;
        }
        if decision != Hold {
            self.decisions.push((self.now_ms, decision));
        }
    }

    fn speak(&mut self, ms: u32) -> &mut Call {
        for at in (20..=ms).step_by(20) {
            self.step(at > 40, self.level_db);
        }
        self.sound_until_ms = self.now_ms;
        self
    }

    fn wait(&mut self, ms: u32) -> &mut Call {
        for _ in 0..ms / 20 {
            let late = self.sound_until_ms > 0 && self.now_ms + 20 - self.sound_until_ms < 160;
            self.step(late, -60.0);
        }
        self
    }

    fn words(&mut self, text: &str, is_settled: bool) -> &mut Call {
        let decision = self.turns.words(text, is_settled);
        self.note(decision);
        self
    }

    fn agent(&mut self, talks: bool) -> &mut Call {
        self.agent_talks = talks;
        self
    }

    /// The decisions and when they were made, without the questions for words.
    fn decided(&self) -> Vec<(u32, Decision)> {
        let decisions = self.decisions.iter().filter(|(_, decision)| *decision != WantWords);
        decisions.copied().collect()
    }
}

#[test]
fn a_turn_ends_when_its_sentence_does() {
    let mut call = Call::new(true);
    call.speak(1_000).wait(200);
    assert_eq!(call.decisions, [(1_160, WantWords)], "at once when the voice ends");
    call.words("I would like a table.", true).wait(1_000);
    assert_eq!(call.decided(), [(1_500, TurnOver)]);
}

#[test]
fn words_that_end_no_sentence_are_waited_for() {
    let mut call = Call::new(true);
    call.speak(1_000).wait(300).words("I would like", true).wait(1_000);
    assert_eq!(call.decided(), [(1_900, TurnOver)]);
    let mut call = Call::new(true);
    call.speak(1_000).wait(700).words("I would like", true);
    call.speak(1_000).wait(300).words("I would like a table.", true).wait(1_000);
    assert_eq!(call.decided(), [(3_200, TurnOver)], "a pause is not the end");
}

#[test]
fn words_on_their_way_are_waited_for() {
    let mut call = Call::new(true);
    call.speak(1_000).words("I", false).wait(1_200).words("I do.", true).wait(200);
    assert_eq!(call.decided(), [(2_200, TurnOver)]);
    let mut call = Call::new(true);
    call.speak(1_000).words("I", false).wait(3_000);
    assert_eq!(call.decided(), [(3_000, TurnOver)], "but not for ever");
}

#[test]
fn speech_without_words_is_asked_for_twice() {
    let mut call = Call::new(true);
    for _ in 0..3 {
        call.speak(800).wait(200).words("", true).wait(4_000);
    }
    let decided: Vec<_> = call.decided().into_iter().map(|(_, decision)| decision).collect();
    assert_eq!(decided, [AskAgain, AskAgain, Forget]);
    // A turn with words begins anew.
    call.speak(800).wait(200).words("Yes.", true).wait(1_000);
    call.speak(800).wait(200).words("", true).wait(1_000);
    let decided: Vec<_> = call.decided().into_iter().map(|(_, decision)| decision).collect();
    assert_eq!(decided[3..], [TurnOver, AskAgain]);
    let mut call = Call::new(true);
    call.speak(300).wait(3_000);
    assert_eq!(call.decided().last().unwrap().1, Forget, "a cough is no speech");
}

#[test]
fn a_turn_that_never_ends_is_taken_as_it_is() {
    for (words, decision) in [("and then", TurnOver), ("", AskAgain)] {
        let mut call = Call::new(true);
        call.speak(30_000).words(words, false).speak(31_000);
        let [(at_ms, decided), ..] = call.decided()[..] else { panic!("no decision") };
        assert_eq!(decided, decision);
        assert!((59_900..=60_100).contains(&at_ms), "{at_ms}");
    }
}

#[test]
fn a_voice_over_the_agent_pauses_it_and_half_a_second_interrupts_it() {
    let mut call = Call::new(true);
    call.agent(true).wait(1_000).speak(700).wait(400);
    assert_eq!(call.decided(), [(1_160, Pause), (1_500, Interrupt)]);
    call.words("No, wait.", true).wait(500);
    assert_eq!(call.decided()[2..], [(2_200, TurnOver)]);
}

#[test]
fn one_word_interrupts_at_once_and_one_that_comes_late_as_well() {
    let mut call = Call::new(true);
    call.agent(true).wait(1_000).speak(220).words("Stop", false);
    assert_eq!(call.decided(), [(1_160, Pause), (1_220, Interrupt)]);
    let mut call = Call::new(true);
    call.agent(true).wait(1_000).speak(300).wait(900);
    assert_eq!(call.decided(), [(1_160, Pause), (1_700, Resume)]);
    call.words("No.", true).wait(100);
    assert_eq!(call.decided()[2..], [(2_200, Interrupt), (2_220, TurnOver)]);
}

#[test]
fn a_cough_and_a_mhm_only_pause() {
    let mut call = Call::new(true);
    call.agent(true).wait(1_000).speak(340).wait(3_000);
    assert_eq!(call.decided(), [(1_160, Pause), (1_740, Resume), (3_340, Forget)]);
    for words in ["Mm-hm.", "yeah", "Okay, okay."] {
        let mut call = Call::new(true);
        call.agent(true).wait(1_000).speak(300).words(words, false).speak(500).wait(3_000);
        let decided: Vec<_> = call.decided().into_iter().map(|(_, decision)| decision).collect();
        assert_eq!(decided, [Pause, Resume, Forget], "{words}");
    }
}

#[test]
fn a_click_does_nothing() {
    let mut call = Call::new(true);
    call.agent(true).wait(1_000).speak(120).wait(3_000);
    assert_eq!(call.decided(), [(3_120, Forget)]);
}

#[test]
fn yes_at_the_end_of_the_question_is_its_answer() {
    let mut call = Call::new(true);
    call.agent(true).wait(1_000).speak(300).agent(false).wait(200).words("Yes.", true).wait(1_000);
    assert_eq!(call.decided(), [(1_160, Pause), (1_800, TurnOver)]);
    let mut call = Call::new(true);
    call.agent(true).wait(1_000).speak(300).words("Yes.", true).wait(1_400).agent(false).wait(500);
    assert_eq!(call.decided()[2..], [(2_720, Forget)], "long before the end it is none");
}

#[test]
fn an_agent_that_is_not_to_be_interrupted_is_not() {
    let mut call = Call::new(false);
    call.agent(true).wait(1_000).speak(2_000).words("Stop it now.", true).wait(4_000);
    assert_eq!(call.decided(), [(5_000, Forget)]);
}

#[test]
fn others_in_the_room_and_the_agents_echo_do_not_count() {
    let mut call = Call::new(true);
    call.speak(2_000).wait(200).words("Hello there.", true).wait(1_000);
    call.agent(true).wait(500);
    call.level_db = -40.0;
    call.speak(3_000).words("Hello there", false).wait(1_000);
    let decided: Vec<_> = call.decided().into_iter().map(|(_, decision)| decision).collect();
    assert_eq!(decided, [TurnOver, Ignore]);
}

#[test]
fn words_of_a_soft_voice_are_a_turn() {
    let mut call = Call::new(true);
    call.wait(1_000).words("Hello?", true).wait(1_000);
    assert_eq!(call.decided(), [(1_500, TurnOver)]);
}

#[test]
fn no_order_of_events_panics() {
    let mut random = fastrand::Rng::with_seed(6);
    for _ in 0..500 {
        let mut call = Call::new(random.bool());
        for _ in 0..random.usize(1..60) {
            match random.u8(..6) {
                0 => drop(call.speak(random.u32(..3_000))),
                1 => drop(call.wait(random.u32(..3_000))),
                2 => {
                    let words = random.choice(["", "yeah", "No.", "and", "…"]).unwrap();
                    call.words(words, random.bool());
                }
                3 => call.note_key(),
                4 => call.level_db = random.f32() * -96.0,
                _ => drop(call.agent(random.bool())),
            }
        }
    }
}

impl Call {
    fn note_key(&mut self) {
        let decision = self.turns.key();
        self.note(decision);
    }
}
