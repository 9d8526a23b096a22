//! What the other side asks within a call (RFC 3261 §12.2.2, §14.2, §15.1.2; RFC 3311; RFC 4028).

use bytes::Bytes;
use campanile_rules::attempt::Party;

use super::{Now, Output, Stage, Uac, retry::Retry};
use crate::{
    dialog::ALLOW,
    message::Message,
    outcome::EndKind,
    reply::{Say, respond, unsupported},
    wire::Flow,
};

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
        if let Some((seen, seen_method, flow, bytes)) = &self.answered
            && (*seen, seen_method.as_str()) == (cseq, method)
        {
            return self.out.push(Output::Send(*flow, bytes.clone()));
        }
        // Session timers (RFC 4028) are not ours to keep: who requires them is told so, who merely
        // refreshes is answered.
        if let Some(required) = unsupported(request).filter(|_| method != "CANCEL") {
            let extra = format!("Unsupported: {required}\r\n");
            return self.reply(request, source, 420, &Say { extra: &extra, body: "" });
        }
        let allow = format!("Allow: {ALLOW}\r\n");
        match method {
            "BYE" => self.on_bye(request, source, now),
            "INVITE" => self.on_reinvite(request, source, cseq, now),
            "UPDATE" => self.on_update(request, source),
            "INFO" => self.reply(request, source, 200, &Say::default()),
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
        }
        // Both sides know that it is over, also when our own BYE is still unanswered.
        self.over(EndKind::HungUp, Some(Party::Recipient), now);
    }

    fn on_reinvite(&mut self, request: &Message, source: Flow, cseq: u32, now: Now) {
        let Some(body) = self.renegotiate(request) else {
            return self.reply(request, source, 488, &Say::default());
        };
        let contact = format!("Contact: {}\r\nAllow: {ALLOW}\r\n", self.setup.dialog.contact());
        let say = Say { extra: &contact, body: &body };
        if let Some((flow, bytes)) = self.send_reply(request, source, 200, &say) {
            let retry = Retry::other(flow, bytes, &self.setup.timers, now.mono);
            self.refresh = Some((cseq, retry));
        }
    }

    fn on_update(&mut self, request: &Message, source: Flow) {
        let body = match request.body.is_empty() {
            true => Some(String::new()),
            false => self.renegotiate(request),
        };
        let Some(body) = body else {
            return self.reply(request, source, 488, &Say::default());
        };
        let contact = format!("Contact: {}\r\n", self.setup.dialog.contact());
        self.reply(request, source, 200, &Say { extra: &contact, body: &body });
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
        Some(self.setup.local.answer(&media, self.sdp_version))
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
        self.answered = Some((cseq, method.to_owned(), flow, bytes.clone()));
        Some((flow, bytes))
    }
}
