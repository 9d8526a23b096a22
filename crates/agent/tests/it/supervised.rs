//! What every engine gets from the supervised line, with an agent that does what a test says.

use async_trait::async_trait;
use campanile_agent::{
    Action, Agent, Blame, Brief, Care, Conversation, Failure, Farewell, Note, Notes, Piece, Said,
    Setting, Supervised, converse,
};
use campanile_media::playout::{Item, Mark, Sound};
use campanile_rules::attempt::{EndReason, Party};
use tokio::sync::mpsc;

use crate::stage::{Act, Act::*, Hum, Stage, brief};

/// What the bot does in each 20 ms, and in the end.
struct Bot<F> {
    each: F,
    end: Result<(), Farewell>,
    /// Why the line took the call away, if it did.
    left: Option<Farewell>,
}

#[async_trait]
impl<F> Agent for Bot<F>
where
    F: FnMut(&mut Supervised<'_>) -> bool + Send,
{
    async fn open(&mut self, _care: Care) -> Result<(), Failure> {
        Ok(())
    }

    async fn ring(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    async fn talk(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        while (self.each)(line) {
            if let Err(farewell) = line.hear().await {
                self.left = Some(farewell.clone());
                return Err(farewell);
            }
        }
        self.end.clone()
    }

    fn goodbye(&self) -> &str {
        ""
    }
}

/// Lets a bot talk. `each` is asked before each 20 ms whether it goes on.
pub async fn talk(
    (brief, notes): (&Brief, Notes),
    acts: &[Act],
    end: Result<(), Farewell>,
    each: impl FnMut(&mut Supervised<'_>) -> bool + Send,
) -> (Conversation, Stage, Option<Farewell>) {
    let (mut stage, mut bot) = (Stage::new(acts), Bot { each, end, left: None });
    let setting = Setting { brief, voice: &Hum, notes, outside: None };
    let conversation = converse(&mut stage, &mut bot, setting).await;
    (conversation, stage, bot.left)
}

pub fn undetected() -> Brief {
    let mut brief = brief();
    brief.version.voicemail_detection = false;
    brief
}

pub fn stream(line: &mut Supervised<'_>, ms: usize, sample: i16) {
    let item = line.next_item();
    line.playout().stream(item, Sound::Linear(&vec![sample; ms * 8]));
}

pub fn ending(conversation: &Conversation) -> (EndReason, Party) {
    (conversation.end_reason, conversation.ended_by)
}

#[tokio::test]
async fn what_was_said_plays_to_its_end_and_the_silence_after_it_does_not() {
    let brief = undetected();
    let (conversation, stage, _) = talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        stream(line, 1_000, 8_000);
        stream(line, 5_000, 0);
        false
    })
    .await;
    assert_eq!(ending(&conversation), (EndReason::AgentDisconnected, Party::Agent));
    assert_eq!(stage.now_ms, 1_000 + 200);
}

#[tokio::test]
async fn an_endless_goodbye_ends_after_ten_seconds() {
    let brief = undetected();
    let (conversation, stage, _) = talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        stream(line, 60_000, 8_000);
        line.playout().pause();
        false
    })
    .await;
    assert_eq!(ending(&conversation), (EndReason::AgentDisconnected, Party::Agent));
    assert_eq!(stage.now_ms, 10_000 + 200);
}

#[tokio::test]
async fn an_agent_that_dies_is_heard_as_far_as_it_came() {
    let failure = Failure { cause: "the bot is gone".to_owned(), blame: Blame::Agent };
    let (brief, end) = (undetected(), Err(Farewell::Failed(failure.clone())));
    let (conversation, stage, _) = talk((&brief, Notes::unread()), &[], end, |line| {
        stream(line, 500, 8_000);
        false
    })
    .await;
    assert_eq!(ending(&conversation), (EndReason::AgentFailed, Party::Agent));
    assert_eq!(conversation.failure, Some(failure));
    assert_eq!(stage.played_ms, [(0, 500)]);
}

