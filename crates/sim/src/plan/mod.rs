//! The plan of one run, all from its seed: every seed has its own limits, recipients and faults.

mod faults;
mod operator;
mod outages;
mod people;
mod rare;

pub use faults::Faults;
pub use operator::{Action, Edit};
pub use outages::{Lack, Trouble};
pub use people::{Behaviour, Person};
pub use rare::Restore;

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use campanile_rules::{
    batch::{BatchSettings, BatchState},
    dispatcher::BatchFacts,
    hours::{CallingHours, Day, HoursZone, TimeOfDay},
    ids::{BatchId, TrunkId, WorkspaceId},
    phone::E164,
    retry::RetryPolicy,
    time::Timestamp,
    zones::ZoneSet,
};
use fastrand::Rng;

/// Everything that a seed decides before its run begins.
#[derive(Debug)]
pub struct Plan {
    /// When the run begins.
    pub start: Timestamp,
    /// When the operator stops all batches that are not over.
    pub closing_at: Timestamp,
    /// Each workspace and its limit of concurrent calls.
    pub workspaces: Vec<(WorkspaceId, u32)>,
    /// The trunks.
    pub trunks: Vec<TrunkPlan>,
    /// The batches, in order of creation.
    pub batches: Vec<BatchPlan>,
    /// The actions of the operator, in order.
    pub actions: Vec<(Timestamp, Action)>,
    /// How each number behaves when called.
    pub people: BTreeMap<E164, Person>,
    /// How long a phone may ring.
    pub ring_timeout: Duration,
    /// The faults.
    pub faults: Faults,
}

/// A trunk: its limits and the behaviour of its far end.
#[derive(Debug, Clone)]
pub struct TrunkPlan {
    /// The trunk.
    pub id: TrunkId,
    /// The limit of concurrent calls.
    pub max_calls: u32,
    /// The limit of calls per second.
    pub max_cps: f64,
    /// When the trunk refuses every call: start, end and the Retry-After of its refusals.
    pub congested: Vec<(Timestamp, Timestamp, Option<Duration>)>,
    /// When no message reaches the trunk: start and end.
    pub dead: Vec<(Timestamp, Timestamp)>,
    /// Whether the trunk answers no probes.
    pub deaf: bool,
}

/// A batch and its file.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    /// The stored facts of the batch at its creation.
    pub facts: BatchFacts,
    /// When the batch is created.
    pub created_at: Timestamp,
    /// The rows of its file.
    pub rows: Vec<Row>,
}

/// A row of a file after validation.
#[derive(Debug, Clone)]
pub enum Row {
    /// A row with a recipient to call.
    Accepted {
        /// The number.
        number: E164,
        /// The zones in which the number may be.
        zones: ZoneSet,
    },
    /// A rejected row. The report gives the reason.
    Rejected,
}

const PACES: [f64; 8] = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 50.0];

const ZONES: [&str; 9] = [
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Europe/London",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Sydney",
    "UTC",
    "America/New_York,America/Chicago",
];

/// Each set is made once, so that equal sets are shared.
static ZONE_SETS: LazyLock<Vec<ZoneSet>> =
    LazyLock::new(|| ZONES.into_iter().map(ZoneSet::from_joined).collect());

/// The general character of a seed's recipients and rules, chosen before the details.
struct Taste {
    calm: bool,
    hours: bool,
    recipient_zones: bool,
    scheduled: bool,
    ending: bool,
    duplicates: bool,
    rejected: bool,
    /// Many recipients, few lines, and no other limits.
    rush: bool,
    /// In a rush, two workspaces compete for one trunk.
    shared: bool,
    mix: people::Mix,
}

