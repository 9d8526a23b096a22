//! Responses to our requests.

use std::time::Duration;

use super::{Cancel, MAX_FORKS, Now, Output, Stage, Uac, transactions::Purpose};
use crate::{
    cause::Cause,
    dialog::{Dialog, answers_us, local_tag},
    flow::Flow,
    message::{Message, Name, Start},
    outcome::EndKind,
    sdp::Media,
    transaction,
};

/// The longest Retry-After that we accept.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// The most characters kept of a reason phrase.
const MAX_REASON: usize = 120;

impl Uac {
    pub(super) fn on_response(&mut self, response: &Message, source: Flow, now: Now) {
        let Some(code) = response.code() else { return };
        // The sender of another tag did not see our request.
        let call_id = &self.setup.dialog.call_id;
        if response.sender_tag() != Some(local_tag(call_id).as_str()) {
            return;
        }
        let awaited = self.transactions.on_response(response, now.mono);
        if awaited.is_none() && !answers_us(response, call_id) {
            return;
        }
        if !std::mem::replace(&mut self.heard, true) {
            self.silent_at = None;
            self.out.push(Output::Heard(now.wall));
        }
        let Some((purpose, output)) = awaited else {
            return self.on_stray(response, source, code, now);
        };
        match output {
            Some(transaction::Output::Send(flow, bytes)) => {
                self.out.push(Output::Send(flow, bytes));
            }
            Some(transaction::Output::PassUp(ack)) => {
                self.out.extend(ack.map(|(flow, bytes)| Output::Send(flow, bytes)));
                self.on_news(purpose, response, source, now);
            }
            Some(transaction::Output::TimedOut) | None => {}
        }
    }

    /// Handles the news of a transaction.
    fn on_news(&mut self, purpose: Purpose, response: &Message, source: Flow, now: Now) {
        let code = response.code().unwrap_or_default();
        match (purpose, code) {
            (Purpose::Invite, ..200) => self.on_provisional(response, code, now),
            (Purpose::Invite, 200..300) => self.on_answer(response, source, now),
            (Purpose::Invite, _) => self.on_refusal(response, code, now),
            (Purpose::Cancel, 200..) => self.on_cancel_response(code, now),
            (Purpose::Bye, 200..) => self.on_bye_response(response, code, now),
            (Purpose::Refresh, 200..) => self.on_refresh_response(response, source, now),
            (Purpose::Refer, 200..) => self.on_refer_response(response, code, now),
            (Purpose::Cancel | Purpose::Bye | Purpose::Refresh | Purpose::Refer, _)
            | (Purpose::SurplusBye, _) => {}
        }
    }

    /// Handles a response that no transaction waits for: an answer that came again or from another
    /// phone, or a refusal of an INVITE that this process gave up or never sent.
    fn on_stray(&mut self, response: &Message, source: Flow, code: u16, now: Now) {
        let Some((cseq, "INVITE")) = response.cseq() else { return };
        let dialog = &self.setup.dialog;
        match code {
            ..200 => {}
            _ if self.is_refresh(cseq) => self.acknowledge_refresh(cseq, code),
            200..300 => self.on_answer(response, source, now),
            // The call was already answered, and a refusal does not undo that.
            _ if cseq == dialog.cseq && dialog.remote.is_some() => {}
            _ => {
                let ack = dialog.ack_of_refusal(response);
                self.out.extend(ack.map(|ack| Output::Send(dialog.flow(), ack)));
            }
        }
    }

    fn on_provisional(&mut self, response: &Message, code: u16, now: Now) {
        self.stage = Stage::Proceeding;
        if (180..190).contains(&code) {
            let described = response.description();
            if let Some(media) = described.and_then(|body| self.setup.local.agree(body)) {
                self.note_early_media(response.receiver_tag().unwrap_or_default(), media);
            }
            if self.end.ringing_at.is_none() {
                self.end.ringing_at = Some(now.wall);
                self.out.push(Output::Ringing(now.wall));
            }
        }
        if matches!(self.cancel, Some(Cancel::Wanted)) {
            self.send_cancel(now);
        }
    }

    /// Keeps an early description of the phone with this tag.
    fn note_early_media(&mut self, tag: &str, media: Media) {
        self.early_media.retain(|(known, _)| known != tag);
        if self.early_media.len() < MAX_FORKS {
            self.early_media.push((tag.to_owned(), media));
        }
    }

    fn on_answer(&mut self, answer: &Message, source: Flow, now: Now) {
        let waits = matches!(self.stage, Stage::Calling | Stage::Proceeding);
        if waits && answer.cseq().is_some_and(|(cseq, _)| cseq == self.setup.dialog.cseq) {
            return self.on_first_answer(answer, source, now);
        }
        let tag = answer.receiver_tag().unwrap_or_default();
        let ours = self.setup.dialog.remote.as_ref().is_some_and(|remote| remote.tag == tag);
        match self.stage {
            // The ACK leaves after the dialog is stored.
            Stage::Picked if ours => {}
            _ if ours => self.acknowledge(),
            _ => self.on_surplus_answer(answer, source, now),
        }
    }

