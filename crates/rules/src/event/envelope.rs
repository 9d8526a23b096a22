//! The two envelopes of an event: a line of a stream, and the body of a webhook's message.

use crate::{ids::BatchId, time::Timestamp};

/// An event on its way to a receiver.
///
/// `sequence` is the event's place in the log. Events enter the log in the order in which their
/// changes were committed, so a receiver that orders by `sequence` sees the events of one call in the
/// order in which they happened, whatever their times and the order of arrival.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The place in the log; rises, with gaps.
    pub sequence: i64,
    /// The dotted name of what happened.
    pub kind: &'a str,
    /// When it happened.
    pub at: Timestamp,
    /// The batch that it happened to, if any.
    pub batch: Option<BatchId>,
    /// The data: a JSON object on one line.
    pub data: &'a str,
}

impl Envelope<'_> {
    /// The object that streams carry.
    pub fn streamed(&self) -> String {
        let Envelope { sequence, kind, at, data, .. } = self;
        let batch = self.batch_id();
        format!(
            r#"{{"id":{sequence},"sequence":{sequence},"kind":"{kind}","at":"{at}","batch_id":{batch},"data":{data}}}"#
        )
    }

    /// The object that webhooks carry.
    pub fn posted(&self) -> String {
        let Envelope { sequence, kind, at, data, .. } = self;
        let batch = self.batch_id();
        format!(
            r#"{{"type":"{kind}","sequence":{sequence},"timestamp":"{at}","batch_id":{batch},"data":{data}}}"#
        )
    }

    fn batch_id(&self) -> String {
        self.batch.map_or("null".to_owned(), |batch| format!("\"{batch}\""))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn both_envelopes_say_the_same_of_an_event() {
        for batch in [None, Some(BatchId(7))] {
            let event = Envelope {
                sequence: 41,
                kind: "call.ended",
                at: Timestamp(1_700_000_000_000_000),
                batch,
                data: r#"{"a":"\"}"}"#,
            };
            let streamed: Value = serde_json::from_str(&event.streamed()).unwrap();
            let posted: Value = serde_json::from_str(&event.posted()).unwrap();
            for (here, there) in [
                ("sequence", "sequence"),
                ("kind", "type"),
                ("at", "timestamp"),
                ("batch_id", "batch_id"),
                ("data", "data"),
            ] {
                assert_eq!(streamed[here], posted[there]);
            }
            assert_eq!(streamed["id"], 41);
            assert_eq!(posted["batch_id"], batch.map_or(json!(null), |id| json!(id.to_string())));
            assert_eq!(posted["data"]["a"], "\"}");
        }
    }
}
