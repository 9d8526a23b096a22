//! An example of the file that an agent version needs.

use campanile_rules::{
    agent::AgentVersion,
    template::{BUILT_IN, placeholders, texts},
};

use crate::report::{is_formula, push_line};

/// The example file for `version`: its header and one row that shows the columns. The columns are
/// `phone_number` and the placeholders, in the order in which the agent first says them. The row
/// has the version's defaults, or the names in words. The number is never assigned to a subscriber.
pub fn example_file(version: &AgentVersion) -> String {
    let mut columns = vec!["phone_number"];
    for name in texts(version).flat_map(placeholders) {
        if !BUILT_IN.contains(&name) && !columns.contains(&name) {
            columns.push(name);
        }
    }
    let value = |name: &&str| match (*name, version.variables.get(*name)) {
        ("phone_number", _) => "+14155550101".to_owned(),
        // A spreadsheet would run such a default as a formula.
        (_, Some(default)) if !is_formula(default) => default.clone(),
        (name, _) => name.replace(['_', '-'], " "),
    };
    let row: Vec<String> = columns.iter().map(value).collect();
    let mut file = String::new();
    push_line(&mut file, columns);
    push_line(&mut file, row.iter().map(String::as_str));
    file
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::import::{ImportOptions, Source, preflight};

    #[test]
    fn the_file_of_a_version_has_a_column_for_each_placeholder() {
        let version: AgentVersion = serde_json::from_str(
            r#"{"prompt": "{{phone_number}} {{account}} {{a,b}}",
                "first_message": "Hello {{customer_name}}, about {{account}}.",
                "voicemail_message": "{{city}} {{attempt}} {{sum}}",
                "variables": {"city": "St. John's, \"NL\"", "sum": "=1+1", "unused": "x"}}"#,
        )
        .unwrap();
        let file = example_file(&version);
        assert_eq!(
            file,
            "phone_number,account,\"a,b\",customer_name,city,sum\r\n\
             +14155550101,account,\"a,b\",customer name,\"St. John's, \"\"NL\"\"\",sum\r\n"
        );
        let source = Source::file(Cursor::new(file));
        let report = preflight(source, ImportOptions::default(), Some(&version)).unwrap();
        assert_eq!((report.refused, report.accepted), (None, 1));
        assert_eq!(report.placeholders.unused, [""; 0]);
    }
}
