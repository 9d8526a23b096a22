//! Files that name our metrics name only metrics that exist.

use std::{collections::BTreeSet, fs, path::PathBuf};

use campanile_metrics::METRICS;
use regex::Regex;

fn text(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_table_of_the_handbook_is_the_table_of_the_definitions() {
    let rows = METRICS.definitions().iter().map(|metric| {
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>();
        let (name, help) = (&metric.name, &metric.help);
        format!("| `{name}` | {} | {} | {help} |\n", metric.kind, labels.join(", "))
    });
    let table = format!(
        "| metric | kind | labels | what |\n|---|---|---|---|\n{}",
        rows.collect::<String>()
    );
    assert!(text("docs/operating.md").contains(&table), "docs/operating.md should have:\n{table}");
}

/// Checks an expression against the definitions: names, kinds and labels.
fn check(expression: &str) -> Result<(), String> {
    let name =
        Regex::new(r"(rate|increase)?\(?\b((?:campanile|process)_[a-z_]+)(\{[^}]*\})?").unwrap();
    let mut found = BTreeSet::new();
    for part in name.captures_iter(expression) {
        let used = &part[2];
        let metric = METRICS.definitions().iter().find(|metric| {
            let suffixes: &[&str] =
                if metric.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            suffixes.iter().any(|suffix| used == format!("{}{suffix}", metric.name))
        });
        let metric = metric.ok_or(format!("{used} is not there"))?;
        let counts = metric.kind != "gauge";
        if counts != part.get(1).is_some() {
            return Err(format!("{used}: only what counts up has a rate, and only its rate tells"));
        }
        found.extend(metric.labels.iter().map(String::as_str));
    }
    if found.is_empty()
        && !Regex::new(r"\b(campanile|process)_|\bup\b").unwrap().is_match(expression)
    {
        return Err("it names no metric of ours".into());
    }
    let matcher = Regex::new(r#"[{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=)\s*""#).unwrap();
    let grouping = Regex::new(r"\b(?:by|on|ignoring|without)\s*\(([^)]*)\)").unwrap();
    let matched = matcher.captures_iter(expression).map(|part| part[1].to_owned());
    let grouped = grouping.captures_iter(expression).flat_map(|part| {
        part[1].split(',').map(|label| label.trim().to_owned()).collect::<Vec<_>>()
    });
    for label in matched.chain(grouped) {
        if !found.contains(label.as_str()) && !["instance", "job", "le"].contains(&label.as_str()) {
            return Err(format!("none of its metrics has a label {label}"));
        }
    }
    Ok(())
}

#[test]
fn the_dashboard_asks_for_metrics_that_there_are() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&text("examples/grafana.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut ids = BTreeSet::new();
    let mut asked = String::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64()), "two panels have an id: {panel}");
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        assert_eq!(targets.is_empty(), panel["type"] == "row", "{}", panel["title"]);
        for target in targets {
            let expression = target["expr"].as_str().expect("an expression");
            check(expression)
                .unwrap_or_else(|why| panic!("{}: {expression}: {why}", panel["title"]));
            asked.push_str(expression);
        }
    }
    let unseen: Vec<&str> = METRICS
        .definitions()
        .iter()
        .map(|metric| metric.name.as_str())
        .filter(|name| !asked.contains(name))
        .collect();
    assert_eq!(unseen, ["campanile_build_info", "process_start_time_seconds"], "shown nowhere");
}

#[test]
fn alerts_ask_for_metrics_that_there_are_and_say_what_to_do() {
    let rules = text("examples/alerts.yml");
    let alerts: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    assert!((8..=20).contains(&alerts.len()), "few and good: {}", alerts.len());
    let mut names = BTreeSet::new();
    for alert in alerts {
        let name = alert.lines().next().expect("a name");
        assert!(names.insert(name), "{name} stands there twice");
        for part in ["\n        for: ", "severity: ", "summary: ", "description: "] {
            assert!(alert.contains(part), "{name} has no {}", part.trim());
        }
        let (_, rest) = alert.split_once("expr: ").expect("an expression");
        let (expression, _) = rest.split_once("\n        for: ").expect("its end");
        check(expression).unwrap_or_else(|why| panic!("{name}: {expression}: {why}"));
    }
}

#[test]
fn an_expression_that_is_wrong_is_found() {
    for wrong in [
        "campanile_no_such_total",
        "rate(campanile_no_such_total[5m])",
        "campanile_attempts_total",
        "rate(campanile_trunk_calls[5m])",
        "rate(campanile_talk_seconds[5m])",
        "sum by (workspace) (rate(campanile_attempts_total[5m]))",
        r#"rate(campanile_attempts_total{number="1"}[5m])"#,
        "1 + 1",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
    check("sum by (outcome) (rate(campanile_attempts_total[5m]))").unwrap();
    check(r#"histogram_quantile(0.5, sum by (le) (rate(campanile_talk_seconds_bucket{job="x"}[5m])))"#).unwrap();
}
