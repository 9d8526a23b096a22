//! Batches: what may be asked of them, and who is called.

mod control;
mod create;
mod edit;
mod forecast;
mod form;
mod redial;
mod rejected;
mod series;
mod validate;

use std::fs::File;

use campanile_files::import::{Source, Table};

pub use create::Plan;
pub use forecast::{ForecastView, RING_TIMEOUT_S, alone};
pub use form::Submission;
pub use rejected::write as write_rejected;
pub use series::SeriesView;
pub use validate::Question;

/// The recipients of a batch, before they are read.
pub struct People {
    /// Their rows.
    pub source: Source,
    /// The name of the file that they come from. Empty if there is none.
    pub file_name: String,
    /// How many there are. `None` for a file or a batch, whose rows are not counted yet and may take
    /// long to read.
    pub count: Option<usize>,
}

impl People {
    /// The rows of a file.
    pub fn of_file(file_name: String, content: File) -> People {
        People { source: Source::file(content), file_name, count: None }
    }

    /// The rows of a table of known length.
    pub fn listed(table: Table, count: usize) -> People {
        People { source: Source::Table(table), file_name: String::new(), count: Some(count) }
    }
}
