//! Compares the catalogue with the library from whose data it is made.

use rlibphonenumber::{
    PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region,
    get_national_significant_number_owned,
};

use super::*;

const TYPES: [PhoneNumberType; 11] = [
    PhoneNumberType::FixedLine,
    PhoneNumberType::Mobile,
    PhoneNumberType::FixedLineOrMobile,
    PhoneNumberType::TollFree,
    PhoneNumberType::PremiumRate,
    PhoneNumberType::SharedCost,
    PhoneNumberType::VoIP,
    PhoneNumberType::PersonalNumber,
    PhoneNumberType::Pager,
    PhoneNumberType::UAN,
    PhoneNumberType::VoiceMail,
];

/// The ID of the group that corresponds to the library's region and type.
fn expected(parsed: &PhoneNumber) -> Option<String> {
    let region = PHONE_NUMBER_UTIL.get_region_for_number(parsed)?;
    let kind = match PHONE_NUMBER_UTIL.get_number_type(parsed) {
        PhoneNumberType::FixedLine => "geographic",
        PhoneNumberType::Mobile if [870, 881].contains(&parsed.country_code) => "satellite",
        PhoneNumberType::VoIP if [Region::AU, Region::CA, Region::PG].contains(&region) => {
            "satellite"
        }
        PhoneNumberType::PersonalNumber if region == Region::TR => "satellite",
        PhoneNumberType::Mobile => "mobile",
        PhoneNumberType::FixedLineOrMobile => "geographic-and-mobile",
        PhoneNumberType::TollFree => "toll-free",
        PhoneNumberType::PremiumRate => "premium",
        PhoneNumberType::SharedCost => "shared-cost",
        PhoneNumberType::VoIP => "voip",
        PhoneNumberType::PersonalNumber => "personal",
        PhoneNumberType::Pager => "pager",
        PhoneNumberType::UAN => "uan",
        PhoneNumberType::VoiceMail => "voicemail",
        PhoneNumberType::Unknown => return None,
    };
    Some(match region {
        Region::World => format!("001-{}-{kind}", parsed.country_code),
        region => format!("{}-{kind}", region.as_region_str().to_lowercase()),
    })
}

/// The number, if the library reads its international form as the same number and we accept it.
fn same(digits: &str) -> Option<(E164, PhoneNumber)> {
    let number = E164::parse_strict(&format!("+{digits}"))?;
    let parsed = PHONE_NUMBER_UTIL.parse(number.to_string(), None).ok()?;
    let national = get_national_significant_number_owned(&parsed);
    (format!("{}{national}", parsed.country_code) == digits).then_some((number, parsed))
}

fn examples() -> Vec<(Region, PhoneNumberType, PhoneNumber)> {
    let mut examples = Vec::new();
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        for kind in TYPES {
            let example = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind);
            examples.extend(example.ok().map(|example| (region, kind, example)));
        }
    }
    for code in PHONE_NUMBER_UTIL.get_supported_global_network_calling_codes() {
        let example = PHONE_NUMBER_UTIL.get_example_number_for_non_geo_entity(code).unwrap();
        examples.push((Region::World, PhoneNumberType::Unknown, example));
    }
    examples.sort_by_key(|(region, kind, _)| (*region, *kind as u8));
    examples
}

#[test]
fn the_library_s_examples_are_in_the_groups_of_their_kinds() {
    let mut regions = std::collections::BTreeSet::new();
    let (mut compared, mut short) = (0, 0);
    for (region, kind, example) in examples() {
        let written = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::E164);
        let Some(number) = E164::parse_strict(&written) else {
            // The number is shorter than any that can be called from abroad.
            assert!(written.len() < 8, "{written}");
            short += 1;
            continue;
        };
        let found = group_of(number).map(|group| group.id.to_string());
        assert_eq!(found, expected(&example), "{region} {kind:?} {written}");
        assert!(found.is_some(), "{region} {kind:?} {written}");
        regions.insert(region);
        compared += 1;
    }
    assert_eq!(regions.len(), 246, "245 regions, and the international networks");
    assert!(compared > 1_300 && short < 10, "{compared} compared, {short} too short");
}

#[test]
fn twenty_thousand_random_numbers_are_placed_as_the_library_places_them() {
    let examples = examples();
    let mut dice = Dice(4);
    let (mut compared, mut exist) = (0, 0);
    while compared < 20_000 {
        let (_, _, example) = &examples[dice.below(examples.len() as u64) as usize];
        let national = get_national_significant_number_owned(example);
        // All digits from a random position on are replaced, so that near misses are as likely as
        // hits.
        let kept = dice.below(national.len() as u64) as usize;
        let mut digits = format!("{}{}", example.country_code, &national[..kept]);
        let length = national.len() - kept + dice.below(3) as usize;
        digits.extend((0..length.saturating_sub(1).max(1)).map(|_| dice.digit()));
        let Some((number, parsed)) = same(&digits) else { continue };
        let found = group_of(number).map(|group| group.id.to_string());
        assert_eq!(found, expected(&parsed), "{digits}");
        compared += 1;
        exist += usize::from(found.is_some());
    }
    assert!((5_000..15_000).contains(&exist), "{exist} of {compared} exist");
}

#[test]
fn every_number_under_a_prefix_of_a_group_is_of_the_group_or_does_not_exist() {
    let mut dice = Dice(5);
    for group in catalogue() {
        let prefixes = group.prefixes();
        assert!(!prefixes.is_empty() && prefixes.len() < 12_000, "{}", group.id);
        assert!(prefixes.is_sorted_by_key(|prefix| prefix.to_string()), "{}", group.id);
        for _ in 0..20 {
            let prefix = prefixes[dice.below(prefixes.len() as u64) as usize];
            let mut digits = prefix.digits().to_string();
            let length = 8 + dice.below(6) as usize;
            while digits.len() < length {
                digits.push(dice.digit());
            }
            let Some(found) = E164::parse_strict(&format!("+{digits}")).and_then(group_of) else {
                continue;
            };
            let told_by_length = || found.prefixes().contains(&prefix);
            assert!(found.id == group.id || told_by_length(), "{digits} under {prefix}");
        }
    }
}
