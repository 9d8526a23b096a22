//! Identities on the command line: what is none of its kind is wrong usage, before anybody is
//! asked.

/// Letters and digits behind the kind at most: an old number has 18.
const LONGEST: usize = 18;

/// An identity of a kind.
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

/// The id of an agent.
pub fn agent(text: &str) -> Result<String, String> {
    of("agent", text)
}

/// The id of a trunk.
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
