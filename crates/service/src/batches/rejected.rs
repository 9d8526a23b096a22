//! Writes the rejected rows of a file that was only validated.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Seek as _, Write},
    path::Path,
};

use campanile_files::{
    import::{ImportOptions, RowReader},
    rejected_file::{RejectedLayout, RejectedLine, RejectedWriter},
    report::{Format, units},
};
use campanile_rules::rejection::{RejectCause, RejectReason};
use serde::{Deserialize, Serialize};

use crate::{Error, batches::People};

/// A rejected row that is buffered until all are known.
#[derive(Serialize, Deserialize)]
struct Held {
    position: u64,
    cells: Vec<String>,
    reason: RejectReason,
    cause: Option<RejectCause>,
}

impl Held {
    fn line(&self) -> RejectedLine<'_> {
        let Held { position, cells, reason, cause } = self;
        RejectedLine { position: *position, cells, reason: *reason, cause: *cause }
    }
}

/// Writes the rejected rows to an unnamed file in `dir`, so that a refusal late in the source file
/// can still be reported. The rows are buffered in another file first, because the header of a
/// workbook needs the widths of all cells.
pub fn write(
    (people, options): (People, ImportOptions),
    (dir, format): (&Path, Format),
) -> Result<File, Error> {
    let mut rows = RowReader::open(people.source, options)?;
    let mut held = BufWriter::new(tempfile::tempfile_in(dir).map_err(Error::Read)?);
    let mut longest = vec![0; rows.columns().len()];
    for row in &mut rows {
        let row = row?;
        let Err(rejected) = row.verdict else { continue };
        for (longest, cell) in longest.iter_mut().zip(&row.cells) {
            *longest = units(cell).max(*longest);
        }
        let (reason, cause) = (rejected.reason, rejected.cause);
        let row = Held { position: row.position, cells: row.cells, reason, cause };
        hold(&mut held, &row).map_err(Error::Read)?;
    }
    let layout = RejectedLayout {
        columns: rows.columns(),
        phone: rows.phone_column(),
        format,
        longest: &longest,
    };
    let out = tempfile::tempfile_in(dir).map_err(Error::Read)?;
    release(held, (BufWriter::new(out), layout)).map_err(Error::Read)
}

fn hold(held: &mut impl Write, row: &Held) -> io::Result<()> {
    serde_json::to_writer(&mut *held, row)?;
    held.write_all(b"\n")
}

/// Writes the buffered rows and rewinds the result.
fn release(
    held: BufWriter<File>,
    (out, layout): (BufWriter<File>, RejectedLayout<'_>),
) -> io::Result<File> {
    let mut held = held.into_inner().map_err(io::IntoInnerError::into_error)?;
    held.rewind()?;
    let mut writer = RejectedWriter::new(out, layout)?;
    for row in serde_json::Deserializer::from_reader(BufReader::new(held)).into_iter::<Held>() {
        writer.row(&row?.line())?;
    }
    let mut file = writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}
