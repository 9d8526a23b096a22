//! Parses SIP requests; writes responses, the BYE and NOTIFYs. The library parses. Responses are written
//! here, because they mostly repeat lines of the request.

use std::fmt::Write;
use std::net::SocketAddr;

use rsipstack::sip::headers::ToTypedHeader;
use rsipstack::sip::{Header, HeadersExt, Method, Request, Response, SipMessage, headers, typed};

/// The source of a message, which is also where the answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// A UDP address.
    Udp(SocketAddr),
    /// An open TCP connection, by our own number.
    Tcp(u64),
}

impl Peer {
    /// Whether the transport loses nothing.
    pub fn is_reliable(self) -> bool {
        matches!(self, Peer::Tcp(_))
    }
}

/// A message that we understood.
#[derive(Debug)]
pub enum Inbound {
    /// A request.
    Request(Box<Inquiry>),
    /// A response to our BYE or NOTIFY: its status and the branch of its top Via.
    Response {
        /// 100–699.
        status: u16,
        /// The branch, as we sent it.
        branch: String,
    },
}

/// The parts of a request that we need.
#[derive(Debug)]
pub struct Inquiry {
    /// INVITE, ACK, …
    pub method: Method,
    /// The user part of the Request-URI.
    pub dialed: String,
    /// The user part of the From URI.
    pub from_user: String,
    /// The Call-ID header.
    pub call_id: String,
    /// The same for an INVITE, its retransmissions, its CANCEL and the ACK of its refusal.
    pub transaction: String,
    /// The tag of the To header, if any; within a dialog it is ours.
    pub to_tag: Option<String>,
    /// The lines that every response repeats.
    pub echo: Echo,
    /// The first Contact URI.
    pub contact: Option<String>,
    /// The extensions that the caller requires.
    pub require: Option<String>,
    /// The user part of the Refer-To URI.
    pub refer_to: Option<String>,
    /// The body, cut at Content-Length.
    pub body: Vec<u8>,
    /// Where responses go.
    pub reply_to: Peer,
}

/// The lines of a request that its responses repeat (RFC 3261 §8.2.6.2).
#[derive(Debug, Clone, Default)]
pub struct Echo {
    vias: String,
    from: String,
    to: String,
    call_id: String,
    cseq: String,
    record_routes: String,
}

/// The parts of a response to be written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    /// Status and reason phrase.
    pub status: (u16, &'a str),
    /// Our tag, for a To without one.
    pub tag: &'a str,
    /// Complete header lines.
    pub headers: &'a str,
    /// An SDP body, or an empty text.
    pub sdp: &'a str,
}

/// The parts of a request within a dialog to be written.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// BYE or NOTIFY.
    pub method: &'a str,
    /// The CSeq number.
    pub cseq: u32,
    /// The Request-URI.
    pub target: &'a str,
    /// Our tag.
    pub tag: &'a str,
    /// Complete header lines.
    pub headers: &'a str,
    /// The body, or an empty text.
    pub body: &'a str,
}

/// Parses a message. `None` if it is not SIP or lacks what an answer needs.
pub fn parse(bytes: &[u8], from: Peer, source: SocketAddr) -> Option<Inbound> {
    match SipMessage::try_from(bytes::Bytes::copy_from_slice(bytes)).ok()? {
        SipMessage::Request(request) => {
            inquiry(request, bytes, (from, source)).map(Box::new).map(Inbound::Request)
        }
        SipMessage::Response(response) => reply(&response),
    }
}

fn reply(response: &Response) -> Option<Inbound> {
    let via = response.top_via_header().ok()?.typed().ok()?;
    let branch = via.branch()?.value().to_owned();
    Some(Inbound::Response { status: response.status_code.code(), branch })
}

