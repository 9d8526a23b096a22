//! What one workspace may call.

use std::collections::BTreeSet;

use super::*;
use crate::{phone::E164, rejection::RejectReason};

fn number(text: &str) -> E164 {
    E164::parse_strict(text).unwrap()
}

fn ids(ids: &[&str]) -> BTreeSet<GroupId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn managed(enabled: &[&str]) -> Policy {
    Policy::managed(&Managed { enabled: ids(enabled), ..Managed::default() })
}

#[test]
fn a_group_is_found_by_its_id_and_named_for_people() {
    for (id, name) in [
        ("us-geographic-and-mobile", "US – geographic and mobile"),
        ("us-toll-free", "US – toll-free"),
        ("gb-premium", "GB – premium rate"),
    ] {
        let group = find(&id.parse().unwrap()).unwrap();
        assert_eq!(group.name, name);
        assert_eq!(group.id.as_str(), id);
    }
}

#[test]
fn the_reasons_are_told_apart() {
    let us = managed(&["us-geographic-and-mobile"]);
    assert_eq!(us.check(number("+14155550101")), Ok(()));
    assert_eq!(us.check(number("+19002345678")), Err(RejectReason::UnsupportedPrefix));
    assert_eq!(us.check(number("+442079460018")), Err(RejectReason::UnsupportedCountry));
    assert_eq!(us.check(number("+14165550101")), Err(RejectReason::UnsupportedCountry));
    assert_eq!(managed(&[]).check(number("+14155550101")), Err(RejectReason::NoEnabledCountries));
}
