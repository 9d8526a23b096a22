//! Splits a stream into messages (RFC 3261 §18.3), even when their lengths are missing or wrong. A
//! stream that does not speak SIP is recognised at its first line.

use bytes::{Buf, BytesMut};

use crate::message::{MAX_MESSAGE, is_content_length, parse_start, split_head};

/// The longest first line; a longer one is not SIP.
const MAX_LINE: usize = 8_192;

/// The bytes of a stream that no message has been taken from yet.
#[derive(Default)]
pub struct Frames {
    /// What the stream brought; append to it, then call [`Frames::take`].
    pub buffer: BytesMut,
    /// A message was taken before, so the stream speaks SIP.
    begun: bool,
}

/// The stream cannot become a message: it is another protocol, or the message is too long.
#[derive(Debug, PartialEq, Eq)]
pub struct NotSip;

impl Frames {
    /// Whether no partial message is waiting for its rest.
    pub fn is_at_rest(&self) -> bool {
        self.begun && self.buffer.is_empty()
    }

    /// Takes the next whole message. None: more bytes are needed.
    pub fn take(&mut self) -> Result<Option<BytesMut>, NotSip> {
        if !self.find_start()? {
            return Ok(None);
        }
        let Some((head, _)) = split_head(&self.buffer) else {
            return if self.buffer.len() > MAX_MESSAGE { Err(NotSip) } else { Ok(None) };
        };
        let body_at =
            head.len() + if self.buffer[head.len()..].starts_with(b"\r\n\r\n") { 4 } else { 2 };
        let (declared, has_body) = said_of_body(head);
        let body = &self.buffer[body_at..];
        let length = match declared {
            Some(length) if length > MAX_MESSAGE - body_at.min(MAX_MESSAGE) => return Err(NotSip),
            Some(length) if length <= body.len() => length,
            // A length that is too large would swallow the next message.
            Some(_) => match next_start(body) {
                Some(at) => at,
                None => return Ok(None),
            },
            None if has_body => next_start(body).unwrap_or(body.len()),
            None => 0,
        };
        self.begun = true;
        Ok(Some(self.buffer.split_to(body_at + length)))
    }

    /// Drops everything before a start line: empty lines, and the rest of a body whose length was
    /// too small. False: the start line is incomplete.
    fn find_start(&mut self) -> Result<bool, NotSip> {
        loop {
            let blank = self.buffer.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            self.buffer.advance(blank);
            let Some(first) = self.buffer.first() else { return Ok(false) };
            // No method or version starts with such a byte, but TLS does.
            if !self.begun && !first.is_ascii_graphic() {
                return Err(NotSip);
            }
            match self.buffer.iter().position(|b| *b == b'\n') {
                None if self.buffer.len() > MAX_LINE => return Err(NotSip),
                None => return Ok(false),
                Some(end) if is_start(&self.buffer[..end]) => return Ok(true),
                Some(end) if self.begun => self.buffer.advance(end + 1),
                Some(_) => return Err(NotSip),
            }
        }
    }
}

/// Returns the body length, if the head has a readable one, and whether the head has a
/// Content-Type.
fn said_of_body(head: &[u8]) -> (Option<usize>, bool) {
    let head = String::from_utf8_lossy(head);
    let names = || head.lines().filter_map(|line| line.split_once(':'));
    let length = names().find(|(name, _)| is_content_length(name.trim()));
    let kind =
        |name: &str| name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("c");
    let has_body = names().any(|(name, _)| kind(name.trim()));
    (length.and_then(|(_, value)| value.trim().parse().ok()), has_body)
}

/// Returns where the next message starts in a body, if a whole start line is there.
fn next_start(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(end) = body[at..].iter().position(|b| *b == b'\n') {
        if is_start(&body[at..at + end]) {
            return Some(at);
        }
        at += end + 1;
    }
    None
}

fn is_start(line: &[u8]) -> bool {
    parse_start(String::from_utf8_lossy(line).trim_end_matches('\r')).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n";
    const BYE: &str = "BYE sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    const SDP: &str = "v=0\r\nm=audio 9 RTP/AVP 0\r\n";

    /// Returns all messages taken when the bytes arrive in pieces of this size.
    fn taken(text: &str, piece: usize) -> Result<Vec<String>, NotSip> {
        let (mut frames, mut all) = (Frames::default(), Vec::new());
        for bytes in text.as_bytes().chunks(piece) {
            frames.buffer.extend_from_slice(bytes);
            while let Some(frame) = frames.take()? {
                all.push(String::from_utf8(frame.to_vec()).unwrap());
            }
        }
        Ok(all)
    }

    #[test]
    fn messages_are_cut_out_however_the_bytes_come() {
        let first = format!("{OK}Content-Type: application/sdp\r\nl: {}\r\n\r\n{SDP}", SDP.len());
        let stream = format!("\r\n\r\n{first}{BYE}\r\n{BYE}");
        for piece in [1, 2, 3, 7, 50, 10_000] {
            assert_eq!(taken(&stream, piece).unwrap(), [first.as_str(), BYE, BYE], "{piece}");
        }
    }

    #[test]
    fn a_length_that_is_missing_or_wrong_costs_no_other_message() {
        let with = |length: &str| format!("{OK}{length}Content-Type: application/sdp\r\n\r\n{SDP}");
        for length in
            ["", "Content-Length: 9999\r\n", "Content-Length: many\r\n", "Content-Length: -1\r\n"]
        {
            let first = with(length);
            assert_eq!(taken(&format!("{first}{BYE}"), 10_000).unwrap(), [&first, BYE], "{length}");
        }
        let short = taken(&format!("{}{BYE}", with("Content-Length: 5\r\n")), 10_000).unwrap();
        assert!(short[0].ends_with("v=0\r\n") && short[1] == BYE, "{short:?}");
        assert_eq!(taken("INFO sip:a SIP/2.0\r\n\r\nBYE", 100).unwrap().len(), 1);
        let endless = "BYE sip:a SIP/2.0\r\nContent-Length: 18446744073709551615\r\n\r\n";
        assert_eq!(taken(endless, 100), Err(NotSip));
    }

    #[test]
    fn what_is_not_sip_is_known_at_its_first_line() {
        for line in ["GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "SSH-2.0-x\r\n", "\n\0\n", "v=0\n"]
        {
            assert_eq!(taken(line, 1), Err(NotSip), "{line:?}");
        }
        assert_eq!(taken("\u{16}\u{3}\u{1}", 1), Err(NotSip), "TLS has no line");
        assert_eq!(taken(&"x".repeat(MAX_LINE + 1), 100), Err(NotSip));
    }

    #[test]
    fn no_bytes_make_the_stream_panic_or_stand_still() {
        let sample =
            format!("{OK}Content-Type: application/sdp\r\nl: {}\r\n\r\n{SDP}{BYE}", SDP.len());
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut bytes = sample.clone().into_bytes();
            for _ in 0..random.usize(1..8) {
                let at = random.usize(..bytes.len());
                bytes[at] = random.u8(..);
            }
            bytes.truncate(random.usize(..=bytes.len()));
            let mut frames = Frames::default();
            frames.buffer.extend_from_slice(&bytes);
            while let Ok(Some(frame)) = frames.take() {
                assert!(!frame.is_empty());
            }
        }
    }
}
