//! Output: answers on standard output, remarks on standard error.
//!
//! The macros of the standard library panic if the output is closed or the disk is full.

use std::{fmt, io, io::Write};

/// Writing to standard output failed, because it was closed or the disk is full. Distinguishes this
/// from errors of the copied source.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct Lost(io::Error);

/// Standard output. Its errors can be told from those of the source that is copied to it.
pub struct Answer(io::Stdout);

impl Answer {
    pub fn new() -> Answer {
        Answer(io::stdout())
    }
}

impl Write for Answer {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.write(piece).map_err(lost)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(lost)
    }
}

fn lost(error: io::Error) -> io::Error {
    // Callers retry an interrupted write.
    match error.kind() {
        io::ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, Lost(error)),
    }
}

/// Writes a piece of the answer in one call.
pub fn answer(piece: fmt::Arguments<'_>) -> io::Result<()> {
    let mut out = Answer::new();
    out.write_all(piece.to_string().as_bytes())?;
    out.flush()
}

/// Writes a remark to standard error. Ignores errors, so that the work goes on.
pub fn remark(piece: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(piece.to_string().as_bytes());
}

/// Prints a line to standard output; returns an error if that fails.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::out::answer(format_args!("{}\n", format_args!($($words)*)))
    };
}

/// Prints a line to standard error.
macro_rules! note {
    ($($words:tt)*) => {
        $crate::out::remark(format_args!("{}\n", format_args!($($words)*)))
    };
}

/// The kind of error of standard output, if that is why the command failed.
pub fn is_lost(error: &anyhow::Error) -> Option<io::ErrorKind> {
    error.chain().find_map(|cause| {
        let error = cause.downcast_ref::<io::Error>()?;
        error.get_ref()?.is::<Lost>().then(|| error.kind())
    })
}

pub(crate) use {note, say};