fn inquiry(request: Request, bytes: &[u8], (from, source): (Peer, SocketAddr)) -> Option<Inquiry> {
    let via: typed::Via = request.top_via_header().ok()?.typed().ok()?;
    let from_header = request.from_header().ok()?;
    let to = request.to_header().ok()?;
    let call_id = request.call_id_header().ok()?.value().to_owned();
    let cseq = request.cseq_header().ok()?;
    let reply_to = match from {
        // Without rport the answer goes to the port in the Via (RFC 3581 §4).
        Peer::Udp(_) if via.rport().is_none() => {
            let port = via.sent_by().port.as_ref().map_or(5060, |port| port.0);
            Peer::Udp(SocketAddr::new(source.ip(), port))
        }
        peer => peer,
    };
    let transaction = format!(
        "{}|{}|{}|{}",
        via.branch().map_or("", |branch| branch.value()),
        via.sent_by(),
        call_id,
        cseq.seq().ok()?
    );
    Some(Inquiry {
        method: request.method,
        dialed: user(request_uri(bytes)),
        from_user: user(name_addr(from_header.value()).0),
        transaction,
        to_tag: tag(to.value()),
        echo: Echo {
            vias: vias(&request, source)?,
            from: from_header.value().to_owned(),
            to: to.value().to_owned(),
            call_id: call_id.clone(),
            cseq: cseq.value().to_owned(),
            record_routes: record_routes(&request),
        },
        contact: contact(&request),
        require: require(&request),
        refer_to: refer_to(&request),
        call_id,
        body: request.body,
        reply_to,
    })
}

/// Splits a From or To header into URI and parameters. A quoted display name may contain anything.
fn name_addr(value: &str) -> (&str, &str) {
    let value = value.trim();
    let mut rest = value;
    if let Some(quoted) = value.strip_prefix('"') {
        let mut is_escaped = false;
        let end = quoted.find(|c| {
            let closes = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            closes
        });
        rest = &quoted[end.map_or(0, |end| end + 1)..];
    }
    match rest.split_once('<').and_then(|(_, after)| after.split_once('>')) {
        Some(parts) => parts,
        None => rest.split_once(';').unwrap_or((rest, "")),
    }
}

fn tag(value: &str) -> Option<String> {
    let (_, params) = name_addr(value);
    params.split(';').find_map(|param| param.trim().strip_prefix("tag=")).map(str::to_owned)
}

/// Returns the user part of a URI without parameters and password. An escaped plus sign is
/// unescaped.
fn user(uri: &str) -> String {
    let (scheme, rest) = uri.trim().split_once(':').unwrap_or(("", uri));
    let user = match rest.rsplit_once('@') {
        Some((user, _)) => user,
        None if scheme.eq_ignore_ascii_case("tel") => rest,
        None => "",
    };
    let user = user.split([';', ':']).next().unwrap_or("");
    user.replace("%2B", "+").replace("%2b", "+")
}

fn vias(request: &Request, source: SocketAddr) -> Option<String> {
    let mut lines = String::new();
    for header in request.headers.iter() {
        let Header::Via(via) = header else { continue };
        let mut via = via.clone();
        if lines.is_empty() {
            via.update_first_value(|first| Ok(received(first, source))).ok()?;
        }
        let _ = write!(lines, "Via: {}\r\n", via.value());
    }
    Some(lines)
}

