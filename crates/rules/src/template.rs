//! Placeholders: `{{name}}` in the agent's text stands for a column of the file, a default of the
//! agent version or a built-in value. Names are case-sensitive. Spaces directly inside the braces
//! are ignored. A value is not expanded again, so a cell that contains `{{x}}` stays text.

use std::collections::BTreeMap;

use crate::agent::{AgentVersion, EngineKind, MediaStreamSettings, ScriptSettings, ScriptStep};

/// Placeholders that every call has, whatever the columns of the file.
pub const BUILT_IN: [&str; 5] = ["phone_number", "from_number", "call_id", "batch_name", "attempt"];

/// The column for each placeholder that does not use the column of its own name.
pub type ColumnMap = BTreeMap<String, String>;

/// A part of a text: plain text or a placeholder.
enum Piece<'a> {
    Text(&'a str),
    Placeholder { name: &'a str, written: &'a str },
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, length) = next_piece(rest);
        rest = &rest[length..];
        Some(piece)
    })
}

fn next_piece(rest: &str) -> (Piece<'_>, usize) {
    let mut from = 0;
    while let Some(found) = rest[from..].find("{{") {
        let open = from + found;
        let inside = &rest[open + 2..];
        let end = inside.find(['{', '}']).unwrap_or(inside.len());
        let name = inside[..end].trim();
        if inside[end..].starts_with("}}") && !name.is_empty() {
            if open > 0 {
                return (Piece::Text(&rest[..open]), open);
            }
            let written = &rest[..end + 4];
            return (Piece::Placeholder { name, written }, written.len());
        }
        from = open + 1;
    }
    (Piece::Text(rest), rest.len())
}

/// The names of the placeholders in `text`, in order, repeats included.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Placeholder { name, .. } => Some(name),
        Piece::Text(_) => None,
    })
}

/// Replaces each placeholder in `text` by the value that `lookup` returns for its name. A
/// placeholder without a value stays as it is.
pub fn render(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    pieces(text).fold(String::with_capacity(text.len()), |mut out, piece| {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Placeholder { name, written } => match lookup(name) {
                Some(value) => out.push_str(&value),
                None => out.push_str(written),
            },
        }
        out
    })
}

/// Every text of `version` with placeholders, the most important first: what the agent follows, what
/// its server is told, and what is said.
pub fn texts(version: &AgentVersion) -> impl Iterator<Item = &str> {
    [version.prompt.as_str()].into_iter().chain(said(version)).chain(told(&version.engine))
}

/// The texts of an engine that its server is told, or that are recorded.
fn told(engine: &EngineKind) -> Vec<&str> {
    match engine {
        EngineKind::MediaStream(settings) => {
            settings.parameters.values().map(String::as_str).collect()
        }
        EngineKind::Script(settings) => {
            let records = settings.steps.iter().flat_map(ScriptStep::records);
            records.map(|(_, record)| record.value.as_str()).collect()
        }
        EngineKind::Realtime(_) | EngineKind::Pipeline(_) => Vec::new(),
    }
}

/// Every text of `version` that is said, the most important first.
pub fn said(version: &AgentVersion) -> impl Iterator<Item = &str> {
    spoken(version).filter(|text| !is_wav(text))
}

/// Everything that is said or played, including names of sounds.
fn spoken(version: &AgentVersion) -> impl Iterator<Item = &str> {
    let script = version.engine.script();
    let lines = script.into_iter().flat_map(|script| &script.lines).map(String::as_str);
    let steps = script.into_iter().flat_map(|script| &script.steps);
    let steps = steps.flat_map(|step| step.texts()).map(|(_, text)| text);
    [version.first_message.as_str(), &version.voicemail_message]
        .into_iter()
        .chain(lines)
        .chain(steps)
        .chain(script.map(|script| script.goodbye.as_str()))
        .chain([version.failure_message.as_str()])
}

/// Text that is almost a placeholder. The agent says it as it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NearPlaceholder {
    /// `{name}`: one brace on each side.
    OneBrace(String),
    /// `{{name` or `{{name}`: never closed.
    Unclosed(String),
}

