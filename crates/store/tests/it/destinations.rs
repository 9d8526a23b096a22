//! Where a workspace may call: checked again whenever a recipient is claimed and whenever an INVITE
//! is about to leave.

use std::time::Duration;

use campanile_numbers::{
    Country,
    destination::{CustomGroup, GroupId},
};
use campanile_rules::{
    attempt::{Evidence, Outcome},
    batch::{BatchSettings, BatchState},
    dispatcher::Advance,
    phone::E164,
    recipient::{Due, RecipientStatus},
    rejection::RejectReason,
    retry::Next,
    time::Timestamp,
    trunk::{Trunk, TrunkKind},
};
use campanile_store::{
    CallLog, KycDecision, KycDocument, NewRow, OperatorSettings, Progress, StoreError,
    SuppressionRecord, SuppressionSource,
};

use crate::world::*;

const DAY: Duration = Duration::from_secs(86_400);

fn group(id: &str) -> GroupId {
    id.parse().unwrap()
}

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

/// A world whose batches go over a managed trunk, with these groups enabled.
async fn managed(groups: &[&str]) -> World {
    let mut world = World::new().await;
    let trunk = Trunk { kind: TrunkKind::Managed, ..trunk("carrier", 1_000) };
    world.setup.trunk = world.store.add_trunk(world.workspace, trunk, NOW).await.unwrap().id;
    let caller_id = (E164::from_digits(14_155_550_199), String::new());
    let number = world.store.add_phone_number(world.workspace, caller_id, Some(world.trunk), NOW);
    world.setup.phone_number = number.await.unwrap().id;
    switch(&world, groups, true).await;
    world
}

async fn switch(world: &World, groups: &[&str], on: bool) {
    let groups = groups.iter().map(|id| (group(id), on)).collect();
    world.store.switch_groups(world.workspace, groups).await.unwrap();
}

async fn settings(world: &World, edit: impl FnOnce(&mut OperatorSettings) + Send + 'static) {
    let edit = Box::new(|settings: &mut OperatorSettings| {
        edit(settings);
        Ok(())
    });
    world.store.update_operator_settings(edit, NOW).await.unwrap();
}

async fn suppress(world: &World, number: E164) -> bool {
    let suppression = SuppressionRecord {
        number,
        source: SuppressionSource::Api,
        reason: "asked".to_owned(),
        created_at: NOW,
    };
    world.store.add_suppression(world.workspace, suppression).await.unwrap().1
}

fn british(n: u64) -> E164 {
    E164::from_digits(442_079_460_000 + n)
}

fn indian(n: u64) -> E164 {
    E164::from_digits(919_876_543_000 + n)
}

fn rows(numbers: impl IntoIterator<Item = E164>) -> Vec<NewRow> {
    let rows = (2..).zip(numbers).map(|(position, number)| row_with_number(position, number));
    rows.collect()
}

async fn running(
    world: &World,
    numbers: impl IntoIterator<Item = E164>,
) -> campanile_rules::ids::BatchId {
    world.batch_of(rows(numbers), BatchSettings::default()).await
}

/// The status and reason of every row, in the file's order.
async fn seen(
    world: &World,
    batch: campanile_rules::ids::BatchId,
) -> Vec<(RecipientStatus, Option<String>)> {
    let filter = campanile_store::RecipientFilter { limit: 10_000, ..Default::default() };
    let page = world.store.recipients(batch, filter).await.unwrap();
    page.items.into_iter().map(|recipient| (recipient.status, recipient.reason)).collect()
}

fn skipped(reason: &str) -> (RecipientStatus, Option<String>) {
    (RecipientStatus::Skipped, Some(reason.to_owned()))
}

fn adds_up(progress: &Progress) {
    let sum: u64 = RecipientStatus::ALL.into_iter().map(|status| progress.count(status)).sum();
    assert_eq!(progress.total, sum);
}

#[tokio::test]
async fn a_call_is_transferred_only_where_it_could_have_been_dialed() {
    let world = managed(&["us-geographic-and-mobile", "gb-geographic"]).await;
    let batch = running(&world, [number(1)]).await;
    let attempt = world.claim(batch, 1).await[0].attempt.id;
    let may = async |to| world.store.may_transfer(attempt, to).await.unwrap();
    assert!(may(british(18)).await && may(number(2)).await);
    assert!(!may(indian(1)).await, "its group is off");
    assert!(!may(E164::from_digits(1_911)).await, "an emergency number");
    assert!(suppress(&world, british(19)).await);
    assert!(may(british(19)).await, "who is not to be called may take calls");
    switch(&world, &["gb-geographic"], false).await;
    assert!(!may(british(18)).await);
    world.store.release_attempt(attempt, None).await.unwrap();
    assert!(!may(number(2)).await, "the call is over");
}

