//! Requests of the far end within a call (RFC 3261 §12.2.2, §14.2, §15.1.2; RFC 3311; RFC 4028).

use bytes::Bytes;
use campanile_rules::attempt::Party;

use super::{Answered, Change, Now, Output, Stage, Uac};
use crate::{
    flow::Flow,
    info::digit_in,
    message::{Message, Name},
    outcome::EndKind,
    repeat::Repeat,
    reply::{Say, respond, unsupported},
    sdp::Others,
    write::ALLOW,
};

/// Content types of an INFO that carries a digit.
const INFO_TYPES: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];

/// The most responses kept for retransmitted requests.
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
            return self.on_ack(request, cseq, now);
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
                let answered = self.change.as_ref().is_some_and(|change| change.cseq == cseq);
                self.reply(request, source, if answered { 200 } else { 481 }, &Say::default());
            }
            "NOTIFY" => self.on_notify(request, source, now),
            "MESSAGE" | "REFER" | "SUBSCRIBE" | "PUBLISH" | "REGISTER" | "PRACK" => {
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
            // The far end hung up before our ACK left; its 2xx still needs an ACK.
            self.acknowledge();
        }
        if self.stage != Stage::Over {
            self.note_cause(request);
            if self.end.answered_at.is_some() {
                self.end.talk_ended_at.get_or_insert(now.wall);
            }
        }
        // Both sides know that the call is over, even if our own BYE is unanswered.
        self.over(EndKind::HungUp, Some(Party::Recipient), now);
    }

    /// Handles the ACK of our 2xx to a re-INVITE. If we made the offer, this ACK brings the answer.
    /// Without a usable answer neither side knows what was agreed, so the call ends (RFC 3261
    /// §13.2.1, §14.2).
    fn on_ack(&mut self, ack: &Message, cseq: u32, now: Now) {
        let Some(change) = self.change.take_if(|change| change.cseq == cseq) else { return };
        if !change.offered || !matches!(self.stage, Stage::Picked | Stage::Talking) {
            return;
        }
        match ack.description().and_then(|body| self.setup.local.agree(body)) {
            Some(media) => self.take_media(media),
            None => self.finish_as(EndKind::Abandoned, None, now),
        }
    }

    fn on_reinvite(&mut self, request: &Message, source: Flow, cseq: u32, now: Now) {
        if self.offer_is_open() {
            return self.reply(request, source, 491, &Say::default());
        }
        let Some(body) = self.renegotiate(request) else {
            return self.refuse_change(request, source);
        };
        let offered = request.body.is_empty();
        self.setup.dialog.move_target(request, source);
        let mut extra = format!("Contact: {}\r\nAllow: {ALLOW}\r\n", self.setup.dialog.contact());
        extra.push_str(&self.follow_session(request, now));
        let say = Say { extra: &extra, body: &body };
        if let Some((flow, bytes)) = self.send_reply(request, source, 200, &say) {
            let repeat = Repeat::other(flow, &self.setup.timers, now.mono);
            self.change = Some(Change { cseq, flow, bytes, repeat, offered });
        }
    }

    /// Whether an offer of ours within the call waits for its answer, or an INVITE of ours for its
    /// response.
    fn offer_is_open(&self) -> bool {
        let offers = self.change.as_ref().is_some_and(|change| change.offered);
        offers || self.refreshing.as_ref().is_some_and(|refresh| refresh.is_invite())
    }

    /// Handles an UPDATE (RFC 3311 §5.2). Before the answer our own offer is open, so another has
    /// to wait.
    fn on_update(&mut self, request: &Message, source: Flow, now: Now) {
        let unanswered = !matches!(self.stage, Stage::Picked | Stage::Talking);
        let body = match request.body.is_empty() {
            true if self.stage != Stage::Closing => Some(String::new()),
            false if self.setup.dialog.remote.is_none() && unanswered || self.offer_is_open() => {
                return self.reply(request, source, 491, &Say::default());
            }
            true | false => self.renegotiate(request),
        };
        let Some(body) = body else {
            return self.refuse_change(request, source);
        };
        self.setup.dialog.move_target(request, source);
        let mut extra = format!("Contact: {}\r\nAllow: {ALLOW}\r\n", self.setup.dialog.contact());
        extra.push_str(&self.follow_session(request, now));
        self.reply(request, source, 200, &Say { extra: &extra, body: &body });
    }

    /// Refuses a change: our BYE was sent, or the body is not a description, or we speak none of
    /// its codecs.
    fn refuse_change(&mut self, request: &Message, source: Flow) {
        let (code, extra) = match request.description() {
            _ if self.stage == Stage::Closing => (481, ""),
            None if !request.body.is_empty() => (415, "Accept: application/sdp\r\n"),
            Some(_) | None => (488, ""),
        };
        self.reply(request, source, code, &Say { extra, body: "" });
    }

    /// Handles an INFO (RFC 6086). We support no info packages; an INFO without a package carries a
    /// digit.
    fn on_info(&mut self, request: &Message, source: Flow) {
        if request.header(Name::InfoPackage).is_some() {
            // An empty list says that we accept no package.
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

    /// Agrees to a changed description; a request without one gets our offer. None: we speak none
    /// of its codecs, or there is no call to change.
    fn renegotiate(&mut self, request: &Message) -> Option<String> {
        if !matches!(self.stage, Stage::Picked | Stage::Talking) {
            return None;
        }
        if request.body.is_empty() {
            return Some(self.offer_anew());
        }
        let body = request.description()?;
        let media = self.setup.local.agree(body)?;
        self.others = Others::of(body, media.line);
        self.take_media(media);
        let others = self.others.clone();
        Some(self.describe(|local, version| local.answer(&media, &others, version)))
    }

    pub(super) fn reply(&mut self, request: &Message, source: Flow, code: u16, say: &Say<'_>) {
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
