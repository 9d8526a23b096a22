//! The arithmetic of the pacer.

use std::time::Duration;

use proptest::{prelude::*, test_runner::RngSeed};

use super::*;

const START: Timestamp = Timestamp(1_780_315_200_000_000);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Places calls as early as allowed from `now` on. Each call leaves `delay` after it was placed.
/// Returns when the calls left.
fn run(pacer: &mut Pacer, now: Timestamp, count: usize, delay: Duration) -> Vec<Timestamp> {
    let mut now = now;
    let mut left = Vec::new();
    for _ in 0..count {
        now = pacer.next_at(now).expect("every earlier call has left");
        pacer.placed(now);
        pacer.dialed(now + delay);
        left.push(now + delay);
    }
    left
}

/// The most calls in any second.
fn most_in_a_second(left: &[Timestamp]) -> usize {
    let mut left = left.to_vec();
    left.sort();
    (0..left.len())
        .map(|i| left[i..].iter().take_while(|&&at| at < left[i] + ms(1000)).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn the_first_call_leaves_at_once() {
    assert_eq!(Pacer::new(1.0).next_at(START), Some(START));
}

#[test]
fn calls_are_evenly_spaced() {
    let left = run(&mut Pacer::new(10.0), START, 50, Duration::ZERO);
    for pair in left.windows(2) {
        let gap = pair[1].since(pair[0]);
        assert!((ms(100)..=ms(102)).contains(&gap), "{gap:?}");
    }
}

#[test]
fn a_fraction_below_one_is_kept() {
    let left = run(&mut Pacer::new(0.5), START, 3, Duration::ZERO);
    assert_eq!(left[1].since(left[0]), ms(2010));
    assert_eq!(left[2].since(left[1]), ms(2010));
}

#[test]
fn a_fraction_above_one_is_rounded_down() {
    let left = run(&mut Pacer::new(2.5), START, 20, Duration::ZERO);
    assert_eq!(most_in_a_second(&left), 2);
    assert!(left[19].since(START) < ms(10_000));
}

#[test]
fn nothing_is_saved_up_while_idle() {
    let mut pacer = Pacer::new(10.0);
    run(&mut pacer, START, 1, Duration::ZERO);
    let left = run(&mut pacer, START + ms(60_000), 20, Duration::ZERO);
    assert!(left[1].since(left[0]) >= ms(90));
    assert_eq!(most_in_a_second(&left), 10);
}

#[test]
fn a_poll_that_comes_a_little_late_does_not_slow_a_fast_pace() {
    let mut pacer = Pacer::new(1000.0);
    let mut now = START;
    let mut count = 0;
    while now < START + ms(2000) {
        while pacer.next_at(now).is_some_and(|at| at <= now) {
            pacer.placed(now);
            pacer.dialed(now);
            count += 1;
        }
        now = now + ms(3);
    }
    assert!((1950..=2000).contains(&count), "{count}");
}

#[test]
fn a_call_that_has_not_left_counts_until_it_is_long_gone() {
    let mut pacer = Pacer::new(2.0);
    let first = START;
    pacer.placed(first);
    let second = pacer.next_at(first).unwrap();
    pacer.placed(second);
    assert_eq!(pacer.next_at(second + ms(5000)), None);
    pacer.dialed(second + ms(5000));
    assert_eq!(pacer.next_at(second + ms(5000)), Some(second + ms(6010)));
    pacer.placed(second + ms(6010));
    assert_eq!(pacer.next_at(second + ms(9000)), None);
}

#[test]
fn a_call_that_never_leaves_makes_room() {
    let mut pacer = Pacer::new(1.0);
    pacer.placed(START);
    assert_eq!(pacer.next_at(START + ms(2000)), None);
    pacer.withdrawn();
    assert_eq!(pacer.next_at(START + ms(2000)), Some(START + ms(2000)));
}

#[test]
fn congestion_halves_the_pace_once_for_calls_that_left_before() {
    let mut pacer = Pacer::new(10.0);
    let left = run(&mut pacer, START, 5, Duration::ZERO);
    let now = left[4];
    for at in &left {
        pacer.congested(*at, None, now);
    }
    assert!(pacer.is_backing_off(now));
    let next = pacer.next_at(now).unwrap();
    assert!((ms(200)..ms(205)).contains(&next.since(now)), "{:?}", next.since(now));
    pacer.placed(next);
    pacer.dialed(next);
    pacer.congested(next, None, next + ms(1));
    assert!(pacer.next_at(next).unwrap().since(next) > ms(350));
}

#[test]
fn the_pace_grows_back_with_calls_that_pass() {
    let mut pacer = Pacer::new(10.0);
    let left = run(&mut pacer, START, 1, Duration::ZERO);
    pacer.congested(left[0], None, left[0]);
    let left = run(&mut pacer, left[0], 200, Duration::ZERO);
    assert!(!pacer.is_backing_off(left[199]));
    assert!(left[1].since(left[0]) > left[100].since(left[99]));
}

#[test]
fn the_slowest_pace_still_tries() {
    for (cps, slowest) in [(64.0, 1010), (1000.0, 65), (1.0, 5000), (0.1, 10_010)] {
        let mut pacer = Pacer::new(cps);
        let mut now = START;
        for _ in 0..20 {
            now = pacer.next_at(now).unwrap();
            pacer.placed(now);
            pacer.dialed(now);
            pacer.congested(now, None, now + ms(1));
            now = now + ms(1);
        }
        let wait = pacer.next_at(now).unwrap().since(now);
        assert!((ms(slowest * 9 / 10)..=ms(slowest)).contains(&wait), "{cps}: {wait:?}");
    }
}

#[test]
fn nothing_leaves_before_retry_after_has_passed() {
    let mut pacer = Pacer::new(10.0);
    pacer.congested(START, Some(ms(30_000)), START);
    pacer.congested(START, Some(ms(1000)), START);
    assert_eq!(pacer.next_at(START + ms(29_999)), Some(START + ms(30_000)));
    assert!(pacer.is_backing_off(START + ms(29_999)));
    assert_eq!(pacer.next_at(START + ms(31_000)), Some(START + ms(31_000)));
}

#[test]
fn an_absurd_retry_after_is_not_believed() {
    let mut pacer = Pacer::new(10.0);
    pacer.congested(START, Some(Duration::from_secs(u64::MAX / 2)), START);
    assert_eq!(pacer.next_at(START), Some(START + MAX_RETRY_AFTER));
}

#[test]
fn calls_of_an_earlier_process_count() {
    let mut pacer = Pacer::new(5.0);
    pacer.dialed_before(START);
    assert_eq!(pacer.next_at(START), Some(START + ms(1010)));
}

#[test]
fn calls_of_an_earlier_process_count_by_the_pace_of_today() {
    let mut pacer = Pacer::new(10.0);
    pacer.dialed_before(START);
    pacer.set_max_cps(0.4);
    assert_eq!(pacer.next_at(START), Some(START + ms(2510)));
    pacer.set_max_cps(5.0);
    assert_eq!(pacer.next_at(START), Some(START + ms(1010)));
}

#[test]
fn a_new_limit_holds_at_once() {
    let mut pacer = Pacer::new(0.1);
    run(&mut pacer, START, 1, Duration::ZERO);
    pacer.set_max_cps(10.0);
    assert!(pacer.next_at(START).unwrap() < START + ms(102));
    run(&mut pacer, START, 9, Duration::ZERO);
    pacer.set_max_cps(2.0);
    let left = run(&mut pacer, START + ms(910), 1, Duration::ZERO);
    assert!(left[0] >= START + ms(1800));
}

#[test]
fn what_is_no_pace_stops_all_calls() {
    for cps in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(Pacer::new(cps).next_at(START), None);
    }
    assert!(Pacer::new(f64::INFINITY).next_at(START).is_some());
    assert!(Pacer::new(1e-300).next_at(START).is_some());
}

#[test]
fn a_clock_that_jumps_neither_wedges_nor_bursts() {
    for jump in [-3_600_000_000i64, 3_600_000_000] {
        let mut pacer = Pacer::new(4.0);
        let before = run(&mut pacer, START, 4, Duration::ZERO);
        pacer.shift(jump);
        let now = Timestamp(before[3].0 + jump);
        let shifted = before.iter().map(|at| Timestamp(at.0 + jump));
        let after = run(&mut pacer, now, 4, Duration::ZERO);
        assert!(after[0].since(now) <= ms(300));
        let all: Vec<_> = shifted.chain(after).collect();
        assert_eq!(most_in_a_second(&all), 4);
    }
}

#[test]
fn few_are_made_ready_ahead() {
    assert_eq!(Pacer::new(0.0).ahead(), 1);
    assert_eq!(Pacer::new(0.5).ahead(), 1);
    assert_eq!(Pacer::new(10.0).ahead(), 1);
    assert_eq!(Pacer::new(100.0).ahead(), 5);
    assert_eq!(Pacer::new(1e9).ahead(), 128);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        rng_seed: RngSeed::Fixed(12),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// No sliding second exceeds its limit, whatever the delay between placing and leaving, the
    /// order in which calls leave, the times of polls, and the number of congested calls.
    #[test]
    fn no_sliding_second_is_too_full(
        cps in prop_oneof![0.2f64..1.0, 1.0f64..40.0],
        steps in prop::collection::vec((0u64..400, 0u64..900, 0u8..20), 1..150),
    ) {
        let mut pacer = Pacer::new(cps);
        let mut now = START;
        let mut under_way: Vec<Timestamp> = Vec::new();
        let mut left = Vec::new();
        for (idle, delay, dice) in steps {
            now = now + ms(idle);
            under_way.sort();
            while under_way.first().is_some_and(|&at| at <= now) {
                let at = under_way.remove(0);
                pacer.dialed(at);
                left.push(at);
            }
            if pacer.next_at(now).is_some_and(|at| at <= now) {
                pacer.placed(now);
                match dice {
                    0 => pacer.withdrawn(),
                    1 => {
                        pacer.dialed(now);
                        pacer.congested(now, None, now);
                        left.push(now);
                    }
                    _ => under_way.push(now + ms(delay)),
                }
            }
        }
        prop_assert!(most_in_a_second(&left) <= (cps as usize).max(1));
        prop_assert!(pacer.sent.len() <= pacer.per_window.max(1) * 2);
    }

    /// The pace always recovers: once every call has left, the next one is due soon.
    #[test]
    fn a_quiet_trunk_is_never_wedged(cps in 0.05f64..5000.0, calls in 1usize..300) {
        let mut pacer = Pacer::new(cps);
        let left = run(&mut pacer, START, calls, ms(2));
        let last = left[calls - 1];
        let next = pacer.next_at(last).unwrap();
        prop_assert!(next.since(last).as_secs_f64() <= (1.0 / cps).max(1.0) + 0.011);
    }
}
