//! A request that opens a transaction.

use std::fmt::Write;

use bytes::Bytes;

use crate::{
    flow::Flow,
    message::{Message, Name, param},
    write::finish,
};

/// A request that opens a transaction, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub(crate) method: &'static str,
    pub(crate) cseq: u32,
    /// The branch of its Via.
    pub(crate) branch: String,
    pub(crate) flow: Flow,
    pub(crate) bytes: Bytes,
}

impl Request {
    /// Whether a message is a response to this request: it has the method and number of its CSeq
    /// and exactly one Via, with its branch (RFC 3261 §17.1.3, §8.1.3.3).
    pub(crate) fn is_answered_by(&self, message: &Message) -> bool {
        message.code().is_some()
            && message.cseq() == Some((self.cseq, self.method))
            && match message.list(Name::Via).as_slice() {
                [via] => param(via, "branch") == Some(self.branch.as_str()),
                _ => false,
            }
    }

    /// Whether this is an INVITE, which has timers and ACKs of its own.
    pub(crate) fn is_invite(&self) -> bool {
        self.method == "INVITE"
    }

    /// Writes the ACK of a refusal (RFC 3261 §17.1.1.3): lines of the INVITE, and the refusal's To.
    /// None: this is no INVITE, or the refusal has no To.
    pub(crate) fn ack_of(&self, refusal: &Message) -> Option<Bytes> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        let (head, _) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let mut ack = String::with_capacity(512);
        let _ = write!(ack, "ACK {}\r\n", lines.next()?.strip_prefix("INVITE ")?);
        for line in lines {
            match line.split_once(':')?.0 {
                "Via" | "Max-Forwards" | "From" | "Call-ID" | "Route" => {
                    let _ = write!(ack, "{line}\r\n");
                }
                "To" => {
                    let _ = write!(ack, "To: {}\r\n", refusal.header(Name::To)?);
                }
                "CSeq" => {
                    let _ = write!(ack, "CSeq: {} ACK\r\n", self.cseq);
                }
                _ => {}
            }
        }
        Some(finish(ack, ""))
    }
}
