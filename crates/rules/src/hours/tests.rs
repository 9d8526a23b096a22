//! When recipients may be called.

use proptest::{prelude::*, test_runner::RngSeed};

use super::*;
use crate::{time::Timestamp, zones::ZoneSet};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(span: &str, days: &str, zone: &str) -> CallingHours {
    let (start, end) = parse_span(span).unwrap();
    let time_zone = match zone {
        "recipient" => HoursZone::Recipient,
        name => HoursZone::Named(name.to_owned()),
    };
    CallingHours { start, end, days: parse_days(days).unwrap(), time_zone }
}

fn zones(names: &str) -> ZoneSet {
    ZoneSet::from_joined(names)
}

fn nobody() -> ZoneSet {
    ZoneSet::default()
}

const OFFICE: &str = "09:00-17:00";

#[test]
fn a_window_opens_and_closes_on_the_clock_of_its_zone() {
    let office = hours(OFFICE, "mon-fri", "America/New_York");
    let opens = at("2026-06-01T13:00:00Z");
    let closes = at("2026-06-01T21:00:00Z");
    let just_before = Timestamp(opens.0 - 1);
    assert!(!is_open(&office, &nobody(), just_before));
    assert!(is_open(&office, &nobody(), opens));
    assert!(is_open(&office, &nobody(), Timestamp(closes.0 - 1)));
    assert!(!is_open(&office, &nobody(), closes));
    assert_eq!(next_open(&office, &nobody(), just_before), Some(opens));
    assert_eq!(next_open(&office, &nobody(), opens), Some(opens));
    assert_eq!(closes_at(&office, &nobody(), opens), Some(closes));
    assert_eq!(closes_at(&office, &nobody(), closes), Some(closes));
}

#[test]
fn a_weekend_is_skipped() {
    let office = hours(OFFICE, "mon-fri", "Europe/London");
    let friday_evening = at("2026-06-05T16:00:00Z");
    assert_eq!(next_open(&office, &nobody(), friday_evening), Some(at("2026-06-08T08:00:00Z")));
}

#[test]
fn a_window_across_midnight_belongs_to_the_day_it_opens_on() {
    let night = hours("22:00-02:00", "fri", "Asia/Tokyo");
    let saturday_1am = at("2026-06-05T16:00:00Z");
    assert!(is_open(&night, &nobody(), saturday_1am));
    assert_eq!(closes_at(&night, &nobody(), saturday_1am), Some(at("2026-06-05T17:00:00Z")));
    let friday_1am = at("2026-06-04T16:00:00Z");
    assert!(!is_open(&night, &nobody(), friday_1am));
    assert_eq!(next_open(&night, &nobody(), friday_1am), Some(at("2026-06-05T13:00:00Z")));
}

#[test]
fn the_whole_day_never_closes() {
    let always = hours("00:00-24:00", "daily", "Europe/Berlin");
    let now = at("2026-06-01T12:00:00Z");
    let window = window(&always, &nobody(), now);
    assert!(window.open && !window.turns);
    assert_eq!(closes_at(&always, &nobody(), now), None);
}

#[test]
fn an_opening_that_a_time_change_skips_is_when_the_clock_goes_on() {
    // New York, 2026-03-08: 01:59 is followed by 03:00.
    let early = hours("02:30-05:00", "daily", "America/New_York");
    let night = at("2026-03-08T05:00:00Z");
    assert_eq!(next_open(&early, &nobody(), night), Some(at("2026-03-08T07:00:00Z")));
    let skipped = hours("02:10-02:50", "sun", "America/New_York");
    let opens = next_open(&skipped, &nobody(), night);
    assert_eq!(opens, Some(at("2026-03-15T06:10:00Z")));
}

#[test]
fn an_hour_that_a_time_change_repeats_is_open_twice() {
    // New York, 2026-11-01: 01:59 EDT is followed by 01:00 EST.
    let short = hours("01:00-01:30", "daily", "America/New_York");
    let first = at("2026-11-01T05:00:00Z");
    assert_eq!(closes_at(&short, &nobody(), first), Some(at("2026-11-01T05:30:00Z")));
    let between = at("2026-11-01T05:45:00Z");
    assert_eq!(next_open(&short, &nobody(), between), Some(at("2026-11-01T06:00:00Z")));
}

