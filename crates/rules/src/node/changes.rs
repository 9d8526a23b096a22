//! Changes of what is stored: the node reads them in order, whoever wrote them, and keeps the newest
//! facts of each batch.

use std::collections::BTreeMap;

use super::{ChangedBatch, Changes, Node, TrunkLimits, Verb};
use crate::{
    batch::BatchState,
    dispatcher::{self, BatchFacts},
    ids::{BatchId, TrunkId},
    time::Timestamp,
};

/// Which changes the node knows.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Every change up to this version is known.
    known: u64,
    /// The newest version that the node was told of.
    newest: u64,
    /// Whether changes are being read. One read at a time, so that no read overtakes another.
    reading: bool,
    /// Whether the last read failed.
    fails: bool,
    /// The newest facts of each batch that may dial. A final batch stays until its end was read: an
    /// older answer may be on its way.
    batches: BTreeMap<BatchId, Known>,
}

/// What the node knows of a batch.
#[derive(Debug, Clone, Copy)]
struct Known {
    version: u64,
    state: BatchState,
}

impl Heard {
    /// Whether every change up to this version is known.
    pub fn knows(&self, version: u64) -> bool {
        self.known >= version
    }

    /// Whether changes cannot be read at the moment.
    pub fn fails(&self) -> bool {
        self.fails
    }

    /// Whether a batch may dial, now or when its time comes.
    pub fn dials(&self, batch: BatchId) -> bool {
        match self.batches.get(&batch).map(|known| known.state) {
            Some(BatchState::Running | BatchState::Scheduled) => true,
            Some(
                BatchState::Draft
                | BatchState::Paused
                | BatchState::Completed
                | BatchState::Cancelled,
            )
            | None => false,
        }
    }

    /// Notes the facts of a batch, unless newer ones are known. Returns whether they are the newest,
    /// and whether the batch was known before.
    fn note(&mut self, facts: &BatchFacts) -> (bool, bool) {
        let known = self.batches.get(&facts.id);
        let (newest, before) = (known.is_none_or(|k| k.version <= facts.version), known.is_some());
        if newest {
            let known = Known { version: facts.version, state: facts.state };
            self.batches.insert(facts.id, known);
        }
        (newest, before)
    }
}

impl Node {
    /// Every change up to this version is known.
    pub fn version(&self) -> u64 {
        self.heard.known
    }

    /// Handles the news of a version.
    pub(super) fn told(&mut self, version: u64) {
        self.heard.newest = self.heard.newest.max(version);
        self.read_on();
    }

    /// Reads the changes that the node does not know, if there are any.
    fn read_on(&mut self) {
        let Heard { known, newest, reading, .. } = self.heard;
        if self.term.leads() && newest > known && !reading {
            self.heard.reading = true;
            self.ask(Verb::LoadChanges { since: known });
        }
    }

    /// Notes that everything was loaded, up to this version.
    pub(super) fn knows_all(&mut self, version: u64, limits: bool) {
        self.heard.known = version;
        if limits {
            self.ask(Verb::WakeLimited);
        }
        self.read_on();
    }

    /// Notes a batch that was loaded.
    pub(super) fn knows_batch(&mut self, facts: &BatchFacts) {
        if !facts.state.is_final() {
            self.heard.note(facts);
        }
    }

    /// Handles changes: passes them to the dispatcher, and reads on if there are more.
    pub(super) fn heard(&mut self, changes: Changes, now: Timestamp) {
        let Changes { version, workspaces, trunks, batches, limits } = changes;
        (self.heard.reading, self.heard.fails) = (false, false);
        self.heard.known = self.heard.known.max(version);
        for (id, max_concurrent_calls) in workspaces {
            self.hear(dispatcher::Input::Workspace { id, max_concurrent_calls }, now);
        }
        for (id, limits) in trunks {
            self.hear(of_trunk(id, limits), now);
        }
        for batch in batches {
            self.hear_of(batch, now);
        }
        if limits {
            self.ask(Verb::WakeLimited);
        }
        self.read_on();
    }

    /// Handles changes that could not be read. They are read again; until then, nobody waits for
    /// them.
    pub(super) fn heard_nothing(&mut self) {
        self.heard.fails = true;
        self.give_up_waiting();
    }

    fn hear_of(&mut self, batch: ChangedBatch, now: Timestamp) {
        let ChangedBatch { facts, lanes } = batch;
        let (id, is_over) = (facts.id, facts.state.is_final());
        let known = self.heard.batches.contains_key(&id);
        if !known && (is_over || facts.state == BatchState::Draft) {
            return;
        }
        let (newest, known) = self.heard.note(&facts);
        if !newest {
            return;
        }
        if is_over {
            self.heard.batches.remove(&id);
        }
        self.hear(
            match known {
                true => dispatcher::Input::BatchChanged(facts),
                false => dispatcher::Input::BatchLoaded { facts, lanes, open: Vec::new() },
            },
            now,
        );
    }

    /// Handles the answer to an advance.
    pub(super) fn advanced(&mut self, facts: BatchFacts, now: Timestamp) {
        if self.heard.batches.contains_key(&facts.id) && self.heard.note(&facts).0 {
            self.hear(dispatcher::Input::BatchChanged(facts), now);
        }
    }
}

fn of_trunk(id: TrunkId, limits: Option<TrunkLimits>) -> dispatcher::Input {
    match limits {
        Some(TrunkLimits { max_calls, max_cps }) => {
            dispatcher::Input::Trunk { id, max_calls, max_cps }
        }
        None => dispatcher::Input::TrunkRemoved { id },
    }
}
