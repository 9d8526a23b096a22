//! The findings and their output.

use std::{fmt, io::IsTerminal as _};

use serde_json::{Value, json};

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// No problem.
    Ok,
    /// Calls work, but something may go wrong.
    Warning,
    /// Calls do not work, or not as they should.
    Problem,
}

/// The result of one check.
#[derive(Debug)]
pub struct Finding {
    check: String,
    status: Status,
    detail: String,
    remedy: Option<String>,
}

/// All findings.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Finding {
    /// A check that found no problem.
    pub fn ok(check: impl Into<String>, detail: impl Into<String>) -> Finding {
        Finding { check: check.into(), status: Status::Ok, detail: detail.into(), remedy: None }
    }

    /// A warning and its remedy.
    pub fn warning(
        check: impl Into<String>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        let remedy = Some(remedy.into());
        Finding { check: check.into(), status: Status::Warning, detail: detail.into(), remedy }
    }

    /// A problem and its remedy.
    pub fn problem(
        check: impl Into<String>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding { status: Status::Problem, ..Finding::warning(check, detail, remedy) }
    }
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Problem => "problem",
        }
    }

    /// The word in color.
    fn painted(self) -> String {
        let colour = match self {
            Status::Ok => 32,
            Status::Warning => 33,
            Status::Problem => 31,
        };
        format!("\u{1b}[{colour}m{:<7}\u{1b}[0m", self.word())
    }
}

impl Findings {
    /// Adds a finding.
    pub fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Whether any finding is a problem.
    pub fn has_problem(&self) -> bool {
        self.count(Status::Problem) > 0
    }

    fn count(&self, status: Status) -> usize {
        self.0.iter().filter(|finding| finding.status == status).count()
    }

    /// The findings as JSON.
    pub fn json(&self) -> Value {
        let checks = self.0.iter().map(|finding| {
            json!({
                "check": finding.check,
                "status": finding.status.word(),
                "detail": finding.detail,
                "remedy": finding.remedy,
            })
        });
        json!({"ok": !self.has_problem(), "checks": checks.collect::<Vec<_>>()})
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let width = self.0.iter().map(|finding| finding.check.chars().count()).max().unwrap_or(0);
        for Finding { check, status, detail, remedy } in &self.0 {
            let word = if coloured { status.painted() } else { format!("{:<7}", status.word()) };
            writeln!(f, "{word}  {check:<width$}  {detail}")?;
            if let Some(remedy) = remedy {
                writeln!(f, "{:7}  {:width$}  -> {remedy}", "", "")?;
            }
        }
        let (problems, warnings) = (self.count(Status::Problem), self.count(Status::Warning));
        let noun = |count, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        match (problems, warnings) {
            (0, 0) => writeln!(f, "\nNothing stands in the way."),
            _ => writeln!(f, "\n{}, {}", noun(problems, "problem"), noun(warnings, "warning")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_line_and_what_to_do_stands_below() {
        let mut found = Findings::default();
        found.add(Finding::ok("clock", "it is set"));
        found.add(Finding::warning("disk", "it is slow", "use another"));
        assert!(!found.has_problem());
        found.add(Finding::problem("SIP", "taken", "end it"));
        let told = found.to_string();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0], "ok       clock  it is set");
        assert_eq!(lines[2].trim(), "-> use another");
        assert_eq!(lines.last(), Some(&"1 problem, 1 warning"));
        assert!(found.has_problem());
        assert_eq!(found.json()["checks"][2]["status"], "problem");
        assert_eq!(found.json()["ok"], false);
    }
}