impl NearPlaceholder {
    /// The text as written, shortened if it is long.
    pub fn written(&self) -> String {
        match self {
            NearPlaceholder::OneBrace(name) => format!("{{{name}}}"),
            NearPlaceholder::Unclosed(name) => format!("{{{{{name}"),
        }
    }

    /// The placeholder that the text probably means. `None` if it has no name.
    pub fn meant(&self) -> Option<String> {
        let (NearPlaceholder::OneBrace(name) | NearPlaceholder::Unclosed(name)) = self;
        let name = name.trim_end_matches('}').trim();
        (!name.is_empty()).then(|| format!("{{{{{name}}}}}"))
    }
}

/// The longest name of a near placeholder in a message, in characters.
const NAME_TOLD: usize = 40;

/// The near placeholders in `text`, in order.
pub fn near_placeholders(text: &str) -> Vec<NearPlaceholder> {
    let of_piece = |piece| match piece {
        Piece::Text(text) => near_in(text),
        Piece::Placeholder { .. } => Vec::new(),
    };
    pieces(text).flat_map(of_piece).collect()
}

/// The near placeholders in a text without placeholders.
fn near_in(text: &str) -> Vec<NearPlaceholder> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let braces = rest[open..].chars().take_while(|c| *c == '{').count();
        let inside = &rest[open + braces..];
        let end = inside.find(['{', '}', '\n']).unwrap_or(inside.len());
        let name = inside[..end].trim();
        let closed = inside[end..].starts_with('}');
        if braces >= 2 {
            let word = name.split_whitespace().next().unwrap_or_default();
            let word = word.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '_');
            found.push(NearPlaceholder::Unclosed(match closed {
                true => format!("{}}}", shortened(name)),
                false => shortened(word),
            }));
        } else if closed && looks_like_a_name(name) {
            found.push(NearPlaceholder::OneBrace(name.to_owned()));
        }
        rest = &inside[end..];
    }
    found
}

fn shortened(name: &str) -> String {
    name.chars().take(NAME_TOLD).collect()
}

/// Whether a text could be the name of a column: one or a few words.
fn looks_like_a_name(name: &str) -> bool {
    let is_of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.');
    !name.is_empty() && name.chars().count() <= NAME_TOLD && name.chars().all(is_of_a_name)
}

/// Fills the placeholders in every text of `version` that is said or followed. A line that names a
/// WAV file is left alone, and no filled-in value turns a line into one: a cell of a file must not
/// choose what is read from disk.
pub fn fill(version: &AgentVersion, lookup: &dyn Fn(&str) -> Option<String>) -> AgentVersion {
    let fill = |text: &String| {
        if is_wav(text) {
            return text.clone();
        }
        let mut filled = render(text, lookup);
        if is_wav(&filled) {
            filled.push('.');
        }
        filled
    };
    let engine = match &version.engine {
        EngineKind::Script(settings) => {
            let mut settings = settings.clone();
            let ScriptSettings { lines, steps, goodbye, tts: _ } = &mut settings;
            let texts = steps.iter_mut().flat_map(ScriptStep::texts_mut);
            lines.iter_mut().chain(texts).chain([goodbye]).for_each(|text| *text = fill(text));
            for record in steps.iter_mut().flat_map(ScriptStep::records_mut) {
                record.value = render(&record.value, lookup);
            }
            EngineKind::Script(settings)
        }
        EngineKind::MediaStream(settings) => EngineKind::MediaStream(MediaStreamSettings {
            parameters: settings
                .parameters
                .iter()
                .map(|(name, value)| (name.clone(), render(value, lookup)))
                .collect(),
            ..settings.clone()
        }),
        EngineKind::Realtime(settings) => EngineKind::Realtime(settings.clone()),
        EngineKind::Pipeline(settings) => EngineKind::Pipeline(settings.clone()),
    };
    AgentVersion {
        prompt: fill(&version.prompt),
        first_message: fill(&version.first_message),
        voicemail_message: fill(&version.voicemail_message),
        failure_message: fill(&version.failure_message),
        engine,
        ..version.clone()
    }
}

