//! The transfer of an answered call to another number, after its conversation.

use campanile_agent::{Brief, Conversation, Line as _, Voice};
use campanile_rules::{
    attempt::{Transfer, TransferOutcome, TransferResult},
    ids::AttemptId,
    phone::E164,
};
use campanile_sip::CallEnd;
use campanile_telephony::{Call, CallEvent};

use crate::{call::told, line::CallLine, world::World};

/// A call that the agent wants to transfer.
pub(crate) struct Transferring<'a> {
    pub world: &'a World,
    pub attempt: AttemptId,
    pub call: &'a mut Call,
    pub line: &'a mut CallLine,
    /// How the far end ended the call, if it did.
    pub far_end: &'a mut Option<CallEnd>,
}

impl Transferring<'_> {
    /// Transfers the call to `to` and returns how that went. A person whom the other number did not
    /// take hears the failure message.
    pub async fn run(
        mut self,
        to: String,
        (brief, voice): (&Brief, &dyn Voice),
        conversation: &mut Conversation,
    ) -> Transfer {
        let asked_at = self.world.now();
        let result = match self.allowed(&to).await {
            Some(number) => self.refer(number).await,
            None => TransferResult { outcome: TransferOutcome::NotAllowed, sip_code: None },
        };
        tracing::debug!(outcome = result.outcome.as_str(), code = result.sip_code, "transferred");
        if result.outcome.left_the_person_here() && self.far_end.is_none() {
            let since_ms = self.line.now_ms();
            let words = (conversation, since_ms);
            campanile_agent::apologise(self.line, (brief, voice), words).await;
        }
        Transfer { to, asked_at, result }
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

    /// Asks the far end to call the number, and waits in silence for the outcome.
    async fn refer(&mut self, to: E164) -> TransferResult {
        let mut result = TransferResult { outcome: TransferOutcome::Abandoned, sip_code: None };
        let mut hang_up = self.world.hang_up.subscribe();
        let mut sounds = true;
        if self.far_end.is_none() {
            self.call.refer(to).await;
        }
        while self.far_end.is_none() {
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
                heard = self.line.hear(), if sounds => sounds = heard.is_some(),
                () = told(&mut hang_up) => break,
            }
        }
        result
    }
}
