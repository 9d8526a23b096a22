//! The identity of a call on the wire, and the requests that can be written from it.
//!
//! Tags and branches are derived from the Call-ID; everything else is in [`Dialog`]. A process that
//! loads a dialog from the store can therefore cancel or hang up a call that another process
//! dialed.

use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

use bytes::Bytes;
use campanile_rules::{phone::E164, trunk::Transport};
use serde::{Deserialize, Serialize};

use crate::{
    flow::Flow,
    message::{Message, Name, host_port, param, uri_of, without_param},
    request::Request,
    write::{ALLOW, finish},
};

/// More requests than we send within one call: a refresh each second for longer than a call may
/// last.
const MAX_REQUESTS: u32 = 100_000;

/// The most proxies in a route set.
const MAX_ROUTES: usize = 16;

/// The identity of one call. It is stored before the INVITE leaves and again after each change. It
/// holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialog {
    pub(crate) call_id: String,
    /// The Request-URI of the INVITE.
    pub(crate) uri: String,
    /// The From header, with our tag.
    pub(crate) from: String,
    /// The To header, without a tag.
    pub(crate) to: String,
    /// Host and port of our Via and Contact.
    pub(crate) sent_by: String,
    pub(crate) transport: Transport,
    /// Where the INVITE goes.
    pub(crate) at: SocketAddr,
    /// CSeq number of the latest INVITE; a digest challenge raises it.
    pub(crate) cseq: u32,
    /// The far end, once it has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<Remote>,
}

/// The far end of a confirmed dialog (RFC 3261 §12.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remote {
    pub tag: String,
    pub target: String,
    pub routes: Vec<String>,
    pub at: SocketAddr,
}

/// The parts of a request that is about to be written.
struct Draft<'a> {
    method: &'static str,
    cseq: u32,
    branch: String,
    /// Extra header lines, each with its line end.
    extra: &'a str,
    body: &'a str,
}

/// Returns sixteen hexadecimal digits that depend on every part and on nothing else (FNV-1a, 64
/// bits).
pub(crate) fn derive(parts: &[&str]) -> String {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Returns the tag of our side of the call.
pub(crate) fn local_tag(call_id: &str) -> String {
    derive(&["tag", call_id])
}

/// The URIs of a request that opens a dialog or stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// The Request-URI.
    pub uri: String,
    /// The URI of the From header.
    pub from: String,
    /// The URI of the To header.
    pub to: String,
}

impl Dialog {
    /// Creates the identity of a request that goes to `flow`. `sent_by` is our host and port as the
    /// far end reaches them. The Call-ID must be unique and hard to guess.
    pub fn new(call_id: String, ends: Ends, flow: Flow, sent_by: String) -> Dialog {
        let Ends { uri, from, to } = ends;
        Dialog {
            uri,
            from: format!("<{from}>;tag={}", local_tag(&call_id)),
            to: format!("<{to}>"),
            sent_by,
            transport: flow.transport,
            at: flow.addr,
            cseq: 1,
            remote: None,
            call_id,
        }
    }

    /// The SIP Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The Request-URI of the INVITE.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Whether the call was answered.
    pub fn is_answered(&self) -> bool {
        self.remote.is_some()
    }

    /// Returns where the INVITE goes.
    pub fn flow(&self) -> Flow {
        Flow { transport: self.transport, addr: self.at }
    }

    /// Returns where requests within the dialog go.
    pub(crate) fn remote_flow(&self) -> Flow {
        let addr = self.remote.as_ref().map_or(self.at, |remote| remote.at);
        Flow { transport: self.transport, addr }
    }

    /// Returns the branch of the transaction that `method` opens with this CSeq number. CANCEL and
    /// the ACK of a refusal use the INVITE's branch (RFC 3261 §9.1, §17.1.1.3); the ACK of a 2xx
    /// has its own.
    fn branch(&self, method: &str, cseq: u32) -> String {
        branch(&[method, &cseq.to_string(), &self.call_id])
    }

    /// Returns the branch of a request within the dialog. It includes the remote tag, because each
    /// fork has its own transaction although method and CSeq number are the same.
    fn branch_within(&self, method: &str, cseq: u32) -> String {
        let tag = self.remote.as_ref().map_or("", |remote| &remote.tag);
        branch(&[method, &cseq.to_string(), &self.call_id, tag])
    }