/// Whether a text names a sound to play.
pub fn is_wav(text: &str) -> bool {
    let text = text.trim().as_bytes();
    text.len() > 4 && text[text.len() - 4..].eq_ignore_ascii_case(b".wav")
}

/// The names of the sounds that `version` plays, as written, repeats included.
pub fn sounds(version: &AgentVersion) -> impl Iterator<Item = &str> {
    spoken(version).map(str::trim).filter(|text| is_wav(text))
}

/// The values of the placeholders of one call.
#[derive(Debug, Clone, Copy)]
pub struct Variables<'a> {
    /// Names of the file's columns.
    pub columns: &'a [String],
    /// The row's cells, in the order of the columns.
    pub cells: &'a [String],
    /// The columns of placeholders that have another name than their column.
    pub map: &'a ColumnMap,
    /// The defaults of the agent version, for placeholders without a column.
    pub defaults: &'a BTreeMap<String, String>,
    /// The values of [`BUILT_IN`], in the same order. They override columns of the same name.
    pub built_in: [&'a str; 5],
}

impl<'a> Variables<'a> {
    /// The value of `name`. The built-in value comes first, then the row's cell in the chosen
    /// column or the column of that name, unchanged and even if empty, then the version's default.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let built_in = BUILT_IN.iter().position(|known| *known == name);
        let cell = || {
            let wanted = self.map.get(name).map_or(name, String::as_str);
            let column = self.columns.iter().position(|column| column == wanted)?;
            self.cells.get(column).map(String::as_str)
        };
        built_in
            .map(|at| self.built_in[at])
            .or_else(cell)
            .or_else(|| self.defaults.get(name).map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn greet(text: &str) -> String {
        render(text, &|name| match name {
            "name" => Some("Jordan {{other}}".to_owned()),
            "empty" => Some(String::new()),
            "file" => Some("/etc/secret.WAV".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn a_placeholder_is_replaced_once() {
        assert_eq!(greet("Hi {{name}}!"), "Hi Jordan {{other}}!");
        assert_eq!(greet("{{ name }}{{empty}}{{name}}"), "Jordan {{other}}Jordan {{other}}");
    }

    #[test]
    fn what_is_no_placeholder_stays_text() {
        for text in ["{{", "}}", "{{}}", "{{  }}", "{name}", "{{name}", "{{Name}}", "{{unknown}}"] {
            assert_eq!(greet(text), text);
        }
        assert_eq!(greet("{{{name}}}"), "{Jordan {{other}}}");
        assert_eq!(greet("{{a {{name}}"), "{{a Jordan {{other}}");
    }

    #[test]
    fn placeholders_are_named_in_order() {
        let names: Vec<_> = placeholders("{{b}} {{ a c }} {{b}}").collect();
        assert_eq!(names, ["b", "a c", "b"]);
    }

    #[test]
    fn what_nearly_is_a_placeholder_is_found_as_it_is_written() {
        for (text, expected) in [
            ("Hello {customer_name}.", &[("{customer_name}", Some("{{customer_name}}"))][..]),
            ("Hello {{name, are you there?", &[("{{name", Some("{{name}}"))]),
            ("Hello {{name}, hi", &[("{{name}", Some("{{name}}"))]),
            ("{{}} and {{  }}", &[("{{}", None), ("{{}", None)]),
            ("{a} {{b}} {{c", &[("{a}", Some("{{a}}")), ("{{c", Some("{{c}}"))]),
            ("{{b}}", &[]),
            ("{} {, } {!} a { b", &[]),
            ("{{{name}}}", &[]),
        ] {
            let found = near_placeholders(text);
            let found: Vec<_> = found.iter().map(|near| (near.written(), near.meant())).collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(written, meant)| ((*written).to_owned(), meant.map(str::to_owned)))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_version_names_its_sounds() {
        let version: AgentVersion = serde_json::from_str(
            r#"{"first_message": " a.wav", "voicemail_message": "b.WAV ",
                "engine": {"type": "script", "lines": ["hello", ".wav", "c.wav"]}}"#,
        )
        .unwrap();
        assert_eq!(sounds(&version).collect::<Vec<_>>(), ["a.wav", "b.WAV", "c.wav"]);
    }

    #[test]
    fn a_cell_never_chooses_a_file_to_play() {
        let version = AgentVersion {
            first_message: "{{file}}".to_owned(),
            engine: EngineKind::Script(ScriptSettings {
                lines: vec!["{{file}} ".to_owned(), "{{name}}.wav".to_owned()],
                steps: Vec::new(),
                goodbye: "Bye {{name}}".to_owned(),
                tts: None,
            }),
            ..serde_json::from_str("{}").unwrap()
        };
        let filled = fill(&version, &|name| match name {
            "file" => Some("/etc/secret.WAV".to_owned()),
            "name" => Some("x".to_owned()),
            _ => None,
        });
        assert_eq!(filled.first_message, "/etc/secret.WAV.");
        let script = filled.engine.script().unwrap();
        assert_eq!(script.lines, ["/etc/secret.WAV .", "{{name}}.wav"]);
        assert_eq!(script.goodbye, "Bye x");
    }

    #[test]
    fn every_text_of_every_step_is_found_and_filled() {
        let written = r#"{"engine": {"type": "script", "goodbye": "{{a}}", "steps": [
            {"type": "say", "text": "{{b}}", "record": {"name": "r", "value": "{{c}}"}},
            {"type": "ask", "text": "{{d}}", "no_input": {"text": "{{e}}"},
             "no_match": {"text": "{{f}}", "record": {"name": "r", "value": "{{g}}"}},
             "answers": [{"when": "1", "record": {"name": "r", "value": "{{h}}"}}]},
            {"type": "transfer", "text": "{{i}}", "to": "+14155550123"},
            {"type": "end", "text": "{{j}}"}]}}"#;
        let version: AgentVersion = serde_json::from_str(written).unwrap();
        let names: BTreeSet<_> = texts(&version).flat_map(placeholders).collect();
        assert_eq!(names.into_iter().collect::<String>(), "abcdefghij");
        let filled = fill(&version, &|name| Some(name.to_uppercase()));
        let filled = serde_json::to_string(&filled).unwrap();
        assert!(!filled.contains("{{"), "{filled}");
        for letter in 'A'..='J' {
            assert!(filled.contains(&format!("\"{letter}\"")), "{letter} in {filled}");
        }
    }

    #[test]
    fn built_in_values_win_over_columns_and_columns_over_defaults() {
        let columns = ["call_id", "city", "name"].map(String::from);
        let cells = ["mine", "", "Jordan"].map(String::from);
        let defaults = BTreeMap::from([
            ("city".to_owned(), "Rome".to_owned()),
            ("street".to_owned(), "Main".to_owned()),
        ]);
        let built_in = ["+14155550101", "+14155550100", "c1", "June", "2"];
        let map = [("day", "name"), ("city", "call_id"), ("attempt", "name")]
            .map(|(placeholder, column)| (placeholder.to_owned(), column.to_owned()))
            .into();
        let plain = ColumnMap::new();
        let variables = Variables {
            columns: &columns,
            cells: &cells,
            map: &plain,
            defaults: &defaults,
            built_in,
        };
        let chosen = Variables { map: &map, ..variables };
        assert_eq!(chosen.get("day"), Some("Jordan"));
        assert_eq!(chosen.get("city"), Some("mine"));
        assert_eq!(chosen.get("attempt"), Some("2"));
        assert_eq!(variables.get("day"), None);
        assert_eq!(variables.get("call_id"), Some("c1"));
        assert_eq!(variables.get("attempt"), Some("2"));
        assert_eq!(variables.get("city"), Some(""));
        assert_eq!(variables.get("street"), Some("Main"));
        assert_eq!(variables.get("Name"), None);
    }
}
