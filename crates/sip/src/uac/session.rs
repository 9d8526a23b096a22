//! Session timers (RFC 4028): which side refreshes the call, and when the session expires.

use std::time::{Duration, Instant};

use super::{Now, Output, Stage, Uac, transactions::Purpose};
use crate::{
    digest::Challenges,
    flow::Flow,
    message::{Message, Name},
    outcome::EndKind,
};

/// The longest interval that we accept.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The shortest time between two of our refreshes, whatever the far end asks for.
const SHORTEST: Duration = Duration::from_secs(1);

/// How long before its expiry we end a session; at most a third of the interval (RFC 4028 §10).
const MARGIN: Duration = Duration::from_secs(32);

/// How often one refresh is tried with other credentials, another interval or another method.
const MAX_TRIES: u8 = 5;

/// How long we wait after a 491 (both sides sent a request). The owner of the Call-ID waits 2.1 to
/// 4 s (RFC 3261 §14.1).
const GLARE: Duration = Duration::from_secs(3);

/// What both sides agreed about refreshing.
#[derive(Debug, Default)]
pub(super) struct Session {
    interval: Option<Duration>,
    /// The shortest interval that a proxy or the far end accepts.
    min: Option<Duration>,
    /// Whether we refresh.
    ours: bool,
    /// When our refresh is due, or when the session has expired.
    due: Option<Instant>,
    no_update: bool,
}

/// Our refresh, until it is answered.
#[derive(Debug)]
pub(super) struct Refresh {
    method: &'static str,
    cseq: u32,
    /// When the refresh has failed, whatever provisional responses came.
    pub until: Instant,
    challenges: Challenges,
    tries: u8,
}

impl Refresh {
    pub fn is_invite(&self) -> bool {
        self.method == "INVITE"
    }
}

impl Session {
    /// Returns the header lines of a request that asks for the interval that a proxy wants (§7.4).
    pub fn asks(&self) -> String {
        match self.min {
            Some(min) => {
                let seconds = min.as_secs();
                format!("Session-Expires: {seconds}\r\nMin-SE: {seconds}\r\n")
            }
            None => String::new(),
        }
    }

    /// Takes the interval of a 422. False: it names none, or none longer than before.
    pub fn lengthen(&mut self, refusal: &Message) -> bool {
        let Some(min) = seconds(refusal, Name::MinSe) else { return false };
        let longer = self.min.is_none_or(|before| min > before);
        self.min = Some(min);
        longer
    }

    /// Starts the interval anew.
    fn restart(&mut self, now: Now) {
        let Some(interval) = self.interval else {
            self.due = None;
            return;
        };
        let wait = match self.ours {
            true => (interval / 2).max(SHORTEST),
            false => interval - MARGIN.min(interval / 3),
        };
        self.due = Some(now.mono + wait);
    }
}

impl Uac {
    /// Reads from the 2xx whether the session is refreshed, and by which side.
    pub(super) fn begin_session(&mut self, answer: &Message, now: Now) {
        self.session.no_update = !answer.lists(Name::Allow, "UPDATE");
        self.session.interval = seconds(answer, Name::SessionExpires);
        self.session.ours = refresher(answer).is_none_or(|by| by == By::Uac);
        self.session.restart(now);
    }

    /// Reads what the far end's request says about the session, and returns the header lines of our
    /// 2xx (§9). In a request, `uac` is the far end.
    pub(super) fn follow_session(&mut self, request: &Message, now: Now) -> String {
        self.session.interval = seconds(request, Name::SessionExpires);
        let theirs = request.lists(Name::Supported, "timer");
        self.session.ours = !theirs || refresher(request) == Some(By::Uas);
        self.session.restart(now);
        let Some(interval) = self.session.interval else { return String::new() };
        let (by, require) = match self.session.ours {
            true => ("uas", ""),
            false => ("uac", "Require: timer\r\n"),
        };
        format!("Session-Expires: {};refresher={by}\r\n{require}", interval.as_secs())
    }

    /// Returns when [`Uac::keep_session`] must run next.
    pub(super) fn session_due(&self) -> Option<Instant> {
        // A change by the far end goes first (RFC 3261 §14.1).
        let is_free = self.refreshing.is_none() && self.change.is_none();
        self.session.due.filter(|_| self.stage == Stage::Talking && is_free)
    }

    /// Refreshes the session, or ends one that has expired or whose refresh has failed.
    pub(super) fn keep_session(&mut self, now: Now) {
        if let Some(refresh) = &self.refreshing {
            if now.mono >= refresh.until {
                self.finish_as(EndKind::Abandoned, None, now);
            }
            return;
        }
        if self.session_due().is_none_or(|due| now.mono < due) {
            return;
        }
        match self.session.ours {
            true => self.send_refresh(Challenges::default(), 0, now),
            false => self.finish_as(EndKind::Abandoned, None, now),
        }
    }

    fn send_refresh(&mut self, challenges: Challenges, tries: u8, now: Now) {
        let cseq = self.next_cseq();
        let method = if self.session.no_update { "INVITE" } else { "UPDATE" };
        let interval =
            self.session.interval.unwrap_or(LONGEST).max(self.session.min.unwrap_or_default());
        let mut extra = format!("Session-Expires: {};refresher=uac\r\n", interval.as_secs());
        if let Some(min) = self.session.min {
            extra.push_str(&format!("Min-SE: {}\r\n", min.as_secs()));
        }
        if !challenges.is_empty() {
            extra.push_str(&self.authorize(method, &challenges));
        }
        let body = if method == "INVITE" { self.offer_anew() } else { String::new() };
        let request = self.setup.dialog.refresh(method, cseq, &extra, &body);
        self.send(Purpose::Refresh, request, now);
        let until = now.mono + self.setup.timers.patience();
        self.refreshing = Some(Refresh { method, cseq, until, challenges, tries });
    }

