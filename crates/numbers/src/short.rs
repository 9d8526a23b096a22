//! Emergency and other short numbers, by country.

use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock},
};

use regex::Regex;
use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};

const DATA: &str = include_str!("../data/short_numbers.tsv");

struct Plan {
    emergency: Vec<&'static str>,
    pattern: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

struct Plans {
    by_region: HashMap<&'static str, Plan>,
    emergency_by_calling_code: HashMap<i32, Vec<&'static str>>,
}

static PLANS: LazyLock<Plans> = LazyLock::new(|| {
    let mut plans = Plans { by_region: HashMap::new(), emergency_by_calling_code: HashMap::new() };
    for line in DATA.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let (region, emergency, pattern) = (next(), next(), next());
        let emergency: Vec<_> = emergency.split(',').filter(|n| !n.is_empty()).collect();
        if let Some(code) = Region::from_code(region)
            .ok()
            .and_then(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region))
        {
            plans.emergency_by_calling_code.entry(code).or_default().extend(&emergency);
        }
        let plan = Plan { emergency, pattern, compiled: OnceLock::new() };
        plans.by_region.insert(region, plan);
    }
    for numbers in plans.emergency_by_calling_code.values_mut() {
        numbers.sort_unstable();
        numbers.dedup();
    }
    plans
});

/// Whether the digits `national` after a calling code are an emergency number or another short
/// number. No route may call such a number. Digits that begin with an emergency number count as
/// one, unless such a number `exists`.
pub(super) fn is_never_called(
    calling_code: i32,
    national: &str,
    exists: impl FnOnce() -> bool,
) -> bool {
    national.len() <= 3
        || is_emergency(calling_code, national)
        || (begins_with_emergency(calling_code, national) && !exists())
}

/// Whether `digits` dialed within `region` reach an emergency number or another short number.
pub(super) fn is_short(region: Region, digits: &str) -> bool {
    let Some(plan) = PLANS.by_region.get(&*region.as_region_str()) else { return false };
    if plan.emergency.contains(&digits) {
        return true;
    }
    // The patterns are embedded; a test finds patterns that do not compile.
    let compiled =
        plan.compiled.get_or_init(|| Regex::new(&format!("^(?:{})$", plan.pattern)).ok());
    !plan.pattern.is_empty() && compiled.as_ref().is_some_and(|pattern| pattern.is_match(digits))
}

/// Whether `national` is an emergency number of a country with this calling code.
fn is_emergency(calling_code: i32, national: &str) -> bool {
    emergency(calling_code).contains(&national)
}

/// Whether `national` begins with an emergency number of three digits or more. Many networks
/// connect such a call to the emergency service, whatever follows.
fn begins_with_emergency(calling_code: i32, national: &str) -> bool {
    emergency(calling_code).iter().any(|n| n.len() >= 3 && national.starts_with(n))
}

fn emergency(calling_code: i32) -> &'static [&'static str] {
    PLANS.emergency_by_calling_code.get(&calling_code).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_table_compiles() {
        assert_eq!(PLANS.by_region.len(), 241);
        for (region, plan) in &PLANS.by_region {
            assert!(Regex::new(plan.pattern).is_ok(), "{region}");
            assert!(!plan.pattern.is_empty(), "{region}");
        }
    }

    #[test]
    fn an_emergency_number_is_known_in_its_country() {
        assert!(is_short(Region::US, "911"));
        assert!(is_short(Region::GB, "999"));
        assert!(is_emergency(91, "112"));
        assert!(begins_with_emergency(1, "9115550101"));
        assert!(!begins_with_emergency(1, "4155550101"));
    }
}
