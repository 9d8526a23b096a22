//! What the dispatcher remembers: workspaces, trunks, batches with their lanes, and every attempt
//! that holds a slot.

use std::collections::{BTreeMap, VecDeque};

use super::{BatchFacts, LaneKey, lag::Lag, reach::Reach};
use crate::{
    attempt::{Attempt, Ending},
    hours::{self, CallingHours, Window},
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    pacer::Pacer,
    time::Timestamp,
    zones::ZoneSet,
};

/// Calls at once: how many may be, how many are.
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

/// One trunk.
#[derive(Debug)]
pub(super) struct TrunkBook {
    /// Whether its limits are known; otherwise it is only named by attempts of an earlier process.
    pub known: bool,
    pub slots: Slots,
    pub pacer: Pacer,
    /// Whether it answers.
    pub reach: Reach,
    /// Calls that got no answer and wait for what the trunk says.
    pub unheard: Vec<Unheard>,
    /// When the INVITE of a call left that goes on and has no answer so far.
    pub silent_since: Option<Timestamp>,
    /// Claimed attempts in the order in which they are to be placed.
    pub ready: VecDeque<AttemptId>,
    /// Recipients asked for and not yet claimed.
    pub claiming: u32,
    /// Its use by workspace, for fairness between them.
    pub shares: BTreeMap<WorkspaceId, Share>,
}

/// What one workspace has of a trunk.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Share {
    pub used: u32,
    /// The dispatcher's count of claims when it last got something.
    pub served: u64,
}

impl TrunkBook {
    pub fn unknown() -> TrunkBook {
        TrunkBook {
            known: false,
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

    /// How many more recipients are to be made ready ahead of their time: none while half of
    /// them are there, so that a fast trunk asks seldom and for many.
    pub fn appetite(&self) -> u32 {
        let ahead = self.pacer.ahead();
        let there = self.ready.len() as u32 + self.claiming;
        if there.saturating_mul(2) > ahead { 0 } else { ahead - there }
    }
}

/// One batch.
#[derive(Debug)]
pub(super) struct BatchBook {
    pub facts: BatchFacts,
    pub lanes: BTreeMap<LaneKey, LaneBook>,
    /// Whether its agent can speak.
    pub agent: Reach,
    /// Slots it uses: recipients asked for, and attempts from claim to settlement.
    pub used: u32,
    /// Claims so far over weight: among batches that use equally much of their share, the one
    /// with the least is next.
    pub pass: u64,
    /// What it is owed of the lines that it competes for.
    pub lag: Lag,
    /// Whether retries are next, if both retries and first attempts are due.
    pub retry_turn: bool,
    pub advance: AdvanceBook,
    /// From when, and until before when, the windows of all lanes speak.
    pub windows_from: Timestamp,
    pub windows_until: Timestamp,
}

/// Where a request to move a batch on stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AdvanceBook {
    /// None is on its way.
    Idle,
    /// It waits for its answer.
    Asked,
    /// It changed nothing; not again before.
    NotBefore(Timestamp),
}

/// One lane of a batch. It stays when it is empty.
#[derive(Debug, Clone)]
pub(super) struct LaneBook {
    /// The earliest due instant among its pending recipients, as far as is known.
    pub next_due_at: Option<Timestamp>,
    /// The claim that waits for its answer.
    pub claim: Option<ClaimBook>,
    /// No claim before: the last one failed or brought less than there was.
    pub not_before: Option<Timestamp>,
    pub window: Window,
    /// The claim that it was served by last, in the count of all claims.
    pub served: u64,
}

/// A claim that waits for its answer.
#[derive(Debug, Clone)]
pub(super) struct ClaimBook {
    pub limit: u32,
    pub trunk: TrunkId,
    /// Who came back to the lane meanwhile, and when they are due.
    pub joined: Vec<(RecipientId, Timestamp)>,
    /// When somebody may turn out to be due of whom nothing else is known.
    pub doubt: Option<Timestamp>,
}

/// An attempt that holds a slot.
#[derive(Debug)]
pub(super) struct Held {
    pub attempt: Attempt,
    pub phase: Phase,
}

/// A call that got no answer at all.
#[derive(Debug)]
pub(super) struct Unheard {
    pub attempt: Attempt,
    pub ending: Ending,
    /// When its INVITE left.
    pub dialed_at: Option<Timestamp>,
}

/// How far an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Claimed, waiting for its turn.
    Ready,
    /// Handed out to be given back.
    Releasing,
    /// Handed out to be dialed; whether its INVITE left is not known.
    Placed,
    /// Its INVITE left.
    Dialed { at: Timestamp },
    /// It got no answer at all, and its trunk is asked whether it is there.
    Unheard,
    /// An earlier process left it.
    Inherited,
    /// Its ending is on the way to the store, perhaps with a retry due at this instant.
    Settling { retry_at: Option<Timestamp> },
}