    /// Whether this is the CSeq number of one of our requests that refreshed the session.
    pub(super) fn is_refresh(&self, cseq: u32) -> bool {
        (self.setup.dialog.cseq + 1..=self.latest_cseq).contains(&cseq)
    }

    /// Sends the ACK of a final response to an INVITE that refreshed the session.
    pub(super) fn acknowledge_refresh(&mut self, cseq: u32, code: u16) {
        let dialog = &self.setup.dialog;
        let ack = dialog.ack_within(cseq, code >= 300, "");
        self.out.push(Output::Send(dialog.remote_flow(), ack));
    }

    /// Handles the final response to our refresh.
    pub(super) fn on_refresh_response(&mut self, response: &Message, source: Flow, now: Now) {
        let (Some(code), Some((cseq, method))) = (response.code(), response.cseq()) else { return };
        if method == "INVITE" && code < 300 {
            self.acknowledge_refresh(cseq, code);
        }
        let refresh = self.refreshing.take_if(|refresh| refresh.cseq == cseq);
        let Some(refresh) = refresh else { return };
        let (tries, mut challenges) = (refresh.tries + 1, refresh.challenges);
        let again = match code {
            200..300 => return self.on_refreshed(response, source, now),
            408 | 481 => return self.finish_as(EndKind::Abandoned, None, now),
            401 | 407 => self.setup.login.is_some() && challenges.take(response),
            422 => self.session.lengthen(response),
            491 => {
                self.session.due = Some(now.mono + GLARE);
                return;
            }
            // The far end does not support UPDATE after all.
            _ => !std::mem::replace(&mut self.session.no_update, true),
        };
        if again && tries < MAX_TRIES {
            self.send_refresh(challenges, tries, now);
        } else {
            // We stop refreshing; the call lasts as long as the far end keeps it.
            self.session.due = None;
        }
    }

    fn on_refreshed(&mut self, response: &Message, source: Flow, now: Now) {
        self.setup.dialog.move_target(response, source);
        if let Some(media) = response.description().and_then(|body| self.setup.local.agree(body)) {
            self.take_media(media);
        }
        // Without the header, no side asks for refreshes any more (§7.2).
        self.session.interval = seconds(response, Name::SessionExpires);
        self.session.ours = refresher(response).is_none_or(|by| by == By::Uac);
        self.session.restart(now);
    }
}

/// The side that refreshes, seen from the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Uac,
    Uas,
}

fn refresher(message: &Message) -> Option<By> {
    let by = crate::message::param(message.header(Name::SessionExpires)?, "refresher")?;
    match by.to_ascii_lowercase().as_str() {
        "uac" => Some(By::Uac),
        "uas" => Some(By::Uas),
        _ => None,
    }
}

/// Returns the seconds of Session-Expires or Min-SE.
fn seconds(message: &Message, name: Name) -> Option<Duration> {
    let value = message.header(name)?.split(';').next()?.trim().parse::<u64>().ok()?;
    (value > 0).then(|| Duration::from_secs(value).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use campanile_rules::time::Timestamp;

    use super::{super::storm::setup, *};

    /// Returns the latest request with this method that the machine sends.
    fn request(uac: &mut Uac, method: &str) -> Message {
        let sent = uac.outputs().into_iter().filter_map(|output| match output {
            Output::Send(_, bytes) => Message::parse(&bytes),
            _ => None,
        });
        sent.filter(|message| message.method() == Some(method)).last().expect(method)
    }

    fn respond(uac: &mut Uac, request: &Message, line: &str, now: Now) {
        let header = |name| request.header(name).unwrap();
        let text = format!(
            "SIP/2.0 {line}\r\nVia: {}\r\nFrom: {}\r\nTo: <sip:x@h>;tag=far\r\nCall-ID: {}\r\n\
             CSeq: {}\r\nSession-Expires: 90;refresher=uac\r\n\r\n\
             v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n",
            header(Name::Via),
            header(Name::From),
            header(Name::CallId),
            header(Name::CSeq)
        );
        let flow = uac.dialog().flow();
        uac.on_message(&Message::parse(text.as_bytes()).unwrap(), flow, now);
    }

    #[test]
    fn a_refresh_with_provisional_responses_only_ends_the_call_after_32_s() {
        let start = Now { mono: Instant::now(), wall: Timestamp(1) };
        let at = |seconds| Now { mono: start.mono + Duration::from_secs(seconds), ..start };
        let mut uac = Uac::dial(setup(), start);
        let invite = request(&mut uac, "INVITE");
        respond(&mut uac, &invite, "200 OK", start);
        uac.accept();
        assert_eq!(uac.wake_at(), Some(at(45).mono), "half of the interval");
        uac.on_time(at(45));
        // The 2xx does not allow UPDATE.
        let refresh = request(&mut uac, "INVITE");
        respond(&mut uac, &refresh, "100 Trying", at(46));
        assert!(uac.outputs().is_empty());
        assert_eq!(uac.wake_at(), Some(at(77).mono), "it is not repeated");
        uac.on_time(at(77));
        request(&mut uac, "BYE");
    }
}
