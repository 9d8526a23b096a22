//! Counts in sentences.

/// Formats a count with its noun: `1 row`, `2 rows`. The noun takes an s unless the count is 1.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