#[test]
fn a_window_across_midnight_follows_the_clock_on_the_night_of_a_change() {
    // New York: 01:59 is followed by 03:00 on 2026-03-08, and by 01:00 on 2026-11-01.
    let late = hours("22:00-02:30", "sat", "America/New_York");
    let evening = at("2026-03-08T03:00:00Z");
    assert_eq!(closes_at(&late, &nobody(), evening), Some(at("2026-03-08T07:00:00Z")));
    let late = hours("22:00-01:30", "sat", "recipient");
    let there = zones("America/New_York");
    let turns = |from: &str| window(&late, &there, at(from)).until;
    assert_eq!(turns("2026-11-01T02:00:00Z"), at("2026-11-01T05:30:00Z"), "the first 01:30");
    assert_eq!(turns("2026-11-01T05:30:00Z"), at("2026-11-01T06:00:00Z"), "the second 01:00");
    assert_eq!(turns("2026-11-01T06:00:00Z"), at("2026-11-01T06:30:00Z"), "the second 01:30");
    // The hours of both zones must be open. Each zone changes its clock at 02:00 local time.
    let both = zones("America/Chicago,America/New_York");
    assert_eq!(window(&late, &both, at("2026-11-01T03:00:00Z")).until, at("2026-11-01T05:30:00Z"));
}

#[test]
fn a_number_with_several_zones_is_called_only_when_all_are_open() {
    let office = hours(OFFICE, "mon-fri", "recipient");
    let both = zones("America/Chicago,America/New_York");
    let new_york_opens = at("2026-06-01T13:00:00Z");
    let chicago_opens = at("2026-06-01T14:00:00Z");
    let new_york_closes = at("2026-06-01T21:00:00Z");
    assert!(!is_open(&office, &both, new_york_opens));
    assert_eq!(next_open(&office, &both, new_york_opens), Some(chicago_opens));
    assert_eq!(closes_at(&office, &both, chicago_opens), Some(new_york_closes));
}

#[test]
fn zones_that_are_never_open_together_are_closed() {
    let office = hours(OFFICE, "mon-fri", "recipient");
    let far_apart = zones("America/Los_Angeles,Asia/Tokyo");
    assert_eq!(next_open(&office, &far_apart, at("2026-06-01T12:00:00Z")), None);
}

#[test]
fn an_unknown_zone_is_closed() {
    let always = hours("00:00-24:00", "daily", "recipient");
    let now = at("2026-06-01T12:00:00Z");
    for unknown in ["", "Mars/Olympus_Mons", "Europe/Berlin,Mars/Olympus_Mons"] {
        assert!(!is_open(&always, &zones(unknown), now), "{unknown:?}");
        assert_eq!(next_open(&always, &zones(unknown), now), None);
    }
    assert!(is_open(&always, &zones("Europe/Berlin"), now));
}

#[test]
fn a_named_zone_holds_for_numbers_of_unknown_zone() {
    let office = hours(OFFICE, "daily", "Europe/Berlin");
    assert!(is_open(&office, &nobody(), at("2026-06-01T12:00:00Z")));
}

#[test]
fn days_are_read_as_people_write_them() {
    use Day::*;
    assert_eq!(parse_days("mon-fri"), Ok(vec![Mon, Tue, Wed, Thu, Fri]));
    assert_eq!(parse_days("Sunday, sat"), Ok(vec![Sat, Sun]));
    assert_eq!(parse_days("sat-mon,wed"), Ok(vec![Mon, Wed, Sat, Sun]));
    assert_eq!(parse_days("daily"), Ok(Day::ALL.to_vec()));
    assert!(parse_days("mon-frei").unwrap_err().contains("\"frei\""));
    assert!(parse_days("").is_err());
}

