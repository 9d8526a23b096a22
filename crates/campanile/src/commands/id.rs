//! Identities on the command line: what is none of its kind is wrong usage, before anybody is
//! asked.

/// Letters and digits behind the kind at most: an old number has 18.
const LONGEST: usize = 18;

fn of(kind: &str, text: &str) -> Result<String, String> {
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

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        pub fn $name(text: &str) -> Result<String, String> {
            of(stringify!($name), text)
        }
    )*};
}

kinds! {
    /// A batch, such as `batch_k7d20xv9m41qa`.
    batch,
    /// An agent.
    agent,
    /// A trunk.
    trunk,
    /// A phone number of the workspace.
    number,
    /// An endpoint that is told what happens.
    webhook
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_identity_is_told_with_where_to_find_one() {
        for id in ["batch_1", "batch_k7d20xv9m41qa"] {
            assert_eq!(batch(id).as_deref(), Ok(id));
        }
        for text in ["", "1", "batch", "batch_", "batch_1/../x", "agent_1", "batch_A", "batch_1 "] {
            let told = batch(text).unwrap_err();
            assert!(told.contains("campanile batch list"), "{text}: {told}");
        }
    }
}
