//! The verdicts of a policy.

use std::collections::BTreeSet;

use campanile_rules::rejection::RejectReason;

use super::*;
use crate::Country;

fn ids(ids: &[&str]) -> BTreeSet<GroupId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn managed(enabled: &[&str]) -> Policy {
    Policy::managed(&Managed { enabled: ids(enabled), ..Managed::default() })
}

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

fn custom(id: &str, of: &str, prefixes: &[&str]) -> CustomGroup {
    CustomGroup::parse(id, "Ours", of, prefixes).unwrap()
}

#[track_caller]
fn refused(policy: &Policy, reason: RejectReason, numbers: &[&str]) {
    for text in numbers {
        assert_eq!(policy.check(number(text)), Err(reason), "{text}");
    }
}

#[track_caller]
fn allowed(policy: &Policy, numbers: &[&str]) {
    for text in numbers {
        assert_eq!(policy.check(number(text)), Ok(()), "{text}");
    }
}

#[test]
fn a_group_is_found_by_its_id_and_named_for_people() {
    for (id, name) in [
        ("us-geographic-and-mobile", "US – geographic and mobile"),
        ("us-toll-free", "US – toll-free"),
        ("gb-premium", "GB – premium rate"),
        ("001-881-satellite", "+881 – satellite"),
    ] {
        let group = find(&id.parse().unwrap()).unwrap();
        assert_eq!(group.name, name);
        assert_eq!(group.id.as_str(), id);
    }
    assert!(find(&"us-mobile".parse().unwrap()).is_none());
    let kinds: Vec<_> = groups_of(country("GB")).map(|group| group.kind.as_str()).collect();
    let all = ["geographic", "mobile", "toll_free", "premium", "voip", "personal", "pager", "uan"];
    assert_eq!(kinds, all);
}

#[test]
fn every_group_has_an_id_of_its_own_that_reads_back() {
    let ids: BTreeSet<_> = catalogue().iter().map(|group| group.id.clone()).collect();
    assert_eq!(ids.len(), catalogue().len());
    for (index, group) in catalogue().iter().enumerate() {
        assert_eq!(group.id.as_str().parse(), Ok(group.id.clone()));
        assert_eq!(group.index, index);
        assert!(!group.id.is_custom());
    }
    for kind in NumberKind::ALL {
        assert_eq!(NumberKind::from_name(kind.as_str()), Some(kind));
        assert!(catalogue().iter().any(|group| group.kind == kind), "{kind}");
    }
}

#[test]
fn what_may_cost_a_fortune_is_for_the_operator_to_enable() {
    for (id, costly) in [
        ("us-geographic-and-mobile", false),
        ("us-toll-free", false),
        ("gb-uan", false),
        ("gb-premium", true),
        ("gb-personal", true),
        ("gb-pager", true),
        ("in-shared-cost", true),
        ("001-881-satellite", true),
        ("001-882-mobile", true),
        ("001-883-voip", true),
        ("001-979-premium", true),
        ("001-800-toll-free", false),
    ] {
        assert_eq!(find(&id.parse().unwrap()).unwrap().is_costly(), costly, "{id}");
    }
}

#[test]
fn the_reasons_are_told_apart() {
    let policy = managed(&["us-geographic-and-mobile", "gb-geographic", "gb-mobile"]);
    allowed(&policy, &["+14155550101", "+442079460018", "+447400123456"]);
    refused(
        &policy,
        RejectReason::UnsupportedPrefix,
        &["+19002345678", "+18002345678", "+449012345678", "+12935550101", "+14995550101"],
    );
    refused(
        &policy,
        RejectReason::UnsupportedCountry,
        &["+14165550101", "+18765550101", "+441481256789", "+33612345678", "+881612345678"],
    );
    refused(
        &policy,
        RejectReason::EmergencyOrShort,
        &["+19115550101", "+91112345", "+44999123456"],
    );
}

#[test]
fn with_nothing_enabled_everything_is_refused_for_that() {
    let nothing = managed(&[]);
    let mut dice = Dice(6);
    for group in catalogue() {
        for prefix in group.prefixes().iter().take(5) {
            let mut digits = prefix.to_string();
            while digits.len() < 12 {
                digits.push(dice.digit());
            }
            let verdict = nothing.check(number(&digits));
            let emergency = verdict == Err(RejectReason::EmergencyOrShort);
            assert!(verdict == Err(RejectReason::NoEnabledCountries) || emergency, "{digits}");
        }
    }
    let of_others = Managed { custom: vec![custom("custom-a", "US", &["+1"])], ..terms(&[]) };
    let policy = Policy::managed(&of_others);
    refused(&policy, RejectReason::NoEnabledCountries, &["+14155550101"]);
}

fn terms(enabled: &[&str]) -> Managed {
    Managed { enabled: ids(enabled), ..Managed::default() }
}

#[test]
fn a_workspace_s_own_trunk_calls_anything_but_emergency_and_short_numbers() {
    let own = Policy::workspace_trunk();
    allowed(&own, &["+14155550101", "+19002345678", "+12935550101", "+919812345678"]);
    refused(&own, RejectReason::EmergencyOrShort, &["+19115550101", "+44999123456"]);
    refused(&own, RejectReason::UnsupportedCountry, &["+881612345678", "+80012345678"]);
}

