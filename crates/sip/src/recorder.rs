//! Records the messages of a call, and removes secrets from them when the call is over.

use bytes::Bytes;
use campanile_rules::{
    ladder::{Ladder, LadderMessage},
    time::Timestamp,
};

/// The most messages kept of one call; a plain call has seven.
const MAX_MESSAGES: usize = 64;

/// The most bytes kept of one call.
const MAX_BYTES: usize = 32 << 10;

/// Headers that prove our identity (RFC 3261 §20.7, §20.28; RFC 8760); their values are removed.
const SECRET_HEADERS: [&str; 4] =
    ["authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info"];

/// Lines of a session description that carry keys (RFC 4568, RFC 4567, RFC 4566 §5.12).
const SECRET_LINES: [&str; 3] = ["a=crypto:", "a=key-mgmt:", "k="];

/// The messages of a call so far, as they were on the wire.
#[derive(Default)]
pub struct Recorder {
    entries: Vec<Entry>,
    bytes: usize,
    left_out: u32,
}

struct Entry {
    at: Timestamp,
    sent: bool,
    repeats: u32,
    bytes: Bytes,
}

impl Recorder {
    /// Records a message that we sent.
    pub fn sent(&mut self, bytes: &Bytes, at: Timestamp) {
        self.note(true, bytes, at);
    }

    /// Records a message that we received.
    pub fn received(&mut self, bytes: &Bytes, at: Timestamp) {
        self.note(false, bytes, at);
    }

    fn note(&mut self, sent: bool, bytes: &Bytes, at: Timestamp) {
        let same = |entry: &&mut Entry| entry.sent == sent && entry.bytes == *bytes;
        if let Some(entry) = self.entries.iter_mut().rev().find(same) {
            entry.repeats = entry.repeats.saturating_add(1);
        } else if self.entries.len() < MAX_MESSAGES && self.bytes + bytes.len() <= MAX_BYTES {
            self.bytes += bytes.len();
            self.entries.push(Entry { at, sent, repeats: 0, bytes: bytes.clone() });
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Returns the recorded messages without their secrets.
    pub fn ladder(&self) -> Ladder {
        let messages = self.entries.iter().map(|entry| LadderMessage {
            at: entry.at,
            sent: entry.sent,
            repeats: entry.repeats,
            text: without_secrets(&entry.bytes),
        });
        Ladder { messages: messages.collect(), left_out: self.left_out }
    }
}

/// Returns a message as text without credentials and keys.
fn without_secrets(bytes: &[u8]) -> String {
    let message = String::from_utf8_lossy(bytes);
    let mut text = String::with_capacity(message.len());
    let (mut in_head, mut in_secret) = (true, false);
    for line in message.trim_end().split('\n') {
        let line = line.trim_end_matches('\r');
        // A folded line belongs to the header line before it (RFC 3261 §7.3.1).
        let is_folded = in_head && line.starts_with([' ', '\t']);
        in_head &= !line.is_empty();
        let begins =
            |with: &&str| line.get(..with.len()).is_some_and(|l| l.eq_ignore_ascii_case(with));
        if is_folded && in_secret || !in_head && SECRET_LINES.iter().any(begins) {
            continue;
        }
        let name = line.split_once(':').map_or("", |(name, _)| name.trim());
        in_secret = in_head && SECRET_HEADERS.iter().any(|h| name.eq_ignore_ascii_case(h));
        text.push_str(if in_secret { name } else { line });
        text.push_str(if in_secret { ": (removed)\n" } else { "\n" });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_keys_are_left_out_and_nothing_else() {
        let message = "INVITE sip:a SIP/2.0\r\nproxy-AUTHORIZATION : Digest username=\"u\",\r\n \
                       response=\"abc\"\r\nTo: <sip:b>\r\n ;tag=1\r\nAuthorization: Digest x\r\n\
                       WWW-Authenticate: Digest realm=\"r\"\r\nContent-Length: 9\r\n\r\n\
                       v=0\r\na=crypto:1 AES inline:SECRET\r\nA=Crypto:2 SECRET\r\nk=clear:SECRET\r\n\
                       m=audio 4000 RTP/AVP 0\r\n";
        assert_eq!(
            without_secrets(message.as_bytes()),
            "INVITE sip:a SIP/2.0\nproxy-AUTHORIZATION: (removed)\nTo: <sip:b>\n ;tag=1\n\
             Authorization: (removed)\nWWW-Authenticate: Digest realm=\"r\"\nContent-Length: 9\n\n\
             v=0\nm=audio 4000 RTP/AVP 0\n"
        );
    }

    #[test]
    fn repetitions_are_counted_and_a_flood_is_bounded() {
        let mut recorder = Recorder::default();
        let at = Timestamp(1);
        for n in 0..1_000 {
            recorder.received(&Bytes::from(format!("SIP/2.0 180 {n}\r\n{}", "x".repeat(900))), at);
            recorder.sent(&Bytes::from_static(b"INVITE sip:a SIP/2.0\r\n"), at);
        }
        let ladder = recorder.ladder();
        let sent: Vec<_> = ladder.messages.iter().filter(|message| message.sent).collect();
        assert_eq!((sent.len(), sent[0].repeats), (1, 999));
        assert_eq!(ladder.left_out as usize, 1_000 - (ladder.messages.len() - 1));
        let bytes: usize = ladder.messages.iter().map(|message| message.text.len()).sum();
        assert!(bytes <= MAX_BYTES && ladder.messages.len() <= MAX_MESSAGES);
        let many = (0..100).map(|n| Bytes::from(format!("SIP/2.0 {n} X")));
        let mut recorder = Recorder::default();
        many.for_each(|bytes| recorder.received(&bytes, at));
        assert_eq!((recorder.ladder().messages.len(), recorder.ladder().left_out), (64, 36));
    }
}
