//! Ctrl-C and SIGTERM during `run`, and the next start.

use super::support::{Folder, RUN, Running, carrier, people};

fn statuses(folder: &Folder) -> Vec<String> {
    let report = folder.read("report.csv");
    report
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).expect("a status").to_owned())
        .collect()
}

#[test]
fn a_run_that_was_stopped_once_goes_on_where_it_was() {
    let folder = Folder::new();
    let carrier = carrier(&folder, 0.1);
    let endings: Vec<u32> = (0..12).collect();
    folder.write("people.csv", people(&endings));
    let mut first = Running::start(folder.command(&[&RUN[..], &["--concurrency", "2"]].concat()));
    first.wait_for_error("in_progress");
    first.signal("INT");
    first.wait_for_error("No new calls");
    assert_eq!(first.wait().code(), Some(130));
    let left = statuses(&folder);
    assert!(
        left.contains(&"pending".to_owned()) && !left.contains(&"in_progress".to_owned()),
        "{left:?}"
    );
    assert!(!left.contains(&"failed".to_owned()), "calls in progress finish: {left:?}");
    let said = folder.run(&RUN);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("Going on with batch_"), "{said:?}");
    assert_eq!(statuses(&folder), vec!["completed"; 12]);
    assert_eq!(carrier.records().unwrap().len(), 12, "nobody was called twice");
    // A reported batch is over, so the same command now creates a new batch.
    let again = folder.run(&RUN);
    assert_eq!((again.code, carrier.records().unwrap().len()), (0, 24), "{again:?}");
}

#[test]
fn a_second_signal_hangs_up_and_settles() {
    let folder = Folder::new();
    // At natural speed, a call lasts longer than this test.
    let carrier = carrier(&folder, 1.0);
    let agent = "name = \"patient\"\nfirst_message = \"Hi.\"\nring_timeout_s = 120\n";
    folder.write("agent.toml", agent);
    folder.write("people.csv", people(&[70, 71]));
    let mut run = Running::start(folder.command(&RUN));
    run.wait_for_error("in_progress");
    run.signal("TERM");
    run.wait_for_error("No new calls");
    run.signal("TERM");
    run.wait_for_error("Hanging up");
    assert_eq!(run.wait().code(), Some(130));
    let left = statuses(&folder);
    assert!(!left.contains(&"in_progress".to_owned()), "{left:?}");
    let records = carrier.records().unwrap();
    assert!(
        records.iter().all(|record| record.t_end.is_some()),
        "a call was left over: {records:?}"
    );
}

#[test]
fn a_refused_file_calls_nobody() {
    let folder = Folder::new();
    let carrier = carrier(&folder, 0.1);
    folder.write("people.csv", "phone_number,Name\n+12125550101,Jo\n");
    let said = folder.run(&RUN);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err.contains("Nobody was called") && said.err.contains("missing_variables"),
        "{said:?}"
    );
    assert_eq!(carrier.records().unwrap().len(), 0);
    assert!(!folder.path("report.csv").exists());
}

#[test]
fn a_report_that_is_called_xlsx_is_a_workbook() {
    let folder = Folder::new();
    let _carrier = carrier(&folder, 0.1);
    folder.write("people.csv", people(&[80, 81]) + "1,Nobody\n");
    let run = [&RUN[..11], &["report.xlsx"]].concat();
    assert_eq!(folder.run(&run).code, 0);
    let checked = folder.run(&["check", "report.xlsx", "--json"]);
    let checked: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!((&checked["total"], &checked["accepted"]), (&3.into(), &2.into()));
    assert_eq!(checked["columns"], serde_json::json!(["phone_number", "name"]));
}