/// Adds to the Via where the request really came from (RFC 3261 §18.2.1, RFC 3581 §4).
fn received(via: headers::Via, source: SocketAddr) -> headers::Via {
    let mut value: String = via
        .value()
        .split(';')
        .filter(|param| !param.trim().to_ascii_lowercase().starts_with("received="))
        .map(|param| {
            if param.trim().eq_ignore_ascii_case("rport") {
                format!("rport={}", source.port())
            } else {
                param.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(";");
    let _ = write!(value, ";received={}", source.ip());
    headers::Via::new(value)
}

fn record_routes(request: &Request) -> String {
    let mut lines = String::new();
    for route in request.record_route_headers() {
        let _ = write!(lines, "Record-Route: {}\r\n", route.value());
    }
    lines
}

/// Returns the Request-URI as it arrived; the library's own URI would escape its escapes again.
fn request_uri(bytes: &[u8]) -> &str {
    let line = bytes.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    let line = line.and_then(|line| std::str::from_utf8(line).ok()).unwrap_or("");
    line.split_ascii_whitespace().nth(1).unwrap_or("")
}

fn contact(request: &Request) -> Option<String> {
    let contact = request.contact_header().ok()?;
    Some(name_addr(contact.value()).0.trim().to_owned())
}

fn require(request: &Request) -> Option<String> {
    request.header_value("Require").filter(|value| !value.is_empty())
}

fn refer_to(request: &Request) -> Option<String> {
    let value = request.header_value("Refer-To").or_else(|| request.header_value("r"))?;
    Some(user(name_addr(&value).0))
}

impl Echo {
    /// Writes a response to this request.
    pub fn answer(&self, answer: &Answer) -> Vec<u8> {
        let (code, phrase) = answer.status;
        let tag = if answer.tag.is_empty() || tag(&self.to).is_some() {
            String::new()
        } else {
            format!(";tag={}", answer.tag)
        };
        // Only a response that creates a dialog carries its routes (§12.1.1).
        let routes = if (101..300).contains(&code) { &self.record_routes } else { "" };
        let kind = if answer.sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "SIP/2.0 {code} {phrase}\r\n{}{routes}From: {}\r\nTo: {}{tag}\r\nCall-ID: {}\r\n\
             CSeq: {}\r\n{}{kind}Content-Length: {}\r\n\r\n{}",
            self.vias,
            self.from,
            self.to,
            self.call_id,
            self.cseq,
            answer.headers,
            answer.sdp.len(),
            answer.sdp
        )
        .into_bytes()
    }

    /// Writes a request within the dialog created by this request.
    pub fn ask(&self, ask: &Ask, local: SocketAddr, reliable: bool) -> Vec<u8> {
        let Ask { method, cseq, target, tag, headers, body } = ask;
        let transport = if reliable { "TCP" } else { "UDP" };
        let routes = self.record_routes.replace("Record-Route: ", "Route: ");
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/{transport} {local};branch={};rport\r\n\
             {routes}Max-Forwards: 70\r\nFrom: {};tag={tag}\r\nTo: {}\r\nCall-ID: {}\r\n\
             CSeq: {cseq} {method}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            branch_of(tag, *cseq),
            self.to,
            self.from,
            self.call_id,
            body.len()
        )
        .into_bytes()
    }

    /// Returns where a request within the dialog goes: the first route, else the remote target.
    /// `None` if that is not a literal address.
    pub fn next_hop(&self, target: &str) -> Option<SocketAddr> {
        let route = self.record_routes.strip_prefix("Record-Route: ");
        literal_address(route.map_or(target, |route| name_addr(route).0))
    }
}

/// Returns the branch of our request in the dialog with this tag of ours.
fn branch_of(tag: &str, cseq: u32) -> String {
    format!("z9hG4bK-{tag}-{cseq}")
}

/// Returns the tag and the CSeq number in the branch of our request.
pub fn request_of_branch(branch: &str) -> Option<(&str, u32)> {
    // The library may remove the magic cookie.
    let rest = branch.strip_prefix("z9hG4bK-").or_else(|| branch.strip_prefix('-'))?;
    let (tag, cseq) = rest.rsplit_once('-')?;
    Some((tag, cseq.parse().ok()?))
}

/// Returns the address in a URI such as `sip:name@127.0.0.1:5060`, if it is a literal one.
fn literal_address(uri: &str) -> Option<SocketAddr> {
    let uri = rsipstack::sip::parse_uri(uri).ok()?;
    let port = uri.host_with_port.port.as_ref().map_or(5060, |port| port.0);
    let host = uri.host().to_string();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:%2B14155550107;x=y@127.0.0.1 SIP/2.0\r\n\
        Via: SIP/2.0/UDP 127.0.0.1:7000;branch=z9hG4bKabc;rport, SIP/2.0/UDP far;branch=z\r\n\
        v: SIP/2.0/UDP further;branch=y\r\n\
        Record-Route: <sip:p1;lr>\r\n\
        f: \"A <b>\" <sip:+14155550100@host>;tag=1\r\nt: <sip:+14155550107@host>\r\n\
        i: call-1\r\nCSeq: 7 INVITE\r\nm: <sip:me@127.0.0.1:7001>\r\nl: 4\r\n\r\nbody and more";

    fn read(text: &str) -> Inquiry {
        let source = "127.0.0.1:7777".parse().unwrap();
        match parse(text.as_bytes(), Peer::Udp(source), source) {
            Some(Inbound::Request(inquiry)) => *inquiry,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_invite_is_read_in_its_compact_form() {
        let inquiry = read(INVITE);
        assert_eq!(inquiry.from_user, "+14155550100");
        assert_eq!(inquiry.call_id, "call-1");
        assert_eq!(inquiry.contact.as_deref(), Some("sip:me@127.0.0.1:7001"));
        assert_eq!(inquiry.body, b"body");
        assert_eq!(inquiry.to_tag, None);
        assert_eq!(inquiry.reply_to, Peer::Udp("127.0.0.1:7777".parse().unwrap()));
    }

    #[test]
    fn an_escaped_plus_is_a_plus() {
        assert_eq!(read(INVITE).dialed, "+14155550107");
    }

    #[test]
    fn user_parts_are_found_in_any_kind_of_address() {
        for (value, wanted) in [
            ("<sip:+1415@h>;tag=1", "+1415"),
            ("sip:+1415:secret@h;tag=1", "+1415"),
            ("\"a \\\" <sip:no@h>\" <sip:yes@h>", "yes"),
            ("<tel:+1415;phone-context=x>", "+1415"),
            ("Bob <sips:bob;day=1@h;p=q>;tag=1", "bob"),
            ("<sip:h>", ""),
            ("\"unclosed <sip:a@h>", "a"),
            ("", ""),
        ] {
            assert_eq!(user(name_addr(value).0), wanted, "{value}");
        }
        assert_eq!(tag("\";tag=no\" <sip:a@h>;x=y;tag=yes").as_deref(), Some("yes"));
        assert_eq!(tag("<sip:a@h;tag=no>"), None);
    }

    #[test]
    fn without_rport_the_answer_goes_to_the_port_of_via() {
        let inquiry = read(&INVITE.replace(";rport", ""));
        assert_eq!(inquiry.reply_to, Peer::Udp("127.0.0.1:7000".parse().unwrap()));
    }

    #[test]
    fn an_answer_repeats_the_lines_of_its_request() {
        let echo = read(INVITE).echo;
        let answer = Answer { status: (180, "Ringing"), tag: "t1", ..Answer::default() };
        let text = String::from_utf8(echo.answer(&answer)).unwrap();
        assert_eq!(
            text,
            "SIP/2.0 180 Ringing\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:7000;branch=z9hG4bKabc;rport=7777;received=127.0.0.1\
             , SIP/2.0/UDP far;branch=z\r\n\
             Via: SIP/2.0/UDP further;branch=y\r\nRecord-Route: <sip:p1;lr>\r\n\
             From: \"A <b>\" <sip:+14155550100@host>;tag=1\r\n\
             To: <sip:+14155550107@host>;tag=t1\r\nCall-ID: call-1\r\nCSeq: 7 INVITE\r\n\
             Content-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn a_bye_turns_the_dialog_around() {
        let (target, tag) = ("sip:me@h", "t1");
        let ask = Ask { method: "BYE", cseq: 1, target, tag, headers: "", body: "" };
        let bye = read(INVITE).echo.ask(&ask, "127.0.0.1:5060".parse().unwrap(), false);
        let text = String::from_utf8(bye).unwrap();
        assert!(text.starts_with("BYE sip:me@h SIP/2.0\r\n"), "{text}");
        assert!(text.contains("Route: <sip:p1;lr>\r\n"), "{text}");
        assert!(text.contains("From: <sip:+14155550107@host>;tag=t1\r\n"), "{text}");
        assert!(text.contains("To: \"A <b>\" <sip:+14155550100@host>;tag=1\r\n"), "{text}");
    }

    #[test]
    fn the_answer_to_our_bye_is_known_by_its_branch() {
        let source = "127.0.0.1:1".parse().unwrap();
        let branch = branch_of("1f-t1", 3);
        let text = format!("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch={branch}\r\n\r\n");
        match parse(text.as_bytes(), Peer::Udp(source), source) {
            Some(Inbound::Response { status: 200, branch }) => {
                assert_eq!(request_of_branch(&branch), Some(("1f-t1", 3)));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn garbage_is_nothing() {
        let source = "127.0.0.1:1".parse().unwrap();
        for bytes in
            [&b""[..], b"\r\n\r\n", b"INVITE", b"INVITE sip:a SIP/2.0\r\n\r\n", &[0xFF; 99]]
        {
            assert!(parse(bytes, Peer::Udp(source), source).is_none());
        }
    }
}