impl Plan {
    /// The plan of `seed`.
    pub fn from_seed(seed: u64) -> Plan {
        let rng = &mut Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x0063_616d_7061);
        // Any quarter of an hour in 2026, so that some runs include a time change.
        let start = Timestamp((1_767_225_600 + 900 * rng.i64(0..35_040)) * 1_000_000);
        let rush = rng.u8(0..6) == 0;
        let taste = Taste {
            calm: rng.u8(0..100) < 40,
            hours: !rush && rng.u8(0..100) < 40,
            recipient_zones: rng.bool(),
            scheduled: rng.u8(0..100) < 30,
            ending: rng.u8(0..100) < 20,
            duplicates: rng.u8(0..100) < 40,
            rejected: rng.u8(0..100) < 50,
            rush,
            shared: rush && rng.u8(0..3) == 0,
            mix: people::Mix::pick(rng, rush),
        };
        let limits: &[u32] = if rush { &[8, 12, 16] } else { &[1, 2, 3, 5, 8, 12, 20] };
        let limits = if taste.shared { &[20, 30][..] } else { limits };
        let homes = if taste.shared { 2 } else { rng.i64(1..=2) };
        let workspaces = (1..=if rush && !taste.shared { 1 } else { homes })
            .map(|id| (WorkspaceId(id), *pick(rng, limits)))
            .collect::<Vec<_>>();
        let trunks = (1..=if taste.shared { 1 } else { rng.i64(1..=2) })
            .map(|id| trunk(rng, TrunkId(id), start, &taste))
            .collect();
        let mut plan = Plan {
            start,
            closing_at: start,
            workspaces,
            trunks,
            batches: Vec::new(),
            actions: Vec::new(),
            people: BTreeMap::new(),
            ring_timeout: Duration::from_secs(rng.u64(5..30)),
            faults: Faults::pick(rng, taste.calm),
        };
        for id in 1..=rng.i64(if rush { 2 } else { 1 }..=4) {
            let batch = plan.batch(rng, BatchId(id), &taste);
            plan.batches.push(batch);
        }
        // A lease is renewed again and again, so a run with leases must not last for days.
        let days = if taste.hours && plan.faults.nodes == 1 { 9 } else { 1 };
        plan.closing_at = start + Duration::from_secs(days * 86_400);
        plan.actions = operator::actions(rng, &plan);
        rare::servers(&mut plan, seed);
        outages::strike(&mut plan, seed);
        rare::add(&mut plan, seed);
        rare::ends(&mut plan, seed);
        rare::change(&mut plan, seed);
        if taste.shared {
            rare::two_workspaces(&mut plan, seed);
        }
        plan
    }

    fn batch(&mut self, rng: &mut Rng, id: BatchId, taste: &Taste) -> BatchPlan {
        let created_at = match rng.u8(0..3) {
            0 => self.start + Duration::from_millis(rng.u64(0..600_000)),
            _ => self.start,
        };
        let settings = settings(rng, created_at, taste);
        let workspace = pick(rng, &self.workspaces).0;
        let scheduled = settings.starts_at.is_some_and(|at| at > created_at);
        let facts = BatchFacts {
            id,
            version: 0,
            workspace,
            trunk: (rng.u8(0..100) < 98).then(|| pick(rng, &self.trunks).id),
            agent: Default::default(),
            state: match rng.u8(0..10) {
                0 => BatchState::Draft,
                _ if scheduled => BatchState::Scheduled,
                _ => BatchState::Running,
            },
            settings,
        };
        let sizes: &[u32] = if taste.rush { &[60, 80, 100] } else { &[1, 3, 10, 25, 40, 60] };
        let size = *pick(rng, sizes);
        // The first row is always accepted: a file without an accepted row is refused.
        let rows = (0..size)
            .map(|row| match taste.rejected && row > 0 && rng.u8(0..8) == 0 {
                true => Row::Rejected,
                false => self.person(rng, workspace, taste),
            })
            .collect();
        BatchPlan { facts, created_at, rows }
    }

    fn person(&mut self, rng: &mut Rng, workspace: WorkspaceId, taste: &Taste) -> Row {
        let spread = if taste.duplicates { 40 } else { 1_000_000 };
        let number = 14_155_000_000 + workspace.0 as u64 * 1_000_000 + rng.u64(0..spread);
        let number = E164::from_digits(number);
        let mix = &taste.mix;
        self.people.entry(number).or_insert_with(|| Person::pick(rng, mix));
        // The zone of a number follows from its digits.
        let zones = match number.digits() % 97 {
            0 if taste.recipient_zones => ZoneSet::default(),
            digits => {
                ZONE_SETS[digits as usize % if taste.recipient_zones { 9 } else { 2 }].clone()
            }
        };
        Row::Accepted { number, zones }
    }
}

