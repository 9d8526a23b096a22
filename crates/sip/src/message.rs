//! SIP messages as they arrive, parsed into the few parts that the crate needs (RFC 3261 §7).
//!
//! Parsing is lenient, because a message that cannot be read cannot be answered, and it is bounded.

use bytes::Bytes;

/// The longest message that is read, in bytes: the largest datagram.
pub const MAX_MESSAGE: usize = 65_535;

/// The most parts of a body that are read.
const MAX_PARTS: usize = 16;

/// The most header lines kept of one message.
const MAX_HEADERS: usize = 128;

/// A message that was received.
#[derive(Debug, Clone)]
pub struct Message {
    pub(crate) start: Start,
    headers: Vec<(Name, String)>,
    pub(crate) body: Vec<u8>,
    /// The whole message, as it arrived.
    pub raw: Bytes,
}

/// The first line of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    Request { method: String, uri: String },
    Response { code: u16, reason: String },
}

/// The headers that are read; all others are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Via,
    From,
    To,
    CallId,
    CSeq,
    Contact,
    RecordRoute,
    WwwAuthenticate,
    ProxyAuthenticate,
    RetryAfter,
    Reason,
    Require,
    Allow,
    Supported,
    ContentType,
    InfoPackage,
    SessionExpires,
    MinSe,
    Event,
    SubscriptionState,
}

const NAMES: [(&str, &str, Name); 20] = [
    ("via", "v", Name::Via),
    ("from", "f", Name::From),
    ("to", "t", Name::To),
    ("call-id", "i", Name::CallId),
    ("cseq", "", Name::CSeq),
    ("contact", "m", Name::Contact),
    ("record-route", "", Name::RecordRoute),
    ("www-authenticate", "", Name::WwwAuthenticate),
    ("proxy-authenticate", "", Name::ProxyAuthenticate),
    ("retry-after", "", Name::RetryAfter),
    ("reason", "", Name::Reason),
    ("require", "", Name::Require),
    ("allow", "", Name::Allow),
    ("supported", "k", Name::Supported),
    ("content-type", "c", Name::ContentType),
    ("info-package", "", Name::InfoPackage),
    ("session-expires", "x", Name::SessionExpires),
    ("min-se", "", Name::MinSe),
    ("event", "o", Name::Event),
    ("subscription-state", "", Name::SubscriptionState),
];

impl Message {
    /// Parses one message. None: the bytes are not a message, or not one that can be answered.
    pub fn parse(bytes: &[u8]) -> Option<Message> {
        let bytes = &bytes[bytes.iter().position(|b| !b.is_ascii_whitespace())?..];
        let (head, mut body) = split_head(bytes)?;
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let start = parse_start(lines.next()?)?;
        let mut headers: Vec<(Name, String)> = Vec::with_capacity(12);
        let mut length = None;
        let mut last_kept = false;
        for line in lines {
            if line.starts_with([' ', '\t']) {
                if let (true, Some((_, value))) = (last_kept, headers.last_mut()) {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                continue;
            }
            last_kept = false;
            let Some((name, value)) = line.split_once(':') else { continue };
            let (name, value) = (name.trim(), value.trim());
            if is_content_length(name) {
                length = length.or_else(|| value.parse::<usize>().ok());
            } else if let Some(name) = known(name)
                && headers.len() < MAX_HEADERS
            {
                headers.push((name, value.to_owned()));
                last_kept = true;
            }
        }
        if let Some(length) = length {
            body = &body[..length.min(body.len())];
        }
        let raw = Bytes::copy_from_slice(bytes);
        Some(Message { start, headers, body: body.to_vec(), raw })
    }

    /// The first header called `name`.
    pub(crate) fn header(&self, name: Name) -> Option<&str> {
        self.all(name).next()
    }

    /// Every header called `name`, in order.
    pub(crate) fn all(&self, name: Name) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    /// The values of a header that is a comma-separated list, over all its lines.
    pub(crate) fn list(&self, name: Name) -> Vec<&str> {
        self.all(name).flat_map(split_list).collect()
    }

    /// Whether a header that is a comma-separated list of words has this one.
    pub(crate) fn lists(&self, name: Name, word: &str) -> bool {
        self.list(name).iter().any(|listed| listed.eq_ignore_ascii_case(word))
    }

    /// The status code of a response.
    pub fn code(&self) -> Option<u16> {
        match &self.start {
            Start::Response { code, .. } => Some(*code),
            Start::Request { .. } => None,
        }
    }

    /// The reason phrase of a response.
    pub fn reason(&self) -> Option<&str> {
        match &self.start {
            Start::Response { reason, .. } => Some(reason),
            Start::Request { .. } => None,
        }
    }

    /// The Call-ID.
    pub fn call_id(&self) -> Option<&str> {
        self.header(Name::CallId)
    }

    /// The method of a request.
    pub(crate) fn method(&self) -> Option<&str> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// Returns the session description in the body, alone or as one of several parts (RFC 5621). A
    /// body without a Content-Type is one if it looks like one.
    pub(crate) fn description(&self) -> Option<&[u8]> {
        let kind = self.header(Name::ContentType).unwrap_or_default();
        match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "" => self.body.starts_with(b"v=").then_some(self.body.as_slice()),
            "application/sdp" => (!self.body.is_empty()).then_some(self.body.as_slice()),
            kind if kind.starts_with("multipart/") => {
                let boundary = param(self.header(Name::ContentType)?, "boundary")?;
                description_part(&self.body, boundary)
            }
            _ => None,
        }
    }

