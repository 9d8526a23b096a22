//! Output of a command when nobody reads it or the disk is full.

use std::{
    fs::File,
    io::pipe,
    process::{Command, Stdio},
};

use campanile_media::wav;

use super::support::{Folder, Said, said};

const COMMANDS: [&[&str]; 6] = [
    &["check", "people.csv"],
    &["check", "people.csv", "--json"],
    &["key", "create", "--data", "data"],
    &["key", "list", "--data", "data"],
    &["amd", "quiet.wav"],
    &["amd", "quiet.wav", "--json"],
];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("people.csv", "phone_number\n+14152000001\n");
    wav::write(&folder.path("quiet.wav"), &vec![0; 8_000 * 6]).unwrap();
    assert_eq!(folder.run(&["key", "create", "--data", "data", "--init"]).code, 0);
    folder
}

/// A pipe whose other end is closed.
fn closed() -> Stdio {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").expect("/dev/full").into()
}

fn run(mut command: Command) -> Said {
    said(command.output().expect("campanile runs"))
}

#[test]
fn a_command_ends_quietly_when_nobody_reads_its_answer() {
    let folder = folder();
    for args in COMMANDS {
        let mut command = folder.command(args);
        command.stdout(closed());
        let said = run(command);
        assert_eq!((said.code, said.err.as_str()), (141, ""), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_says_that_its_answer_does_not_fit() {
    let folder = folder();
    for args in COMMANDS {
        let mut command = folder.command(args);
        command.stdout(full());
        let said = run(command);
        assert_eq!(said.code, 1, "{args:?}: {said:?}");
        assert!(said.err.starts_with("campanile: cannot write to standard output: "), "{said:?}");
    }
}

#[test]
fn a_command_works_where_nobody_reads_its_remarks() {
    let folder = folder();
    for (code, args) in [
        (0, &["check", "people.csv"][..]),
        (0, &["db", "check", "--data", "data"]),
        (1, &["amd", "none.wav", "quiet.wav"]),
        (2, &["check", "none.csv"]),
    ] {
        let mut command = folder.command(args);
        command.stderr(closed());
        assert_eq!(run(command).code, code, "{args:?}");
    }
}
