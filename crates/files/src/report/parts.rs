//! Cells that exceed the limit of a workbook's cell. Their further parts are in columns of their
//! own, after all others, and the import joins the parts again.

use super::Format;

/// The longest text that a cell of a workbook can hold, in UTF-16 units.
pub const MAX_CELL_UNITS: usize = 32_767;

/// The length of a text in a workbook, in UTF-16 units.
pub fn units(text: &str) -> usize {
    // A text has at most as many units as bytes.
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The further columns that cells of these lengths need: for each the column and the part, counted
/// from 2. A CSV file needs none.
pub(crate) fn further_parts(longest: &[usize], format: Format) -> Vec<(usize, usize)> {
    match format {
        Format::Xlsx => further(longest),
        Format::Csv { .. } => Vec::new(),
    }
}

fn further(longest: &[usize]) -> Vec<(usize, usize)> {
    // A part may end one unit early, before a character of two units.
    let count = |units: usize| match units {
        0..=MAX_CELL_UNITS => 1,
        _ => units.div_ceil(MAX_CELL_UNITS - 1),
    };
    let of_column = |(column, units): (usize, &usize)| {
        (2..=count(*units)).map(move |part| (column, part)).collect::<Vec<_>>()
    };
    longest.iter().enumerate().flat_map(of_column).collect()
}

/// The name of the column that holds this part of a column's cells.
pub(crate) fn part_of(column: &str, part: usize) -> String {
    format!("{column} (part {part})")
}

/// A part of a cell, counted from 1. Empty after the end of the cell.
pub(crate) fn part(cell: &str, number: usize) -> &str {
    let mut rest = cell;
    for _ in 1..number {
        rest = &rest[end_of_part(rest)..];
    }
    &rest[..end_of_part(rest)]
}

fn end_of_part(text: &str) -> usize {
    if text.len() <= MAX_CELL_UNITS {
        return text.len();
    }
    let mut units = 0;
    let mut fits = |c: char| {
        units += c.len_utf16();
        units <= MAX_CELL_UNITS
    };
    text.char_indices().find(|(_, c)| !fits(*c)).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_cell_fit_and_are_the_cell() {
        for letter in ["x", "é", "€", "𝄞"] {
            for count in [0, 1, 16_383, 16_384, 32_766, 32_767, 32_768, 65_533, 65_534, 98_302] {
                let cell = format!("x{}", letter.repeat(count));
                let parts = 1 + further(&[0, units(&cell)]).len();
                let all: Vec<_> = (1..=parts).map(|number| part(&cell, number)).collect();
                assert!(all.iter().all(|part| units(part) <= MAX_CELL_UNITS));
                assert_eq!(all.concat(), cell, "{count} times {letter}");
            }
        }
        assert_eq!(further(&[MAX_CELL_UNITS]), []);
        assert_eq!(further(&[0, MAX_CELL_UNITS + 1, 70_000]), [(1, 2), (2, 2), (2, 3)]);
    }
}
