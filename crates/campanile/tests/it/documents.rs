//! Checks references from the documents to the code.

use std::{collections::BTreeSet, fs, path::Path};

/// All tests of the project, by the lines that begin them: functions in Rust, sentences in the
/// browser tests.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the project").flatten() {
        let path = entry.path();
        let (before, after) = match path.extension().and_then(|extension| extension.to_str()) {
            _ if path.ends_with("node_modules") => continue,
            _ if path.is_dir() => {
                tests(&path, found);
                continue;
            }
            Some("rs") => ("fn ", '('),
            Some("ts") => ("test('", '\''),
            _ => continue,
        };
        let text = fs::read_to_string(&path).expect("a source file");
        let names = text.lines().filter_map(|line| line.split_once(before)?.1.split_once(after));
        found.extend(names.map(|(name, _)| name.to_owned()));
    }
}

/// The words in backticks in the last cell of each row.
fn named_tests(table: &str) -> Vec<&str> {
    let rows = table.lines().filter(|line| line.starts_with('|'));
    let last_cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    last_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_test_that_a_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the project");
    let mut known = BTreeSet::new();
    tests(&root.join("crates"), &mut known);
    tests(&root.join("web/e2e"), &mut known);
    for document in ["docs/dev/reference-walk.md"] {
        let text = fs::read_to_string(root.join(document)).expect(document);
        let named = named_tests(&text);
        assert!(named.len() > 50, "{document} names only {} tests", named.len());
        for name in named {
            assert!(known.contains(name), "{document} names {name}, which does not exist");
        }
    }
}

/// All documents of the project.
fn documents(root: &Path) -> Vec<std::path::PathBuf> {
    let folders = [root.to_path_buf(), root.join("docs"), root.join("docs/dev")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder").flatten());
    let paths = files.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn every_link_from_one_document_to_another_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the project");
    for document in documents(root) {
        let text = fs::read_to_string(&document).expect("a document");
        let folder = document.parent().expect("a folder");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            let here = !path.is_empty() && !path.contains("://") && !path.starts_with("mailto:");
            assert!(
                !here || folder.join(path).exists(),
                "{} links to {link}, which does not exist",
                document.display()
            );
        }
    }
}
