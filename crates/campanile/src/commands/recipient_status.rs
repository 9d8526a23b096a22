//! Recipient statuses on the command line.

use campanile_rules::recipient::RecipientStatus;
use clap::builder::PossibleValue;

/// A status in the API's spelling.
#[derive(Clone, Copy)]
pub struct Status(&'static str);

const COUNT: usize = RecipientStatus::NAMES.len();

const ALL: [Status; COUNT] = {
    let mut all = [Status(""); COUNT];
    let mut at = 0;
    while at < COUNT {
        all[at] = Status(RecipientStatus::NAMES[at]);
        at += 1;
    }
    all
};

impl Status {
    /// The API's spelling.
    pub fn code(self) -> &'static str {
        self.0
    }
}

impl clap::ValueEnum for Status {
    fn value_variants<'a>() -> &'a [Self] {
        &ALL
    }

    /// Accepts `no_answer` and the dashboard's `No answer`.
    fn to_possible_value(&self) -> Option<PossibleValue> {
        let spoken = self.0.replace('_', " ");
        let written = self.0.replace('_', "-");
        Some(PossibleValue::new(self.0).aliases([spoken, written]))
    }
}
