//! Extrapolates the pace of some calls to the end of a larger batch, over its calling hours.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Question,
    population::{Mood, Sample},
    world::Virtual,
};
use crate::{
    attempt::Outcome,
    batch::BatchSettings,
    hours::{self, Window},
    retry::RetryPolicy,
    time::Timestamp,
    zones::ZoneSet,
};

/// The forecast does not look further ahead.
const HORIZON: Duration = Duration::from_secs(366 * 86_400);

/// The most openings and closings that are visited. The rest continues at the last pace.
const MOST_STEPS: usize = 600;

/// The pace of a batch and of the batches that share its lines.
pub(super) struct Pace {
    /// When the pace starts to hold.
    pub now: Timestamp,
    /// Whether recipients make the batch fast or slow.
    pub mood: Mood,
    /// Calls per second of the batch, while hours are open.
    pub ours_per_s: f64,
    /// Calls per second of the others at the same time.
    pub others_per_s: f64,
    /// Calls that the others will still make.
    pub others_left: f64,
}

/// Recipients in some zones, and the calls that they will take.
struct Part<'a> {
    zones: &'a ZoneSet,
    calls: f64,
    window: Window,
}

/// When a batch that continues at this pace is done. `None` if it never is.
pub(super) fn done_at(question: &Question, batch: &Virtual, pace: &Pace) -> Option<Timestamp> {
    let again = again(question, &batch.settings().retry, pace.mood);
    let all = walk(question, batch, pace, &|zones| calls_of(batch, zones, again))?;
    let mean = mean(question, pace.mood);
    let waiting = last_of_waiting(batch, (again, mean), all)?;
    let fresh: u64 = batch.fresh.values().sum();
    let fresh = match fresh {
        0 => all,
        _ => last_of_fresh(question, batch, pace, (again, mean, all))?,
    };
    Some((all + mean).max(waiting).max(fresh))
}

/// When the last recipient who was never dialed is done. While first attempts are left, due retries
/// take turns with them; a retry whose wait is longer than that comes at the end.
fn last_of_fresh(
    question: &Question,
    batch: &Virtual,
    pace: &Pace,
    (again, mean, all): (f64, Duration, Timestamp),
) -> Option<Timestamp> {
    let fresh = |zones: &ZoneSet| batch.fresh.get(zones).copied().unwrap_or(0) as f64;
    let first = walk(question, batch, pace, &fresh)?;
    let wait = batch.settings().retry.wait();
    let alone_s = first.since(pace.now).as_secs_f64();
    let mixed = (1.0 - wait.as_secs_f64() / alone_s.max(1e-3)).max(0.0);
    let at = first + all.since(first).mul_f64(mixed) + mean;
    let people: f64 = batch.fresh.values().map(|people| *people as f64).sum();
    let last_ones = (pace.ours_per_s * (wait + mean).as_secs_f64()).clamp(1.0, people);
    after_retries(batch, (last_ones, again, mean), (at, 0))
}

/// When the last recipient who waits for a retry is done. The retry is due at `at` or later.
fn last_of_waiting(
    batch: &Virtual,
    (again, mean): (f64, Duration),
    at: Timestamp,
) -> Option<Timestamp> {
    let mut by_charged: BTreeMap<u32, (Timestamp, u64)> = BTreeMap::new();
    for ((due_at, charged), people) in batch.retries.values().flatten() {
        let last = by_charged.entry(*charged).or_default();
        *last = (last.0.max(*due_at), last.1 + people);
    }
    let mut done_at = at;
    for (charged, (due_at, people)) in by_charged {
        let group = (people as f64, again, mean);
        done_at = done_at.max(after_retries(batch, group, (due_at + mean, charged))?);
    }
    Some(done_at)
}

/// When the retries of some recipients are over whose present call ends at `at`.
fn after_retries(
    batch: &Virtual,
    (people, again, mean): (f64, f64, Duration),
    (mut at, charged): (Timestamp, u32),
) -> Option<Timestamp> {
    let settings = batch.settings();
    let zones = batch.fresh.keys().chain(batch.retries.keys()).next()?;
    let most = settings.retry.max_retries.saturating_sub(charged) as i32;
    // A retry is ignored if fewer than half a recipient is expected to need it.
    for _ in (1..=most).take_while(|nth| people * again.powi(*nth) >= 0.5) {
        at = next_open(settings, zones, at + settings.retry.wait())? + mean;
    }
    Some(at)
}

/// The calls that a batch will still make.
pub(super) fn work(question: &Question, batch: &Virtual, mood: Mood) -> f64 {
    let again = again(question, &batch.settings().retry, mood);
    let mut zones: Vec<_> = batch.fresh.keys().chain(batch.retries.keys()).collect();
    zones.sort_unstable();
    zones.dedup();
    zones.into_iter().map(|zones| calls_of(batch, zones, again)).sum()
}