    fn on_first_answer(&mut self, answer: &Message, source: Flow, now: Now) {
        let Some(dialog) = self.setup.dialog.confirmed(answer, source) else { return };
        self.setup.dialog = dialog;
        self.transactions.close(|purpose| purpose == Purpose::Invite);
        self.begin_session(answer, now);
        self.note_status(answer);
        // The call was answered just as we gave up (RFC 3261 §9.1), so nobody talked.
        if self.verdict.is_some() {
            self.acknowledge();
            return self.send_bye(now);
        }
        self.end.answered_at = Some(now.wall);
        let media = match answer.description() {
            Some(body) => self.setup.local.agree(body),
            // The description in this phone's 18x was the answer to our offer (RFC 3261 §13.2.1). A
            // description of another phone does not count (RFC 6337 §2.1).
            None => {
                let tag = answer.receiver_tag().unwrap_or_default();
                let mut early = self.early_media.iter();
                early.find(|(known, _)| known == tag || known.is_empty()).map(|(_, media)| *media)
            }
        };
        let Some(media) = media else {
            self.verdict = Some((EndKind::NoMedia, None));
            self.acknowledge();
            return self.send_bye(now);
        };
        self.stage = Stage::Picked;
        self.patience_until = None;
        self.agreed = Some(media);
        self.out.push(Output::Answered(self.setup.dialog.clone(), now.wall, media));
    }

    /// Acknowledges and hangs up a surplus answer: another phone of the call answered, or an answer
    /// came too late (RFC 3261 §13.2.2.4).
    fn on_surplus_answer(&mut self, answer: &Message, source: Flow, now: Now) {
        let tag = answer.receiver_tag().unwrap_or_default();
        let known = self
            .forks
            .iter()
            .find(|fork| fork.remote.as_ref().is_some_and(|remote| remote.tag == tag));
        if let Some(fork) = known {
            let ack = fork.ack(&self.credentials);
            return self.out.push(Output::Send(fork.remote_flow(), ack));
        }
        if self.forks.len() >= MAX_FORKS {
            return;
        }
        let sent_by = &self.setup.dialog.sent_by;
        let Some(dialog) = Dialog::of_late_answer(answer, sent_by, source) else { return };
        self.out.push(Output::Send(dialog.remote_flow(), dialog.ack(&self.credentials)));
        self.send(Purpose::SurplusBye, dialog.bye(dialog.cseq + 1, ""), now);
        self.forks.push(dialog);
    }

    fn on_refusal(&mut self, refusal: &Message, code: u16, now: Now) {
        if matches!(code, 401 | 407) && self.verdict.is_none() && self.take_challenge(refusal) {
            self.stage = Stage::Challenged;
            self.setup.dialog.cseq += 1;
            self.out.push(Output::Challenged(self.setup.dialog.clone()));
            return;
        }
        if code == 422 && self.verdict.is_none() && self.session.lengthen(refusal) {
            self.stage = Stage::Challenged;
            self.setup.dialog.cseq += 1;
            self.out.push(Output::Challenged(self.setup.dialog.clone()));
            return;
        }
        self.note_status(refusal);
        // A refusal that crossed our CANCEL says more than our own cancelling does.
        if !matches!(code, 401 | 407 | 487) && !self.clearing {
            self.verdict = None;
        }
        let kind = match code {
            401 | 407 => EndKind::AuthFailed,
            _ => EndKind::Refused,
        };
        self.over(kind, None, now);
    }

    /// Whether a challenge can be answered and was not already answered without success.
    fn take_challenge(&mut self, refusal: &Message) -> bool {
        self.setup.login.is_some() && self.challenges.take(refusal)
    }

    fn on_cancel_response(&mut self, code: u16, now: Now) {
        // A dead process left this call, and the far end has already forgotten it.
        if code == 481 && self.clearing {
            self.over(EndKind::Cancelled, None, now);
        }
    }

    fn on_bye_response(&mut self, response: &Message, code: u16, now: Now) {
        if matches!(code, 401 | 407)
            && self.setup.login.is_some()
            && self.bye_challenges.take(response)
        {
            return self.send_bye(now);
        }
        self.over(EndKind::HungUp, None, now);
    }

    /// Records what a final response says.
    fn note_status(&mut self, response: &Message) {
        if let Start::Response { code, reason } = &response.start {
            self.end.sip_code = Some(*code);
            self.end.reason = Some(reason.chars().take(MAX_REASON).collect());
        }
        self.note_cause(response);
        self.end.retry_after = response
            .header(Name::RetryAfter)
            .and_then(|value| value.split([';', '(', ' ']).next()?.parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    }

    /// Records the Q.850 cause of a Reason header.
    pub(super) fn note_cause(&mut self, message: &Message) {
        if let Some(cause) = Cause::of(message) {
            (self.end.q850, self.end.q850_at_user) = (Some(cause.number), cause.at_user);
        }
    }
}
