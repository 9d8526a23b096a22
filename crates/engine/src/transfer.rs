//! The transfer of an answered call to another number, after its conversation.

use campanile_agent::{
    Action, Ask, Asked, Brief, Conversation, Line as _, Note, Notes, Outside, Piece, Refused,
    STOP_CALLING, Setting, Voice,
};
use campanile_rules::{
    attempt::{Transfer, TransferOutcome, TransferResult},
    ids::AttemptId,
    phone::E164,
};
use campanile_sip::CallEnd;
use campanile_telephony::{Call, CallEvent};

use crate::{call::told, line::CallLine, live::LiveCall, world::World};

/// A call that the agent wants to transfer.
pub(crate) struct Transferring<'a> {
    pub world: &'a World,
    pub attempt: AttemptId,
    pub call: &'a mut Call,
    pub brief: &'a Brief,
    pub voice: &'a dyn Voice,
    pub live: &'a LiveCall,
    pub line: &'a mut CallLine,
    /// How the far end ended the call, if it did.
    pub far_end: &'a mut Option<CallEnd>,
    /// What is asked of the call meanwhile.
    pub outside: Option<Outside>,
}

impl Transferring<'_> {
    /// Transfers the call to `to` and returns how that went. A person whom the other number did not
    /// take hears the failure message, unless the call was to end meanwhile.
    pub async fn run(mut self, to: String, conversation: &mut Conversation) -> Transfer {
        let asked_at = self.world.now();
        let mut ends = false;
        let result = match self.allowed(&to).await {
            Some(number) => self.refer(number, conversation, &mut ends).await,
            None => TransferResult { outcome: TransferOutcome::NotAllowed, sip_code: None },
        };
        tracing::debug!(outcome = result.outcome.as_str(), code = result.sip_code, "transferred");
        if result.outcome.left_the_person_here() && self.far_end.is_none() && !ends {
            self.apologise(conversation).await;
        }
        Transfer { to, asked_at, result }
    }

    async fn apologise(&mut self, conversation: &mut Conversation) {
        let (notes, mut news) = Notes::channel();
        let (brief, voice, live) = (self.brief, self.voice, self.live);
        let outside = self.outside.as_mut();
        let setting = Setting { brief, voice, notes, outside };
        let since_ms = self.line.now_ms();
        let apology = campanile_agent::apologise(self.line, setting, (conversation, since_ms));
        tokio::pin!(apology);
        loop {
            tokio::select! {
                () = &mut apology => break,
                Some(note) = news.recv() => live.take(note),
            }
        }
    }

    /// Returns the number if it may be called.
    async fn allowed(&self, to: &str) -> Option<E164> {
        let number = E164::parse_strict(to)?;
        match self.world.store.may_transfer(self.attempt, number).await {
            Ok(may) => may.then_some(number),
            Err(error) => {
                tracing::error!(%error, "whether a call may be transferred cannot be read");
                None
            }
        }
    }

    /// Asks the far end to call the number, and waits in silence for the outcome. `ends` becomes true
    /// when the call is to end in any case: the person presses 9, or somebody asks it to hang up.
    async fn refer(
        &mut self,
        to: E164,
        conversation: &mut Conversation,
        ends: &mut bool,
    ) -> TransferResult {
        let mut result = TransferResult { outcome: TransferOutcome::Abandoned, sip_code: None };
        let mut hang_up = self.world.hang_up.subscribe();
        let mut sounds = true;
        if self.far_end.is_none() {
            self.call.refer(to).await;
        }
        while self.far_end.is_none() && !*ends {
            let asked = async {
                match &mut self.outside {
                    Some(outside) => outside.asks.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = self.call.next() => match event {
                    CallEvent::Transfer(news) => {
                        result = news;
                        if news.outcome != TransferOutcome::Accepted {
                            break;
                        }
                    }
                    CallEvent::Ended(end) => *self.far_end = Some(end),
                    _ => {}
                },
                heard = self.line.hear(), if sounds => match heard.map(|heard| heard.digit) {
                    Some(Some(digit)) => {
                        let at_ms = self.line.now_ms();
                        for note in pressed(conversation, digit, at_ms) {
                            self.live.take(note);
                        }
                        *ends = conversation.asked_to_stop;
                    }
                    Some(None) => {}
                    None => sounds = false,
                },
                Some(Ask { what, answer }) = asked => {
                    *ends = matches!(what, Asked::HangUp { .. });
                    let done = match *ends {
                        true => Ok("The call ends.".to_owned()),
                        false => Err(Refused::Transferring),
                    };
                    // Whoever asked may have gone.
                    let _ = answer.send(done);
                }
                () = told(&mut hang_up) => break,
            }
        }
        result
    }
}

/// Adds a key that the person pressed to the conversation.
fn pressed(conversation: &mut Conversation, digit: char, at_ms: u64) -> [Note; 2] {
    conversation.digits.push(digit);
    conversation.asked_to_stop |= digit == STOP_CALLING;
    conversation.last_piece += 1;
    let piece = Piece::heard(conversation.last_piece, format!("digit {digit}"), at_ms..at_ms);
    conversation.transcript.push(piece.said.clone());
    let notes = [Note::Action(Action::Digit { digit, at_ms }), Note::Piece(piece)];
    conversation.happened.take(&notes[0]);
    notes
}
