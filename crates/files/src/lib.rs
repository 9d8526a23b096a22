//! Files of recipients, without I/O of their own: reads CSV and workbooks into recipients and
//! rejected rows, reports on a file before it is launched, and writes reports and rejected rows.

pub mod import;
pub mod preflight;
pub mod rejected_file;
pub mod report;
