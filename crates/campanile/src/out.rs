//! What the program says: answers on standard output, remarks on standard error.
//!
//! The macros of the standard library panic where nobody reads or a disk is full.

use std::{fmt, io, io::Write};

/// Standard output is gone or full, not what is copied to it.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct Lost(io::Error);

/// Standard output, whose errors can be told from those of what is copied to it.
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
    // What was interrupted is tried again by whoever writes.
    match error.kind() {
        io::ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, Lost(error)),
    }
}

/// Writes a piece of the answer, all of it at once.
pub fn answer(piece: fmt::Arguments<'_>) -> io::Result<()> {
    let mut out = Answer::new();
    out.write_all(piece.to_string().as_bytes())?;
    out.flush()
}

/// Writes a remark. Where nobody can read it, the work goes on.
pub fn remark(piece: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(piece.to_string().as_bytes());
}

/// Answers with a line; an error when it cannot be written.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::out::answer(format_args!("{}\n", format_args!($($words)*)))
    };
}

/// Remarks with a line.
macro_rules! note {
    ($($words:tt)*) => {
        $crate::out::remark(format_args!("{}\n", format_args!($($words)*)))
    };
}

/// How standard output failed, where that is what a command failed of.
pub fn is_lost(error: &anyhow::Error) -> Option<io::ErrorKind> {
    error.chain().find_map(|cause| {
        let error = cause.downcast_ref::<io::Error>()?;
        error.get_ref()?.is::<Lost>().then(|| error.kind())
    })
}

pub(crate) use {note, say};
