//! Tests the exposed metrics, and that these tests can fail.

use campanile_metrics::{METRICS, Readings, TrunkReading, expose, labels::SipCode};
use campanile_rules::{attempt::Outcome, blocker::Blocker, dispatcher::TrunkLoad, ids::TrunkId};

use campanile_testkit::exposition::read;

fn trunk(id: i64) -> TrunkReading {
    let id = TrunkId(id);
    let load =
        TrunkLoad { id, calls: 3, max_calls: 10, pace: 0.5, backing_off: true, unreachable: false };
    TrunkReading { load, max_cps: 2.5 }
}

/// One test, because a process has only one set of metrics.
#[test]
fn all_that_was_counted_is_exposed_and_nothing_of_a_trunk_that_is_gone() {
    METRICS.attempts.of(Outcome::Busy).inc();
    METRICS.sip_finals.of(SipCode::of(486).unwrap()).inc();
    METRICS.placed.observe(0.002);
    METRICS.requests.with_label_values(&["GET", "/v1/trunks/{id}", "2xx"]).inc();
    METRICS.request_time.with_label_values(&["GET", "/v1/trunks/{id}"]).observe(0.01);
    METRICS.agent_latency.with_label_values(&["answer"]).observe(0.7);
    let blockers = vec![None, Some(Blocker::NoRoute), Some(Blocker::NoRoute)];
    let readings = Readings { trunks: vec![trunk(1), trunk(2)], blockers, ..Readings::default() };
    let exposed = read(&expose(&readings)).expect("the format");
    METRICS.dialed.with_label_values(&["trunk_1"]).inc();

    assert_eq!(exposed.sum("campanile_attempts_total", &[("outcome", "busy")]), 1.0);
    assert_eq!(exposed.sum("campanile_attempts_total", &[]), 1.0);
    assert_eq!(exposed.sum("campanile_sip_final_codes_total", &[("code", "486")]), 1.0);
    assert_eq!(exposed.sum("campanile_place_to_dial_seconds_bucket", &[("le", "0.0025")]), 1.0);
    assert_eq!(exposed.sum("campanile_batches", &[("blocker", "no_route")]), 2.0);
    assert_eq!(exposed.sum("campanile_batches", &[("blocker", "none")]), 1.0);
    assert_eq!(exposed.sum("campanile_trunk_calls", &[("trunk", "trunk_2")]), 3.0);
    assert_eq!(exposed.sum("campanile_trunk_pace_ratio", &[("trunk", "trunk_1")]), 0.5);
    assert!(exposed.sum("process_resident_memory_bytes", &[]) > 1e6);
    assert!(exposed.sum("process_open_fds", &[]) > 2.0);
    assert!(exposed.sum("process_start_time_seconds", &[]) > 1.6e9);
    for definition in METRICS.definitions() {
        let kind = exposed.types.get(&definition.name).map(String::as_str);
        assert_eq!(kind, Some(definition.kind), "{}", definition.name);
    }

    let left = Readings { trunks: vec![trunk(2)], ..Readings::default() };
    let exposed = read(&expose(&left)).expect("the format");
    assert!(!exposed.series().iter().any(|series| series.contains("trunk_1")));
    assert!(exposed.series().iter().any(|series| series.contains("trunk_2")));
}

#[test]
fn what_is_wrong_is_found() {
    let head = "# HELP campanile_x_total X.\n# TYPE campanile_x_total counter\n";
    let wrong = [
        "campanile_x_total 1\n".to_owned(),
        "# TYPE campanile_x_total counter\n# HELP campanile_x_total X.\n".to_owned(),
        "# HELP campanile_x X.\n# TYPE campanile_x counter\ncampanile_x 1\n".to_owned(),
        "# HELP campanile_x_ms X.\n# TYPE campanile_x_ms histogram\n".to_owned(),
        format!("{head}campanile_y_total 1\n"),
        format!("{head}campanile_x_total 1\ncampanile_x_total 2\n"),
        format!("{head}campanile_x_total -1\n"),
        format!("{head}campanile_x_total one\n"),
        format!("{head}campanile_x_total{{a=\"b\",a=\"c\"}} 1\n"),
        format!("{head}campanile_x_total 1"),
        format!("{head}campanile_x_total 1\n{head}campanile_x_total{{a=\"b\"}} 1\n"),
        "# HELP campanile_x_seconds X.\n# TYPE campanile_x_seconds histogram\n\
         campanile_x_seconds_bucket{le=\"1\"} 2\ncampanile_x_seconds_bucket{le=\"+Inf\"} 1\n\
         campanile_x_seconds_sum 1\ncampanile_x_seconds_count 1\n"
            .to_owned(),
    ];
    for text in wrong {
        assert!(read(&text).is_err(), "{text}");
    }
    assert!(read(&format!("{head}campanile_x_total{{a=\"b\"}} 1\n")).is_ok());
}
