//! What follows an attempt.

use std::time::Duration;

use super::*;
use crate::{
    attempt::Evidence,
    dispatcher::LaneKey,
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    phone::E164,
    zones::ZoneSet,
};

const END: Timestamp = Timestamp(1_780_315_200_000_000);

fn attempt(charged_before: u32, uncharged_before: u32) -> Attempt {
    Attempt {
        id: AttemptId(1),
        recipient: RecipientId(1),
        batch: BatchId(1),
        workspace: WorkspaceId(1),
        trunk: TrunkId(1),
        number: E164::from_digits(14_155_550_101),
        number_in_row: charged_before + uncharged_before + 1,
        charged_before,
        uncharged_before,
        lane: LaneKey { zones: ZoneSet::default(), retry: charged_before > 0 },
        call_id: "1@test".to_owned(),
    }
}

fn ending(outcome: Outcome, end_reason: EndReason) -> Ending {
    Ending {
        outcome,
        end_reason,
        permanent: false,
        retry_after: None,
        ended_at: END,
        evidence: Evidence::default(),
    }
}

fn policy(max_retries: u32, wait_minutes: f64) -> RetryPolicy {
    RetryPolicy { max_retries, wait_minutes, ..RetryPolicy::default() }
}

fn congested(retry_after: Option<Duration>) -> Ending {
    Ending { retry_after, ..ending(Outcome::Failed, EndReason::TrunkCongested) }
}

#[test]
fn the_wait_runs_from_the_end_of_the_attempt() {
    let decision = decide(
        &policy(1, 1.5),
        &attempt(0, 0),
        &ending(Outcome::NoAnswer, EndReason::UserDidNotPickUp),
        false,
    );
    let at = END + Duration::from_secs(90);
    assert_eq!(decision.next, Next::Retry { at, otherwise: RecipientStatus::NoAnswer });
    assert!(decision.charged);
}

#[test]
fn one_budget_holds_whatever_the_outcomes() {
    let busy = ending(Outcome::Busy, EndReason::UserBusy);
    for charged_before in 0..6 {
        let decision = decide(&policy(3, 0.0), &attempt(charged_before, 0), &busy, false);
        let retried = matches!(decision.next, Next::Retry { .. });
        assert_eq!(retried, charged_before < 3, "after {charged_before} attempts");
    }
}

#[test]
fn without_retries_the_outcome_is_final() {
    let table = [
        (Outcome::Completed, EndReason::UserDisconnected, RecipientStatus::Completed),
        (Outcome::NoAnswer, EndReason::UserDidNotPickUp, RecipientStatus::NoAnswer),
        (Outcome::Voicemail, EndReason::VoicemailDetected, RecipientStatus::Voicemail),
        (Outcome::Busy, EndReason::UserBusy, RecipientStatus::Failed),
        (Outcome::Failed, EndReason::NetworkFailure, RecipientStatus::Failed),
        (Outcome::RejectedByRoute, EndReason::DestinationForbidden, RecipientStatus::Skipped),
        (Outcome::Interrupted, EndReason::EngineInterrupted, RecipientStatus::Failed),
    ];
    for (outcome, reason, status) in table {
        let decision = decide(&policy(0, 0.0), &attempt(0, 0), &ending(outcome, reason), false);
        assert_eq!(decision, Decision { charged: true, excused: false, next: Next::Final(status) });
    }
}

#[test]
fn each_outcome_is_retried_only_where_the_policy_says_so() {
    let all = RetryPolicy {
        max_retries: 1,
        retry_on_voicemail: true,
        retry_on_declined: true,
        retry_on_interrupted: true,
        ..RetryPolicy::default()
    };
    let none = RetryPolicy {
        max_retries: 1,
        retry_on_no_answer: false,
        retry_on_busy: false,
        retry_on_failed: false,
        ..RetryPolicy::default()
    };
    for outcome in Outcome::ALL {
        let ending = ending(outcome, EndReason::NetworkFailure);
        let retried = |policy| {
            matches!(decide(policy, &attempt(0, 0), &ending, false).next, Next::Retry { .. })
        };
        let ever = !matches!(outcome, Outcome::Completed | Outcome::RejectedByRoute);
        assert_eq!(retried(&all), ever, "{outcome:?}");
        assert!(!retried(&none), "{outcome:?}");
    }
}

#[test]
fn by_default_voicemail_and_a_phone_that_may_have_rung_are_left_alone() {
    let policy = policy(10, 0.0);
    let retried = |outcome: &Outcome| policy.retries_on(*outcome, EndReason::NetworkFailure);
    let by_default: Vec<_> = Outcome::ALL.into_iter().filter(retried).collect();
    assert_eq!(by_default, [Outcome::NoAnswer, Outcome::Busy, Outcome::Failed]);
}

