//! Which group a number is in, as the numbering plans have it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType, Region};

use super::{NetworkGroup, NumberKind, custom::Prefix};
use crate::phone::{Country, E164};

/// What the numbering plans say of a number.
pub(super) struct Placed {
    /// The country that it is in; none when the plans do not tell, and for international networks.
    pub country: Option<Country>,
    /// Its group; none when no such number exists.
    pub group: Option<&'static NetworkGroup>,
    /// How many of its digits decide the group.
    pub prefix_digits: usize,
}

struct Catalogue {
    groups: Vec<NetworkGroup>,
    by_place: HashMap<(Option<Country>, u16, NumberKind), usize>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut keys = BTreeSet::new();
    let util = &*PHONE_NUMBER_UTIL;
    for region in util.get_supported_regions() {
        for kind in util.get_supported_types_for_region(region).into_iter().flatten() {
            let Ok(example) = util.get_example_number_for_type_and_region(region, kind) else {
                continue;
            };
            if let (Some(kind), Ok(country)) =
                (kind_of(util.get_number_type(&example)), region.as_region_str().parse::<Country>())
            {
                keys.insert((Some(country), country.calling_code(), kind));
            }
        }
    }
    for code in util.get_supported_global_network_calling_codes() {
        if let Ok(example) = util.get_example_number_for_non_geo_entity(code)
            && let Some(kind) = kind_of(util.get_number_type(&example))
        {
            keys.insert((None, code as u16, kind));
        }
    }
    let groups: Vec<_> = keys
        .into_iter()
        .enumerate()
        .map(|(index, (country, code, kind))| NetworkGroup::new(index, country, code, kind))
        .collect();
    let by_place = groups.iter().map(|g| ((g.country, g.calling_code, g.kind), g.index)).collect();
    Catalogue { groups, by_place }
});

fn kind_of(library: PhoneNumberType) -> Option<NumberKind> {
    Some(match library {
        PhoneNumberType::FixedLine => NumberKind::Geographic,
        PhoneNumberType::Mobile => NumberKind::Mobile,
        PhoneNumberType::FixedLineOrMobile => NumberKind::GeographicAndMobile,
        PhoneNumberType::TollFree => NumberKind::TollFree,
        PhoneNumberType::PremiumRate => NumberKind::Premium,
        PhoneNumberType::SharedCost => NumberKind::SharedCost,
        PhoneNumberType::VoIP => NumberKind::Voip,
        PhoneNumberType::PersonalNumber => NumberKind::Personal,
        PhoneNumberType::Pager => NumberKind::Pager,
        PhoneNumberType::UAN => NumberKind::Uan,
        PhoneNumberType::VoiceMail => NumberKind::Voicemail,
        PhoneNumberType::Unknown => return None,
    })
}

/// Every group, by country and kind.
pub(super) fn groups() -> &'static [NetworkGroup] {
    &CATALOGUE.groups
}

/// Where `number` is.
pub(super) fn place(number: E164) -> Placed {
    let unknown = Placed { country: None, group: None, prefix_digits: 0 };
    let Ok(parsed) = PHONE_NUMBER_UTIL.parse(number.to_string(), None) else { return unknown };
    let region = PHONE_NUMBER_UTIL.get_region_for_number(&parsed);
    let country = region
        .filter(|region| *region != Region::World)
        .and_then(|region| region.as_region_str().parse::<Country>().ok());
    let group = kind_of(PHONE_NUMBER_UTIL.get_number_type(&parsed)).and_then(|kind| {
        let at = CATALOGUE.by_place.get(&(country, parsed.country_code as u16, kind))?;
        Some(&CATALOGUE.groups[*at])
    });
    Placed { country, group, prefix_digits: parsed.country_code.to_string().len() }
}

/// The countries that share the calling code of `number`.
pub(super) fn countries_of_code(number: E164) -> Vec<Country> {
    let parsed = PHONE_NUMBER_UTIL.parse(number.to_string(), None);
    let regions = parsed.ok().and_then(|parsed| {
        PHONE_NUMBER_UTIL.get_regions_for_country_calling_code(parsed.country_code)
    });
    regions.into_iter().flatten().filter_map(|region| region.as_region_str().parse().ok()).collect()
}

/// The shortest prefixes under which all numbers that exist are of `group`.
pub(super) fn prefixes(group: &NetworkGroup) -> Vec<Prefix> {
    vec![Prefix::from_digits(u64::from(group.calling_code))]
}
