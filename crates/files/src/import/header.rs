//! The beginning of a file: its kind and its header.

use std::io::Read as _;

use campanile_rules::template::ColumnMap;

use super::{
    ImportError, ImportOptions, Limits, Refusal,
    columns::{Added, Columns},
    dialect,
    encoding::Utf8Stream,
    kind, number_column,
    rows::{Record, Records},
    short,
    source::{ReadSeek, Rows},
    xlsx::{self, Sheet},
};
use crate::preflight::{RefusalCode, nearest};

/// Opens a file: its header, and the rows below it. The content tells the kind of the file.
pub(super) fn open_file(
    mut file: Box<dyn ReadSeek>,
    options: &ImportOptions,
) -> Result<(Columns, Rows), ImportError> {
    let mut head = Vec::new();
    file.by_ref().take(8).read_to_end(&mut head)?;
    if xlsx::is_zip(&head) {
        // A report has more columns than the file that it is about.
        let mut rows = Rows::Sheet(Box::new(Sheet::open(file, wider(options))?));
        return Ok((read_header(&mut rows, options)?, rows));
    }
    if let Some(what) = xlsx::old_office(&head, &mut file)? {
        return Err(what.refusal());
    }
    open_text(file, head, options)
}

fn wider(options: &ImportOptions) -> Limits {
    Limits { max_columns: options.limits.max_columns + 80, ..options.limits }
}

/// The header and the rows of a text of which `head` has already been read.
fn open_text(
    file: Box<dyn ReadSeek>,
    head: Vec<u8>,
    options: &ImportOptions,
) -> Result<(Columns, Rows), ImportError> {
    let declared = (options.encoding.as_deref(), options.default_country);
    let mut stream = Utf8Stream::open(file, head, declared)?;
    let mut sample = Vec::new();
    stream.fill(&mut sample)?;
    let limits = wider(options);
    let wanted = (options.mapping.phone(), options.mapping.header_row);
    let dialect = dialect::sniff(&sample, &limits, wanted);
    sample.drain(..dialect.skipped_bytes);
    if let Some(kind) = kind::of_text(&sample).filter(|_| !dialect.has_number) {
        return Err(kind.refusal());
    }
    dialect::check_text(&sample, dialect.delimiter, stream.is_ended(), &limits)?;
    let mut rows = Rows::Text(Records::new(stream, sample, dialect.delimiter, limits));
    Ok((read_header(&mut rows, options)?, rows))
}

fn read_header(rows: &mut Rows, options: &ImportOptions) -> Result<Columns, ImportError> {
    let mut header = Record::default();
    let mut is_there = rows.read(&mut header)?;
    if !is_there {
        return Err(ImportError::refused(
            RefusalCode::NoRows,
            "the file is empty; upload a CSV or an XLSX with a header and at least one row",
        ));
    }
    if let Some(wanted) = options.mapping.header_row.filter(|_| !is_ours(&header)) {
        while is_there && header.row < wanted {
            is_there = rows.read(&mut header)?;
        }
        if !is_there || header.row != wanted {
            let detail = format!(
                "row {wanted}, which is to be the header, is {}; choose another (header_row)",
                if is_there { "blank" } else { "not in the file" }
            );
            return Err(ImportError::refused(RefusalCode::NoRows, detail));
        }
    }
    let wanted = (&options.mapping, options.limits.max_columns);
    let columns = Columns::read(&header, wanted).map_err(|error| match error {
        ImportError::Refused(refusal) if refusal.code == RefusalCode::MissingPhoneNumberColumn => {
            ImportError::Refused(number_column::help(refusal, (&header, rows), options))
        }
        error => error,
    })?;
    rows.header_has(header.len());
    Ok(columns)
}

/// Whether a row is the header of a file that we wrote. Such a file has its header in row 1,
/// whatever preceded the header of the original file.
fn is_ours(header: &Record) -> bool {
    let names = header.cells().map(|cell| String::from_utf8_lossy(cell).into_owned());
    Added::of(&names.collect::<Vec<_>>()) != Added::Nothing
}

/// Refuses a choice of columns that names a missing column.
pub(super) fn check_map(columns: &[String], map: &ColumnMap) -> Result<(), ImportError> {
    let is_missing = |(_, column): &(&String, &String)| !columns.contains(column);
    let Some((placeholder, column)) = map.iter().find(is_missing) else { return Ok(()) };
    let advice = match nearest(column, columns) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "choose another (column_map)".to_owned(),
    };
    let detail = format!(
        "{{{{{placeholder}}}}} is to come from the column {:?}, which the file does not have; \
         {advice}",
        short(column)
    );
    let (code, columns) = (RefusalCode::MissingVariables, columns.to_vec());
    Err(ImportError::Refused(Refusal { code, detail, columns, proposed: None }))
}
