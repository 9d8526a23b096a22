//! XLSX workbooks (ECMA-376): reads the first visible sheet, row by row, as displayed.
//!
//! Memory is bounded whatever the file claims: the sheet is streamed, and everything that must be
//! held (the directory, the styles, the shared texts) has its own limit.

mod format;
mod kind;
mod sheet;
mod strings;
mod styles;
#[cfg(test)]
mod tests;
mod workbook;
mod xml;
mod zip;

use std::io;

pub(super) use self::{
    kind::{is_zip, old_office},
    sheet::Sheet,
};
use super::{ImportError, Refusal};
use crate::preflight::RefusalCode::{self, NotATable};

/// Why a part cannot be read. The value travels inside an [`io::Error`] through the XML reader.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail}")]
struct Obstacle {
    code: RefusalCode,
    detail: String,
}

impl Obstacle {
    fn damaged(how: &str) -> Obstacle {
        Obstacle {
            code: NotATable,
            detail: format!(
                "the workbook cannot be read: {how}; open it in your spreadsheet program and save \
                 it anew, or save the sheet as CSV UTF-8"
            ),
        }
    }
}

impl From<Obstacle> for io::Error {
    fn from(obstacle: Obstacle) -> io::Error {
        io::Error::other(obstacle)
    }
}

impl From<Obstacle> for ImportError {
    fn from(obstacle: Obstacle) -> ImportError {
        let Obstacle { code, detail } = obstacle;
        ImportError::Refused(Refusal { code, detail, columns: Vec::new(), proposed: None })
    }
}

fn damaged(how: &str) -> ImportError {
    Obstacle::damaged(how).into()
}