    /// Writes the INVITE with the current CSeq number.
    pub(crate) fn invite(&self, extra: &str, offer: &str) -> Request {
        let branch = self.branch("INVITE", self.cseq);
        self.open(Draft { method: "INVITE", cseq: self.cseq, branch, extra, body: offer }, None)
    }

    /// Writes the CANCEL of the latest INVITE.
    pub(crate) fn cancel(&self) -> Request {
        let branch = self.branch("INVITE", self.cseq);
        self.open(Draft { method: "CANCEL", cseq: self.cseq, branch, extra: "", body: "" }, None)
    }

    /// Writes the ACK of a 2xx, a request of its own within the dialog (RFC 3261 §13.2.2.4).
    pub(crate) fn ack(&self, extra: &str) -> Bytes {
        self.ack_within(self.cseq, false, extra)
    }

    /// Writes a BYE with this CSeq number.
    pub(crate) fn bye(&self, cseq: u32, extra: &str) -> Request {
        let branch = self.branch_within("BYE", cseq);
        let draft = Draft { method: "BYE", cseq, branch, extra, body: "" };
        self.open(draft, self.remote.as_ref())
    }

    /// Writes a request that refreshes the session (RFC 4028): an UPDATE, or an INVITE with our
    /// description.
    pub(crate) fn refresh(
        &self,
        method: &'static str,
        cseq: u32,
        extra: &str,
        body: &str,
    ) -> Request {
        let branch = self.branch_within(method, cseq);
        self.open(Draft { method, cseq, branch, extra, body }, self.remote.as_ref())
    }

    /// Writes the ACK of a final response to an INVITE within the dialog. The ACK of a refusal uses
    /// that INVITE's branch; the ACK of a 2xx has its own.
    pub(crate) fn ack_within(&self, cseq: u32, refused: bool, extra: &str) -> Bytes {
        let branch = self.branch_within(if refused { "INVITE" } else { "ACK" }, cseq);
        let draft = Draft { method: "ACK", cseq, branch, extra, body: "" };
        self.write(&draft, self.remote.as_ref())
    }

    /// Returns a CSeq number that none of our requests within the dialog has passed. A process that
    /// died did not store how many it sent.
    pub(crate) fn highest_cseq(&self) -> u32 {
        self.cseq.saturating_add(MAX_REQUESTS)
    }

    /// Writes a REFER (RFC 3515): the far end is asked to call `number` in our place, where the
    /// INVITE of a call to this number would go.
    pub(crate) fn refer(&self, number: E164, cseq: u32, extra: &str) -> Request {
        let branch = self.branch_within("REFER", cseq);
        let host = self.uri.split_once('@').map_or(self.uri.as_str(), |(_, host)| host);
        let by = uri_of(&self.from);
        let extra = format!("Refer-To: <sip:{number}@{host}>\r\nReferred-By: <{by}>\r\n{extra}");
        let draft = Draft { method: "REFER", cseq, branch, extra: &extra, body: "" };
        self.open(draft, self.remote.as_ref())
    }

    /// Takes over a new Contact of the far end (RFC 3261 §12.2), from its request or its 2xx.
    pub(crate) fn move_target(&mut self, message: &Message, source: Flow) {
        let contact = message.list(Name::Contact).first().map(|contact| uri_of(contact).to_owned());
        if let (Some(remote), Some(target)) = (&mut self.remote, contact) {
            remote.target = target;
            remote.at = place_of(remote.next_hop(), source);
        }
    }

    /// Writes an OPTIONS, which asks whether the far end is there.
    pub fn options(&self, user_agent: &str) -> Request {
        let branch = self.branch("OPTIONS", self.cseq);
        let extra = format!("Accept: application/sdp\r\nUser-Agent: {user_agent}\r\n");
        let draft = Draft { method: "OPTIONS", cseq: self.cseq, branch, extra: &extra, body: "" };
        self.open(draft, None)
    }

