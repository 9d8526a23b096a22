//! A model of the store. Every operation is one transaction, and only committed operations are
//! kept. The model has the same verbs as the real store, without a database.

mod backup;
mod changes;
mod claim;
mod control;
mod op;
mod report;
mod rows;
mod turns;

pub use backup::Backup;
pub use op::{Clocks, Controlled, Op, Reply};
pub use report::ReportRow;
pub use rows::{AttemptRow, BatchRow, Change, ClaimRow, DUE_SINCE_EVER, Limits, RecipientRow};

use std::{collections::BTreeMap, time::Duration};

use campanile_rules::{
    batch::BatchState,
    dispatcher::BatchFacts,
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    node::{Answer, LoadedBatch, LoadedTrunk, Snapshot, Verb},
    phone::E164,
    recipient::RecipientStatus,
    retry::Next,
    time::Timestamp,
};

use changes::{Thing, Versions};

use crate::{
    bug::Bug,
    env::Life,
    plan::{BatchPlan, Plan, Row},
};

/// The store.
#[derive(Debug)]
pub struct Store {
    plan: Vec<BatchPlan>,
    bug: Option<Bug>,
    lease: Option<Duration>,
    hearsay: Duration,
    leader: Option<Life>,
    lease_until: Timestamp,
    led_at: Timestamp,
    /// Who began to lead, and when, for the checkers.
    pub terms: Vec<(Life, Timestamp)>,
    /// The number of the instance. A restored copy is another instance.
    instance: u32,
    /// The number of the next attempt in this database.
    next_number: usize,
    versions: Versions,
    /// Each workspace's limit.
    pub workspaces: BTreeMap<WorkspaceId, u32>,
    /// Each trunk's limits.
    pub trunks: BTreeMap<TrunkId, (u32, f64)>,
    /// Removed trunks, and when each was removed.
    pub removed: BTreeMap<TrunkId, Timestamp>,
    /// Every batch.
    pub batches: BTreeMap<BatchId, BatchRow>,
    /// The recipients; [`RecipientId`] is the index.
    pub recipients: Vec<RecipientRow>,
    /// The attempts; [`AttemptId`] is the index.
    pub attempts: Vec<AttemptRow>,
    /// The indices of the attempts that hold slots.
    pub open: Vec<usize>,
    /// Every claim, for the checkers.
    pub claims: Vec<ClaimRow>,
    /// The history of each batch.
    pub changes: BTreeMap<BatchId, Vec<Change>>,
    /// Suppressed numbers, and since when each is suppressed.
    pub suppressed: BTreeMap<(WorkspaceId, E164), Timestamp>,
    /// When the daily limit of a workspace was reached, and until when on the wall clock.
    pub caps: BTreeMap<WorkspaceId, Vec<(Timestamp, Timestamp)>>,
    /// Whether a daily limit ended early.
    pub uncapped: bool,
    /// The history of each limit: the workspace or trunk, the time and the new value.
    pub limits: Limits,
    /// Faults that no answer can report.
    pub troubles: Vec<String>,
}

impl Store {
    /// Creates a store with the workspaces and trunks of `plan`, and no batch yet.
    pub fn new(plan: &Plan, bug: Option<Bug>) -> Store {
        let mut store = Store {
            plan: plan.batches.clone(),
            bug,
            lease: plan.faults.lease,
            hearsay: plan.faults.hearsay(),
            leader: None,
            lease_until: plan.start,
            led_at: plan.start,
            terms: Vec::new(),
            instance: 0,
            next_number: 0,
            versions: Versions::default(),
            workspaces: BTreeMap::new(),
            trunks: BTreeMap::new(),
            removed: BTreeMap::new(),
            batches: BTreeMap::new(),
            recipients: Vec::new(),
            attempts: Vec::new(),
            open: Vec::new(),
            claims: Vec::new(),
            changes: BTreeMap::new(),
            suppressed: BTreeMap::new(),
            caps: BTreeMap::new(),
            uncapped: false,
            limits: Limits::default(),
            troubles: Vec::new(),
        };
        for (id, limit) in &plan.workspaces {
            store.set_workspace(*id, *limit, plan.start);
        }
        for trunk in &plan.trunks {
            store.set_trunk(trunk.id, (trunk.max_calls, trunk.max_cps), plan.start);
        }
        store
    }