/// The calls that recipients in these zones will take if each call is followed by another one with
/// the probability `again`.
fn calls_of(batch: &Virtual, zones: &ZoneSet, again: f64) -> f64 {
    let most = batch.settings().retry.max_retries;
    let calls = |charged: u32| {
        (0..=most.saturating_sub(charged)).map(|n| again.powi(n as i32)).sum::<f64>()
    };
    let fresh = batch.fresh.get(zones).copied().unwrap_or(0) as f64 * calls(0);
    let retries = batch.retries.get(zones).into_iter().flatten();
    fresh + retries.map(|((_, charged), people)| *people as f64 * calls(*charged)).sum::<f64>()
}

/// The probability that a call is followed by another one, as long as retries are left.
fn again(question: &Question, policy: &RetryPolicy, mood: Mood) -> f64 {
    let samples = question.population.samples();
    let tried = |sample: &&Sample| {
        !sample.permanent && policy.retries_on(sample.outcome, sample.end_reason)
    };
    let share = samples.iter().filter(tried).count() as f64 / samples.len().max(1) as f64;
    let turns = question.population.doubt() * 0.4;
    let completed = samples.iter().filter(|sample| sample.outcome == Outcome::Completed);
    let completed = completed.count() as f64 / samples.len().max(1) as f64;
    match mood {
        Mood::Expected => share,
        Mood::Easy => share * (1.0 - turns),
        Mood::Hard if policy.retry_on_no_answer => share + completed * turns,
        Mood::Hard => share,
    }
}

fn mean(question: &Question, mood: Mood) -> Duration {
    let mean = question.population.mean();
    match mood {
        Mood::Easy => mean.mul_f64(1.0 - question.population.doubt()),
        Mood::Expected => mean,
        Mood::Hard => mean.mul_f64(1.0 + question.population.doubt()),
    }
}

fn next_open(settings: &BatchSettings, zones: &ZoneSet, at: Timestamp) -> Option<Timestamp> {
    match &settings.calling_hours {
        None => Some(at),
        Some(hours) => hours::next_open(hours, zones, at),
    }
}

/// When `calls` of each zone are made, while windows open and close and other batches finish and
/// free their lines.
fn walk(
    question: &Question,
    batch: &Virtual,
    pace: &Pace,
    calls: &dyn Fn(&ZoneSet) -> f64,
) -> Option<Timestamp> {
    let hours = batch.settings().calling_hours.as_ref();
    let look = |zones: &ZoneSet, at| match hours {
        Some(hours) => hours::window(hours, zones, at),
        None => Window::forever(true, at),
    };
    let mut zones: Vec<_> = batch.fresh.keys().chain(batch.retries.keys()).collect();
    zones.sort_unstable();
    zones.dedup();
    let part = |zones| Part { zones, calls: calls(zones), window: look(zones, pace.now) };
    let mut parts: Vec<Part<'_>> = zones.into_iter().map(part).collect();
    parts.retain(|part| part.calls > 0.0);
    let whole: f64 = parts.iter().map(|part| part.calls).sum();
    let (mut at, mut others) = (pace.now, pace.others_left);
    for _ in 0..MOST_STEPS {
        parts.retain(|part| part.calls > 1e-6);
        if parts.is_empty() {
            return Some(at);
        }
        for part in parts.iter_mut().filter(|part| !part.window.holds(at)) {
            part.window = look(part.zones, at);
        }
        let until = parts.iter().map(|part| part.window.until).min()?;
        let open: f64 = parts.iter().filter(|part| part.window.open).map(|part| part.calls).sum();
        let per_s = rate(question, pace, others);
        let mut seconds = until.since(at).as_secs_f64();
        if open > 0.0 {
            seconds = seconds.min(open / per_s);
            if others > 0.0 && pace.others_per_s > 0.0 {
                seconds = seconds.min((others / pace.others_per_s).max(1.0));
            }
        }
        if seconds > HORIZON.as_secs_f64() || at.since(pace.now) > HORIZON {
            return None;
        }
        others = (others - seconds * pace.others_per_s).max(0.0);
        if open > 0.0 {
            make(&mut parts, seconds * per_s);
        }
        at = at + Duration::from_secs_f64(seconds).max(Duration::from_millis(1));
    }
    let left: f64 = parts.iter().map(|part| part.calls).sum();
    let so_far = at.since(pace.now);
    let all = so_far.mul_f64((whole / (whole - left).max(whole * 1e-3)).min(1e3));
    (all <= HORIZON).then_some(pace.now + all)
}

/// Makes calls; the zones whose hours close first come first.
fn make(parts: &mut [Part<'_>], mut calls: f64) {
    parts.sort_by_key(|part| part.window.until);
    for part in parts.iter_mut().filter(|part| part.window.open) {
        let made = part.calls.min(calls);
        part.calls -= made;
        calls -= made;
    }
}

/// Calls per second. When the others are done, their lines count too, up to the batch's limits.
fn rate(question: &Question, pace: &Pace, others: f64) -> f64 {
    let own = question.batch.settings.max_concurrent_calls;
    let most = own.map_or(f64::INFINITY, |calls| {
        f64::from(calls) / mean(question, pace.mood).as_secs_f64().max(0.1)
    });
    let freed = if others > 0.0 { 0.0 } else { pace.others_per_s };
    (pace.ours_per_s + freed).min(most.max(pace.ours_per_s)).max(1e-6)
}
