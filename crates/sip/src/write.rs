//! What all messages that we write have in common.

use std::fmt::Write;

use bytes::Bytes;

/// Methods that are answered within a dialog (RFC 3261 §20.5).
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY";

/// Appends the end of every message: Content-Length, empty line, body.
pub(crate) fn finish(mut text: String, body: &str) -> Bytes {
    if !body.is_empty() {
        text.push_str("Content-Type: application/sdp\r\n");
    }
    let _ = write!(text, "Content-Length: {}\r\n\r\n{body}", body.len());
    Bytes::from(text)
}
