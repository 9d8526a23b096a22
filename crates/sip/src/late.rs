//! Messages of a call that is over. They carry everything that an answer needs, except the
//! Request-URI of the INVITE.

use bytes::Bytes;

use crate::{
    dialog::{Dialog, ack_of_refusal, answers_us, local_tag},
    flow::Flow,
    message::Message,
    reply::{Say, respond, to_stranger},
};

/// What to do about a message of a call that is over.
#[derive(Debug)]
pub enum Late {
    /// Send this message; it may be lost.
    Send(Flow, Bytes),
    /// Another phone answered. Give the message to a [`Uac::after_end`](crate::Uac::after_end) with
    /// this dialog, which hangs up.
    Answered(Box<Dialog>),
}

/// Decides about a message of a call that is over. `uri` is the Request-URI of its INVITE, and
/// `sent_by` returns our host and port as the far end reaches them. None: nothing is to be done.
pub fn on_late_message(
    message: &Message,
    source: Flow,
    uri: &str,
    sent_by: impl FnOnce() -> String,
) -> Option<Late> {
    let call_id = message.call_id()?;
    let tag = local_tag(call_id);
    let Some(code) = message.code() else {
        // Our 200 to the BYE was lost, so send it again.
        let is_bye = message.method() == Some("BYE") && message.receiver_tag() == Some(&tag);
        let answer = match is_bye {
            true => respond(message, source, 200, &Say::default()),
            false => to_stranger(message, source),
        };
        return answer.map(|(flow, bytes)| Late::Send(flow, bytes));
    };
    if message.sender_tag() != Some(&tag) || !answers_us(message, call_id) {
        return None;
    }
    match (code, message.cseq()?) {
        (200..300, (_, "INVITE")) => {
            let dialog = Dialog::of_late_answer(message, &sent_by(), source)?;
            Some(Late::Answered(Box::new(Dialog { remote: None, ..dialog })))
        }
        (300.., (_, "INVITE")) => {
            let ack = ack_of_refusal(uri, &sent_by(), source.transport, message)?;
            Some(Late::Send(source, ack))
        }
        _ => None,
    }
}