#[test]
fn who_declined_is_called_again_only_where_the_policy_says_so() {
    let declined = ending(Outcome::Failed, EndReason::UserDeclined);
    let by_default = policy(10, 0.0);
    let with = RetryPolicy { retry_on_declined: true, retry_on_failed: false, ..policy(10, 0.0) };
    let next =
        |policy: &RetryPolicy, ending: &Ending| decide(policy, &attempt(0, 0), ending, false).next;
    assert_eq!(next(&by_default, &declined), Next::Final(RecipientStatus::Failed));
    assert!(matches!(next(&with, &declined), Next::Retry { .. }));
    let for_good = Ending { permanent: true, ..declined };
    assert_eq!(next(&with, &for_good), Next::Final(RecipientStatus::Failed));
    let broken = ending(Outcome::Failed, EndReason::NetworkFailure);
    assert_eq!(next(&with, &broken), Next::Final(RecipientStatus::Failed));
    let old: RetryPolicy = serde_json::from_str(r#"{"max_retries":1}"#).unwrap();
    assert!(!old.retry_on_declined, "a batch of an earlier version does not call them again");
}

#[test]
fn a_permanent_failure_is_never_retried() {
    let gone = Ending { permanent: true, ..ending(Outcome::Failed, EndReason::InvalidNumber) };
    let decision = decide(&policy(10, 0.0), &attempt(0, 0), &gone, false);
    assert_eq!(decision.next, Next::Final(RecipientStatus::Failed));
}

#[test]
fn congestion_is_not_charged_five_times_and_then_is() {
    let policy = policy(0, 60.0);
    for before in 0..5 {
        let decision = decide(&policy, &attempt(0, before), &congested(None), false);
        let at = END + Duration::from_secs(1 << before);
        let next = Next::Retry { at, otherwise: RecipientStatus::Failed };
        assert_eq!(decision, Decision { charged: false, excused: false, next });
    }
    let decision = decide(&policy, &attempt(0, 5), &congested(None), false);
    assert_eq!(
        decision,
        Decision { charged: true, excused: false, next: Next::Final(RecipientStatus::Failed) }
    );
}

#[test]
fn a_refused_recipient_waits_as_long_as_the_trunk_asks() {
    let asked = Duration::from_secs(40);
    for (attempt, policy) in [(attempt(0, 0), policy(0, 0.0)), (attempt(0, 5), policy(1, 0.1))] {
        let decision = decide(&policy, &attempt, &congested(Some(asked)), false);
        assert!(matches!(decision.next, Next::Retry { at, .. } if at == END + asked));
    }
    let decision = decide(&policy(0, 0.0), &attempt(0, 0), &congested(Some(Duration::MAX)), false);
    assert!(matches!(decision.next, Next::Retry { at, .. } if at == END + MAX_RETRY_AFTER));
}

#[test]
fn attempts_come_to_an_end_even_if_the_trunk_is_always_congested() {
    let policy = policy(10, 0.0);
    let (mut charged, mut uncharged) = (0, 0);
    while let Decision { charged: counts, next: Next::Retry { .. }, .. } =
        decide(&policy, &attempt(charged, uncharged), &congested(None), false)
    {
        if counts {
            charged += 1
        } else {
            uncharged += 1
        }
        assert!(charged <= 10 && uncharged <= MAX_UNCHARGED);
    }
    assert_eq!((charged, uncharged), (10, MAX_UNCHARGED));
}

#[test]
fn a_wait_may_have_decimals_and_has_bounds() {
    assert_eq!(policy(0, 0.01).wait(), Duration::from_millis(600));
    assert_eq!(policy(0, -3.0).wait(), Duration::ZERO);
    assert_eq!(policy(0, f64::NAN).wait(), Duration::ZERO);
    assert_eq!(policy(0, f64::INFINITY).wait(), Duration::from_secs(7 * 24 * 3600));
}

#[test]
fn all_mistakes_are_reported_together() {
    assert_eq!(policy(11, -1.0).mistakes().len(), 2);
    assert_eq!(policy(0, f64::NAN).mistakes().len(), 1);
    assert!(policy(10, 10_080.0).mistakes().is_empty());
}

#[test]
fn an_outage_is_charged_to_nobody_however_long_it_lasts() {
    let policy = policy(0, 60.0);
    for reason in [EndReason::TrunkUnreachable, EndReason::AgentFailed] {
        let gone = ending(Outcome::Failed, reason);
        for before in [0, MAX_UNCHARGED, 1_000] {
            let decision = decide(&policy, &attempt(0, before), &gone, true);
            assert!(!decision.charged && decision.excused, "{reason:?}");
            assert!(matches!(decision.next, Next::Retry { .. }), "{reason:?}");
        }
        let alone = decide(&policy, &attempt(0, MAX_UNCHARGED), &gone, false);
        assert!(alone.charged, "others get through: {reason:?}");
        assert!(!decide(&policy, &attempt(0, 0), &gone, false).charged, "{reason:?}");
    }
}

#[test]
fn an_agent_that_fails_after_somebody_picked_up_is_charged() {
    let mut failed = ending(Outcome::Failed, EndReason::AgentFailed);
    failed.evidence.answered_at = Some(END);
    assert!(decide(&policy(0, 0.0), &attempt(0, 0), &failed, true).charged);
}
