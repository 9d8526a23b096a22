//! Time zones of telephone numbers.

use std::{collections::HashMap, sync::LazyLock};

use campanile_rules::{phone::E164, zones::ZoneSet};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType};

use crate::PrefixMap;

const DATA: &str = include_str!("../data/time_zones.tsv");

/// The zones of numbers by their first digits.
static TABLE: LazyLock<PrefixMap<ZoneSet>> = LazyLock::new(|| {
    let mut table = PrefixMap::default();
    let mut sets = HashMap::new();
    for (prefix, names) in entries() {
        let set = sets.entry(names).or_insert_with(|| ZoneSet::from_joined(names));
        let Ok(digits) = prefix.parse() else { continue };
        table.insert(digits, set.clone());
    }
    table
});

fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    DATA.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// The zones that `number` may be in. The longest prefix in the table decides. For a kind of number
/// that belongs to no place, all zones of the country count. Empty if the calling code is not in
/// the table.
pub fn zones_of(number: E164) -> ZoneSet {
    let prefix = code_without_place(number).unwrap_or(number.digits());
    TABLE.longest(prefix).map(|(_, set)| set.clone()).unwrap_or_default()
}

/// The calling code of a number whose prefix does not tell where its owner is, such as an
/// Australian mobile or a toll-free number.
fn code_without_place(number: E164) -> Option<u64> {
    let parsed = PHONE_NUMBER_UTIL.parse(number.to_string(), None).ok()?;
    let roams = match PHONE_NUMBER_UTIL.get_number_type(&parsed) {
        PhoneNumberType::FixedLine | PhoneNumberType::FixedLineOrMobile => false,
        // The number is not assigned yet; the assignment around it is the best guess.
        PhoneNumberType::Unknown => false,
        _ => !PHONE_NUMBER_UTIL.is_number_geographical(&parsed),
    };
    roams.then_some(u64::try_from(parsed.country_code).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(number: &str) -> String {
        zones_of(E164::parse_strict(number).unwrap()).as_str().to_owned()
    }

    #[test]
    fn every_zone_of_the_table_is_in_the_bundled_database() {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        assert!(entries().count() > 3000);
        for (prefix, names) in entries() {
            assert!(prefix.bytes().all(|b| b.is_ascii_digit()), "{prefix}");
            for name in names.split(',') {
                assert!(database.get(name).is_ok(), "{prefix} {name}");
            }
        }
    }

    #[test]
    fn the_longest_prefix_decides() {
        assert_eq!(zones("+14155550101"), "America/Los_Angeles");
        assert_eq!(zones("+12125550123"), "America/New_York");
        assert_eq!(zones("+12082015501"), "America/Denver");
        assert_eq!(zones("+919812345678"), "Asia/Kolkata");
        assert_eq!(zones("+33612345678"), "Europe/Paris");
    }

    #[test]
    fn a_number_without_a_place_is_in_every_zone_of_its_country() {
        let toll_free = zones("+18005550101");
        assert!(toll_free.contains("America/New_York") && toll_free.contains("Pacific/Honolulu"));
    }

    #[test]
    fn a_mobile_that_roams_its_country_is_in_every_zone_of_it() {
        let australian = zones("+61412345678");
        assert!(australian.contains("Australia/Perth") && australian.contains("Australia/Sydney"));
        let russian = zones("+79161234567");
        assert!(russian.contains("Europe/Moscow") && russian.contains("Asia/Vladivostok"));
        assert_eq!(zones("+61292301234"), "Australia/Sydney", "a fixed line has a place");
    }

    #[test]
    fn an_unknown_calling_code_is_in_no_zone() {
        assert_eq!(zones("+9991234567"), "");
        assert_eq!(zones_of(E164::from_digits(0)).names().count(), 0);
        assert_eq!(zones_of(E164::from_digits(9_999_999_999_999_999_999)).names().count(), 0);
    }
}
