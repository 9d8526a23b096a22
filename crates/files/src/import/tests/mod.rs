//! Files as users upload them.

mod any_file;
mod destinations;
mod mapping;
mod quotes;
mod reading;
mod refusals;
mod rejected;
mod reports;
mod verdicts;

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use campanile_numbers::{Reject, normalise};
use campanile_rules::{
    agent::{ResultValue, Results},
    mapping::Mapping,
    phone::E164,
    recipient::RecipientStatus,
    rejection::{RejectCause, RejectReason},
};

use super::*;
use crate::{
    preflight::{Placeholders, Proposed, RefusalCode, TimeZoneCount, WarningCode},
    rejected_file::{RejectedLayout, RejectedLine, RejectedWriter},
    report::{Escape, Format, Layout, ReportDetail, ReportRow, ReportWriter, units},
};

fn source(file: impl Into<Vec<u8>>) -> Source {
    Source::file(Cursor::new(file.into()))
}

/// A file that can only be read from start to end, such as a pipe.
pub(super) struct Pipe<R>(pub R);

impl<R: Read> Read for Pipe<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl<R> Seek for Pipe<R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::NotSeekable.into())
    }
}

fn open(file: impl Into<Vec<u8>>) -> Result<RowReader, ImportError> {
    RowReader::open(source(file), ImportOptions::default())
}

fn read_with(file: impl Into<Vec<u8>>, options: ImportOptions) -> (Vec<Row>, Preflight) {
    let mut reader = RowReader::open(source(file), options).unwrap();
    let rows = reader.by_ref().map_while(Result::ok).collect();
    (rows, reader.finish(None))
}

fn read(file: impl Into<Vec<u8>>) -> (Vec<Row>, Preflight) {
    read_with(file, ImportOptions::default())
}

fn check(file: impl Into<Vec<u8>>) -> Preflight {
    preflight(source(file), ImportOptions::default(), None).unwrap()
}

#[track_caller]
fn refused(file: impl Into<Vec<u8>>, code: RefusalCode) -> String {
    let refused = check(file).refused.expect("a refusal");
    assert_eq!(refused.code, code, "{}", refused.detail);
    refused.detail
}

fn reasons(rows: &[Row]) -> Vec<(u64, Option<RejectReason>)> {
    rows.iter().map(|row| (row.position, row.verdict.as_ref().err().map(|r| r.reason))).collect()
}

const THE_EXAMPLE: &str = "phone_number,customer_name,appointment_date,account_id\n\
    +14155550101,Jordan Lee,June 3rd at 2 PM,acct_001\n\
    +14155550102,Morgan Kim,June 4th at 10 AM,acct_002\n\
    +16505550199,Alex Rivera,June 5th at 3 PM,acct_003\n";

fn with(mapping: Mapping) -> ImportOptions {
    ImportOptions { mapping, ..ImportOptions::default() }
}

fn agent(json: &str) -> AgentVersion {
    serde_json::from_str(json).unwrap()
}
