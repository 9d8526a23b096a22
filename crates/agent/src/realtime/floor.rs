//! Whose turn it is: the model makes one response at a time, and none while the person speaks.

use crate::wire::realtime::ToModel;

/// After the person stopped, the server may begin a response of its own within this time.
const SERVER_BEGINS_WITHIN_MS: u64 = 600;

/// How long a response may take until there is something of it.
const RESPONSE_WITHIN_MS: u64 = 10_000;

/// Responses in a row that may fail.
const MOST_FAILURES: u32 = 3;

/// The responses of one session.
#[derive(Debug, Default)]
pub(super) struct Floor {
    active: Option<Active>,
    /// The instructions of the response to ask for, if there is one to ask for.
    wanted: Option<Option<String>>,
    person_speaks: bool,
    not_before_ms: u64,
    requests: u64,
    failures: u32,
}

/// The response that is being made, or asked for.
#[derive(Debug)]
struct Active {
    /// The server's id; empty until it is known.
    id: String,
    /// The id of the request.
    event_id: String,
    since_ms: u64,
    is_heard: bool,
}

impl Floor {
    /// Asks for a response, as soon as there may be one.
    pub fn want(&mut self, instructions: Option<String>) {
        self.wanted = Some(instructions);
    }

    /// Returns the request for a response, if one is due.
    pub fn next(&mut self, now_ms: u64) -> Option<ToModel> {
        if self.active.is_some() || self.person_speaks || now_ms < self.not_before_ms {
            return None;
        }
        let instructions = self.wanted.take()?;
        self.requests += 1;
        let event_id = format!("response_{}", self.requests);
        self.active = Some(Active {
            id: String::new(),
            event_id: event_id.clone(),
            since_ms: now_ms,
            is_heard: false,
        });
        Some(ToModel::Respond { event_id, instructions })
    }

    pub fn person_started(&mut self) {
        self.person_speaks = true;
    }

    pub fn person_stopped(&mut self, now_ms: u64) {
        self.person_speaks = false;
        self.not_before_ms = now_ms + SERVER_BEGINS_WITHIN_MS;
    }

    /// A response has begun. It answers whatever was to be answered. The result is whether it was
    /// asked for before the person began to speak, so that it comes too late.
    pub fn begun(&mut self, id: &str, now_ms: u64) -> bool {
        let requested = self.active.take().filter(|active| active.id.is_empty());
        let is_too_late = requested.is_some() && self.person_speaks;
        self.wanted = None;
        self.person_speaks = is_too_late;
        let event_id = requested.map(|active| active.event_id).unwrap_or_default();
        self.active =
            Some(Active { id: id.to_owned(), event_id, since_ms: now_ms, is_heard: false });
        is_too_late
    }

    /// There is something of the response.
    pub fn heard(&mut self) {
        if let Some(active) = &mut self.active {
            active.is_heard = true;
        }
    }

    /// A response has ended well.
    pub fn ended(&mut self, id: &str) {
        self.failures = 0;
        self.remove(id);
    }

    /// A response has failed. It is asked for again, unless too many have failed: then the result is
    /// false.
    pub fn failed(&mut self, id: &str) -> bool {
        self.remove(id);
        self.failures += 1;
        self.wanted.get_or_insert(None);
        self.failures < MOST_FAILURES
    }

    /// The server reports an error of an event; `is_busy` if it makes a response already. The
    /// result is whether the model may still be tried.
    pub fn refused(&mut self, event_id: &str, is_busy: bool) -> bool {
        let is_ours = |active: &mut Active| {
            active.id.is_empty() && (active.event_id == event_id || event_id.is_empty() && is_busy)
        };
        match self.active.take_if(is_ours) {
            Some(mut active) if is_busy => {
                // The other response may not know what this one was wanted for.
                active.since_ms = u64::MAX;
                self.active = Some(active);
                self.wanted = Some(None);
                true
            }
            Some(_) => self.failed(""),
            None => true,
        }
    }

    /// Whether a response is being made.
    pub fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// Returns the id of the response that is being made, if it is known.
    pub fn active_id(&self) -> Option<&str> {
        self.active.as_ref().map(|active| active.id.as_str())
    }

    /// Asks for no response yet, because more is to come that it has to answer.
    pub fn wait(&mut self) {
        self.wanted = None;
    }

    /// Whether a response takes too long.
    pub fn is_late(&self, now_ms: u64) -> bool {
        self.active.as_ref().is_some_and(|active| {
            !active.is_heard && now_ms.saturating_sub(active.since_ms) >= RESPONSE_WITHIN_MS
        })
    }

    fn remove(&mut self, id: &str) {
        self.active.take_if(|active| active.id.is_empty() || id.is_empty() || active.id == id);
    }
}
