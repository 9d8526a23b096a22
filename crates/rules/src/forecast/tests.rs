use super::{world, *};
use crate::{
    attempt::{EndReason, Outcome},
    hours::{CallingHours, is_open},
    retry::RetryPolicy,
};

const NOW: Timestamp = Timestamp(1_780_315_200_000_000);

fn samples(kinds: &[(usize, Outcome, u64)]) -> Vec<Sample> {
    let make = |&(count, outcome, seconds): &(usize, Outcome, u64)| {
        let lasts = Duration::from_secs(seconds);
        let end_reason = EndReason::NetworkFailure;
        let sample = Sample { outcome, end_reason, permanent: false, lasts };
        std::iter::repeat_n(sample, count)
    };
    kinds.iter().flat_map(make).collect()
}

fn people(count: u64) -> Vec<Waiting> {
    vec![Waiting { zones: ZoneSet::from_joined("America/New_York"), retry_at: None, people: count }]
}

/// A batch of `count` recipients who all answer and talk for a minute.
fn question(count: u64) -> Question {
    Question {
        batch: Load {
            workspace: WorkspaceId(1),
            same_trunk: true,
            settings: BatchSettings::default(),
            waiting: people(count),
        },
        others: Vec::new(),
        workspace_calls: 10,
        trunk_calls: 100,
        trunk_cps: 100.0,
        population: Population::seen(samples(&[(50, Outcome::Completed, 60)]), Duration::ZERO),
    }
}

fn minutes(question: &Question) -> (f64, Forecast) {
    let forecast = forecast(question, NOW).expect("it ends");
    (forecast.likely_at.since(NOW).as_secs_f64() / 60.0, forecast)
}

#[track_caller]
fn near(got: f64, wanted: f64) {
    assert!((got / wanted - 1.0).abs() < 0.1, "{got} instead of {wanted}");
}

#[test]
fn a_batch_takes_as_long_as_its_lines_need() {
    let (took, forecast) = minutes(&question(200));
    near(took, 20.0);
    assert_eq!(forecast.limit, Some(Blocker::WorkspaceConcurrency));
    assert!(forecast.early_at < forecast.likely_at && forecast.likely_at < forecast.late_at);
    let text = forecast.detail;
    assert!(text.starts_with("about 20 minutes (between "), "{text}");
    assert!(
        text.ends_with("at 10 calls at once; the limit is the workspace's calls at once"),
        "{text}"
    );
}

#[test]
fn a_slow_trunk_is_named_as_what_limits_it() {
    let mut slow = question(600);
    (slow.workspace_calls, slow.trunk_cps) = (100, 1.0);
    let (took, forecast) = minutes(&slow);
    near(took, 11.0);
    assert_eq!(forecast.limit, Some(Blocker::TrunkCps));
}

#[test]
fn a_million_people_are_told_from_a_few_hundred_calls() {
    for (lines, cps, days) in
        [(20, 100.0, 1e6 / 20.0 / 1_440.0), (5_000, 200.0, 1e6 / 5_000.0 / 1_440.0)]
    {
        let mut large = question(1_000_000);
        (large.workspace_calls, large.trunk_calls, large.trunk_cps) = (lines, 100_000, cps);
        let (took, forecast) = minutes(&large);
        near(took / 1_440.0, days);
        near(forecast.calls_at_once.into(), lines.into());
    }
}

#[test]
fn calling_hours_stretch_it_over_days() {
    let mut large = question(6_000);
    large.batch.settings.calling_hours = Some(CallingHours {
        start: "09:00".parse().unwrap(),
        end: "11:00".parse().unwrap(),
        days: crate::hours::Day::ALL.to_vec(),
        time_zone: crate::hours::HoursZone::Named("UTC".to_owned()),
    });
    // Ten hours of calls, two hours a day: the last call is at 11:00 of the fifth day. It is 12:00
    // now.
    let (took, forecast) = minutes(&large);
    near(took / 60.0, 24.0 * 5.0 - 1.0);
    assert_eq!(forecast.limit, Some(Blocker::OutsideCallingHours));
    large.batch.waiting[0].zones = ZoneSet::default();
    let hours = large.batch.settings.calling_hours.as_mut().unwrap();
    hours.time_zone = crate::hours::HoursZone::Recipient;
    assert_eq!(super::forecast(&large, NOW), None, "nobody knows where they are");
}

#[test]
fn no_instant_lies_outside_the_calling_hours() {
    for seed in 0..80_u64 {
        let mut asked = question(3 + seed * seed * 7);
        asked.workspace_calls = 1 + (seed % 9) as u32;
        asked.population = Population::assumed(Duration::from_secs(30));
        let time_zone = match seed % 2 {
            0 => crate::hours::HoursZone::Named("Europe/Berlin".to_owned()),
            _ => crate::hours::HoursZone::Recipient,
        };
        let paris = ZoneSet::from_joined("Europe/Paris");
        asked.batch.waiting.push(Waiting { zones: paris, retry_at: None, people: 2 });
        let hours = CallingHours {
            start: "09:00".parse().unwrap(),
            end: "18:00".parse().unwrap(),
            days: crate::hours::Day::ALL[..5].to_vec(),
            time_zone,
        };
        asked.batch.settings.calling_hours = Some(hours.clone());
        let at = NOW + Duration::from_secs(seed * 7_919);
        let Some(told) = forecast(&asked, at) else { continue };
        assert!(at <= told.early_at, "{seed}: {told:?}");
        assert!(told.early_at <= told.likely_at && told.likely_at <= told.late_at, "{told:?}");
        for instant in [told.early_at, told.likely_at, told.late_at] {
            // The hours are closed at the closing instant, so the instant before counts.
            let just_before = Timestamp(instant.0 - 1);
            let open =
                |at| asked.batch.waiting.iter().any(|group| is_open(&hours, &group.zones, at));
            assert!(open(instant) || open(just_before), "{seed}: {instant} of {told:?}");
        }
    }
}

