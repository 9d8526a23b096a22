//! Why something that was asked for is not done.

use std::io;

use campanile_files::{import::ImportError, preflight::Preflight};
use campanile_store::StoreError;

use crate::fields::Mistake;

/// Why something that was asked for is not done. The API answers it with problem details, the
/// command line in words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request has mistakes.
    #[error("the request is not valid: {}", words(.0))]
    Invalid(Vec<Mistake>),
    /// The state of the thing does not allow it.
    #[error("{detail}")]
    WrongState {
        /// What does not allow it.
        detail: String,
        /// The fields that the state does not allow to be as they are, if any.
        mistakes: Vec<Mistake>,
    },
    /// It collides with what is there.
    #[error("{0}")]
    Conflict(String),
    /// Somebody else changed the thing meanwhile.
    #[error("{0}")]
    Changed(String),
    /// The file was refused; the report says why.
    #[error("{}", .0.refused.as_ref().map_or("the file was refused", |refused| &refused.detail))]
    Refused(Box<Preflight>),
    /// The file could not be read to its end.
    #[error("the file could not be read: {0}")]
    Read(io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever asked may not ask it any more.
    #[error("the import was ended")]
    Ended,
    /// The work was interrupted, for example by a shutdown.
    #[error("the import was cut short")]
    CutShort,
    /// A fault of the program.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// A fault of the program, such as a task that panicked.
    pub fn internal(error: impl std::fmt::Display) -> Error {
        Error::Internal(error.to_string())
    }
}

impl From<Vec<Mistake>> for Error {
    fn from(mistakes: Vec<Mistake>) -> Error {
        Error::Invalid(mistakes)
    }
}

impl From<ImportError> for Error {
    fn from(error: ImportError) -> Error {
        match error {
            ImportError::Refused(refusal) => Error::Refused(Box::new(refusal.into())),
            ImportError::Read(error) => Error::Read(error),
        }
    }
}

fn words(mistakes: &[Mistake]) -> String {
    let one = |mistake: &Mistake| format!("{} {}", mistake.pointer, mistake.detail);
    mistakes.iter().map(one).collect::<Vec<_>>().join("; ")
}
