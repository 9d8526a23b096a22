//! Prints API responses: tables and facts for people, JSON for programs.

mod table;
mod words;

pub use table::Table;
pub use words::{batch_state, end_reason, recipient_status, when, word, yes_no};

use std::io;

use serde_json::{Map, Value, json};

use crate::{
    client::Pages,
    out::{answer, note, say},
};

/// How a command prints.
#[derive(clap::Args, Clone, Copy, Default)]
pub struct Output {
    /// Print JSON instead (docs/cli.md)
    #[arg(long)]
    pub json: bool,
}

/// A column of a list or a line of a single object: its title, and a function that gets the text.
pub type Column = (&'static str, fn(&Value) -> String);

impl Output {
    /// Prints one object.
    pub fn one(self, thing: &Value, facts: &[Column]) -> io::Result<()> {
        if self.json {
            return self.value(thing);
        }
        let rows = facts.iter().map(|(title, cell)| ((*title).to_owned(), cell(thing)));
        let rows: Vec<_> = rows.filter(|(_, value)| !value.is_empty()).collect();
        answer(format_args!("{}", Table::facts(rows)))
    }

    /// Prints a list that is complete.
    pub fn list(self, list: &Value, columns: &[Column]) -> io::Result<()> {
        if self.json {
            return self.value(list);
        }
        let items = list["items"].as_array().map_or(&[][..], Vec::as_slice);
        answer(format_args!("{}", Table::list(columns, items)))
    }

    /// Prints a list page by page as it arrives.
    pub fn pages(self, pages: Pages<'_>, columns: &[Column]) -> anyhow::Result<()> {
        if self.json {
            return pages_as_json(pages);
        }
        let mut waiting = Vec::new();
        let mut table = Table::begin(columns);
        pages.each(|item| {
            waiting.push(item.clone());
            // The first rows are printed at once and set the column widths.
            if waiting.len() == SCREENFUL {
                answer(format_args!("{}", table.more(columns, &waiting)))?;
                waiting.clear();
            }
            Ok(())
        })?;
        answer(format_args!("{}", table.more(columns, &waiting)))?;
        Ok(())
    }

    /// Prints `words`, or with `--json` the API's response.
    pub fn done(self, answered: &Value, words: &str) -> io::Result<()> {
        match self.json {
            true => self.value(answered),
            false => say!("{words}"),
        }
    }

    /// Prints `words` as a remark, or with `--json` the result `done`.
    pub fn remark(self, done: &Value, words: &str) -> io::Result<()> {
        if self.json {
            return self.value(done);
        }
        note!("{words}");
        Ok(())
    }

    /// Prints that an object was deleted. The API's response is empty.
    pub fn deleted(self, id: &str) -> io::Result<()> {
        self.remark(&json!({"id": id, "deleted": true}), &format!("{id} is deleted"))
    }

    fn value(self, value: &Value) -> io::Result<()> {
        say!("{value:#}")
    }
}

/// Rows of a long list that are printed together.
const SCREENFUL: usize = 500;

/// Prints `{"items": […], …}` without holding all items in memory.
fn pages_as_json(pages: Pages<'_>) -> anyhow::Result<()> {
    answer(format_args!("{{\n  \"items\": ["))?;
    let mut first = true;
    let rest = pages.each(|item| {
        let comma = if std::mem::take(&mut first) { "" } else { "," };
        answer(format_args!("{comma}\n    {item}"))?;
        Ok(())
    })?;
    let end = if first { "]" } else { "\n  ]" };
    answer(format_args!("{end}{}\n}}\n", members(&rest)))?;
    Ok(())
}

fn members(rest: &Map<String, Value>) -> String {
    rest.iter()
        .map(|(name, value)| format!(",\n  {}: {value}", Value::from(name.as_str())))
        .collect()
}
