//! Counts in sentences.

/// `1 row`, `2 rows`: a count and its noun, which takes an s when there is not exactly one.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