#[tokio::test]
async fn the_failure_message_follows_what_a_lost_agent_said() {
    let failure = Failure { cause: "the bot is gone".to_owned(), blame: Blame::Agent };
    let mut brief = undetected();
    brief.version.failure_message = "Sorry.".to_owned();
    let end = Err(Farewell::Failed(failure));
    let (conversation, stage, _) = talk((&brief, Notes::unread()), &[], end, |line| {
        stream(line, 500, 8_000);
        false
    })
    .await;
    assert_eq!(ending(&conversation), (EndReason::AgentFailed, Party::Agent));
    assert_eq!(stage.played_ms, [(0, 500 + 600)]);
    assert_eq!(conversation.transcript[0].text, "Sorry.");
}

#[tokio::test]
async fn an_agent_knows_at_once_that_the_person_hung_up() {
    let brief = undetected();
    let acts = [Wait(300), HangUp];
    let (conversation, stage, left) =
        talk((&brief, Notes::unread()), &acts, Ok(()), |_| true).await;
    let over = Farewell::Over(EndReason::UserDisconnected, Party::Recipient);
    assert_eq!((left, stage.now_ms), (Some(over), 300));
    assert_eq!(ending(&conversation), (EndReason::UserDisconnected, Party::Recipient));
}

#[tokio::test]
async fn an_agent_that_streams_silence_is_silent() {
    let mut brief = undetected();
    brief.version.silence_timeout_s = 3;
    let (conversation, stage, _) = talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        stream(line, 20, 0);
        true
    })
    .await;
    assert_eq!(ending(&conversation), (EndReason::SilenceTimeout, Party::Engine));
    assert_eq!(stage.now_ms, 3_000);
}

#[tokio::test]
async fn an_agent_that_never_stops_is_stopped() {
    let mut brief = undetected();
    brief.version.max_duration_s = 5;
    let (conversation, stage, _) = talk((&brief, Notes::unread()), &[], Ok(()), |line| {
        stream(line, 1_000, 8_000);
        true
    })
    .await;
    assert_eq!(ending(&conversation), (EndReason::MaxDuration, Party::Engine));
    assert_eq!(stage.now_ms, 5_000);
}

#[tokio::test]
async fn nine_silences_an_agent_without_a_goodbye() {
    let brief = undetected();
    let acts = [HearFor(400), Press('9')];
    let (conversation, stage, left) = talk((&brief, Notes::unread()), &acts, Ok(()), |line| {
        if line.playout().unplayed() == 0 {
            stream(line, 10_000, 8_000);
        }
        true
    })
    .await;
    assert!(conversation.asked_to_stop);
    assert_eq!(left, Some(Farewell::StopCalling));
    let (begin, end) = stage.played_ms[0];
    assert!(end - begin <= 460, "it stops: {begin} {end}");
    assert!(stage.now_ms <= 460 + 220, "{}", stage.now_ms);
}

#[tokio::test]
async fn a_machine_noticed_late_silences_the_agent() {
    let mut brief = brief();
    brief.version.voicemail = campanile_rules::agent::VoicemailAction::LeaveMessage;
    let acts = [Wait(300), Speak(700), Wait(1_500), Speak(3_000), Beep(400)];
    let (conversation, stage, left) = talk((&brief, Notes::unread()), &acts, Ok(()), |line| {
        if line.playout().unplayed() == 0 {
            stream(line, 60_000, 8_000);
        }
        true
    })
    .await;
    assert_eq!(left, Some(Farewell::Machine));
    assert!(conversation.voicemail);
    let message = conversation.transcript.iter().rfind(|said| said.by_agent).unwrap();
    assert_eq!(message.text, "Please call us back.");
    let played = (message.start_ms, message.end_ms);
    assert_eq!(stage.played_ms.last(), Some(&played), "alone, not behind a minute of sound");
}

