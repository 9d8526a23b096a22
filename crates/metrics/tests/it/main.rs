//! The format as Prometheus reads it.

mod exposition;
mod format;