fn trunk(rng: &mut Rng, id: TrunkId, start: Timestamp, taste: &Taste) -> TrunkPlan {
    let mut span = |most: u64| {
        let from = start + Duration::from_secs(rng.u64(0..1_200));
        (from, from + Duration::from_millis(rng.u64(100..most)))
    };
    let (congestion, death) = (span(60_000), span(60_000));
    // Some trunks ask for more than the longest Retry-After that is respected.
    let asked = |seconds| Duration::from_secs(if seconds > 22 { 7_200 } else { seconds });
    let retry_after = rng.bool().then(|| asked(rng.u64(1..30)));
    TrunkPlan {
        id,
        max_calls: if taste.shared {
            *pick(rng, &[8, 12])
        } else if taste.rush {
            100
        } else {
            *pick(rng, &[1, 3, 6, 10, 20, 100])
        },
        max_cps: *pick(rng, &PACES[if taste.rush { 5 } else { 0 }..]),
        congested: match !taste.calm && rng.u8(0..100) < 35 {
            true => vec![(congestion.0, congestion.1, retry_after)],
            false => Vec::new(),
        },
        dead: if !taste.calm && rng.u8(0..100) < 15 { vec![death] } else { Vec::new() },
        deaf: false,
    }
}

fn settings(rng: &mut Rng, created_at: Timestamp, taste: &Taste) -> BatchSettings {
    let starts_at = (taste.scheduled && rng.bool())
        .then(|| created_at + Duration::from_millis(rng.u64(0..7_200_000)));
    BatchSettings {
        starts_at,
        ends_at: (taste.ending && rng.bool()).then(|| {
            starts_at.unwrap_or(created_at) + Duration::from_millis(rng.u64(10_000..7_200_000))
        }),
        calling_hours: (taste.hours && rng.u8(0..4) > 0).then(|| hours(rng, taste.recipient_zones)),
        max_concurrent_calls: (rng.u8(0..3) == 0).then(|| rng.u32(1..8)),
        weight: *pick(rng, if taste.rush { &[1, 3, 10] } else { &[1, 1, 2, 3, 5, 10] }),
        retry: retry(rng),
        time_zone: None,
        allow_overlapping_calls: rng.u8(0..8) == 0,
    }
}

pub(crate) fn retry(rng: &mut Rng) -> RetryPolicy {
    let policy = RetryPolicy {
        max_retries: *pick(rng, &[0, 1, 1, 2, 3, 10]),
        wait_minutes: *pick(rng, &[0.0, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0]),
        retry_on_no_answer: rng.u8(0..4) > 0,
        retry_on_voicemail: rng.bool(),
        retry_on_busy: rng.u8(0..4) > 0,
        retry_on_failed: rng.u8(0..4) > 0,
        ..RetryPolicy::default()
    };
    // One random number for both choices, so that pinned seeds keep their plans.
    let rare = rng.u8(0..4);
    RetryPolicy { retry_on_interrupted: rare == 0, retry_on_declined: rare == 1, ..policy }
}

pub(crate) fn hours(rng: &mut Rng, recipient: bool) -> CallingHours {
    const DAYS: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
    let start = rng.u16(0..96);
    // A window is never empty: it has at least a quarter of an hour, and may cross midnight.
    let end = (start + rng.u16(1..60)) % 96;
    let days: Vec<Day> = DAYS.into_iter().filter(|_| rng.u8(0..4) > 0).collect();
    CallingHours {
        start: TimeOfDay(start * 15),
        end: TimeOfDay(end * 15),
        days: if days.is_empty() { vec![Day::Wed] } else { days },
        time_zone: match recipient {
            true => HoursZone::Recipient,
            false => HoursZone::Named(pick(rng, &ZONES[..8]).to_string()),
        },
    }
}

pub(crate) fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(0..from.len())]
}
