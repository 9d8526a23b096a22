//! The calls in progress on this node: what was said and done so far, and what may be asked of them.
//! It is kept in memory only: the stored log takes its place when the call is settled.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use campanile_agent::{
    Action, Ask, Asked, Brief, Happened, MOST_ASKS, Note, Refused, Transcript, Usage,
    wire::twilio::Sids,
};
use campanile_rules::{
    agent::{EngineKind, Results},
    ids::WorkspaceId,
};
use campanile_store::CallLog;
use subtle::ConstantTimeEq as _;
use tokio::sync::{mpsc, oneshot};

use crate::call::{call_log, typed};

/// Every call in progress, by its id.
#[derive(Default)]
pub(crate) struct LiveCalls(Mutex<HashMap<String, Entry>>);

struct Entry {
    brief: Arc<Brief>,
    transcript: Transcript,
    happened: Happened,
    asks: mpsc::Sender<Ask>,
}

/// The entry of one call. Dropping it removes the entry.
pub(crate) struct LiveCall {
    all: Arc<LiveCalls>,
    call_id: String,
}

/// What is known of a call in progress.
#[derive(Debug, Default)]
pub struct SoFar {
    /// What was said and done.
    pub log: CallLog,
    /// What the person pressed, in order.
    pub digits: String,
    /// What the agent recorded.
    pub results: Results,
    /// What the agent used of its servers.
    pub usage: Usage,
}

/// Why something that was asked of a call was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// The call is not in progress on this node.
    #[error("the call is not in progress")]
    NotInProgress,
    /// The call does not do it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too many requests wait for the call.
    #[error("too many requests wait for the call; send it again")]
    Busy,
}

impl LiveCalls {
    /// Enters a call. Returns what is asked of it, too.
    pub fn enter(self: &Arc<LiveCalls>, brief: Arc<Brief>) -> (LiveCall, mpsc::Receiver<Ask>) {
        let (asks, asked) = mpsc::channel(MOST_ASKS);
        let call_id = brief.call_id.clone();
        let (transcript, happened) = (Transcript::default(), Happened::default());
        let entry = Entry { brief, transcript, happened, asks };
        self.calls().insert(call_id.clone(), entry);
        (LiveCall { all: self.clone(), call_id }, asked)
    }

    /// Returns what is known of a call so far. `None` if the call is not in progress on this node.
    pub fn so_far(&self, call_id: &str) -> Option<SoFar> {
        let (brief, transcript, happened) = {
            let calls = self.calls();
            let Entry { brief, transcript, happened, .. } = calls.get(call_id)?;
            (brief.clone(), transcript.clone(), happened.clone())
        };
        let (mut digits, mut recorded) = (String::new(), BTreeMap::new());
        for action in &happened.actions {
            match action {
                Action::Digit { digit, .. } => digits.push(*digit),
                Action::Result { name, value, .. } => {
                    recorded.insert(name.clone(), value.clone());
                }
                Action::Tool { .. } => {}
            }
        }
        let (results, usage) = (typed(recorded, &brief.version.results), happened.usage);
        Some(SoFar { log: call_log(transcript.into_said(), happened), digits, results, usage })
    }

    /// Asks something of a call of a workspace, and waits until it is done.
    pub async fn ask(
        &self,
        workspace: WorkspaceId,
        call_id: &str,
        what: Asked,
    ) -> Result<String, NotDone> {
        let asks = {
            let calls = self.calls();
            let entry = calls.get(call_id).filter(|entry| entry.brief.workspace == workspace);
            entry.ok_or(NotDone::NotInProgress)?.asks.clone()
        };
        let (answer, answered) = oneshot::channel();
        asks.try_send(Ask { what, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotDone::Busy,
            mpsc::error::TrySendError::Closed(_) => NotDone::NotInProgress,
        })?;
        Ok(answered.await.map_err(|_| NotDone::NotInProgress)??)
    }

    /// Returns the workspace of a call whose token this is.
    pub fn admits(&self, call_id: &str, token: &str) -> Option<WorkspaceId> {
        let calls = self.calls();
        let brief = &calls.get(call_id)?.brief;
        same(brief.token.reveal(), token).then_some(brief.workspace)
    }

    /// Returns the call and the workspace that these ids of Twilio's shape stand for, if the password
    /// is the call's token or the `auth_token` of its bot.
    pub fn by_sids(
        &self,
        (account, call): (&str, &str),
        password: &str,
    ) -> Option<(String, WorkspaceId)> {
        let calls = self.calls();
        let brief = calls.values().map(|entry| &entry.brief).find(|brief| {
            let sids = Sids::of(&brief.workspace.to_string(), &brief.call_id);
            (sids.account.as_str(), sids.call.as_str()) == (account, call)
        })?;
        let of_bot = match &brief.version.engine {
            EngineKind::MediaStream(settings) => same(settings.auth_token.reveal(), password),
            _ => false,
        };
        let is_right = of_bot || same(brief.token.reveal(), password);
        is_right.then(|| (brief.call_id.clone(), brief.workspace))
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares a secret with what was sent, in a time that does not depend on how much of it is right. An
/// empty secret is never the same.
fn same(secret: &str, sent: &str) -> bool {
    !secret.is_empty() && bool::from(secret.as_bytes().ct_eq(sent.as_bytes()))
}

impl LiveCall {
    /// Takes news of the call.
    pub fn take(&self, note: Note) {
        let mut calls = self.all.calls();
        let Some(entry) = calls.get_mut(&self.call_id) else { return };
        entry.happened.take(&note);
        if let Note::Piece(piece) = note {
            entry.transcript.write(piece);
        }
    }
}

impl Drop for LiveCall {
    fn drop(&mut self) {
        self.all.calls().remove(&self.call_id);
    }
}
