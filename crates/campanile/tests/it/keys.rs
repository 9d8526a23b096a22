//! `campanile key`: creates keys only in a directory with a database.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::Path,
};

use serde_json::Value;

use super::{
    support::{Folder, said},
    world::World,
};

#[test]
fn a_key_is_printed_and_nothing_else() {
    let folder = Folder::new();
    let made = folder.run(&["key", "create", "--data", "data", "--init"]);
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    let (id, secret) = made.out.trim_end().split_once(':').expect("key_id:secret");
    assert!(id.starts_with("key_") && secret.len() == 64 && !made.out.trim_end().contains(' '));
    let more = ["key", "create", "--data", "data", "--workspace", "other", "--scope", "read"];
    assert_eq!(folder.run(&more).code, 0);
    let listed = folder.run(&["key", "list", "--data", "data"]);
    assert!(listed.out.contains(id) && !listed.out.contains(secret), "{listed:?}");
    assert_eq!(folder.run(&["key", "revoke", "--data", "data", id]).code, 0);
    assert!(folder.run(&["key", "list", "--data", "data"]).out.contains("revoked"));
    assert_eq!(folder.run(&["key", "revoke", "--data", "data", "key_0"]).code, 1);
    assert_eq!(folder.run(&["key", "list", "--data", "data", "--workspace", "x"]).code, 2);
}

#[test]
fn a_slip_in_the_data_directory_makes_no_database() {
    let folder = Folder::new();
    fs::create_dir(folder.path("empty")).unwrap();
    for (data, word) in [("typo", "no data directory typo"), ("empty", "no database in empty")] {
        for verb in [&["create"][..], &["list"], &["revoke", "key_0"]] {
            let said = folder.run(&[&["key"], verb, &["--data", data]].concat());
            assert_eq!(said.code, 2, "{verb:?}: {said:?}");
            assert!(said.err.contains(word) && said.err.contains("--init"), "{verb:?}: {said:?}");
        }
    }
    assert!(!folder.path("typo").exists());
    assert_eq!(fs::read_dir(folder.path("empty")).unwrap().count(), 0);
}

#[test]
fn a_key_has_a_name_and_the_shape_of_the_api() {
    let world = World::new();
    let create = ["key", "create", "--data", "data", "--name", "Night shift", "--scope", "read"];
    let made = world.json(&create);
    assert_eq!((&made["name"], &made["scope"]), (&"Night shift".into(), &"read".into()));
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with(made["id"].as_str().unwrap()), "{made}");
    let listed = world.json(&["key", "list", "--data", "data"]);
    let mut told = world.get("/v1/api-keys");
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
    // The key of these requests has been used meanwhile.
    for list in [&mut told, &mut listed.clone()] {
        for key in list["items"].as_array_mut().unwrap() {
            key["last_used_at"] = Value::Null;
        }
    }
    assert_eq!(told["items"][1], listed["items"][1]);
    let shown = world.run(&["key", "list", "--data", "data"]);
    assert!(shown.out.contains("\tNight shift\tread\tvalid\t"), "{shown:?}");
    let blank = world.run(&["key", "create", "--data", "data", "--name", " "]);
    assert_eq!(blank.code, 2, "{blank:?}");
}

/// The user ID of an unprivileged user without a name.
const SERVICE: u32 = 54_321;

/// All files in a directory with their owners.
fn owners(dir: &Path) -> Vec<(String, u32)> {
    let entries = fs::read_dir(dir).unwrap().flatten();
    let owner = |entry: fs::DirEntry| {
        (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().uid())
    };
    entries.map(owner).collect()
}

/// A folder with a data directory of the service's user. `None` unless the test runs as root.
fn of_the_service() -> Option<Folder> {
    let folder = Folder::new();
    if folder.path("").metadata().unwrap().uid() != 0 {
        eprintln!("SKIPPED: only root makes files for others");
        return None;
    }
    fs::set_permissions(folder.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    // Copies the program, because other users may not be able to read its directory.
    fs::copy(env!("CARGO_BIN_EXE_campanile"), folder.path("campanile")).unwrap();
    fs::create_dir(folder.path("data")).unwrap();
    chown(folder.path("data"), Some(SERVICE), Some(SERVICE)).unwrap();
    Some(folder)
}

fn as_the_service(folder: &Folder, args: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(folder.path("campanile"));
    command.current_dir(folder.path("")).args(args).uid(SERVICE).gid(SERVICE);
    command
}

#[test]
fn a_key_that_root_makes_does_not_lock_the_service_out() {
    let Some(folder) = of_the_service() else { return };
    let made = folder.run(&["key", "create", "--data", "data", "--init"]);
    assert_eq!(made.code, 0, "{made:?}");
    for (name, owner) in owners(&folder.path("data")) {
        assert_eq!(owner, SERVICE, "{name}");
    }
    let listed = as_the_service(&folder, &["key", "list", "--data", "data"]);
    let listed = said({ listed }.output().unwrap());
    assert_eq!(listed.code, 0, "{listed:?}");
    // The same holds for files of a server that root runs, and for a restore.
    let mut server = super::support::Running::start(folder.command(&[
        "serve",
        "--data",
        "data",
        "--listen",
        "127.0.0.1:0",
    ]));
    server.wait_for("ready on");
    server.signal("TERM");
    server.wait();
    assert_eq!(folder.run(&["db", "backup", "--data", "data", "copy.sqlite"]).code, 0);
    let restored = folder.run(&["db", "restore", "--data", "data", "copy.sqlite"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    for (name, owner) in owners(&folder.path("data")) {
        assert!(owner == SERVICE || name == "recordings", "{name} is {owner}'s");
    }
}

#[test]
fn a_file_of_another_user_is_told_with_its_owner_and_what_to_run() {
    let Some(folder) = of_the_service() else { return };
    assert_eq!(folder.run(&["key", "create", "--data", "data", "--init"]).code, 0);
    for file in ["campanile.sqlite", "secret.key"] {
        let path = folder.path("data").join(file);
        chown(&path, Some(0), Some(0)).unwrap();
        let said =
            said(as_the_service(&folder, &["key", "list", "--data", "data"]).output().unwrap());
        assert_eq!(said.code, 1, "{said:?}");
        for word in [file, "belongs to root", "chown -R 54321: data"] {
            assert!(said.err.contains(word), "{word} is not in {said:?}");
        }
        assert_eq!(said.err.matches("Permission denied").count(), 1, "told once: {said:?}");
        chown(&path, Some(SERVICE), Some(SERVICE)).unwrap();
    }
}