#[tokio::test]
async fn a_bot_gets_its_marks_and_what_left_after_barging_in() {
    let brief = undetected();
    let (mut marks, mut played) = (Vec::new(), 0);
    let acts = [HearFor(600), Speak(300)];
    let (conversation, ..) = talk((&brief, Notes::unread()), &acts, Ok(()), |line| {
        if line.now_ms() == 0 {
            stream(line, 300, 8_000);
            line.playout().mark(Mark(1));
            stream(line, 3_000, 8_000);
            line.playout().mark(Mark(2));
        }
        if line.is_voiced() && line.playout().unplayed() > 0 {
            line.playout().clear();
            played = line.playout().played(Item(1)) + line.playout().played(Item(2));
        }
        while let Some(mark) = line.playout().next_mark() {
            marks.push((mark, line.now_ms()));
        }
        line.now_ms() < 2_000
    })
    .await;
    let [(Mark(1), first), (Mark(2), second)] = marks[..] else { panic!("{marks:?}") };
    assert_eq!(first, 300, "with the step in which the sound before it left");
    assert!((620..=740).contains(&second), "{second}");
    assert_eq!(played, second + 5, "all before the clear, and 5 ms that fade");
    assert_eq!(conversation.transcript.len(), 1, "the person's turn");
}

pub fn drained(reader: &mut mpsc::Receiver<Note>) -> Vec<Note> {
    std::iter::from_fn(|| reader.try_recv().ok()).collect()
}

fn said(by_agent: bool, text: &str, start_ms: u64, end_ms: u64) -> Said {
    Said { by_agent, text: text.to_owned(), start_ms, end_ms }
}

#[tokio::test]
async fn turns_are_told_while_they_grow() {
    let (brief, (notes, mut reader)) = (undetected(), Notes::channel());
    let acts = [Wait(200), Speak(300), Wait(300), Press('5')];
    let mut number = 0;
    let (conversation, ..) = talk((&brief, notes), &acts, Ok(()), |line| {
        let grown = |text: &str, end_ms, is_final| Piece {
            number,
            said: said(true, text, 40, end_ms),
            is_final,
        };
        match line.now_ms() {
            0 => number = line.next_piece(),
            40 => line.write(grown("Good", 40, false)),
            80 => line.write(grown("Good morning.", 80, true)),
            _ => {}
        }
        line.now_ms() < 1_200
    })
    .await;
    let notes = drained(&mut reader);
    let pieces: Vec<_> = notes
        .iter()
        .filter_map(|note| match note {
            Note::Piece(piece) => Some((piece.number, piece.said.text.as_str(), piece.is_final)),
            _ => None,
        })
        .collect();
    let expected = [
        (1, "Good", false),
        (1, "Good morning.", true),
        (2, "speech", false),
        (2, "speech 0.3 s", true),
        (3, "digit 5", true),
    ];
    assert_eq!(pieces, expected);
    assert!(notes.contains(&Note::Action(Action::Digit { digit: '5', at_ms: 820 })), "{notes:?}");
    let texts: Vec<_> = conversation.transcript.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(texts, ["Good morning.", "speech 0.3 s", "digit 5"]);
}

#[tokio::test]
async fn an_engine_that_brings_the_words_writes_the_turns_of_both() {
    let brief = undetected();
    let acts = [Wait(200), Speak(300), Wait(300)];
    let (conversation, ..) = talk((&brief, Notes::unread()), &acts, Ok(()), |line| {
        line.bring_words();
        if line.now_ms() == 1_000 {
            let number = line.next_piece();
            line.write(Piece::heard(number, "Hello?".to_owned(), 200..500));
            let number = line.next_piece();
            line.write(Piece::heard(number, String::new(), 600..700));
        }
        line.now_ms() < 1_200
    })
    .await;
    assert_eq!(conversation.transcript, [said(false, "Hello?", 200, 500)]);
}

#[tokio::test]
async fn a_reader_that_does_not_read_stops_nobody() {
    let (brief, (notes, mut reader)) = (undetected(), Notes::channel());
    let (conversation, stage, _) = talk((&brief, notes), &[], Ok(()), |line| {
        let number = line.next_piece();
        line.write(Piece::heard(number, "word".to_owned(), 0..1));
        line.now_ms() < 4_000
    })
    .await;
    assert_eq!(conversation.transcript.len(), 201, "the transcript is whole");
    assert_eq!(drained(&mut reader).len(), 64);
    assert_eq!(stage.now_ms, 4_200);
}
