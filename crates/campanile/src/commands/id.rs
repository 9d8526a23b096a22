//! IDs on the command line. A malformed ID is wrong usage, and no request is sent.

/// The most characters after the prefix. Old numeric IDs have 18.
const LONGEST: usize = 18;

/// Parses an ID with the prefix `kind`.
pub fn of(kind: &str, text: &str) -> Result<String, String> {
    let word = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('_'));
    let is_word = |word: &&str| {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        (1..=LONGEST).contains(&word.len()) && word.chars().all(letters)
    };
    match word.filter(is_word) {
        Some(_) => Ok(text.to_owned()),
        None => Err(format!(
            "it is not the id of a {kind}, which begins with {kind}_; campanile {kind} list shows \
             them"
        )),
    }
}

/// Parses an agent ID.
pub fn agent(text: &str) -> Result<String, String> {
    of("agent", text)
}

/// Parses a trunk ID.
pub fn trunk(text: &str) -> Result<String, String> {
    of("trunk", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_identity_is_told_with_where_to_find_one() {
        for id in ["batch_1", "batch_k7d20xv9m41qa"] {
            assert_eq!(of("batch", id).as_deref(), Ok(id));
        }
        for text in ["", "1", "batch", "batch_", "batch_1/../x", "agent_1", "batch_A", "batch_1 "] {
            let told = of("batch", text).unwrap_err();
            assert!(told.contains("campanile batch list"), "{text}: {told}");
        }
    }
}