    /// Commits one operation of `life`, or refuses it.
    pub fn commit(&mut self, life: Life, op: Op, clocks: Clocks) -> Reply {
        if !self.may(life, &op) {
            return Reply::Answer(Answer::LeadsNoMore);
        }
        match op {
            Op::Verb { verb, asked_at } => {
                Reply::Answer(self.carry_out(life, (verb, asked_at), clocks))
            }
            Op::Mark(attempt) => Reply::Answer(self.mark_dialed(attempt, clocks)),
            Op::Settle(settlement) => Reply::Answer(self.settle(life, *settlement, clocks.now)),
            Op::Create(index) => self.create(index, clocks),
            Op::Control(batch, control, asked_at) => {
                self.control(batch, (control, asked_at), clocks)
            }
            Op::Edit(batch, edit) => self.edit(batch, edit, clocks.now),
            Op::Suppress(home, number) => {
                self.suppressed.entry((home, number)).or_insert(clocks.now);
                Reply::Stored
            }
            Op::Cap(home, until) => {
                self.caps.entry(home).or_default().push((clocks.now, until));
                Reply::Stored
            }
            Op::Uncap(home) => {
                self.uncap(home, clocks.wall);
                Reply::Stored
            }
            Op::Workspace(id, limit) => {
                self.set_workspace(id, limit, clocks.now);
                Reply::Stored
            }
            Op::Trunk(id, calls, cps) => {
                if self.trunks.contains_key(&id) {
                    self.set_trunk(id, (calls, cps), clocks.now);
                }
                Reply::Stored
            }
            Op::RemoveTrunk(id) => {
                self.remove_trunk(id, clocks.now);
                Reply::Stored
            }
            Op::Reroute(batch, trunk) => {
                self.reroute(batch, trunk, clocks.now);
                Reply::Stored
            }
        }
    }

    /// Whether an operation is for this process: an attempt is its owner's, and all else the
    /// leader's.
    fn may(&self, life: Life, op: &Op) -> bool {
        let owns = |attempt: AttemptId| self.attempts[attempt.0 as usize].owner == life;
        let trusts_everybody = self.bug == Some(Bug::DoubleClaimAfterLease);
        trusts_everybody
            || match op {
                Op::Verb { verb: Verb::Lead, .. } => true,
                Op::Settle(settlement) => owns(settlement.attempt),
                Op::Mark(attempt) => owns(*attempt),
                Op::Verb { verb: Verb::Release { attempt, .. }, .. } => owns(*attempt),
                _ => self.leader == Some(life),
            }
    }

    fn carry_out(
        &mut self,
        life: Life,
        (verb, asked_at): (Verb, Timestamp),
        clocks: Clocks,
    ) -> Answer {
        match verb {
            Verb::Lead => self.lead(life, clocks.now),
            Verb::Renew => {
                let until = asked_at + self.lease.unwrap_or(Duration::from_secs(u32::MAX.into()));
                self.lease_until = self.lease_until.max(until);
                Answer::Renewed(until)
            }
            Verb::Load => Answer::Loaded(self.load()),
            Verb::LoadChanges { since } => self.changes_since(since),
            Verb::Claim(claim) => self.claim(life, claim, clocks),
            Verb::Release { attempt, not_before } => self.release(attempt, not_before),
            Verb::WakeLimited => self.wake_limited(clocks.wall),
            Verb::MoveDue(by_us) => self.move_due(by_us),
            Verb::Advance(batch, advance) => self.advance(batch, advance, clocks.now),
        }
    }

    fn lead(&mut self, life: Life, now: Timestamp) -> Answer {
        // A process that starts on the leader's node knows that the leader's process is dead.
        let free =
            self.leader.is_none_or(|leader| leader.node == life.node || self.lease_until <= now);
        if !free {
            return Answer::LedByAnother;
        }
        self.leader = Some(life);
        self.led_at = now;
        self.terms.push((life, now));
        self.lease_until = now + self.lease.unwrap_or(Duration::from_secs(u32::MAX.into()));
        let forgets = self.bug == Some(Bug::RedialAfterCrash);
        let undialed = self.open.iter().map(|&index| &self.attempts[index]);
        let undialed = undialed.filter(|row| forgets || row.dialed_at.is_none());
        let undialed = undialed.map(|row| row.attempt.id).collect();
        self.take_over(life);
        Answer::Leads { until: Some(self.lease_until), undialed }
    }

    /// Gives a process all open attempts, which are those of dead processes.
    fn take_over(&mut self, life: Life) {
        if self.bug != Some(Bug::NothingTakenOver) {
            for &index in &self.open {
                self.attempts[index].owner = life;
            }
        }
    }

    fn load(&mut self) -> Snapshot {
        if self.bug != Some(Bug::DueFromImport) {
            self.recipients.iter_mut().for_each(RecipientRow::forget_moment);
        }
        let rests = |row: &&BatchRow| {
            let state = row.facts.state;
            let open = self.open.iter().any(|&i| self.attempts[i].attempt.batch == row.facts.id);
            state != BatchState::Draft && (!state.is_final() || open)
        };
        Snapshot {
            version: self.version(),
            limits: self.has_open_limits(),
            workspaces: self.workspaces.iter().map(|(id, limit)| (*id, *limit)).collect(),
            trunks: self.trunks.iter().map(|(id, limits)| self.trunk(*id, *limits)).collect(),
            batches: self.batches.values().filter(rests).map(|row| self.loaded(row)).collect(),
        }
    }