    /// Writes a request that opens a transaction, outside of the dialog or within it.
    fn open(&self, draft: Draft<'_>, remote: Option<&Remote>) -> Request {
        let flow = if remote.is_some() { self.remote_flow() } else { self.flow() };
        let bytes = self.write(&draft, remote);
        let Draft { method, cseq, branch, .. } = draft;
        Request { method, cseq, branch, flow, bytes }
    }

    fn write(&self, draft: &Draft<'_>, remote: Option<&Remote>) -> Bytes {
        let (mut uri, mut routes) = match remote {
            Some(remote) => (remote.target.clone(), remote.routes.clone()),
            None => (self.uri.clone(), Vec::new()),
        };
        // A first proxy without `lr` is a strict router (RFC 3261 §12.2.1.1).
        if let Some(first) = routes.first()
            && !uri_of(first).to_ascii_lowercase().contains(";lr")
        {
            let strict = uri_of(&routes.remove(0)).to_owned();
            routes.push(format!("<{uri}>"));
            uri = strict;
        }
        let tag = remote.map_or_else(String::new, |remote| format!(";tag={}", remote.tag));
        let mut text = String::with_capacity(640 + draft.extra.len() + draft.body.len());
        let Draft { method, cseq, branch, extra, body } = draft;
        let transport = via_transport(self.transport);
        let _ = write!(
            text,
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {};branch={branch};rport\r\n\
             Max-Forwards: 70\r\n\
             From: {}\r\nTo: {}{tag}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n",
            self.sent_by, self.from, self.to, self.call_id
        );
        for route in &routes {
            let _ = write!(text, "Route: {route}\r\n");
        }
        if matches!(*method, "INVITE" | "UPDATE" | "REFER") {
            let contact = self.contact();
            let _ = write!(text, "Contact: {contact}\r\nAllow: {ALLOW}\r\nSupported: timer\r\n");
        }
        text.push_str(extra);
        finish(text, body)
    }

    /// Returns our Contact header.
    pub(crate) fn contact(&self) -> String {
        contact(&self.from, &self.sent_by, self.transport)
    }

    /// Writes the ACK of a refusal that no transaction waits for.
    pub(crate) fn ack_of_refusal(&self, refusal: &Message) -> Option<Bytes> {
        ack_of_refusal(&self.uri, &self.sent_by, self.transport, refusal)
    }

    /// Returns this dialog confirmed by a 2xx that came from `source`.
    pub(crate) fn confirmed(&self, answer: &Message, source: Flow) -> Option<Dialog> {
        Some(Dialog { remote: Some(remote_of(answer, source)?), ..self.clone() })
    }

    /// Returns the dialog of a 2xx to a forgotten INVITE. The 2xx itself holds everything needed to
    /// end it.
    pub(crate) fn of_late_answer(answer: &Message, sent_by: &str, source: Flow) -> Option<Dialog> {
        let to = answer.header(Name::To)?;
        let (cseq, _) = answer.cseq()?;
        Some(Dialog {
            call_id: answer.header(Name::CallId)?.to_owned(),
            uri: uri_of(to).to_owned(),
            from: answer.header(Name::From)?.to_owned(),
            to: without_param(to, "tag"),
            sent_by: sent_by.to_owned(),
            transport: source.transport,
            at: source.addr,
            cseq,
            remote: Some(remote_of(answer, source)?),
        })
    }

    /// Whether a request from the far end belongs to this dialog. Before the answer the remote tag
    /// is unknown and is not compared.
    pub(crate) fn owns_request(&self, request: &Message) -> bool {
        let from_theirs = match &self.remote {
            Some(remote) => request.sender_tag() == Some(&remote.tag),
            None => request.sender_tag().is_some(),
        };
        from_theirs && request.receiver_tag() == Some(local_tag(&self.call_id).as_str())
    }
}

fn branch(parts: &[&str]) -> String {
    format!("z9hG4bK{}", derive(parts))
}

