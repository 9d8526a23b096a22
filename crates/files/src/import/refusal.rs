//! Refusals of files that cannot become a batch.

use std::io;

use super::columns::nameless;
use crate::preflight::{Preflight, Proposed, RefusalCode, Refused};

/// The refusal of a file that cannot become a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The machine-readable code.
    pub code: RefusalCode,
    /// The message for users: what happened, to what, and what to do.
    pub detail: String,
    /// The columns, as far as they were recognised.
    pub columns: Vec<String>,
    /// How the file should probably be read.
    pub proposed: Option<Proposed>,
}

/// Why the reading of a file ended early.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot become a batch.
    #[error(transparent)]
    Refused(Refusal),
    /// The file could not be read to its end.
    #[error("the file could not be read: {0}")]
    Read(#[from] io::Error),
}

impl ImportError {
    pub(super) fn refused(code: RefusalCode, detail: impl Into<String>) -> ImportError {
        let (detail, columns) = (detail.into(), Vec::new());
        ImportError::Refused(Refusal { code, detail, columns, proposed: None })
    }
}

impl From<Refusal> for Preflight {
    /// The report on a file whose header was refused.
    fn from(refusal: Refusal) -> Preflight {
        Preflight {
            refused: Some(Refused { code: refusal.code, detail: refusal.detail }),
            nameless: nameless(&refusal.columns, |at| at)
                .into_iter()
                .map(|(_, name)| name)
                .collect(),
            columns: refusal.columns,
            proposed: refusal.proposed,
            ..Preflight::default()
        }
    }
}
