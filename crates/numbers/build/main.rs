//! Makes the catalogue of network groups from `data/numbering_plans.tsv`: the groups, and the
//! automaton that finds the group of a number from its digits.

mod automaton;
mod nfa;

use std::{collections::BTreeMap, env, error::Error, fmt::Write as _, fs, path::Path};

use automaton::{Automaton, NONE, Region};

const DATA: &str = "data/numbering_plans.tsv";

/// The kinds in the order in which libphonenumber tries them: the name in the data, and the variant
/// of `NumberKind`.
const KINDS: [(&str, &str); 10] = [
    ("premium", "Premium"),
    ("toll_free", "TollFree"),
    ("shared_cost", "SharedCost"),
    ("voip", "Voip"),
    ("personal", "Personal"),
    ("pager", "Pager"),
    ("uan", "Uan"),
    ("voicemail", "Voicemail"),
    ("geographic", "Geographic"),
    ("mobile", "Mobile"),
];
const GEOGRAPHIC: usize = 8;
const MOBILE: usize = 9;

/// Satellite phones, for which libphonenumber has no type: the networks of +870 and +881 (ITU-T),
/// and ranges of countries that the comments of its data call satellite numbers.
const SATELLITE: [(&str, u16, &str); 6] = [
    ("001", 870, "mobile"),
    ("001", 881, "mobile"),
    ("AU", 61, "voip"),
    ("CA", 1, "voip"),
    ("PG", 675, "voip"),
    ("TR", 90, "personal"),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DATA}");
    println!("cargo::rerun-if-changed=build");
    let plans = read(&fs::read_to_string(DATA)?)?;
    let mut automaton = Automaton::default();
    let mut roots = [NONE; 1000];
    for (code, regions) in &plans {
        roots[usize::from(*code)] = automaton.add(*code, regions)?;
    }
    let source = write(&plans, &automaton, &roots)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("plans.rs"), source)?;
    Ok(())
}

/// The regions of each calling code, in the order in which they are tried.
fn read(data: &str) -> Result<BTreeMap<u16, Vec<Region>>, Box<dyn Error>> {
    let mut plans: BTreeMap<u16, Vec<Region>> = BTreeMap::new();
    for line in data.lines().filter(|line| !line.starts_with('#')) {
        let [id, code, kind, pattern] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("not four fields: {line}").into());
        };
        let regions = plans.entry(code.parse()?).or_default();
        if regions.last().is_none_or(|region| region.id != id) {
            regions.push(Region::new(id));
        }
        let region = regions.last_mut().ok_or("no region")?;
        let pattern = pattern.to_owned();
        match kind {
            "leading" => region.leading = Some(pattern),
            "any" => region.any = pattern,
            _ => {
                let kind = KINDS.iter().position(|(name, _)| *name == kind);
                region.kinds.push((kind.ok_or(line)?, pattern));
            }
        }
    }
    Ok(plans)
}

fn write(
    plans: &BTreeMap<u16, Vec<Region>>,
    automaton: &Automaton,
    roots: &[u16; 1000],
) -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    writeln!(out, "pub(super) static REGIONS: &[(&str, u16)] = &[")?;
    for (code, regions) in plans {
        for region in regions {
            writeln!(out, "({:?}, {code}),", region.id)?;
        }
    }
    writeln!(out, "];\npub(super) static LABELS: &[(u16, Option<NumberKind>)] = &[")?;
    let ids: Vec<&str> = plans.values().flatten().map(|region| region.id.as_str()).collect();
    for label in automaton.labels() {
        let kind = label.kind.map(|kind| variant(ids[label.region], label.code, kind));
        let kind = kind.map_or("None".to_owned(), |kind| format!("Some(NumberKind::{kind})"));
        writeln!(out, "({}, {kind}),", label.region)?;
    }
    writeln!(out, "];\npub(super) static ROOTS: [u16; 1000] = {roots:?};")?;
    writeln!(out, "pub(super) static NODES: &[[u16; 12]] = &[")?;
    for node in automaton.nodes() {
        writeln!(out, "{node:?},")?;
    }
    writeln!(out, "];")?;
    Ok(out)
}

/// The variant of `NumberKind`. A kind that is not in `KINDS` is geographic and mobile.
fn variant(region: &str, code: u16, kind: usize) -> &'static str {
    let Some((name, variant)) = KINDS.get(kind) else { return "GeographicAndMobile" };
    if SATELLITE.contains(&(region, code, *name)) { "Satellite" } else { variant }
}
