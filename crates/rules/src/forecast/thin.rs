//! Reduces a question to a smaller world by one factor. Time stays the same.

use super::{Load, Question, Waiting};

/// The fewest concurrent calls that still represent a limit well enough.
const FEW_CALLS: u32 = 12;

/// More concurrent calls than this are unnecessary.
const MANY_CALLS: u32 = 40;

/// The question for a world in which every count is divided by the returned factor. Times are
/// unchanged.
pub(super) fn thin(question: &Question, most_calls: u64) -> (Question, u32) {
    let people: u64 = question.batch.waiting.iter().map(|group| group.people).sum();
    // A group that is small enough is not thinned.
    let by = match people > most_calls {
        true => divisor(question).min((people * 2 / most_calls) as u32).max(1),
        false => 1,
    };
    let mut thin = question.clone();
    if by == 1 {
        return (thin, 1);
    }
    thin.workspace_calls = divide(question.workspace_calls, by);
    thin.trunk_calls = divide(question.trunk_calls, by);
    thin.trunk_cps = pace(question.trunk_cps, by);
    for load in [&mut thin.batch].into_iter().chain(&mut thin.others) {
        divide_load(load, by);
    }
    (thin, by)
}

/// The most lines that the batch can have.
fn lines(question: &Question) -> u32 {
    let own = question.batch.settings.max_concurrent_calls.unwrap_or(u32::MAX);
    // More lines than the pace can fill are useless: average talk time is below ten minutes.
    let filled = (question.trunk_cps * 600.0).clamp(1.0, 1e9) as u32;
    question.workspace_calls.min(question.trunk_calls).min(own).min(filled)
}

/// The divisor that leaves few lines and rounds the pace least.
fn divisor(question: &Question) -> u32 {
    let lines = lines(question);
    if lines <= MANY_CALLS {
        return 1;
    }
    let candidates = lines.div_ceil(MANY_CALLS)..=(lines / FEW_CALLS).max(1);
    let error = |by: &u32| {
        let wanted = question.trunk_cps.floor().max(question.trunk_cps.min(1.0)) / f64::from(*by);
        let got = pace(question.trunk_cps, *by);
        let got = if got < 1.0 { got } else { got.floor() };
        let lines_error = f64::from(divide(lines, *by) * by) / f64::from(lines) - 1.0;
        (got / wanted - 1.0).abs() + lines_error.abs()
    };
    // A few thousand candidates are enough to find a good divisor.
    let step = (candidates.end() - candidates.start()) as usize / 2_000 + 1;
    candidates.step_by(step).min_by(|a, b| error(a).total_cmp(&error(b))).unwrap_or(1)
}

/// The pace divided by `by`. Above one call per second the pacer takes whole numbers only.
fn pace(cps: f64, by: u32) -> f64 {
    if cps < 1.0 { cps / f64::from(by) } else { cps.floor() / f64::from(by) }
}

fn divide(count: u32, by: u32) -> u32 {
    ((f64::from(count) / f64::from(by)).round() as u32).max(1)
}

fn divide_load(load: &mut Load, by: u32) {
    let limit = &mut load.settings.max_concurrent_calls;
    *limit = limit.map(|calls| divide(calls, by));
    // The remainders of the groups add up, so that small groups do not all vanish.
    let mut rest = 0;
    for Waiting { people, .. } in &mut load.waiting {
        let whole = *people + rest;
        (*people, rest) = (whole / u64::from(by), whole % u64::from(by));
    }
    if rest > 0
        && let Some(last) = load.waiting.last_mut()
    {
        last.people += 1;
    }
    load.waiting.retain(|group| group.people > 0);
}
