//! The help, completions and manual pages.

use std::{fs, process::Command};

use super::support::{Folder, said};

/// All commands, each as its words.
fn commands() -> Vec<Vec<String>> {
    fn below(folder: &Folder, words: &[String], found: &mut Vec<Vec<String>>) {
        let args: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let help = folder.run(&args);
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{args:?}: {help:?}");
        found.push(words.to_vec());
        let Some((_, list)) = help.out.split_once("\nCommands:\n") else { return };
        let list = list.split("\n\n").next().unwrap_or_default();
        let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()) {
            if name != "help" {
                below(folder, &[words, &[name.to_owned()]].concat(), found);
            }
        }
    }
    let mut found = Vec::new();
    below(&Folder::new(), &[], &mut found);
    found
}

#[test]
fn global_options_stand_in_one_help_only() {
    let folder = Folder::new();
    let commands = commands();
    assert!(commands.len() > 50, "{}", commands.len());
    for words in &commands {
        let args: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let help = folder.run(&args).out;
        assert_eq!(help.contains("--log-format"), words.is_empty(), "{words:?}: {help}");
        let asks = ["batch", "agent", "number", "trunk", "suppression", "webhook"];
        if words.len() == 2 && asks.contains(&words[0].as_str()) {
            assert!(!help.contains("--url <URL>"), "{words:?}: {help}");
            for word in ["CAMPANILE_URL", "CAMPANILE_API_KEY"] {
                assert!(help.contains(word), "{words:?} does not name {word}: {help}");
            }
        }
        let lists = words
            .last()
            .is_some_and(|verb| ["list", "show", "create", "edit"].contains(&verb.as_str()));
        assert!(!lists || help.contains("--json"), "{words:?}: {help}");
    }
}

#[test]
fn the_help_tells_every_exit_status() {
    let help = Folder::new().run(&["--help"]).out;
    let statuses = help.split_once("Exit status:").expect("exit statuses").1;
    for (status, word) in [("2", "wrong usage"), ("3", "key"), ("4", "network"), ("141", "reads")] {
        let line = statuses.lines().find(|line| line.split_whitespace().next() == Some(status));
        assert!(line.is_some_and(|line| line.contains(word)), "{status}: {statuses}");
    }
}

#[test]
fn shells_complete_the_command_line() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.run(&["completions", shell]);
        assert_eq!((script.code, script.err.as_str()), (0, ""), "{shell}");
        for word in ["rejections", "suppression", "rotate-secret"] {
            assert!(script.out.contains(word), "{shell} does not know {word}");
        }
    }
    folder.write("campanile.bash", folder.run(&["completions", "bash"]).out);
    let typed = "source ./campanile.bash; COMP_WORDS=(campanile batch redi); COMP_CWORD=2; \
                 _campanile campanile redi batch; echo ${COMPREPLY[@]}";
    let bash = Command::new("bash").args(["-c", typed]).current_dir(folder.path("")).output();
    assert_eq!(said(bash.expect("bash runs")).out.trim(), "redial");
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = Folder::new();
    let written = folder.run(&["man", "man1"]);
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{written:?}");
    for words in commands() {
        let name = [&["campanile".to_owned()], &words[..]].concat().join("-");
        let page = fs::read_to_string(folder.path("man1").join(format!("{name}.1")));
        let page = page.unwrap_or_else(|error| panic!("{name}.1: {error}"));
        assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
    let root = folder.read("man1/campanile.1");
    assert!(root.contains("Exit status"), "{root}");
}
