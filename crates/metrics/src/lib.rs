//! The metrics of Campanile, for Prometheus.
//!
//! All metrics are defined in [`definitions`], on one screen. One process is one node, so it has
//! one set of them, [`METRICS`]. Code that sees an event counts it there, at the cost of an atomic
//! addition. Values that are known only at the time of a scrape are passed to [`expose`] as
//! [`Readings`].
//!
//! Labels are closed sets of words ([`labels`]), ids of trunks, and routes and methods of the API.
//! A label is never a phone number, a name or any other text that a user typed.

mod definitions;
mod expose;
mod kinds;
pub mod labels;
mod process;

pub use definitions::{Definition, METRICS, Metrics};
pub use expose::{CONTENT_TYPE, Readings, TrunkReading, expose};
pub use kinds::By;
