//! The format as Prometheus reads it, and the files that name our metrics.

mod documents;
mod exposition;
mod format;