#[test]
fn spans_are_read_as_people_write_them() {
    assert_eq!(parse_span("09:00-17:30"), Ok((TimeOfDay(540), TimeOfDay(1050))));
    assert_eq!(parse_span("18:00 - 24:00"), Ok((TimeOfDay(1080), TimeOfDay(0))));
    for wrong in ["9-17", "09:00", "09:00-25:00", "24:00-09:00"] {
        assert!(parse_span(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn all_mistakes_are_reported_together_with_what_was_meant() {
    let mut wrong = hours(OFFICE, "mon", "America/New York");
    wrong.days.clear();
    let mistakes = wrong.mistakes();
    assert_eq!(mistakes.len(), 2);
    assert!(mistakes[1].contains("did you mean America/New_York?"), "{}", mistakes[1]);
    let city = hours(OFFICE, "mon", "berlin").mistakes();
    assert!(city[0].contains("Europe/Berlin"), "{}", city[0]);
    let nonsense = hours(OFFICE, "mon", "qqq").mistakes();
    assert!(nonsense[0].contains("IANA"), "{}", nonsense[0]);
    assert!(hours(OFFICE, "mon", "recipient").mistakes().is_empty());
}

#[test]
fn hours_survive_json() {
    let office = hours(OFFICE, "mon-fri", "recipient");
    let json = r#"{"start":"09:00","end":"17:00","days":["mon","tue","wed","thu","fri"],"time_zone":"recipient"}"#;
    assert_eq!(serde_json::to_string(&office).unwrap(), json);
    assert_eq!(serde_json::from_str::<CallingHours>(json).unwrap(), office);
}

const PLACES: [&str; 8] = [
    "America/New_York",
    "America/Phoenix",
    "Europe/London",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/Havana",
    "Pacific/Apia",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        rng_seed: RngSeed::Fixed(11),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// A window agrees with a query for each minute, inside it and at its end.
    #[test]
    fn a_window_is_right_about_every_minute(
        start in 0u16..1440,
        end in 0u16..1440,
        days in prop::collection::vec(0usize..7, 1..5),
        places in prop::collection::vec(0usize..8, 1..3),
        now in 1_767_225_600i64..1_798_761_600,
    ) {
        let hours = CallingHours {
            start: TimeOfDay(start),
            end: TimeOfDay(end),
            days: days.iter().map(|&day| Day::ALL[day]).collect(),
            time_zone: HoursZone::Recipient,
        };
        let names: Vec<_> = places.iter().map(|&place| PLACES[place]).collect();
        let zones = zones(&names.join(","));
        let now = Timestamp(now * 1_000_000);
        let window = window(&hours, &zones, now);
        prop_assert_eq!(window.open, is_open(&hours, &zones, now));
        let minute = std::time::Duration::from_secs(60);
        let mut at = now + minute;
        for _ in 0..3 * 1440 {
            if at >= window.until {
                break;
            }
            prop_assert_eq!(is_open(&hours, &zones, at), window.open, "at {}", at);
            at = at + minute;
        }
        if window.turns {
            prop_assert_eq!(is_open(&hours, &zones, window.until), !window.open);
            prop_assert_eq!(
                is_open(&hours, &zones, Timestamp(window.until.0 - 1)),
                window.open
            );
        }
    }
}

#[test]
fn midnight_closes_as_2400_and_recipient_is_the_near_miss_of_itself() {
    let hours = |end: &str, zone: &str| {
        let json = format!(r#"{{"start":"00:00","end":"{end}","time_zone":"{zone}"}}"#);
        serde_json::from_str::<CallingHours>(&json)
    };
    assert_eq!(hours("24:00", "recipient").unwrap().end, parse_span("00:00-24:00").unwrap().1);
    assert!(hours("24:01", "recipient").is_err());
    for zone in ["Recipient", "RECIPIENT", "recipent", "recipients"] {
        let mistakes = hours("17:00", zone).unwrap().mistakes();
        assert!(mistakes[0].ends_with("did you mean recipient?"), "{mistakes:?}");
    }
    let mistakes = hours("17:00", "Recife").unwrap().mistakes();
    assert!(mistakes[0].ends_with("did you mean America/Recife?"), "{mistakes:?}");
}