    /// Number and method of the CSeq header.
    pub(crate) fn cseq(&self) -> Option<(u32, &str)> {
        let (number, method) = self.header(Name::CSeq)?.split_once([' ', '\t'])?;
        Some((number.parse().ok()?, method.trim()))
    }

    /// The tag of the From header.
    pub(crate) fn sender_tag(&self) -> Option<&str> {
        param(self.header(Name::From)?, "tag")
    }

    /// The tag of the To header.
    pub(crate) fn receiver_tag(&self) -> Option<&str> {
        param(self.header(Name::To)?, "tag")
    }

    /// The branch of the topmost Via.
    pub(crate) fn branch(&self) -> Option<&str> {
        param(split_list(self.header(Name::Via)?).first()?, "branch")
    }
}

/// Returns the first session description among the parts of a body (RFC 2046 §5.1.1), except one
/// for early media only (RFC 3959).
fn description_part<'a>(body: &'a [u8], boundary: &str) -> Option<&'a [u8]> {
    let delimiter = format!("--{boundary}");
    let at = |from: usize| {
        let rest = body.get(from..)?;
        let found = rest.windows(delimiter.len()).position(|window| window == delimiter.as_bytes());
        found.map(|at| from + at)
    };
    let mut start = at(0)? + delimiter.len();
    for _ in 0..MAX_PARTS {
        let end = at(start);
        let part = &body[start..end.unwrap_or(body.len())];
        let line = part.iter().position(|byte| *byte == b'\n')?;
        if let Some((head, content)) = split_head(&part[line..]) {
            let head = String::from_utf8_lossy(head).to_ascii_lowercase();
            let says = |name: &str, value: &str| {
                let mut lines = head.lines().filter_map(|line| line.split_once(':'));
                lines.any(|(key, kind)| key.trim() == name && kind.trim().starts_with(value))
            };
            let is_early = says("content-disposition", "early-session");
            if says("content-type", "application/sdp") && !is_early {
                return Some(content);
            }
        }
        start = end? + delimiter.len();
    }
    None
}

/// Splits a message at the empty line. Bare line feeds are tolerated.
pub(crate) fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = |pattern: &[u8]| bytes.windows(pattern.len()).position(|window| window == pattern);
    match (at(b"\r\n\r\n"), at(b"\n\n")) {
        (Some(crlf), Some(lf)) if lf < crlf => Some((&bytes[..lf], &bytes[lf + 2..])),
        (Some(crlf), _) => Some((&bytes[..crlf], &bytes[crlf + 4..])),
        (None, Some(lf)) => Some((&bytes[..lf], &bytes[lf + 2..])),
        (None, None) => None,
    }
}

pub(crate) fn parse_start(line: &str) -> Option<Start> {
    let mut words = line.splitn(3, ' ');
    let (first, second) = (words.next()?, words.next()?);
    let third = words.next().unwrap_or_default();
    if first.eq_ignore_ascii_case("SIP/2.0") {
        let code = second.parse().ok().filter(|code| (100..700).contains(code))?;
        return Some(Start::Response { code, reason: third.trim().to_owned() });
    }
    let method_is_token = !first.is_empty() && first.bytes().all(is_token);
    (method_is_token && !second.is_empty() && third.trim().eq_ignore_ascii_case("SIP/2.0"))
        .then(|| Start::Request { method: first.to_owned(), uri: second.to_owned() })
}

/// Whether a byte may stand in a `token` (RFC 3261 §25.1).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

pub(crate) fn is_content_length(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("l")
}