/// Whether a response answers a request of this call: it has exactly one Via, ours, with the branch
/// of that request (RFC 3261 §8.1.3.3, §17.1.3, §18.1.2).
pub(crate) fn answers_us(response: &Message, call_id: &str) -> bool {
    let vias = response.list(Name::Via);
    let (Some((cseq, method)), [via]) = (response.cseq(), vias.as_slice()) else { return false };
    let method = if method == "CANCEL" { "INVITE" } else { method };
    let (cseq, tag) = (cseq.to_string(), response.receiver_tag().unwrap_or_default());
    let ours = [
        branch(&[method, &cseq, call_id]),
        branch(&[method, &cseq, call_id, tag]),
        // Some test tools repeat a 2xx under the Via of its ACK, which is ours, too.
        branch(&["ACK", &cseq, call_id, tag]),
    ];
    param(via, "branch").is_some_and(|theirs| ours.iter().any(|branch| branch == theirs))
}

/// Returns a Contact with the user of the From header at `sent_by`.
pub(crate) fn contact(from: &str, sent_by: &str, transport: Transport) -> String {
    let user = uri_of(from).trim_start_matches("sip:").split('@').next().unwrap_or_default();
    match transport {
        Transport::Udp => format!("<sip:{user}@{sent_by}>"),
        Transport::Tcp => format!("<sip:{user}@{sent_by};transport=tcp>"),
    }
}

/// Writes the ACK of a refusal (RFC 3261 §17.1.1.3) from the refusal itself and the Request-URI of
/// the INVITE, whose transaction is over.
pub(crate) fn ack_of_refusal(
    uri: &str,
    sent_by: &str,
    transport: Transport,
    refusal: &Message,
) -> Option<Bytes> {
    let (cseq, _) = refusal.cseq()?;
    let text = format!(
        "ACK {uri} SIP/2.0\r\nVia: SIP/2.0/{} {sent_by};branch={};rport\r\nMax-Forwards: 70\r\n\
         From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} ACK\r\n",
        via_transport(transport),
        refusal.branch()?,
        refusal.header(Name::From)?,
        refusal.header(Name::To)?,
        refusal.header(Name::CallId)?,
    );
    Some(finish(text, ""))
}

pub(crate) fn via_transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
    }
}

fn remote_of(answer: &Message, source: Flow) -> Option<Remote> {
    let mut routes: Vec<String> =
        answer.list(Name::RecordRoute).into_iter().take(MAX_ROUTES).map(str::to_owned).collect();
    routes.reverse();
    // RFC 3261 requires a Contact. A far end without one is reached at the source of its answer.
    let target = match answer.list(Name::Contact).first() {
        Some(contact) => uri_of(contact).to_owned(),
        None => format!("sip:{}", source.addr),
    };
    let tag = answer.receiver_tag().unwrap_or_default().to_owned();
    let mut remote = Remote { tag, target, routes, at: source.addr };
    remote.at = place_of(remote.next_hop(), source);
    Some(remote)
}

impl Remote {
    /// Returns the URI of the first hop of a request.
    fn next_hop(&self) -> &str {
        self.routes.first().map_or(self.target.as_str(), |route| uri_of(route))
    }
}

