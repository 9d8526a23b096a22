//! What the other side asks within a call (RFC 3261 §12.2.2, §14.2, §15.1.2; RFC 3311; RFC 4028).

use bytes::Bytes;
use campanile_rules::attempt::Party;

use super::{Answered, Now, Output, Stage, Uac, retry::Retry};
use crate::{
    dialog::ALLOW,
    digits::digit_in,
    message::{Message, Name},
    outcome::EndKind,
    reply::{Say, respond, unsupported},
    wire::Flow,
};

/// Content of INFO that carries a digit.
const INFO_TYPES: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];

/// Answers that are kept for requests that come again.
const MAX_ANSWERED: usize = 4;

impl Uac {
    pub(super) fn on_request(&mut self, request: &Message, source: Flow, now: Now) {
        let (Some(method), Some((cseq, _))) = (request.method(), request.cseq()) else { return };
        if !self.setup.dialog.owns_request(request) {
            if method != "ACK" {
                self.reply(request, source, 481, &Say::default());
            }
            return;
        }
        if method == "ACK" {
            self.refresh = self.refresh.take().filter(|(invite, _)| *invite != cseq);
            return;
        }
        let seen = self.answered.iter().find(|seen| (seen.cseq, &*seen.method) == (cseq, method));
        if let Some(Answered { flow, bytes, .. }) = seen {
            return self.out.push(Output::Send(*flow, bytes.clone()));
        }
        if method != "CANCEL" && self.setup.dialog.remote.is_some() {
            if self.remote_cseq.is_some_and(|latest| cseq < latest) {
                return self.reply(request, source, 500, &Say::default());
            }
            self.remote_cseq = Some(cseq);
        }
        if let Some(required) = unsupported(request).filter(|_| method != "CANCEL") {
            let extra = format!("Unsupported: {required}\r\n");
            return self.reply(request, source, 420, &Say { extra: &extra, body: "" });
        }
        let allow = format!("Allow: {ALLOW}\r\n");
        match method {
            "BYE" => self.on_bye(request, source, now),
            "INVITE" => self.on_reinvite(request, source, cseq, now),
            "UPDATE" => self.on_update(request, source, now),
            "INFO" => self.on_info(request, source),
            "OPTIONS" => {
                let extra = format!("{allow}Accept: application/sdp\r\n");
                self.reply(request, source, 200, &Say { extra: &extra, body: "" });
            }
            "CANCEL" => {
                let answered = self.refresh.as_ref().is_some_and(|(invite, _)| *invite == cseq);
                self.reply(request, source, if answered { 200 } else { 481 }, &Say::default());
            }
            "MESSAGE" | "NOTIFY" | "REFER" | "SUBSCRIBE" | "PUBLISH" | "REGISTER" | "PRACK" => {
                self.reply(request, source, 405, &Say { extra: &allow, body: "" });
            }
            _ => self.reply(request, source, 501, &Say { extra: &allow, body: "" }),
        }
    }

    fn on_bye(&mut self, request: &Message, source: Flow, now: Now) {
        if self.setup.dialog.remote.is_none() {
            return self.reply(request, source, 481, &Say::default());
        }
        self.reply(request, source, 200, &Say::default());
        if self.stage == Stage::Picked {
            // It hung up before we could acknowledge; its 2xx wants an ACK all the same.
            self.acknowledge();
        }
        if self.stage != Stage::Over {
            self.note_cause(request);
            if self.end.answered_at.is_some() {
                self.end.talk_ended_at.get_or_insert(now.wall);
            }
        }
        // Both sides know that it is over, also when our own BYE is still unanswered.
        self.over(EndKind::HungUp, Some(Party::Recipient), now);
    }

