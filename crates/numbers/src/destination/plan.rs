//! Finds the group of a number in the numbering plans.
//!
//! The result equals the library's number type at a small part of its cost; a test compares the
//! two.

use std::{iter::successors, sync::LazyLock};

use campanile_rules::phone::E164;

use super::{NetworkGroup, NumberKind, custom::Prefix};
use crate::Country;

include!(concat!(env!("OUT_DIR"), "/plans.rs"));

/// The index, within a node, of the label of the number that ends there. Zero means that there is
/// none.
const LABEL: usize = 0;
/// The index of the only label of all numbers that exist there and further on.
const SOLE: usize = 1;
/// The index of the first of ten child nodes, one per digit.
const DIGITS: usize = 2;
/// Instead of the only label: there are several.
const SEVERAL: u16 = u16::MAX;
/// Instead of the only label: there are several, and only the length tells them apart.
const BY_LENGTH: u16 = u16::MAX - 1;

/// The place of a number in the numbering plans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    /// The calling code. Zero if there is no such code.
    pub calling_code: u16,
    /// The country. `None` if the plans do not tell, and for international networks.
    pub country: Option<Country>,
    /// The group. `None` if no such number exists.
    pub group: Option<&'static NetworkGroup>,
    /// How many of the number's digits determine the group.
    pub prefix_digits: usize,
}

impl Placed {
    /// Whether the number exists in a network that belongs to no country.
    pub fn is_international(&self) -> bool {
        self.country.is_none() && self.group.is_some()
    }
}

struct Plans {
    groups: Vec<NetworkGroup>,
    /// For each label: the country and the index in `groups`.
    labels: Vec<(Option<Country>, Option<usize>)>,
    /// The countries of each calling code.
    regions: Vec<(Country, u16)>,
}

static PLANS: LazyLock<Plans> = LazyLock::new(|| {
    // The only region that is not a country is that of the international networks.
    let country = |region: u16| REGIONS[usize::from(region)].0.parse::<Country>().ok();
    let mut keys: Vec<_> = LABELS
        .iter()
        .filter_map(|(region, kind)| {
            Some((country(*region), REGIONS[usize::from(*region)].1, (*kind)?))
        })
        .collect();
    keys.sort_unstable();
    let groups = keys.iter().enumerate();
    let groups =
        groups.map(|(at, (country, code, kind))| NetworkGroup::new(at, *country, *code, *kind));
    let groups: Vec<_> = groups.collect();
    let labels = LABELS.iter().map(|(region, kind)| {
        let (country, code) = (country(*region), REGIONS[usize::from(*region)].1);
        let group = kind.and_then(|kind| keys.binary_search(&(country, code, kind)).ok());
        (country, group)
    });
    let regions = REGIONS.iter().filter_map(|(id, code)| Some((id.parse().ok()?, *code)));
    Plans { labels: labels.collect(), regions: regions.collect(), groups }
});

/// All groups, by country and kind.
pub(super) fn groups() -> &'static [NetworkGroup] {
    &PLANS.groups
}

/// The place of `number` in the numbering plans.
pub(super) fn place(number: E164) -> Placed {
    let digits = Digits::of(number);
    let mut placed = Placed { calling_code: 0, country: None, group: None, prefix_digits: 0 };
    let Some((code, mut read)) = digits.calling_code() else { return placed };
    placed.calling_code = code;
    let mut node = &NODES[usize::from(ROOTS[usize::from(code)])];
    let mut decided = None;
    for digit in &digits.as_slice()[read..] {
        if node[SOLE] != SEVERAL {
            decided.get_or_insert(read);
        }
        node = &NODES[usize::from(node[DIGITS + usize::from(*digit)])];
        read += 1;
    }
    let Some(label) = usize::from(node[LABEL]).checked_sub(1) else { return placed };
    let (country, group) = PLANS.labels[label];
    placed.country = country;
    placed.group = group.map(|group| &PLANS.groups[group]);
    placed.prefix_digits = decided.unwrap_or(read);
    placed
}

/// The countries that share a calling code.
pub(super) fn countries_of_code(code: u16) -> impl Iterator<Item = Country> {
    PLANS.regions.iter().filter(move |(_, of)| *of == code).map(|(country, _)| *country)
}

/// The shortest prefixes, in order, under which all existing numbers belong to `group`. If only the
/// length tells groups apart, each of the groups has the prefix.
pub(super) fn prefixes(group: &NetworkGroup) -> Vec<Prefix> {
    let label = PLANS.labels.iter().position(|(_, of)| *of == Some(group.index));
    let mut found = Vec::new();
    if let Some(label) = label {
        let root = ROOTS[usize::from(group.calling_code)];
        collect(root, u64::from(group.calling_code), label as u16 + 1, &mut found);
    }
    found
}

fn collect(node: u16, prefix: u64, label: u16, found: &mut Vec<Prefix>) {
    let node = &NODES[usize::from(node)];
    let ends_here = |node: &[u16; 12]| node[LABEL] == label;
    match node[SOLE] {
        SEVERAL => {
            for digit in 0..10 {
                collect(node[DIGITS + digit], prefix * 10 + digit as u64, label, found);
            }
        }
        BY_LENGTH => {
            let next = |node: &&[u16; 12]| match node[DIGITS] {
                0 => None,
                next => Some(&NODES[usize::from(next)]),
            };
            if successors(Some(node), next).any(ends_here) {
                found.push(Prefix::from_digits(prefix));
            }
        }
        sole if sole == label => found.push(Prefix::from_digits(prefix)),
        _ => {}
    }
}

/// The digits of a number, from first to last.
struct Digits {
    kept: [u8; 20],
    from: usize,
}

impl Digits {
    fn of(number: E164) -> Digits {
        let mut digits = Digits { kept: [0; 20], from: 20 };
        let mut rest = number.digits();
        while rest > 0 {
            digits.from -= 1;
            digits.kept[digits.from] = (rest % 10) as u8;
            rest /= 10;
        }
        digits
    }

    fn as_slice(&self) -> &[u8] {
        &self.kept[self.from..]
    }

    /// The calling code, and its number of digits.
    fn calling_code(&self) -> Option<(u16, usize)> {
        let mut code = 0;
        for (at, digit) in self.as_slice().iter().take(3).enumerate() {
            code = code * 10 + u16::from(*digit);
            if ROOTS[usize::from(code)] != 0 {
                return Some((code, at + 1));
            }
        }
        None
    }
}
