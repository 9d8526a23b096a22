//! The history of calls: pages, filters, and the log of each call.

use std::time::Duration;

use campanile_rules::{
    attempt::{AnsweredBy, Outcome},
    conversation::{Action, Latency},
    ids::{AttemptId, BatchId},
    ladder::{Ladder, LadderMessage},
    recipient::RecipientStatus,
    retry::Next,
    time::Timestamp,
};
use campanile_store::{CallFilter, CallLog, CallRecord, Recording, StoreError, Utterance};

use crate::world::*;

fn log() -> CallLog {
    let said = Utterance { speaker: "agent".into(), text: "Hi".into(), start_ms: 0, end_ms: 300 };
    let invite =
        LadderMessage { at: NOW, sent: true, repeats: 1, text: "INVITE sip:a SIP/2.0\n".into() };
    CallLog {
        transcript: vec![said],
        latencies: vec![Latency { first_sample_ms: Some(40), ..Latency::default() }],
        actions: vec![Action::Digit { digit: '5', at_ms: 60 }],
        ladder: Ladder { messages: vec![invite], left_out: 3 },
        recording: Some(Recording {
            file: "a.wav".into(),
            duration_ms: 900,
            lost_ms: 20,
            lost_reason: Some("the disk is full".into()),
        }),
    }
}