    fn on_reinvite(&mut self, request: &Message, source: Flow, cseq: u32, now: Now) {
        if self.refreshing.is_some() {
            return self.reply(request, source, 491, &Say::default());
        }
        let Some(body) = self.renegotiate(request) else {
            return self.reply(request, source, self.refusal_of_change(), &Say::default());
        };
        self.setup.dialog.move_target(request, source);
        let mut extra = format!("Contact: {}\r\nAllow: {ALLOW}\r\n", self.setup.dialog.contact());
        extra.push_str(&self.follow_session(request, now));
        let say = Say { extra: &extra, body: &body };
        if let Some((flow, bytes)) = self.send_reply(request, source, 200, &say) {
            let retry = Retry::other(flow, bytes, &self.setup.timers, now.mono);
            self.refresh = Some((cseq, retry));
        }
    }

    /// RFC 3311 §5.2. Before the answer our own offer is open, so another has to wait.
    fn on_update(&mut self, request: &Message, source: Flow, now: Now) {
        let unanswered = !matches!(self.stage, Stage::Picked | Stage::Talking);
        let body = match request.body.is_empty() {
            true if self.stage != Stage::Closing => Some(String::new()),
            false
                if self.setup.dialog.remote.is_none() && unanswered
                    || self.refreshing.is_some() =>
            {
                return self.reply(request, source, 491, &Say::default());
            }
            true | false => self.renegotiate(request),
        };
        let Some(body) = body else {
            return self.reply(request, source, self.refusal_of_change(), &Say::default());
        };
        self.setup.dialog.move_target(request, source);
        let mut extra = format!("Contact: {}\r\nAllow: {ALLOW}\r\n", self.setup.dialog.contact());
        extra.push_str(&self.follow_session(request, now));
        self.reply(request, source, 200, &Say { extra: &extra, body: &body });
    }

    /// No description that we speak, or no session any more: our BYE is out.
    fn refusal_of_change(&self) -> u16 {
        if self.stage == Stage::Closing { 481 } else { 488 }
    }

    /// RFC 6086: packages are named, and we have none; what comes without one is a digit.
    fn on_info(&mut self, request: &Message, source: Flow) {
        if request.header(Name::InfoPackage).is_some() {
            // An empty list: no package is taken.
            let say = Say { extra: "Recv-Info: \r\n", body: "" };
            return self.reply(request, source, 469, &say);
        }
        let kind = request.header(Name::ContentType).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let is_digit = INFO_TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known));
        let talks = matches!(self.stage, Stage::Picked | Stage::Talking);
        if is_digit
            && talks
            && let Some(digit) = digit_in(&request.body)
        {
            self.out.push(Output::Pressed(digit));
        }
        if request.body.is_empty() || is_digit {
            return self.reply(request, source, 200, &Say::default());
        }
        let extra = format!("Accept: {}\r\n", INFO_TYPES.join(", "));
        self.reply(request, source, 415, &Say { extra: &extra, body: "" });
    }

    /// Agrees to a changed description. Without one we offer what we offered before. None: there
    /// is nothing in it that we speak, or no call to change.
    fn renegotiate(&mut self, request: &Message) -> Option<String> {
        if !matches!(self.stage, Stage::Picked | Stage::Talking) {
            return None;
        }
        if request.body.is_empty() {
            return Some(self.setup.local.offer());
        }
        let media = self.setup.local.agree(&request.body)?;
        self.sdp_version += 1;
        self.out.push(Output::Media(media));
        Some(self.setup.local.answer_to(&request.body, &media, self.sdp_version))
    }

    fn reply(&mut self, request: &Message, source: Flow, code: u16, say: &Say<'_>) {
        self.send_reply(request, source, code, say);
    }

    fn send_reply(
        &mut self,
        request: &Message,
        source: Flow,
        code: u16,
        say: &Say<'_>,
    ) -> Option<(Flow, Bytes)> {
        let (flow, bytes) = respond(request, source, code, say)?;
        self.out.push(Output::Send(flow, bytes.clone()));
        let (cseq, method) = request.cseq()?;
        if self.answered.len() >= MAX_ANSWERED {
            self.answered.pop_front();
        }
        let method = method.to_owned();
        self.answered.push_back(Answered { cseq, method, flow, bytes: bytes.clone() });
        Some((flow, bytes))
    }
}