/// Returns the address of the next hop; on a stream, a new address is a new connection. The source
/// of the answer is used instead when the URI has a host name (the source is known to work), an
/// address of the other family, or a private address behind a public one.
fn place_of(uri: &str, source: Flow) -> SocketAddr {
    let named = host_port(uri).and_then(|(host, port)| {
        let ip: IpAddr = param(uri, "maddr").unwrap_or(host).parse().ok()?;
        Some(SocketAddr::new(ip, port))
    });
    let is_reached = |named: &SocketAddr| {
        !named.ip().is_unspecified()
            && named.is_ipv4() == source.addr.is_ipv4()
            && (!is_private(named.ip()) || is_private(source.addr.ip()))
    };
    named.filter(is_reached).unwrap_or(source.addr)
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn dialog() -> Dialog {
        Dialog {
            call_id: "attempt-7@campanile".into(),
            uri: "sip:+14155550101@192.0.2.1:5060".into(),
            from: format!("<sip:+14155550100@192.0.2.1>;tag={}", local_tag("attempt-7@campanile")),
            to: "<sip:+14155550101@192.0.2.1>".into(),
            sent_by: "192.0.2.9:5070".into(),
            transport: Transport::Udp,
            at: "192.0.2.1:5060".parse().unwrap(),
            cseq: 1,
            remote: None,
        }
    }

    fn answer(extra: &str) -> Message {
        let text = format!(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n\
             From: {}\r\nTo: <sip:+14155550101@192.0.2.1>;tag=t2\r\nCall-ID: attempt-7@campanile\r\n\
             CSeq: 1 INVITE\r\n{extra}\r\n",
            dialog().from
        );
        Message::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn only_what_repeats_our_via_answers_us() {
        let dialog = dialog();
        let invite = Message::parse(&dialog.invite("", "").bytes).unwrap();
        let via = invite.header(Name::Via).unwrap();
        let other = via.replace("z9hG4bK", "z9hG4bKf");
        let response = |vias: &str| {
            let text =
                format!("SIP/2.0 200 OK\r\n{vias}To: <sip:x@h>;tag=t\r\nCSeq: 1 INVITE\r\n\r\n");
            answers_us(&Message::parse(text.as_bytes()).unwrap(), &dialog.call_id)
        };
        assert!(response(&format!("Via: {via}\r\n")));
        assert!(response(&format!("v: {via};received=192.0.2.9\r\n")));
        assert!(!response(&format!("Via: {other}\r\n")));
        assert!(!response(&format!("Via: {via}\r\nVia: SIP/2.0/UDP far;branch=z9hG4bK1\r\n")));
        assert!(!response(&format!("Via: {via}, SIP/2.0/UDP far\r\n")));
        assert!(!response("Via: SIP/2.0/UDP 192.0.2.9:5070\r\n"));
        assert!(!response(""));
    }

    fn source() -> Flow {
        Flow { transport: Transport::Udp, addr: "192.0.2.1:5060".parse().unwrap() }
    }

    #[test]
    fn a_stored_dialog_writes_the_same_cancel() {
        let json = serde_json::to_string(&dialog()).unwrap();
        let stored: Dialog = serde_json::from_str(&json).unwrap();
        assert_eq!(stored.cancel(), dialog().cancel());
        let cancel = Message::parse(&stored.cancel().bytes).unwrap();
        let invite = Message::parse(&dialog().invite("", "v=0\r\n").bytes).unwrap();
        assert_eq!(cancel.branch(), invite.branch());
        assert_eq!(cancel.header(Name::Via), invite.header(Name::Via));
        assert_eq!(cancel.cseq().unwrap().0, invite.cseq().unwrap().0);
    }

    #[test]
    fn routes_are_followed_loosely_or_strictly() {
        let loose = answer(
            "Contact: <sip:bob@198.51.100.5>\r\nRecord-Route: <sip:b.example;lr>, \
             <sip:198.51.100.1:5080;lr>\r\n",
        );
        let bye = dialog().confirmed(&loose, source()).unwrap();
        let text = String::from_utf8(bye.bye(2, "").bytes.to_vec()).unwrap();
        assert!(text.starts_with("BYE sip:bob@198.51.100.5 SIP/2.0\r\n"), "{text}");
        let at = |part: &str| text.find(part).unwrap();
        assert!(at("Route: <sip:198.51.100.1:5080;lr>") < at("Route: <sip:b.example;lr>"));
        assert_eq!(bye.remote_flow().addr, "198.51.100.1:5080".parse().unwrap());

        let strict = answer("Contact: <sip:bob@h>\r\nRecord-Route: <sip:198.51.100.1>\r\n");
        let bye = dialog().confirmed(&strict, source()).unwrap().bye(2, "");
        let text = String::from_utf8(bye.bytes.to_vec()).unwrap();
        assert!(text.starts_with("BYE sip:198.51.100.1 SIP/2.0\r\n"), "{text}");
        assert!(text.contains("Route: <sip:bob@h>\r\n"));
    }

    #[test]
    fn a_private_contact_behind_a_public_answer_is_reached_where_it_answered() {
        let nat = answer("Contact: <sip:bob@10.0.0.5:5062>\r\n");
        let dialog = dialog().confirmed(&nat, source()).unwrap();
        assert_eq!(dialog.remote_flow().addr, source().addr);
        let none = answer("");
        assert_eq!(super::remote_of(&none, source()).unwrap().target, "sip:192.0.2.1:5060");
    }
}
