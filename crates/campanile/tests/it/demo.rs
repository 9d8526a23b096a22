//! `campanile demo`: it comes up, dials, tells what to try, and goes away politely.

use super::support::{Folder, Running};

#[test]
fn the_demo_dials_and_its_commands_work() {
    let folder = Folder::new();
    let mut demo = Running::start(folder.command(&["demo", "--listen", "127.0.0.1:0"]));
    let word = |line: String| line.trim().rsplit(['=', ' ']).next().unwrap_or_default().to_owned();
    let url = word(demo.wait_for("CAMPANILE_URL="));
    let key = word(demo.wait_for("CAMPANILE_API_KEY="));
    let said = folder.run(&["batch", "list", "--url", &url, "--api-key", &key]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("batch_1\trunning\tAppointment reminders"), "{said:?}");
    demo.wait_for_error("completed");
    demo.signal("INT");
    demo.wait_for_error("No new calls");
    demo.signal("INT");
    assert!(demo.wait().success());
}