    fn trunk(&self, id: TrunkId, (max_calls, max_cps): (u32, f64)) -> LoadedTrunk {
        let rows = self.attempts.iter().filter(|row| row.attempt.trunk == id);
        let last_dialed_at = rows.filter_map(|row| row.dialed_wall).max();
        LoadedTrunk { id, max_calls, max_cps, last_dialed_at }
    }

    fn loaded(&self, row: &BatchRow) -> LoadedBatch {
        let open = self.open.iter().map(|&index| &self.attempts[index].attempt);
        LoadedBatch {
            facts: row.facts.clone(),
            lanes: self.lanes(row),
            open: open.filter(|attempt| attempt.batch == row.facts.id).cloned().collect(),
        }
    }

    fn create(&mut self, index: usize, clocks: Clocks) -> Reply {
        let plan = self.plan[index].clone();
        let first = self.recipients.len();
        for row in &plan.rows {
            let Row::Accepted { number, zones } = row else { continue };
            self.recipients.push(RecipientRow {
                batch: plan.facts.id,
                number: *number,
                zones: zones.clone(),
                status: RecipientStatus::Pending,
                due: match self.bug {
                    Some(Bug::DueFromImport) => clocks.wall.into(),
                    _ => DUE_SINCE_EVER.into(),
                },
                charged: 0,
                uncharged: 0,
                excused: 0,
                last: None,
                capped_until: None,
            });
        }
        let trunk = plan.facts.trunk.filter(|trunk| self.trunks.contains_key(trunk));
        let row = BatchRow {
            facts: BatchFacts { trunk, ..plan.facts.clone() },
            recipients: first..self.recipients.len(),
            rows: plan.rows.iter().map(|row| matches!(row, Row::Accepted { .. })).collect(),
        };
        self.batches.insert(plan.facts.id, row);
        self.changed(plan.facts.id, clocks.now);
        Reply::Stored
    }

    /// Records the present state of a batch in its history.
    fn changed(&mut self, batch: BatchId, now: Timestamp) {
        let Some(row) = self.batches.get_mut(&batch) else { return };
        row.facts.version += 1;
        let change =
            Change { at: now, state: row.facts.state, settings: row.facts.settings.clone() };
        self.changes.entry(batch).or_default().push(change);
        self.moves(Thing::Batch(batch));
    }

    fn set_workspace(&mut self, id: WorkspaceId, limit: u32, now: Timestamp) {
        self.workspaces.insert(id, limit);
        self.limits.workspaces.entry(id).or_default().push((now, limit));
        self.moves(Thing::Workspace(id));
    }

    fn set_trunk(&mut self, id: TrunkId, limits: (u32, f64), now: Timestamp) {
        self.trunks.insert(id, limits);
        self.limits.trunks.entry(id).or_default().push((now, limits.0, limits.1));
        self.removed.remove(&id);
        self.moves(Thing::Trunk(id));
    }

    /// Removes a trunk, unless a caller ID or a call uses it.
    fn remove_trunk(&mut self, id: TrunkId, now: Timestamp) {
        let routes = |row: &BatchRow| row.facts.trunk == Some(id) && !row.facts.state.is_final();
        let calls = self.bug != Some(Bug::RemovedTrunkDialed)
            && self.open.iter().any(|&index| self.attempts[index].attempt.trunk == id);
        if !calls && !self.batches.values().any(routes) && self.trunks.remove(&id).is_some() {
            self.removed.insert(id, now);
            self.moves(Thing::Trunk(id));
        }
    }

    /// Whether a number is suppressed.
    pub fn is_suppressed(&self, home: WorkspaceId, number: E164) -> bool {
        self.suppressed.contains_key(&(home, number))
    }

    /// Until when a workspace makes no calls, if its daily limit is reached.
    pub fn capped(&self, home: WorkspaceId, wall: Timestamp) -> Option<Timestamp> {
        let caps = self.caps.get(&home)?.iter().map(|(_, until)| *until);
        caps.filter(|until| *until > wall).max()
    }

    /// The row of a recipient.
    pub fn recipient(&self, id: RecipientId) -> &RecipientRow {
        &self.recipients[id.0 as usize]
    }

    /// Whether the run is over for the store: every batch exists and is over, and no attempt is
    /// open.
    pub fn is_at_rest(&self) -> bool {
        self.batches.len() == self.plan.len()
            && self.open.is_empty()
            && self.batches.values().all(|row| row.facts.state.is_final())
    }
}

/// The status and the due instant that follow an attempt. A stopped batch has no retries.
fn follow(next: Next, stopped: bool) -> (RecipientStatus, Option<Timestamp>) {
    match next {
        Next::Final(status) => (status, None),
        Next::Retry { otherwise, .. } if stopped => (otherwise, None),
        Next::Retry { at, .. } => (RecipientStatus::Pending, Some(at)),
    }
}
