//! Who talks when somebody answers.

mod line;

pub use line::*;
