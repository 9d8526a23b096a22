//! The transfer of a call: our REFER (RFC 3515), and the NOTIFYs that tell how it goes (RFC 6665,
//! RFC 3420).

use std::time::{Duration, Instant};

use campanile_rules::{
    attempt::{TransferOutcome, TransferResult},
    phone::E164,
};

use super::{Now, Output, Stage, Uac, transactions::Purpose};
use crate::{
    digest::Challenges,
    flow::Flow,
    message::{Message, Name, Start, parse_start},
    reply::Say,
};

/// How long after its first NOTIFY the far end may take to tell the end. Proxies ring as long
/// (RFC 3261 §16.6, timer C).
const RINGS_AT_MOST: Duration = Duration::from_secs(180);

/// A transfer that was asked for.
#[derive(Debug)]
pub(super) struct Referral {
    to: E164,
    challenges: Challenges,
    stage: Told,
}

/// What the far end has told of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// The REFER was sent.
    Nothing,
    /// A 2xx or a NOTIFY came. The end is to be told until this instant.
    Accepted { notified: bool, until: Instant },
    /// The end, or we do not wait for it any more.
    End,
}

impl Referral {
    /// Whether the end of the transfer was not told yet.
    pub fn is_open(&self) -> bool {
        self.stage != Told::End
    }

    /// Returns when the transfer counts as unconfirmed.
    pub fn until(&self) -> Option<Instant> {
        match self.stage {
            Told::Accepted { until, .. } => Some(until),
            Told::Nothing | Told::End => None,
        }
    }
}

impl Uac {
    /// Asks the far end to call `to` in our place. The news comes as [`Output::Transfer`]. Only a
    /// call that talks is transferred, and only once.
    pub fn refer(&mut self, to: E164, now: Now) {
        if self.stage == Stage::Talking && self.referral.is_none() {
            self.send_refer(to, Challenges::default(), now);
        }
    }

    fn send_refer(&mut self, to: E164, challenges: Challenges, now: Now) {
        let cseq = self.next_cseq();
        let credentials = match challenges.is_empty() {
            true => String::new(),
            false => self.authorize("REFER", &challenges),
        };
        let request = self.setup.dialog.refer(to, cseq, &credentials);
        self.send(Purpose::Refer, request, now);
        self.referral = Some(Referral { to, challenges, stage: Told::Nothing });
    }

    /// Handles the final response to our REFER. A NOTIFY may have come before it.
    pub(super) fn on_refer_response(&mut self, response: &Message, code: u16, now: Now) {
        let Some(referral) = self.referral.as_mut().filter(|referral| referral.is_open()) else {
            return;
        };
        if code < 300 {
            return self.on_referral_accepted(false, now);
        }
        let answers = matches!(code, 401 | 407) && self.setup.login.is_some();
        if answers && referral.challenges.take(response) {
            let (to, challenges) = (referral.to, std::mem::take(&mut referral.challenges));
            return self.send_refer(to, challenges, now);
        }
        self.on_refer_refused(code);
    }

    pub(super) fn on_refer_refused(&mut self, code: u16) {
        self.end_referral(TransferOutcome::Refused, Some(code));
    }

    /// Handles a NOTIFY. Its body is the status line of the response that the far end got from the
    /// other number.
    pub(super) fn on_notify(&mut self, request: &Message, source: Flow, now: Now) {
        let event = request.header(Name::Event).and_then(|event| event.split(';').next());
        if !event.is_some_and(|event| event.trim().eq_ignore_ascii_case("refer")) {
            let say = Say { extra: "Allow-Events: refer\r\n", body: "" };
            return self.reply(request, source, 489, &say);
        }
        if self.referral.is_none() {
            return self.reply(request, source, 481, &Say::default());
        }
        self.reply(request, source, 200, &Say::default());
        let state =
            request.header(Name::SubscriptionState).and_then(|state| state.split(';').next());
        let is_last = state.is_some_and(|state| state.trim().eq_ignore_ascii_case("terminated"));
        match status_of(&request.body) {
            Some(code @ 200..300) => self.end_referral(TransferOutcome::Completed, Some(code)),
            Some(code @ 300..) => self.end_referral(TransferOutcome::Failed, Some(code)),
            Some(_) | None if is_last => self.end_referral(TransferOutcome::Unconfirmed, None),
            Some(_) | None => self.on_referral_accepted(true, now),
        }
    }

    /// Notes that the far end transfers the call.
    fn on_referral_accepted(&mut self, notified: bool, now: Now) {
        let Some(referral) = &mut self.referral else { return };
        let patience = match notified {
            true => RINGS_AT_MOST,
            false => self.setup.timers.patience(),
        };
        let before = referral.stage;
        let is_longer = match before {
            Told::Nothing => true,
            Told::Accepted { notified: before, .. } => notified && !before,
            Told::End => false,
        };
        if is_longer {
            referral.stage = Told::Accepted { notified, until: now.mono + patience };
        }
        if before == Told::Nothing {
            let outcome = TransferOutcome::Accepted;
            self.out.push(Output::Transfer(TransferResult { outcome, sip_code: None }));
        }
    }

    /// Tells how the transfer ended, once.
    fn end_referral(&mut self, outcome: TransferOutcome, sip_code: Option<u16>) {
        let Some(referral) = &mut self.referral else { return };
        if std::mem::replace(&mut referral.stage, Told::End) != Told::End {
            self.out.push(Output::Transfer(TransferResult { outcome, sip_code }));
        }
    }

    /// Ends a transfer of which the far end tells nothing.
    pub(super) fn give_up_referral(&mut self, now: Now) {
        let until = self.referral.as_ref().and_then(Referral::until);
        if until.is_some_and(|until| now.mono >= until) {
            self.end_referral(TransferOutcome::Unconfirmed, None);
        }
    }

    /// Waits for no more news, because the call ends. NOTIFYs are still answered.
    pub(super) fn close_referral(&mut self) {
        if let Some(referral) = &mut self.referral {
            referral.stage = Told::End;
        }
    }
}

/// Returns the status code in a message/sipfrag body (RFC 3420). None: it holds no status line.
fn status_of(body: &[u8]) -> Option<u16> {
    let line = body.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    match parse_start(std::str::from_utf8(line.trim_ascii()).ok()?)? {
        Start::Response { code, .. } => Some(code),
        Start::Request { .. } => None,
    }
}

#[cfg(test)]
mod tests;
