//! What the dispatcher remembers: workspaces, trunks, batches with their lanes, and every attempt
//! that holds a slot.

use std::collections::{BTreeMap, VecDeque};

use super::{AgentKind, BatchFacts, LaneKey, lag::Lag, reach::Reach};
use crate::{
    attempt::{Attempt, Ending},
    blocker::Blocker,
    hours::{self, CallingHours, Window},
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    pacer::Pacer,
    recipient::Due,
    time::Timestamp,
    zones::ZoneSet,
};

/// The limit of concurrent calls and the number of calls in progress.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slots {
    pub max: u32,
    pub used: u32,
}

impl Slots {
    pub fn room(self) -> u32 {
        self.max.saturating_sub(self.used)
    }
}

/// What the dispatcher remembers about one trunk.
#[derive(Debug)]
pub(super) struct TrunkBook {
    /// Whether the limits of the trunk are known. If not, only attempts of an earlier process name
    /// the trunk.
    pub known: bool,
    /// Whether the trunk was removed. It stays here until its last call has ended.
    pub removed: bool,
    pub slots: Slots,
    pub pacer: Pacer,
    /// Whether the trunk answers.
    pub reach: Reach,
    /// Calls that got no response and wait for the answer of the trunk to a probe.
    pub unheard: Vec<Unheard>,
    /// When the INVITE left of a call that is still in progress and has no response so far.
    pub silent_since: Option<Timestamp>,
    /// Claimed attempts, in the order in which they will be placed.
    pub ready: VecDeque<AttemptId>,
    /// Recipients in claims that the store has not answered yet.
    pub claiming: u32,
    /// The use of the trunk by workspace, for fairness between workspaces.
    pub shares: BTreeMap<WorkspaceId, Share>,
}

/// One workspace's use of a trunk.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Share {
    pub used: u32,
    /// The dispatcher's count of claims when this workspace last got a claim.
    pub served: u64,
}

impl TrunkBook {
    pub fn unknown() -> TrunkBook {
        TrunkBook {
            known: false,
            removed: false,
            slots: Slots::default(),
            pacer: Pacer::new(0.0),
            reach: Reach::default(),
            unheard: Vec::new(),
            silent_since: None,
            ready: VecDeque::new(),
            claiming: 0,
            shares: BTreeMap::new(),
        }
    }

    /// How many more recipients to claim ahead of their time. Zero while at least half of the
    /// wanted number is ready, so that a fast trunk sends few and large claims.
    pub fn appetite(&self) -> u32 {
        let ahead = self.pacer.ahead();
        let there = self.ready.len() as u32 + self.claiming;
        if there.saturating_mul(2) > ahead { 0 } else { ahead - there }
    }
}

/// What the dispatcher remembers about one batch.
#[derive(Debug)]
pub(super) struct BatchBook {
    pub facts: BatchFacts,
    pub lanes: BTreeMap<LaneKey, LaneBook>,
    /// Whether the agent of the batch can speak.
    pub agent: Reach,
    /// Slots in use: recipients in unanswered claims, and attempts from claim to settlement.
    pub used: u32,
    /// Claims so far, divided by weight. Among batches that use equal parts of their shares, the
    /// batch with the lowest pass is next.
    pub pass: u64,
    /// How many lines the batch is owed among those that it competes for.
    pub lag: Lag,
    /// Whether a retry is next when both retries and first attempts are due.
    pub retry_turn: bool,
    pub advance: AdvanceBook,
    /// The windows of all lanes are valid from `windows_from` until before `windows_until`.
    pub windows_from: Timestamp,
    pub windows_until: Timestamp,
}

/// The state of a request to advance a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AdvanceBook {
    /// No request is open.
    Idle,
    /// A request waits for its answer.
    Asked,
    /// The last request changed nothing. No request is made before this instant.
    NotBefore(Timestamp),
}

/// One lane of a batch. The entry stays when the lane is empty.
#[derive(Debug, Clone)]
pub(super) struct LaneBook {
    /// When the first pending recipient of the lane is due, as far as is known.
    pub next_due: Option<Due>,
    /// The claim that waits for its answer.
    pub claim: Option<ClaimBook>,
    /// No claim is made before this instant: the last claim failed or brought fewer recipients than
    /// were due.
    pub not_before: Option<Timestamp>,
    /// How many claims failed in a row.
    pub failures: u32,
    pub window: Window,
    /// The dispatcher's count of claims when this lane was last served.
    pub served: u64,
}

/// A claim that waits for its answer.
#[derive(Debug, Clone)]
pub(super) struct ClaimBook {
    pub limit: u32,
    pub trunk: TrunkId,
    /// Recipients that joined the lane since the claim was made, and when each is due.
    pub joined: Vec<(RecipientId, Timestamp)>,
    /// When a recipient may be due that the dispatcher does not know about.
    pub doubt: Option<Timestamp>,
}

/// An attempt that holds a slot.
#[derive(Debug)]
pub(super) struct Held {
    pub attempt: Attempt,
    pub phase: Phase,
}

