//! What Campanile counts and times, for Prometheus.
//!
//! Every metric stands in [`definitions`], on one screen. One process is one node, so there is one
//! set of them, [`METRICS`]; whoever sees something happen counts it there, which costs an atomic
//! addition. What is known only when somebody asks is handed in as [`Readings`] by [`expose`].
//!
//! Labels are closed sets of words ([`labels`]), ids of trunks, and routes and methods of the API:
//! never a number, a name, or anything else that somebody typed.

mod definitions;
mod expose;
mod kinds;
pub mod labels;
mod process;

pub use definitions::{Definition, METRICS, Metrics};
pub use expose::{CONTENT_TYPE, Readings, TrunkReading, expose};
pub use kinds::By;
