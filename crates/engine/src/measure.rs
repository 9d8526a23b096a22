//! The metrics of calls.

use std::time::Duration;

use campanile_metrics::{METRICS, labels::SipCode};
use campanile_rules::{
    attempt::{Attempt, Ending, Evidence},
    conversation::Latency,
    time::Timestamp,
};
use campanile_store::CallLog;

/// Records that an INVITE left: the time since the decision to dial, and for a retry the time since
/// it was due.
pub(crate) fn dialed(attempt: &Attempt, since_placed: Duration, retry_lag: Option<Duration>) {
    METRICS.dialed.with_label_values(&[&attempt.trunk.to_string()]).inc();
    METRICS.placed.observe(since_placed.as_secs_f64());
    if let Some(lag) = retry_lag {
        METRICS.retry_lag.observe(lag.as_secs_f64());
    }
}

/// Records the end of a call that was dialed at `dialed_at`.
pub(crate) fn set_up(evidence: &Evidence, dialed_at: Timestamp) {
    if let Some(at) = evidence.ringing_at {
        METRICS.ringing.observe(at.since(dialed_at).as_secs_f64());
    }
    if let Some(at) = evidence.answered_at {
        METRICS.answered.observe(at.since(dialed_at).as_secs_f64());
    }
}

/// Records how soon the agent of a call answered, step by step.
pub(crate) fn talked(log: &CallLog) {
    for (step, ms) in log.latencies.iter().flat_map(Latency::steps) {
        let seconds = ms as f64 / 1_000.0;
        METRICS.agent_latency.with_label_values(&[step.as_str()]).observe(seconds);
    }
}

/// Records that the ending of an attempt is stored.
pub(crate) fn settled(ending: &Ending) {
    METRICS.attempts.of(ending.outcome).inc();
    METRICS.attempt_ends.of(ending.end_reason).inc();
    let seen = &ending.evidence;
    if let Some(code) = seen.sip_code.and_then(SipCode::of) {
        METRICS.sip_finals.of(code).inc();
    }
    if let Some(talk_ms) = seen.talk_ms {
        METRICS.talk.observe(talk_ms as f64 / 1_000.0);
    }
    if let Some(verdict) = seen.answered_by {
        METRICS.amd_verdicts.of(verdict).inc();
    }
    if let Some(decided_ms) = seen.amd_decided_ms {
        METRICS.amd_decided.observe(decided_ms as f64 / 1_000.0);
    }
}