fn known(name: &str) -> Option<Name> {
    NAMES
        .iter()
        .find(|(long, short, _)| {
            name.eq_ignore_ascii_case(long)
                || (!name.is_empty() && name.eq_ignore_ascii_case(short))
        })
        .map(|(_, _, name)| *name)
}

/// Splits at commas outside of quotes and angle brackets.
pub(crate) fn split_list(value: &str) -> Vec<&str> {
    split_outside(value, b',')
}

/// Returns the value of the parameter `name` after an address or a Via (`;name=value`).
pub(crate) fn param<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    split_outside(value, b';').into_iter().skip(1).find_map(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// Returns the header value without its parameter `name`.
pub(crate) fn without_param(value: &str, name: &str) -> String {
    let keeps = |part: &&str| {
        let key = part.split_once('=').map_or(*part, |(key, _)| key);
        !key.trim().eq_ignore_ascii_case(name)
    };
    split_outside(value, b';').into_iter().filter(keeps).collect::<Vec<_>>().join(";")
}

fn split_outside(value: &str, separator: u8) -> Vec<&str> {
    let (mut quoted, mut escaped, mut angle, mut start) = (false, false, false, 0);
    let mut parts = Vec::new();
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => angle = true,
            b'>' if !quoted => angle = false,
            _ if byte == separator && !quoted && !angle => {
                parts.push(value[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(value[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// Returns the URI of an address such as `"Bob" <sip:bob@example.net>;tag=1` or
/// `sip:bob@example.net`.
pub(crate) fn uri_of(address: &str) -> &str {
    let unquoted = match address.trim_start().strip_prefix('"') {
        Some(rest) => rest.split_once('"').map_or(rest, |(_, rest)| rest),
        None => address,
    };
    match unquoted.split_once('<') {
        Some((_, rest)) => rest.split_once('>').map_or(rest, |(uri, _)| uri).trim(),
        None => unquoted.split(';').next().unwrap_or_default().trim(),
    }
}

/// Returns host and port of a SIP URI; 5060 when it names no port.
pub(crate) fn host_port(uri: &str) -> Option<(&str, u16)> {
    let rest = uri.split_once(':').map(|(_, rest)| rest)?;
    let rest = rest.split(['?', ';']).next()?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    split_port(rest)
}

/// Splits `host:port` or `[v6]:port`; 5060 when there is no port.
pub(crate) fn split_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, port)| (host, port.strip_prefix(':')))?,
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(5060), |port| port.parse().ok())?;
    (!host.is_empty() && port != 0).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_and_folded_headers_are_read() {
        let message = Message::parse(
            b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/TCP b\r\nf: \"A;tag=no\" \
              <sip:a@b;tag=no>\r\n ;tag=yes\r\nt: sip:c@d;tag=2\r\ni: x\r\nCSeq:  7   INVITE\r\n\
              l: 3\r\n\r\nabcdef",
        )
        .unwrap();
        assert_eq!(message.code(), Some(200));
        assert_eq!(message.sender_tag(), Some("yes"));
        assert_eq!(message.receiver_tag(), Some("2"));
        assert_eq!(message.branch(), Some("z9hG4bK1"));
        assert_eq!(message.cseq(), Some((7, "INVITE")));
        assert_eq!(message.body, b"abc");
    }

    #[test]
    fn addresses_give_their_uri_and_place() {
        assert_eq!(uri_of("\"<sip:x@y>\" <sip:bob@h:5070;lr>;tag=1"), "sip:bob@h:5070;lr");
        assert_eq!(uri_of("sip:bob@h;tag=1"), "sip:bob@h");
        assert_eq!(host_port("sip:bob@h:5070;lr"), Some(("h", 5070)));
        assert_eq!(host_port("sip:[::1]"), Some(("::1", 5060)));
        assert_eq!(host_port("sip:h:99999"), None);
        assert_eq!(without_param("<sip:a@b;tag=1>;tag=2;x", "tag"), "<sip:a@b;tag=1>;x");
    }

    #[test]
    fn no_bytes_make_the_reader_panic() {
        let sample = b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=\"z\r\nTo: <\r\nCSeq: 1 X\r\n\r\n";
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut bytes = sample.to_vec();
            for _ in 0..random.usize(1..8) {
                let at = random.usize(..bytes.len());
                bytes[at] = random.u8(..);
            }
            bytes.truncate(random.usize(..=bytes.len()));
            if let Some(message) = Message::parse(&bytes) {
                let _ = (message.cseq(), message.sender_tag(), message.branch());
                for value in message.list(Name::Via).iter().chain(&message.list(Name::To)) {
                    let _ = (uri_of(value), host_port(uri_of(value)), without_param(value, "tag"));
                }
            }
        }
    }
}