#[tokio::test]
async fn who_lies_in_a_group_that_was_switched_off_is_skipped() {
    let world = managed(&["us-geographic-and-mobile", "gb-geographic"]).await;
    let numbers = [british(18), number(1), british(19), british(20)];
    let batch = running(&world, numbers).await;
    let first = world.claim(batch, 1).await;
    switch(&world, &["gb-geographic"], false).await;

    let rest = world.store.claim_recipients(claim(batch, 5, false), NOW).await.unwrap();
    assert_eq!(rest.recipients.len(), 1);
    assert_eq!((rest.recipients[0].attempt.number, rest.next_due), (number(1), None));
    let progress = world.store.progress(batch).await.unwrap();
    assert_eq!((progress.skipped, progress.in_progress, progress.pending), (2, 2, 0));
    assert_eq!((progress.rounds[0].attempted, progress.rounds[0].total), (2, 2));
    adds_up(&progress);

    let attempt = first[0].attempt.id;
    assert!(!world.store.mark_dialed(attempt, "dialog".into(), NOW).await.unwrap());
    assert_eq!(
        world.store.release_attempt(attempt, None).await.unwrap(),
        Some(Timestamp::default())
    );
    assert_eq!(world.claim(batch, 5).await.len(), 0);
    let american = &rest.recipients[0];
    assert!(world.store.mark_dialed(american.attempt.id, "d".into(), NOW).await.unwrap());
    let ended = settlement(american, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
    let refused = skipped("unsupported_country");
    let expected = [refused.clone(), (RecipientStatus::Completed, None), refused.clone(), refused];
    assert_eq!(seen(&world, batch).await, expected);
    let over = world.store.advance_batch(batch, Advance::Complete, NOW).await.unwrap();
    assert_eq!(over.state, BatchState::Completed);
}

#[tokio::test]
async fn who_was_suppressed_after_the_claim_is_not_dialed() {
    let world = World::new().await;
    let batch = running(&world, [number(1), number(2)]).await;
    let claimed = world.claim(batch, 2).await;
    assert!(suppress(&world, number(2)).await);
    assert!(!suppress(&world, number(2)).await, "once is enough");
    let dialed = |at: usize| world.store.mark_dialed(claimed[at].attempt.id, "d".into(), NOW);
    assert!(dialed(0).await.unwrap());
    assert!(!dialed(1).await.unwrap());
    world.store.release_attempt(claimed[1].attempt.id, None).await.unwrap();
    assert_eq!(world.claim(batch, 2).await.len(), 0);
    assert_eq!(seen(&world, batch).await[1], skipped("suppressed"));
}

#[tokio::test]
async fn a_change_that_is_about_others_holds_nobody_back() {
    let world = managed(&["us-geographic-and-mobile"]).await;
    let batch = running(&world, [number(1)]).await;
    let claimed = world.claim(batch, 1).await;
    switch(&world, &["gb-geographic"], true).await;
    suppress(&world, number(2)).await;
    assert!(world.store.mark_dialed(claimed[0].attempt.id, "d".into(), NOW).await.unwrap());
}

#[tokio::test]
async fn a_retry_is_skipped_too() {
    let world = World::new().await;
    let batch = running(&world, [number(1)]).await;
    let claimed = world.claim(batch, 1).await;
    let next = Next::Retry { at: NOW, otherwise: RecipientStatus::NoAnswer };
    let ended = settlement(&claimed[0], Outcome::NoAnswer, next);
    world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
    suppress(&world, number(1)).await;
    assert_eq!(world.claim_lane(batch, 1, true).await.len(), 0);
    assert_eq!(seen(&world, batch).await, [skipped("suppressed")]);
    let rounds = world.store.progress(batch).await.unwrap().rounds;
    let told: Vec<_> = rounds.iter().map(|round| (round.attempted, round.total)).collect();
    assert_eq!(told, [(1, 1), (0, 0)]);
}

#[tokio::test]
async fn a_claim_passes_over_some_and_the_next_one_goes_on() {
    let world = World::new().await;
    let batch = running(&world, (0..1_500).map(number)).await;
    let suppressed = (0..1_499).map(number).collect();
    let added = world.store.add_suppressions(world.workspace, suppressed, NOW).await.unwrap();
    assert_eq!(added, 1_499);
    let first = world.store.claim_recipients(claim(batch, 1, false), NOW).await.unwrap();
    assert_eq!((first.recipients.len(), first.next_due), (0, Some(Due::default())));
    let progress = world.store.progress(batch).await.unwrap();
    assert!((1_000..1_499).contains(&progress.skipped), "{progress:?}");
    assert_eq!(world.claim(batch, 1).await[0].attempt.number, number(1_499));
}

#[tokio::test]
async fn kyc_that_is_taken_back_stops_who_is_about_to_be_dialed() {
    let world = managed(&["in-mobile"]).await;
    let batch = running(&world, [indian(210), indian(211)]).await;
    let india = (world.workspace, country("IN"));
    let decide = |approved| {
        let decision = KycDecision { approved, by: "key_1".to_owned(), note: None };
        world.store.decide_kyc(india, decision, NOW)
    };
    assert!(matches!(decide(true).await, Err(StoreError::NotFound(_))));
    let paper = KycDocument {
        name: "Certificate".to_owned(),
        kind: "incorporation".to_owned(),
        reference: "archive 7".to_owned(),
        submitted_at: NOW,
    };
    world.store.submit_kyc(india, vec![paper.clone()], NOW).await.unwrap();
    decide(true).await.unwrap();
    let again = world.store.submit_kyc(india, vec![paper], NOW).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
    let claimed = world.claim(batch, 1).await;
    decide(false).await.unwrap();
    assert!(!world.store.mark_dialed(claimed[0].attempt.id, "d".into(), NOW).await.unwrap());
    world.store.release_attempt(claimed[0].attempt.id, None).await.unwrap();
    assert_eq!(world.claim(batch, 2).await.len(), 0);
    assert_eq!(seen(&world, batch).await, [skipped("kyc_required"), skipped("kyc_required")]);
}

#[tokio::test]
async fn an_import_asks_for_policy_and_suppressions() {
    let world = managed(&["us-geographic-and-mobile"]).await;
    suppress(&world, number(2)).await;
    let ask = async |from| {
        let check = world.store.destination_check(world.workspace, from).await.unwrap();
        [number(1), number(2), british(18)].map(|number| check(number).map_err(|no| no.reason))
    };
    let suppressed = Err(RejectReason::Suppressed);
    let abroad = Err(RejectReason::UnsupportedCountry);
    assert_eq!(ask(Some(world.phone_number)).await, [Ok(()), suppressed, abroad]);
    assert_eq!(ask(None).await, [Ok(()), suppressed, Ok(())], "without a route");
    let own = World::new().await;
    let check = own.store.destination_check(own.workspace, Some(own.phone_number)).await.unwrap();
    assert!(check(british(18)).is_ok(), "a trunk of its own");
}

#[tokio::test]
async fn calls_beyond_the_days_limit_wait_for_the_next() {
    let world = managed(&["us-geographic-and-mobile", "gb-geographic"]).await;
    settings(&world, |settings| {
        settings.home_countries = Some([country("US")].into());
        settings.daily_attempts = Some(2);
    })
    .await;
    let batch = running(&world, [british(1), british(2), british(3), number(4)]).await;
    let claimed = world.store.claim_recipients(claim(batch, 4, false), NOW).await.unwrap();
    let taken: Vec<_> = claimed.recipients.iter().map(|c| c.attempt.number).collect();
    assert_eq!(taken, [british(1), british(2), number(4)], "at home nothing is counted");
    assert_eq!(claimed.next_due, Some(next_day(NOW)));
    let usage = world.store.daily_usage(world.workspace, NOW).await.unwrap();
    assert_eq!((usage.attempts, usage.reached_at), (2, Some(NOW)));

    world.store.release_attempt(claimed.recipients[0].attempt.id, None).await.unwrap();
    let usage = world.store.daily_usage(world.workspace, NOW).await.unwrap();
    assert_eq!(usage.attempts, 1, "what never left is not counted");

    let tomorrow = NOW.next_utc_day();
    let mut later = claim(batch, 4, false);
    later.due_by = tomorrow;
    let next = world.store.claim_recipients(later, tomorrow).await.unwrap();
    assert_eq!((next.recipients.len(), next.next_due), (2, None));
    let usage = world.store.daily_usage(world.workspace, tomorrow).await.unwrap();
    assert_eq!((usage.attempts, usage.reached_at), (2, None));
    adds_up(&world.store.progress(batch).await.unwrap());
}

#[tokio::test]
async fn a_raised_limit_wakes_who_waits_and_a_lowered_one_holds_who_was_claimed() {
    let world = managed(&["gb-geographic"]).await;
    let limit = async |most| {
        settings(&world, move |settings| settings.daily_attempts = Some(most)).await;
        world.store.wake_limited(NOW).await.unwrap();
    };
    limit(1).await;
    let batch = running(&world, (1..=4).map(british)).await;
    assert_eq!(world.claim(batch, 4).await.len(), 1);
    assert_eq!(world.claim(batch, 4).await.len(), 0, "the others wait for the next day");
    limit(3).await;
    let usage = world.store.daily_usage(world.workspace, NOW).await.unwrap();
    assert_eq!(usage.reached_at, None, "the new limit is not reached yet");
    let claimed = world.claim(batch, 4).await;
    assert_eq!(claimed.len(), 2);

    limit(2).await;
    let dialed = |at: usize| world.store.mark_dialed(claimed[at].attempt.id, "d".into(), NOW);
    assert!(!dialed(0).await.unwrap(), "three are more than two");
    world.store.release_attempt(claimed[0].attempt.id, None).await.unwrap();
    assert!(dialed(1).await.unwrap());
    assert_eq!(world.claim(batch, 4).await.len(), 0);
    adds_up(&world.store.progress(batch).await.unwrap());
}

#[tokio::test]
async fn a_retry_waits_its_time_when_a_limit_is_raised() {
    let world = managed(&["gb-geographic"]).await;
    let batch = running(&world, [british(1)]).await;
    let claimed = world.claim(batch, 1).await;
    let at = NOW + Duration::from_secs(60);
    let next = Next::Retry { at, otherwise: RecipientStatus::NoAnswer };
    let ended = settlement(&claimed[0], Outcome::NoAnswer, next);
    world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
    world.store.wake_limited(NOW).await.unwrap();
    let claimed = world.store.claim_recipients(claim(batch, 1, true), NOW).await.unwrap();
    assert_eq!((claimed.recipients.len(), claimed.next_due), (0, Some(at.into())));
}

#[tokio::test]
async fn minutes_abroad_are_limited_too() {
    let world = managed(&["gb-geographic"]).await;
    settings(&world, |settings| {
        settings.home_countries = Some([country("US")].into());
        (settings.daily_attempts, settings.daily_minutes) = (None, Some(1));
    })
    .await;
    let batch = running(&world, [british(1), british(2)]).await;
    let claimed = world.claim(batch, 1).await;
    let mut ended =
        settlement(&claimed[0], Outcome::Completed, Next::Final(RecipientStatus::Completed));
    ended.ending.evidence.talk_ms = Some(60_000);
    world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
    let usage = world.store.daily_usage(world.workspace, NOW).await.unwrap();
    assert_eq!((usage.attempts, usage.talk_ms), (1, 60_000));
    assert_eq!(world.claim(batch, 1).await.len(), 0);
    settings(&world, |settings| settings.daily_minutes = None).await;
    let mut later = claim(batch, 1, false);
    later.due_by = NOW + DAY;
    let unlimited = world.store.claim_recipients(later.clone(), later.due_by).await.unwrap();
    assert_eq!(unlimited.recipients.len(), 1);
}

#[tokio::test]
async fn a_trunk_of_the_workspace_is_limited_only_if_the_operator_says_so() {
    let world = World::new().await;
    settings(&world, |settings| settings.daily_attempts = Some(0)).await;
    let batch = running(&world, [british(1), british(2)]).await;
    assert_eq!(world.claim(batch, 1).await.len(), 1);
    settings(&world, |settings| settings.limit_workspace_trunks = true).await;
    assert_eq!(world.claim(batch, 1).await.len(), 0);
}

#[tokio::test]
async fn who_asks_not_to_be_called_again_is_suppressed_with_the_settlement() {
    let world = World::new().await;
    let batch = running(&world, [number(1)]).await;
    let other = running(&world, [number(1)]).await;
    let claimed = world.claim(batch, 1).await;
    let mut ended =
        settlement(&claimed[0], Outcome::Completed, Next::Final(RecipientStatus::Completed));
    ended.ending.evidence = Evidence { asked_to_stop: true, ..Evidence::default() };
    world.store.settle_attempt(ended, CallLog::default()).await.unwrap();
    let found = world.store.suppression(world.workspace, number(1)).await.unwrap().unwrap();
    assert_eq!(found.source, SuppressionSource::Agent);
    assert_eq!(world.claim(other, 1).await.len(), 0);
    assert_eq!(seen(&world, other).await, [skipped("suppressed")]);
}

#[tokio::test]
async fn suppressions_are_paged_by_number_and_found_by_how_they_begin() {
    let world = World::new().await;
    let store = &world.store;
    let numbers = [british(1), number(3), number(1), indian(1)].to_vec();
    assert_eq!(store.add_suppressions(world.workspace, numbers, NOW).await.unwrap(), 4);
    let page = store.suppressions(world.workspace, (None, None), 2).await.unwrap();
    let told = |page: &campanile_store::SuppressionPage| -> Vec<E164> {
        page.items.iter().map(|item| item.number).collect()
    };
    assert_eq!((told(&page), page.total), (vec![number(1), number(3)], 4));
    let next = store.suppressions(world.workspace, (None, page.next), 2).await.unwrap();
    assert_eq!((told(&next), next.next), (vec![british(1), indian(1)], None));
    let found = store.suppressions(world.workspace, (Some(44), None), 2).await.unwrap();
    assert_eq!(told(&found), [british(1)]);
    store.remove_suppression(world.workspace, british(1)).await.unwrap();
    let again = store.remove_suppression(world.workspace, british(1)).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))));
    assert_eq!(store.suppressions(world.workspace, (Some(44), None), 2).await.unwrap().total, 3);
}