#[test]
fn emergency_numbers_are_refused_whatever_is_enabled() {
    let everything: BTreeSet<_> = catalogue().iter().map(|group| group.id.clone()).collect();
    let ours = custom("custom-all", "US", &["+1911", "+1"]);
    let enabled = everything.into_iter().chain([ours.id().clone()]).collect();
    let policy = Policy::managed(&Managed { enabled, custom: vec![ours], ..terms(&[]) });
    refused(&policy, RejectReason::EmergencyOrShort, &["+19115550101", "+44999123456"]);
    allowed(&policy, &["+19002345678", "+881612345678"]);
}

#[test]
fn a_regulated_country_needs_an_approved_record() {
    let mut terms = terms(&["in-mobile", "us-geographic-and-mobile"]);
    terms.regulated = [country("IN")].into();
    let policy = Policy::managed(&terms);
    refused(&policy, RejectReason::KycRequired, &["+919812345678"]);
    refused(&policy, RejectReason::UnsupportedPrefix, &["+911800123456"]);
    allowed(&policy, &["+14155550101"]);
    terms.approved = [country("IN")].into();
    allowed(&Policy::managed(&terms), &["+919812345678"]);
    terms.approved = [country("US")].into();
    refused(&Policy::managed(&terms), RejectReason::KycRequired, &["+919812345678"]);
}

#[test]
fn a_group_of_our_own_cannot_be_used_to_go_round_kyc() {
    let ours = custom("custom-jm", "US", &["+1876522"]);
    let mut terms = Managed { custom: vec![ours], ..terms(&["custom-jm"]) };
    terms.regulated = [country("JM")].into();
    refused(&Policy::managed(&terms), RejectReason::KycRequired, &["+18765221234"]);
    terms.regulated = [country("US")].into();
    refused(&Policy::managed(&terms), RejectReason::KycRequired, &["+18765221234"]);
}

#[test]
fn the_longest_prefix_wins_whatever_the_order() {
    let groups = [
        custom("custom-bay", "US", &["+1415", "+1510"]),
        custom("custom-trap", "US", &["+1415555"]),
        custom("custom-lab", "US", &["+14155550", "+1293"]),
    ];
    for turn in 0..groups.len() {
        let mut custom = groups.to_vec();
        custom.rotate_left(turn);
        let policy = |enabled: &[&str]| {
            Policy::managed(&Managed { custom: custom.clone(), ..terms(enabled) })
        };
        let us = policy(&["us-geographic-and-mobile"]);
        allowed(&us, &["+12125550101"]);
        refused(
            &us,
            RejectReason::UnsupportedPrefix,
            &["+14155550101", "+14155560101", "+15105550101"],
        );
        let bay = policy(&["custom-bay", "custom-lab"]);
        allowed(&bay, &["+14155550101", "+14155560101", "+15105550101", "+12935550101"]);
        refused(&bay, RejectReason::UnsupportedPrefix, &["+14155551101", "+12125550101"]);
    }
}

#[test]
fn of_two_groups_of_our_own_with_one_prefix_the_enabled_one_counts() {
    let groups = [custom("custom-a", "US", &["+1415"]), custom("custom-b", "CA", &["+1415"])];
    for turn in 0..2 {
        let mut custom = groups.to_vec();
        custom.rotate_left(turn);
        for enabled in ["custom-a", "custom-b"] {
            let mut terms = Managed { custom: custom.clone(), ..terms(&[enabled]) };
            allowed(&Policy::managed(&terms), &["+14155550101"]);
            terms.regulated = [country("CA")].into();
            let regulated = Policy::managed(&terms).check(number("+14155550101"));
            assert_eq!(regulated.is_err(), enabled == "custom-b", "{enabled}");
        }
    }
}

#[test]
fn a_group_of_our_own_that_is_not_enabled_enables_no_country() {
    let trap = custom("custom-trap", "US", &["+1415"]);
    let policy = Policy::managed(&Managed { custom: vec![trap], ..terms(&["gb-mobile"]) });
    refused(&policy, RejectReason::UnsupportedCountry, &["+14155550101", "+12125550101"]);
}

#[test]
fn a_shorter_prefix_of_our_own_yields_to_the_catalogue() {
    let all = custom("custom-nanp", "US", &["+1"]);
    let policy = Policy::managed(&Managed { custom: vec![all], ..terms(&["custom-nanp"]) });
    refused(&policy, RejectReason::UnsupportedPrefix, &["+19002345678", "+14155550101"]);
    allowed(&policy, &["+12935550101"]);
}

#[test]
fn all_mistakes_of_a_group_of_our_own_are_reported_together() {
    let prefixes = ["+1415", "", "+44", "1x", "+1415", "+0123", "+1234567890123456"];
    let GroupMistakes(mistakes) = CustomGroup::parse("Bay Area", " ", "XX", &prefixes).unwrap_err();
    let pointers: Vec<_> = mistakes.iter().map(|mistake| mistake.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/id",
            "/name",
            "/country",
            "/prefixes/1",
            "/prefixes/3",
            "/prefixes/4",
            "/prefixes/5",
            "/prefixes/6"
        ]
    );
    let GroupMistakes(mistakes) =
        CustomGroup::parse("us-toll-free", "Bay", "US", &["+44"]).unwrap_err();
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    let none: [&str; 0] = [];
    assert!(CustomGroup::parse("custom-a", "A", "US", &none).is_err());
}
