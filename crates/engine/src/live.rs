//! What is said in the calls that talk now. It is kept by the node that has the call, in memory
//! only: the stored transcript takes its place when the call is settled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use campanile_agent::{Note, Transcript};
use campanile_store::Utterance;

use crate::call::utterance;

/// The transcript of every call that talks.
#[derive(Default)]
pub(crate) struct LiveCalls(Mutex<HashMap<String, Transcript>>);

/// The entry of one call. Dropping it removes the entry.
pub(crate) struct LiveCall {
    all: Arc<LiveCalls>,
    call_id: String,
}

impl LiveCalls {
    /// Enters a call that was answered.
    pub fn enter(self: &Arc<LiveCalls>, call_id: &str) -> LiveCall {
        self.calls().insert(call_id.to_owned(), Transcript::default());
        LiveCall { all: self.clone(), call_id: call_id.to_owned() }
    }

    /// Returns what was said so far, in order. `None` if the call does not talk on this node.
    pub fn transcript(&self, call_id: &str) -> Option<Vec<Utterance>> {
        let transcript = self.calls().get(call_id)?.clone();
        Some(transcript.into_said().into_iter().map(utterance).collect())
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<String, Transcript>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LiveCall {
    /// Takes news of the call.
    pub fn take(&self, note: Note) {
        match note {
            Note::Piece(piece) => {
                if let Some(transcript) = self.all.calls().get_mut(&self.call_id) {
                    transcript.write(piece);
                }
            }
            // Nobody reads these live yet; the digits are a part of the transcript.
            Note::Digit { .. } | Note::Tool { .. } | Note::Result { .. } | Note::Latency(_) => {}
        }
    }
}

impl Drop for LiveCall {
    fn drop(&mut self) {
        self.all.calls().remove(&self.call_id);
    }
}
