//! A strict reader of the text format 0.0.4.

use std::collections::{BTreeMap, BTreeSet};

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name.
    pub name: String,
    /// The labels with their values.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

/// The exposed samples, in order.
#[derive(Debug, Default)]
pub struct Exposition {
    /// The families and their types.
    pub types: BTreeMap<String, String>,
    /// The samples, in order.
    pub samples: Vec<Sample>,
}

impl Exposition {
    /// The sum of the samples of a name whose labels have these values.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let like = |sample: &&Sample| {
            sample.name == name
                && labels.iter().all(|(l, v)| sample.labels.get(*l).is_some_and(|is| is == v))
        };
        self.samples.iter().filter(like).map(|sample| sample.value).sum()
    }

    /// Every series, without its value.
    pub fn series(&self) -> BTreeSet<String> {
        self.samples.iter().map(|s| format!("{}{:?}", s.name, s.labels)).collect()
    }
}

/// Reads a text; the error names what Prometheus or its conventions forbid.
pub fn read(text: &str) -> Result<Exposition, String> {
    let mut read = Exposition::default();
    let mut family: Option<(String, Option<String>)> = None;
    let mut seen = BTreeSet::new();
    if !text.ends_with('\n') {
        return Err("the last line does not end".into());
    }
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').ok_or(format!("no help: {line}"))?;
            if words.trim().is_empty() || !seen.insert(name.to_owned()) {
                return Err(format!("{name}: an empty help, or told twice"));
            }
            family = Some((name.to_owned(), None));
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').ok_or(format!("no type: {line}"))?;
            match &mut family {
                Some((of, empty @ None)) if of == name => *empty = Some(kind.to_owned()),
                _ => return Err(format!("{name}: its type does not follow its help")),
            }
            named_well(name, kind)?;
            read.types.insert(name.to_owned(), kind.to_owned());
        } else {
            let Some((name, Some(kind))) = &family else {
                return Err(format!("a sample before help and type: {line}"));
            };
            let sample = sample(line).ok_or(format!("not a sample: {line}"))?;
            belongs(&sample, name, kind)?;
            read.samples.push(sample);
        }
    }
    if read.series().len() != read.samples.len() {
        return Err("a series stands there twice".into());
    }
    buckets_rise(&read)?;
    Ok(read)
}

fn named_well(name: &str, kind: &str) -> Result<(), String> {
    let ours = name.starts_with("campanile_") || name.starts_with("process_");
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let right = match kind {
        "counter" => name.ends_with("_total"),
        "gauge" => !name.ends_with("_total"),
        "histogram" => name.ends_with("_seconds") || name.ends_with("_writes"),
        _ => false,
    };
    if ours && letters && right { Ok(()) } else { Err(format!("{name} is no name for a {kind}")) }
}

fn belongs(sample: &Sample, family: &str, kind: &str) -> Result<(), String> {
    let suffix = sample.name.strip_prefix(family);
    let right = match (kind, suffix) {
        ("histogram", Some("_bucket")) => sample.labels.contains_key("le"),
        ("histogram", Some("_sum" | "_count")) | ("counter" | "gauge", Some("")) => {
            !sample.labels.contains_key("le")
        }
        _ => false,
    };
    let whole = kind == "gauge" || sample.value >= 0.0;
    if right && whole { Ok(()) } else { Err(format!("{sample:?} is not of {family}, a {kind}")) }
}

fn sample(line: &str) -> Option<Sample> {
    let (series, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (series, ""),
    };
    let mut read = BTreeMap::new();
    for label in labels.split(',').filter(|label| !label.is_empty()) {
        let (label, value) = label.split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        // Our labels never need an escape or a comma.
        if value.is_empty() || value.contains(['"', '\\']) {
            return None;
        }
        if read.insert(label.to_owned(), value.to_owned()).is_some() {
            return None;
        }
    }
    Some(Sample { name: name.to_owned(), labels: read, value })
}

/// Buckets are in order, counts never fall, and the last bucket counts all.
fn buckets_rise(read: &Exposition) -> Result<(), String> {
    let mut histograms: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for sample in read.samples.iter().filter(|sample| sample.name.ends_with("_bucket")) {
        let mut labels = sample.labels.clone();
        let bound = labels.remove("le").and_then(|le| le.parse().ok()).ok_or("no bound")?;
        let name = sample.name.trim_end_matches("_bucket");
        let of = format!("{name}_count{labels:?}");
        histograms.entry(of).or_default().push((bound, sample.value));
    }
    for (of, buckets) in histograms {
        let count = read.samples.iter().find(|s| format!("{}{:?}", s.name, s.labels) == of);
        let rises = buckets.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 <= two[1].1);
        let last = buckets.last().filter(|(bound, _)| bound.is_infinite());
        if !rises || last.map(|(_, all)| *all) != count.map(|count| count.value) {
            return Err(format!("{of}: {buckets:?}"));
        }
    }
    Ok(())
}