/// Where an attempt or a claim uses a slot.
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
            next_due_at: None,
            claim: None,
            not_before: None,
            window: Window::stale(),
            served: 0,
        }
    }

    /// Somebody is in it who is due at `due_at`.
    pub fn holds(&mut self, due_at: Timestamp) {
        self.next_due_at = Some(self.next_due_at.map_or(due_at, |next| next.min(due_at)));
    }

    /// Somebody joined who is due at `due_at`.
    pub fn join(&mut self, recipient: RecipientId, due_at: Timestamp) {
        self.holds(due_at);
        if let Some(claim) = &mut self.claim {
            claim.joined.push((recipient, due_at));
        }
    }
}

impl BatchBook {
    pub fn new(facts: BatchFacts) -> BatchBook {
        BatchBook {
            facts,
            lanes: BTreeMap::new(),
            agent: Reach::default(),
            used: 0,
            pass: 0,
            lag: Lag::default(),
            retry_turn: false,
            advance: AdvanceBook::Idle,
            windows_from: Timestamp(i64::MAX),
            windows_until: Timestamp(i64::MIN),
        }
    }

    /// The lane, and from now on its place even while it is empty.
    pub fn lane(&mut self, key: &LaneKey) -> &mut LaneBook {
        self.lanes.entry(key.clone()).or_insert_with(|| {
            self.windows_until = Timestamp(i64::MIN);
            LaneBook::empty()
        })
    }

    /// The calling hours may have changed: no window says anything any more.
    pub fn forget_windows(&mut self) {
        self.windows_until = Timestamp(i64::MIN);
        self.lanes.values_mut().for_each(|lane| lane.window = Window::stale());
    }

    /// Sees to it that the window of each lane speaks of `now`.
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

    /// What the calling hours say of a lane at `now`.
    pub fn window_of(&self, key: &LaneKey, lane: &LaneBook, now: Timestamp) -> Window {
        if lane.window.holds(now) {
            return lane.window;
        }
        window_at(self.facts.settings.calling_hours.as_ref(), key, now)
    }

    /// What is known already of the calling hours in these zones at `at`.
    pub fn known_window(&self, zones: &ZoneSet, at: Timestamp) -> Option<Window> {
        let mut lanes = self.lanes.iter();
        let known = lanes.find(|(key, lane)| key.zones == *zones && lane.window.holds(at));
        known.map(|(_, lane)| lane.window)
    }

    /// Whether somebody is pending, or may turn out to be.
    pub fn has_pending(&self) -> bool {
        self.lanes.values().any(|lane| lane.next_due_at.is_some() || lane.claim.is_some())
    }
}

fn window_at(hours: Option<&CallingHours>, key: &LaneKey, now: Timestamp) -> Window {
    match hours {
        Some(hours) => hours::window(hours, &key.zones, now),
        None => Window::forever(true, now),
    }
}