#[test]
fn retries_are_waited_for() {
    let mut retried = question(20);
    retried.population = Population::seen(samples(&[(60, Outcome::NoAnswer, 30)]), Duration::ZERO);
    retried.batch.settings.retry =
        RetryPolicy { max_retries: 2, wait_minutes: 60.0, ..RetryPolicy::default() };
    let (took, forecast) = minutes(&retried);
    near(took, 122.5);
    assert_eq!(forecast.limit, Some(Blocker::RetryWait));
}

#[test]
fn who_declines_is_counted_once_unless_the_policy_calls_them_again() {
    let declined = |end_reason| {
        let lasts = Duration::from_secs(30);
        let sample = Sample { outcome: Outcome::Failed, end_reason, permanent: false, lasts };
        let mut asked = question(20);
        asked.population = Population::seen(vec![sample; 60], Duration::ZERO);
        asked.batch.settings.retry =
            RetryPolicy { max_retries: 2, wait_minutes: 60.0, ..RetryPolicy::default() };
        minutes(&asked).0
    };
    assert!(declined(EndReason::UserDeclined) < 5.0);
    near(declined(EndReason::NetworkFailure), 122.5);
}

#[test]
fn another_batch_takes_its_share_until_it_is_done() {
    let mut shared = question(100);
    shared.others.push(Load { waiting: people(1_000), ..shared.batch.clone() });
    near(minutes(&shared).0, 20.0);
    shared.others[0].settings.weight = 4;
    near(minutes(&shared).0, 50.0);
    shared.others[0].waiting[0].people = 40;
    near(minutes(&shared).0, 14.0);
}

#[test]
fn an_end_that_comes_first_cuts_it_short() {
    let mut ending = question(200);
    let ends_at = NOW + Duration::from_secs(600);
    ending.batch.settings.ends_at = Some(ends_at);
    let (_, forecast) = minutes(&ending);
    assert!(forecast.cut_short && forecast.likely_at <= ends_at && forecast.late_at <= ends_at);
    ending.batch.waiting[0].people = 1_000_000;
    assert!(minutes(&ending).1.cut_short);
}

#[test]
fn a_start_that_lies_ahead_counts() {
    let mut later = question(10);
    later.batch.settings.starts_at = Some(NOW + Duration::from_secs(3_600));
    let (took, forecast) = minutes(&later);
    near(took, 61.0);
    assert_eq!(forecast.limit, Some(Blocker::WaitingForStart));
}

#[test]
fn the_same_question_has_the_same_answer() {
    let assumed =
        Question { population: Population::assumed(Duration::from_secs(30)), ..question(300) };
    assert_eq!(forecast(&assumed, NOW), forecast(&assumed, NOW));
    assert!(!forecast(&assumed, NOW).unwrap().from_history);
}

/// The extrapolation from some calls equals the result of dialing all of them.
#[test]
fn the_rest_is_told_from_the_beginning() {
    let mut off = Vec::new();
    for seed in 0..60_u64 {
        let pick = |from: &[u64], salt: u64| {
            let dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(salt as u32 * 7);
            from[(dice >> 40) as usize % from.len()]
        };
        let mut asked = question(pick(&[1_500, 3_000, 6_000, 9_000], 1));
        asked.population = Population::assumed(Duration::from_secs(30));
        asked.workspace_calls = pick(&[3, 10, 40, 90, 200], 2) as u32;
        asked.trunk_cps = pick(&[1, 2, 5, 30], 3) as f64;
        asked.batch.settings.retry = RetryPolicy {
            max_retries: pick(&[0, 1, 2, 3], 4) as u32,
            wait_minutes: pick(&[0, 1, 15, 90, 600], 5) as f64,
            retry_on_voicemail: seed % 3 == 0,
            ..RetryPolicy::default()
        };
        if seed % 4 == 0 {
            asked
                .others
                .push(Load { waiting: people(pick(&[100, 2_000], 6)), ..asked.batch.clone() });
        }
        let truth = world::run(&asked, population::Mood::Expected, NOW, u64::MAX / 1_000).unwrap();
        let told = world::run(&asked, population::Mood::Expected, NOW, MOST_CALLS).unwrap();
        let span = |run: Run| run.done_at.since(NOW).as_secs_f64();
        off.push((span(told) / span(truth), seed));
    }
    off.sort_by(|a, b| a.0.total_cmp(&b.0));
    let far = off.iter().filter(|(ratio, _)| !(0.85..1.18).contains(ratio)).count();
    assert!(off[0].0 > 1.0 / 1.4 && off[off.len() - 1].0 < 1.4 && far <= 6, "{far}: {off:?}");
}