/// A call that got no response at all.
#[derive(Debug)]
pub(super) struct Unheard {
    pub attempt: Attempt,
    pub ending: Ending,
    /// When the INVITE left.
    pub dialed_at: Option<Timestamp>,
}

/// The progress of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The attempt is claimed and waits for its turn.
    Ready,
    /// The attempt has been handed out for release.
    Releasing,
    /// The attempt has been handed out for dialing. Whether its INVITE left is not known yet.
    Placed,
    /// The INVITE left.
    Dialed { at: Timestamp },
    /// The call got no response at all, and the trunk is being probed.
    Unheard,
    /// An earlier process left the attempt.
    Inherited,
    /// The ending is on its way to the store. `retry_at` is set if a retry follows.
    Settling { retry_at: Option<Timestamp> },
}

/// The batch, workspace and trunk in which an attempt or a claim uses a slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub batch: BatchId,
    pub workspace: WorkspaceId,
    pub trunk: TrunkId,
}

impl Seat {
    pub fn of(attempt: &Attempt) -> Seat {
        Seat { batch: attempt.batch, workspace: attempt.workspace, trunk: attempt.trunk }
    }
}

impl LaneBook {
    pub fn empty() -> LaneBook {
        LaneBook {
            next_due: None,
            claim: None,
            not_before: None,
            failures: 0,
            window: Window::stale(),
            served: 0,
        }
    }

    /// Notes that the lane holds a recipient who is due then.
    pub fn holds(&mut self, due: Due) {
        self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
    }

    /// Adds a recipient who is due at `due_at`.
    pub fn join(&mut self, recipient: RecipientId, due_at: Timestamp) {
        self.holds(due_at.into());
        if let Some(claim) = &mut self.claim {
            claim.joined.push((recipient, due_at));
        }
    }
}

impl BatchBook {
    pub fn new(facts: BatchFacts) -> BatchBook {
        let agent = match facts.agent {
            AgentKind::BuiltIn => Reach::default(),
            AgentKind::Served => Reach::of_a_server(),
        };
        BatchBook {
            facts,
            lanes: BTreeMap::new(),
            agent,
            used: 0,
            pass: 0,
            lag: Lag::default(),
            retry_turn: false,
            advance: AdvanceBook::Idle,
            windows_from: Timestamp(i64::MAX),
            windows_until: Timestamp(i64::MIN),
        }
    }

    /// What stops a batch whose agent cannot talk.
    pub fn mute(&self) -> Blocker {
        match self.facts.agent {
            AgentKind::BuiltIn => Blocker::AgentCannotSpeak,
            AgentKind::Served => Blocker::AgentUnreachable,
        }
    }

    /// Returns the lane, and creates its entry if there is none.
    pub fn lane(&mut self, key: &LaneKey) -> &mut LaneBook {
        self.lanes.entry(key.clone()).or_insert_with(|| {
            self.windows_until = Timestamp(i64::MIN);
            LaneBook::empty()
        })
    }

    /// Makes all windows stale, because the calling hours may have changed.
    pub fn forget_windows(&mut self) {
        self.windows_until = Timestamp(i64::MIN);
        self.lanes.values_mut().for_each(|lane| lane.window = Window::stale());
    }

    /// Makes the window of each lane valid for `now`.
    pub fn refresh_windows(&mut self, now: Timestamp) {
        if self.windows_from <= now && now < self.windows_until {
            return;
        }
        let hours = self.facts.settings.calling_hours.as_ref();
        (self.windows_from, self.windows_until) = (now, Timestamp(i64::MAX));
        for (key, lane) in &mut self.lanes {
            if !lane.window.holds(now) {
                lane.window = window_at(hours, key, now);
            }
            self.windows_from = self.windows_from.max(lane.window.from);
            self.windows_until = self.windows_until.min(lane.window.until);
        }
    }

    /// The window of the calling hours that a lane is in at `now`.
    pub fn window_of(&self, key: &LaneKey, lane: &LaneBook, now: Timestamp) -> Window {
        if lane.window.holds(now) {
            return lane.window;
        }
        window_at(self.facts.settings.calling_hours.as_ref(), key, now)
    }

    /// The window of these zones at `at`, if a lane has already computed it.
    pub fn known_window(&self, zones: &ZoneSet, at: Timestamp) -> Option<Window> {
        let mut lanes = self.lanes.iter();
        let known = lanes.find(|(key, lane)| key.zones == *zones && lane.window.holds(at));
        known.map(|(_, lane)| lane.window)
    }

    /// Whether a recipient is pending, or may turn out to be pending when a claim is answered.
    pub fn has_pending(&self) -> bool {
        self.lanes.values().any(|lane| lane.next_due.is_some() || lane.claim.is_some())
    }
}

fn window_at(hours: Option<&CallingHours>, key: &LaneKey, now: Timestamp) -> Window {
    match hours {
        Some(hours) => hours::window(hours, &key.zones, now),
        None => Window::forever(true, now),
    }
}