#[tokio::test]
async fn a_new_workspace_may_call_the_default_groups() {
    let world = World::new().await;
    assert!(world.store.enabled_groups(world.workspace).await.unwrap().is_empty());
    let (us, gb) = (group("us-geographic-and-mobile"), group("gb-mobile"));
    let defaults = [us.clone(), gb.clone()];
    settings(&world, |settings| settings.default_groups = defaults.into()).await;
    let made = world.store.create_workspace("second", Some(5), NOW).await.unwrap();
    let third = world.store.ensure_workspace("third", NOW).await.unwrap();
    for workspace in [made.id, third.id] {
        let enabled = world.store.enabled_groups(workspace).await.unwrap();
        assert_eq!(enabled, [us.clone(), gb.clone()].into());
    }
    let taken = world.store.create_workspace("second", None, NOW).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
}

#[tokio::test]
async fn a_group_of_the_installations_own_takes_its_range_away() {
    let world = managed(&["us-geographic-and-mobile"]).await;
    let store = &world.store;
    let own = CustomGroup::parse("custom-dear", "Dear", "US", &["+1415555000"]).unwrap();
    let batch = running(&world, [number(1), number(11)]).await;
    store.add_custom_group(own.clone(), NOW).await.unwrap();
    assert!(matches!(store.add_custom_group(own.clone(), NOW).await, Err(StoreError::Conflict(_))));
    let claimed = world.claim(batch, 2).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].attempt.number, number(11));
    assert_eq!(seen(&world, batch).await[0], skipped("unsupported_prefix"));

    let wider = CustomGroup::parse("custom-dear", "Dearer", "US", &["+141555500"]).unwrap();
    store.update_custom_group(wider.clone()).await.unwrap();
    assert_eq!(store.custom_groups().await.unwrap(), [wider]);
    assert!(!store.mark_dialed(claimed[0].attempt.id, "d".into(), NOW).await.unwrap());
    switch(&world, &["custom-dear"], true).await;
    assert!(store.mark_dialed(claimed[0].attempt.id, "d".into(), NOW).await.unwrap());
    store.remove_custom_group(group("custom-dear")).await.unwrap();
    let enabled = store.enabled_groups(world.workspace).await.unwrap();
    assert_eq!(enabled, [group("us-geographic-and-mobile")].into());
    let unknown = store.switch_groups(world.workspace, vec![(group("xx-none"), true)]).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}
