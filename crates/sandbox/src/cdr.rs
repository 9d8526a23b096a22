//! Call records: the callee's view, one row per INVITE transaction.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

const HEADER: &str = "t_invite,call_id,from,to,final,events,t_end";

/// The record of one INVITE transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// When the INVITE came, in seconds since the epoch.
    pub t_invite: f64,
    /// The Call-ID header.
    pub call_id: String,
    /// The user part of the From header.
    pub from: String,
    /// The user part of the Request-URI: the dialed number.
    pub to: String,
    /// The final status sent; `None` if the call still rang when the sandbox stopped.
    pub final_status: Option<u16>,
    /// Other events, in order: `cancel`, `ack`, `bye-in`, `bye-out`,
    /// `refer=NUMBER`, `digits=…`, `pressed=KEY`, `said=WORD`, `recorded=FILE.wav`.
    pub events: Vec<String>,
    /// When the call ended, in seconds since the epoch: the final refusal was sent, or a BYE came
    /// or was sent. `None` if the call was alive when the sandbox stopped.
    pub t_end: Option<f64>,
}

impl CallRecord {
    /// Whether this event happened.
    pub fn has(&self, event: &str) -> bool {
        self.events.iter().any(|e| e == event)
    }

    fn to_csv(&self) -> String {
        let status = self.final_status.map(|s| s.to_string()).unwrap_or_default();
        let t_end = self.t_end.map(|t| format!("{t:.6}")).unwrap_or_default();
        let fields = [&self.call_id, &self.from, &self.to, &status, &self.events.join(" ")];
        let fields = fields.map(|field| quoted(field)).join(",");
        format!("{:.6},{fields},{t_end}\n", self.t_invite)
    }

    fn from_csv(line: &str) -> Option<CallRecord> {
        let [t_invite, call_id, from, to, status, events, t_end] = split(line).try_into().ok()?;
        Some(CallRecord {
            t_invite: t_invite.parse().ok()?,
            call_id,
            from,
            to,
            final_status: status.parse().ok(),
            events: events.split_whitespace().map(str::to_owned).collect(),
            t_end: t_end.parse().ok(),
        })
    }
}

/// Quotes a field that would otherwise break its row. SIP header values contain no line breaks.
fn quoted(field: &str) -> String {
    if field.contains([',', '"']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn split(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut in_quotes) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if in_quotes && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => in_quotes = !in_quotes,
            ',' if !in_quotes => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

/// Writes finished calls to a file, or keeps them in memory.
pub(crate) struct Ledger {
    file: Option<File>,
    shared: Records,
    finished: watch::Sender<usize>,
}

/// A reader of the finished calls.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    path: Option<PathBuf>,
    memory: Arc<Mutex<Vec<CallRecord>>>,
}

impl Ledger {
    /// Opens the file for appending; an empty file gets the header.
    pub fn open(path: Option<&Path>) -> io::Result<Ledger> {
        let mut file = None;
        if let Some(path) = path {
            let mut opened = OpenOptions::new().create(true).append(true).open(path)?;
            if opened.metadata()?.len() == 0 {
                opened.write_all(format!("{HEADER}\n").as_bytes())?;
            }
            file = Some(opened);
        }
        let shared = Records { path: path.map(Path::to_owned), memory: Arc::default() };
        Ok(Ledger { file, shared, finished: watch::Sender::new(0) })
    }

    pub fn records(&self) -> Records {
        self.shared.clone()
    }

    /// Returns a counter of the rows appended since the start.
    pub fn finished(&self) -> watch::Receiver<usize> {
        self.finished.subscribe()
    }

    /// Appends a row. The file is unbuffered: when this returns, the operating system has the row.
    pub fn append(&mut self, record: CallRecord) {
        match &mut self.file {
            Some(file) => {
                if let Err(error) = file.write_all(record.to_csv().as_bytes()) {
                    tracing::error!(%error, "the call record could not be written");
                }
            }
            None => lock(&self.shared.memory).push(record),
        }
        self.finished.send_modify(|count| *count += 1);
    }
}

impl Records {
    /// Returns all rows, including those that the file held before the start.
    pub fn read(&self) -> io::Result<Vec<CallRecord>> {
        let Some(path) = &self.path else {
            return Ok(lock(&self.memory).clone());
        };
        let text = std::fs::read_to_string(path)?;
        Ok(text.lines().skip(1).filter_map(CallRecord::from_csv).collect())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> CallRecord {
        CallRecord {
            t_invite: 1_700_000_000.123_456,
            call_id: "a,\"b\"@host".into(),
            from: "+14155550100".into(),
            to: "+14155550107".into(),
            final_status: Some(200),
            events: vec!["ack".into(), "bye-in".into(), "digits=12#".into()],
            t_end: Some(1_700_000_004.5),
        }
    }

    #[test]
    fn a_row_has_six_decimals_and_comes_back_as_it_was() {
        let line = record().to_csv();
        assert_eq!(
            line,
            "1700000000.123456,\"a,\"\"b\"\"@host\",+14155550100,+14155550107,200,\
             ack bye-in digits=12#,1700000004.500000\n"
        );
        assert_eq!(CallRecord::from_csv(line.trim_end()), Some(record()));
    }

    #[test]
    fn a_live_call_has_no_end_and_perhaps_no_status() {
        let live = CallRecord { final_status: None, events: vec![], t_end: None, ..record() };
        assert!(live.to_csv().ends_with(",+14155550107,,,\n"));
        assert_eq!(CallRecord::from_csv(live.to_csv().trim_end()), Some(live));
    }

    #[test]
    fn a_file_is_appended_to_with_one_header() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cdr.csv");
        for _ in 0..2 {
            let mut ledger = Ledger::open(Some(&path)).unwrap();
            ledger.append(record());
            assert_eq!(*ledger.finished().borrow(), 1);
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().next(), Some(HEADER));
        assert_eq!(text.lines().count(), 3);
        let records = Ledger::open(Some(&path)).unwrap().records().read().unwrap();
        assert_eq!(records, [record(), record()]);
    }
}