#[tokio::test]
async fn everything_that_is_kept_of_a_call_comes_back() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claimed = world.claim(batch, 1).await.remove(0);
    world.store.mark_dialed(claimed.attempt.id, "dialog".into(), NOW).await.unwrap();
    let ended = settlement(&claimed, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    assert!(world.store.settle_attempt(ended.clone(), log()).await.unwrap());
    assert!(!world.store.settle_attempt(ended, CallLog::default()).await.unwrap());

    let call = world.store.call(world.workspace, &claimed.attempt.call_id).await.unwrap();
    assert_eq!((call.log, call.batch, call.agent), (log(), batch, (world.agent, 1)));
    assert_eq!(call.from_number.to_string(), "+14155550100");
    let listed = world.store.calls(world.workspace, all()).await.unwrap().items.remove(0);
    assert_eq!(listed.log, CallLog { recording: log().recording, ..CallLog::default() });
    let stranger = world.store.ensure_workspace("other", NOW).await.unwrap().id;
    let unseen = world.store.call(stranger, &claimed.attempt.call_id).await;
    assert!(matches!(unseen, Err(StoreError::NotFound(_))));
    assert!(world.store.calls(stranger, all()).await.unwrap().items.is_empty());
    let of_batch = CallFilter { batch: Some(batch), ..all() };
    assert!(world.store.calls(stranger, of_batch).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn what_is_old_is_forgotten_and_the_calls_stay() {
    let world = World::new().await;
    world.store.set_workspace_limit(world.workspace, 2_000).await.unwrap();
    let batch = world.batch(1_200).await;
    let claimed = world.claim(batch, 1_100).await;
    let later = NOW + Duration::from_secs(60);
    let young = world.store.claim_recipients(claim(batch, 3, false), later).await.unwrap();
    for claimed in claimed.iter().chain(&young.recipients) {
        let next = Next::Final(RecipientStatus::Completed);
        let ended = settlement(claimed, Outcome::Completed, next);
        world.store.settle_attempt(ended, log()).await.unwrap();
    }
    let mut chunks = 0;
    while world.store.forget_call_logs(later).await.unwrap() {
        chunks += 1;
    }
    assert_eq!(chunks, 3, "in small pieces");
    let mut files = 0;
    loop {
        let old = world.store.old_recordings(later).await.unwrap();
        if old.is_empty() {
            break;
        }
        files += old.len();
        let old = old.into_iter().map(|(attempt, _)| attempt).collect();
        world.store.forget_recordings_of(old).await.unwrap();
    }
    assert_eq!(files, 1_100);
    let kept = async |claimed: &campanile_store::ClaimedRecipient| {
        let call_id = &claimed.attempt.call_id;
        world.store.call(world.workspace, call_id).await.unwrap().log
    };
    assert_eq!(kept(&claimed[0]).await, CallLog::default());
    assert_eq!(kept(&claimed[1_099]).await, CallLog::default());
    assert_eq!(kept(&young.recipients[0]).await, log());
}

fn all() -> CallFilter {
    CallFilter { limit: 1_000, ..CallFilter::default() }
}

/// Two batches of calls with all kinds of ends, many dialed at the same instant.
async fn history(world: &World, random: &mut fastrand::Rng) -> Vec<BatchId> {
    let batches = vec![world.batch(60).await, world.batch(60).await];
    for &batch in &batches {
        let mut open = world.claim(batch, 50).await;
        random.shuffle(&mut open);
        for claimed in open.drain(..45) {
            let dialed_at = NOW + Duration::from_secs(random.u64(..20));
            let id = claimed.attempt.id;
            world.store.mark_dialed(id, "dialog".into(), dialed_at).await.unwrap();
            if random.u8(..10) == 0 {
                continue;
            }
            let outcome = Outcome::ALL[random.usize(..4)];
            let mut ended = settlement(&claimed, outcome, Next::Final(RecipientStatus::Failed));
            if random.bool() {
                let who = AnsweredBy::ALL[random.usize(..3)];
                ended.ending.evidence.answered_by = Some(who);
            }
            world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
        }
    }
    batches
}

fn random_filter(random: &mut fastrand::Rng, calls: &[CallRecord]) -> CallFilter {
    let like = &calls[random.usize(..calls.len())];
    let mut maybe = |percent| random.u8(..100) < percent;
    let number = maybe(30).then(|| like.number.to_string());
    CallFilter {
        batch: maybe(30).then_some(like.batch),
        recipient: maybe(10).then_some(like.attempt.recipient),
        agent: maybe(10).then_some(like.agent.0),
        outcome: like.attempt.outcome.filter(|_| maybe(30)),
        end_reason: like.attempt.end_reason.filter(|_| maybe(30)),
        answered_by: like.attempt.evidence.answered_by.filter(|_| maybe(30)),
        number: number
            .map(|number| if maybe(50) { number[9..].into() } else { number[..11].into() }),
        from: maybe(30).then_some(NOW + Duration::from_secs(5)),
        to: maybe(30).then_some(NOW + Duration::from_secs(12)),
        ..all()
    }
}

fn fits(filter: &CallFilter, call: &CallRecord) -> bool {
    let dialed_at = call.attempt.dialed_at.unwrap();
    let number = call.number.to_string();
    filter.batch.is_none_or(|batch| batch == call.batch)
        && filter.recipient.is_none_or(|id| id == call.attempt.recipient)
        && filter.agent.is_none_or(|agent| agent == call.agent.0)
        && filter.outcome.is_none_or(|outcome| Some(outcome) == call.attempt.outcome)
        && filter.end_reason.is_none_or(|reason| Some(reason) == call.attempt.end_reason)
        && filter.answered_by.is_none_or(|by| Some(by) == call.attempt.evidence.answered_by)
        && filter.number.as_ref().is_none_or(|part| number.contains(part))
        && filter.from.is_none_or(|from| from <= dialed_at)
        && filter.to.is_none_or(|to| dialed_at < to)
}

#[tokio::test]
async fn pages_hold_each_call_that_is_asked_for_once_newest_first() {
    let mut random = fastrand::Rng::with_seed(4);
    let world = World::new().await;
    history(&world, &mut random).await;
    let key = |call: &CallRecord| (call.attempt.dialed_at, call.attempt.id);
    let calls = world.store.calls(world.workspace, all()).await.unwrap().items;
    assert_eq!(calls.len(), 90, "what was never dialed is no call");
    assert!(calls.is_sorted_by_key(|call| std::cmp::Reverse(key(call))));
    for _ in 0..200 {
        let mut filter = random_filter(&mut random, &calls);
        let expected: Vec<_> = calls.iter().filter(|call| fits(&filter, call)).map(key).collect();
        filter.limit = random.u32(1..9);
        let mut found: Vec<(Option<Timestamp>, AttemptId)> = Vec::new();
        loop {
            let page = world.store.calls(world.workspace, filter.clone()).await.unwrap();
            assert!(page.items.len() <= filter.limit as usize);
            found.extend(page.items.iter().map(key));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        assert_eq!(found, expected, "{filter:?}");
        let count = world.store.count_calls(world.workspace, filter.clone()).await.unwrap();
        assert_eq!(count as usize, expected.len());
        let skip = random.u32(..5);
        let after = CallFilter { skip, limit: 3, after: None, ..filter };
        let page = world.store.calls(world.workspace, after).await.unwrap();
        let rest: Vec<_> = expected.into_iter().skip(skip as usize).take(3).collect();
        assert_eq!(page.items.iter().map(key).collect::<Vec<_>>(), rest);
    }
}
