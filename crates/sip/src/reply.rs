//! Responses to requests, including those that belong to no call: this endpoint dials and takes no
//! calls.

use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

use bytes::Bytes;
use campanile_rules::trunk::Transport;

use crate::{
    dialog::derive,
    flow::Flow,
    message::{Message, Name, param, split_list, split_port},
    write::{ALLOW, finish},
};

/// The parts of a response besides its code.
#[derive(Default)]
pub(crate) struct Say<'a> {
    /// Extra header lines, each with its line end.
    pub extra: &'a str,
    /// A session description.
    pub body: &'a str,
}

/// Writes the response to `request`, which came from `source`, and returns where to send it. None:
/// the request lacks a header that the response must repeat, so no client could match it.
pub(crate) fn respond(
    request: &Message,
    source: Flow,
    code: u16,
    say: &Say<'_>,
) -> Option<(Flow, Bytes)> {
    let vias = request.list(Name::Via);
    let (from, to) = (request.header(Name::From)?, request.header(Name::To)?);
    let (call_id, cseq) = (request.header(Name::CallId)?, request.header(Name::CSeq)?);
    let mut text = String::with_capacity(512 + say.body.len());
    let _ = write!(text, "SIP/2.0 {code} {}\r\n", phrase(code));
    let (top, rest) = vias.split_first()?;
    let _ = write!(text, "Via: {}\r\n", with_source(top, source.addr));
    for via in rest {
        let _ = write!(text, "Via: {via}\r\n");
    }
    let _ = write!(text, "From: {from}\r\nTo: {to}");
    if code > 100 && request.receiver_tag().is_none() {
        // The tag is derived, so that a retransmitted request gets the same response.
        let _ = write!(text, ";tag={}", derive(&["to", call_id, from, cseq]));
    }
    let _ = write!(text, "\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\n{}", say.extra);
    Some((return_path(top, source), finish(text, say.body)))
}

/// Returns the answer to a request that belongs to no call of ours. None: no answer is sent.
pub fn to_stranger(request: &Message, source: Flow) -> Option<(Flow, Bytes)> {
    let method = request.method()?;
    let allow = format!("Allow: {ALLOW}\r\n");
    let (code, extra) = match method {
        "ACK" => return None,
        "OPTIONS" => (200, format!("{allow}Accept: application/sdp\r\n")),
        "INVITE" if request.receiver_tag().is_none() => (403, String::new()),
        "INVITE" | "BYE" | "CANCEL" | "UPDATE" | "INFO" | "PRACK" | "NOTIFY" => {
            (481, String::new())
        }
        "REGISTER" | "SUBSCRIBE" | "MESSAGE" | "REFER" | "PUBLISH" => (405, allow),
        _ => (501, allow),
    };
    respond(request, source, code, &Say { extra: &extra, body: "" })
}

/// Returns the reason phrase of a code that we send.
fn phrase(code: u16) -> &'static str {
    match code {
        200 => "OK",
        403 => "Forbidden",
        405 => "Method Not Allowed",
        415 => "Unsupported Media Type",
        420 => "Bad Extension",
        469 => "Bad Info Package",
        481 => "Call/Transaction Does Not Exist",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        _ => "Not Implemented",
    }
}

/// Adds to a Via where its request really came from (RFC 3261 §18.2.1, RFC 3581 §4).
fn with_source(via: &str, source: SocketAddr) -> String {
    let mut noted = via.split(';').map(str::trim).filter(|part| {
        let key = part.split('=').next().unwrap_or_default().trim();
        !key.eq_ignore_ascii_case("rport") && !key.eq_ignore_ascii_case("received")
    });
    let mut text = noted.next().unwrap_or_default().to_owned();
    for part in noted {
        let _ = write!(text, ";{part}");
    }
    let _ = write!(text, ";received={}", bare(source.ip()));
    if param(via, "rport").is_some() {
        let _ = write!(text, ";rport={}", source.port());
    }
    text
}

/// Returns where a response goes: back to the source of the request. On datagrams without `rport`,
/// it goes to the port in the Via.
fn return_path(via: &str, source: Flow) -> Flow {
    let sent_by = via.split(';').next().and_then(|head| head.split_whitespace().last());
    let port = match (source.transport, param(via, "rport")) {
        (Transport::Udp, None) => sent_by.and_then(split_port).map(|(_, port)| port),
        (Transport::Udp | Transport::Tcp, _) => None,
    };
    let port = port.unwrap_or(source.addr.port());
    Flow { addr: SocketAddr::new(source.addr.ip(), port), ..source }
}

/// Converts an IPv4 address that came through an IPv6 socket back to IPv4.
fn bare(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

/// Returns the extensions that a request requires and we do not support. We support session timers.
pub(crate) fn unsupported(request: &Message) -> Option<String> {
    let required = request.all(Name::Require).flat_map(split_list);
    let required = required.filter(|name| !name.eq_ignore_ascii_case("timer")).collect::<Vec<_>>();
    (!required.is_empty()).then(|| required.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, via: &str, to: &str) -> Message {
        let text = format!(
            "{method} sip:x@127.0.0.1 SIP/2.0\r\nVia: {via}\r\nVia: SIP/2.0/TCP far\r\n\
             From: <sip:scanner@h>;tag=1\r\nTo: {to}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\r\n"
        );
        Message::parse(text.as_bytes()).unwrap()
    }

    fn source() -> Flow {
        Flow { transport: Transport::Udp, addr: "127.0.0.1:7000".parse().unwrap() }
    }

    #[test]
    fn strangers_get_the_code_that_fits() {
        for (method, to, code) in [
            ("INVITE", "<sip:x@h>", 403),
            ("INVITE", "<sip:x@h>;tag=9", 481),
            ("BYE", "<sip:x@h>;tag=9", 481),
            ("OPTIONS", "<sip:x@h>", 200),
            ("REGISTER", "<sip:x@h>", 405),
            ("DANCE", "<sip:x@h>", 501),
        ] {
            let (_, reply) = to_stranger(&request(method, "SIP/2.0/UDP h", to), source()).unwrap();
            let reply = Message::parse(&reply).unwrap();
            assert_eq!(reply.code(), Some(code), "{method}");
            assert!(reply.receiver_tag().is_some());
            assert_eq!(reply.list(Name::Via).len(), 2);
        }
        assert!(to_stranger(&request("ACK", "SIP/2.0/UDP h", "<sip:x@h>"), source()).is_none());
    }

    #[test]
    fn responses_return_to_where_the_request_came_from() {
        let with =
            request("OPTIONS", "SIP/2.0/UDP 10.0.0.1:5080;rport;branch=z9hG4bK1", "<sip:x@h>");
        let (flow, reply) = to_stranger(&with, source()).unwrap();
        assert_eq!(flow.addr, "127.0.0.1:7000".parse().unwrap());
        let via = Message::parse(&reply).unwrap().header(Name::Via).unwrap().to_owned();
        assert_eq!(via, "SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bK1;received=127.0.0.1;rport=7000");
        let without = request("OPTIONS", "SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bK1", "<sip:x@h>");
        let (flow, _) = to_stranger(&without, source()).unwrap();
        assert_eq!(flow.addr, "127.0.0.1:5080".parse().unwrap());
    }
}
