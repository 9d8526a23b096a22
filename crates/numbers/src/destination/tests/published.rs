//! Compares the catalogue with what the regulators publish.

use campanile_rules::rejection::RejectReason;

use super::*;

const DATA: &str = include_str!("published.tsv");
const COUNTRIES: [&str; 6] = ["us", "ca", "gb", "de", "in", "au"];
const ORDINARY: [&str; 3] = ["geographic", "mobile", "geographic-and-mobile"];

struct Rule {
    numbers: &'static str,
    country: &'static str,
    /// The kind according to the plan.
    kind: &'static str,
    /// The kind according to the library, if it differs.
    library: Option<&'static str>,
    line: &'static str,
}

fn rules() -> Vec<Rule> {
    let lines = DATA.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<_> = line.split('\t').collect();
            assert!((4..=5).contains(&fields.len()), "{line}");
            let [numbers, country, kind] = [fields[0], fields[1], fields[2]];
            Rule { numbers, country, kind, library: fields.get(4).copied(), line }
        })
        .collect()
}

/// A random number of a range: `x` is any digit, `[2-9]` one of a set.
fn throw(range: &str, dice: &mut Dice) -> E164 {
    let mut digits = String::new();
    let mut rest = range.chars().filter(|c| *c != ' ');
    while let Some(c) = rest.next() {
        match c {
            'x' => digits.push(dice.digit()),
            '[' => {
                let mut set: Vec<char> = Vec::new();
                while let Some(c) = rest.next().filter(|c| *c != ']') {
                    if c == '-' {
                        let last = rest.next().unwrap();
                        set.extend((*set.last().unwrap()..=last).skip(1));
                    } else {
                        set.push(c);
                    }
                }
                digits.push(set[dice.below(set.len() as u64) as usize]);
            }
            _ => digits.push(c),
        }
    }
    number(&digits)
}

fn verdict(rule: &Rule, kind: &str) -> Result<(), RejectReason> {
    if !COUNTRIES.contains(&rule.country.to_lowercase().as_str()) {
        return Err(RejectReason::UnsupportedCountry);
    }
    match kind.replace('_', "-").as_str() {
        "emergency" => Err(RejectReason::EmergencyOrShort),
        kind if ORDINARY.contains(&kind) => Ok(()),
        _ => Err(RejectReason::UnsupportedPrefix),
    }
}

#[test]
fn a_thousand_numbers_get_the_verdict_that_the_published_plans_give() {
    let enabled = catalogue().iter().map(|group| group.id.clone()).filter(|id| {
        let (country, kind) = id.as_str().split_once('-').unwrap();
        COUNTRIES.contains(&country) && ORDINARY.contains(&kind)
    });
    let policy = Policy::managed(&Managed { enabled: enabled.collect(), ..Managed::default() });
    let mut dice = Dice(7);
    let rules = rules();
    let (mut checked, mut wrong) = (0, Vec::new());
    for rule in &rules {
        for _ in 0..1_000_usize.div_ceil(rules.len()) {
            let number = throw(rule.numbers, &mut dice);
            let expected = rule.library.unwrap_or(rule.kind);
            let group = group_of(number);
            let kind = match expected {
                "?" | "emergency" => group.map(|group| group.kind),
                expected => NumberKind::from_name(expected),
            };
            let right = policy.check(number) == verdict(rule, expected)
                && group.map(|group| group.kind) == kind
                && group.is_none_or(|g| g.country == rule.country.parse().ok());
            if !right {
                wrong.push(format!(
                    "{:?} {:?}: {}",
                    number.to_string(),
                    group.map(|g| &g.name),
                    rule.line
                ));
            }
            checked += 1;
        }
    }
    wrong.dedup_by_key(|w| w.split_once(": ").map(|(_, rule)| rule.to_owned()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked >= 1_000, "{checked}");
}

#[test]
fn where_the_library_and_a_plan_differ_is_known() {
    for rule in rules() {
        if let Some(library) = rule.library {
            assert_ne!(library, rule.kind, "{}", rule.line);
            assert!(rule.line.contains("The plan is right"), "{}", rule.line);
        }
    }
}
