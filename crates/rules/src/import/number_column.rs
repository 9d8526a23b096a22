//! Help for a file without a `phone_number` column: its cells tell which column has the numbers.

use super::{Refusal, columns, rows::Record, source::Rows};
use crate::{
    phone::{Country, looks_like_number, normalise},
    preflight::folded,
};

/// Rows that are looked at.
const SAMPLE_ROWS: usize = 50;

/// What the columns of numbers are called, in the languages of many exports, folded.
const WORDS: [&str; 24] = [
    "phone",
    "mobile",
    "telephone",
    "msisdn",
    "cell",
    "tel",
    "telefon",
    "handy",
    "rufnummer",
    "mobil",
    "movil",
    "móvil",
    "telefono",
    "teléfono",
    "téléphone",
    "portable",
    "celular",
    "telefone",
    "cellulare",
    "телефон",
    "电话",
    "手机",
    "電話",
    "فون",
];

/// What the sampled cells of one column are.
#[derive(Default, Clone, Copy)]
struct Seen {
    filled: u32,
    /// Numbers that would be called.
    full: u32,
    /// Digits that may be a number without its country code.
    likely: u32,
}

impl Seen {
    fn look(&mut self, cell: &str, country: Option<Country>) {
        if cell.trim().is_empty() {
            return;
        }
        self.filled += 1;
        self.full += u32::from(normalise(cell, country).is_ok());
        self.likely += u32::from(looks_like_number(cell));
    }

    /// Whether most of what is filled in may be a number.
    fn is_candidate(self) -> bool {
        self.filled > 0 && self.likely.max(self.full) * 2 > self.filled
    }
}

/// The refusal with the columns that have numbers, told by the rows below the header.
pub(super) fn help(refusal: Refusal, rows: &mut Rows, country: Option<Country>) -> Refusal {
    let names = refusal.columns.clone();
    if names.iter().any(|name| is_number(name, country)) {
        let detail = "the file has no header: row 1 has a number already; put a row above it \
                      that names each column, and name the column with the numbers phone_number";
        return Refusal { detail: detail.to_owned(), ..refusal };
    }
    let seen = sample(names.len(), rows, country);
    let mut candidates: Vec<usize> =
        (0..names.len()).filter(|&at| seen[at].is_candidate()).collect();
    candidates.sort_by_key(|&at| {
        let Seen { filled, full, .. } = seen[at];
        std::cmp::Reverse((full * 2 > filled, is_named_so(&names[at]), full, filled))
    });
    let best: Vec<&String> = candidates.iter().take(3).map(|&at| &names[at]).collect();
    let is_filled = |name: &&String| {
        let at = names.iter().position(|other| other == *name);
        at.is_none_or(|at| seen[at].filled > 0) || seen.iter().all(|seen| seen.filled == 0)
    };
    let filled: Vec<String> = names.iter().filter(is_filled).cloned().collect();
    let detail = columns::missing_detail(&names, &best, &filled);
    Refusal { detail, ..refusal }
}

fn sample(columns: usize, rows: &mut Rows, country: Option<Country>) -> Vec<Seen> {
    let mut seen = vec![Seen::default(); columns];
    let mut record = Record::default();
    for _ in 0..SAMPLE_ROWS {
        // The file is refused already; a row that cannot be read tells nothing.
        if !matches!(rows.read(&mut record), Ok(true)) {
            break;
        }
        for (seen, cell) in seen.iter_mut().zip(record.cells()) {
            seen.look(&String::from_utf8_lossy(cell), country);
        }
    }
    seen
}

fn is_number(name: &str, country: Option<Country>) -> bool {
    normalise(name, country).is_ok() || (name.len() >= 7 && looks_like_number(name))
}

fn is_named_so(name: &str) -> bool {
    let folded = folded(name);
    WORDS.iter().any(|word| folded.contains(word))
}
