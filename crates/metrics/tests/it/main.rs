//! Tests of the metrics in the format that Prometheus reads, and of the files that name our
//! metrics.

mod documents;
mod exposition;
