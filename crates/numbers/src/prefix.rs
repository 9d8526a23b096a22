//! A map from number prefixes to values.

/// Values by the first digits of a number. The longest matching prefix counts.
#[derive(Debug, Clone)]
pub struct PrefixMap<T> {
    /// Index `n` holds the sorted prefixes of `n + 1` digits.
    by_length: Vec<Vec<(u64, T)>>,
}

impl<T> Default for PrefixMap<T> {
    fn default() -> Self {
        PrefixMap { by_length: Vec::new() }
    }
}

impl<T> PrefixMap<T> {
    /// Sets the value of `prefix`, replacing an earlier one.
    pub fn insert(&mut self, prefix: u64, value: T) {
        let length = digits_of(prefix);
        if self.by_length.len() < length {
            self.by_length.resize_with(length, Vec::new);
        }
        let prefixes = &mut self.by_length[length - 1];
        match prefixes.binary_search_by_key(&prefix, |(prefix, _)| *prefix) {
            Ok(at) => prefixes[at].1 = value,
            Err(at) => prefixes.insert(at, (prefix, value)),
        }
    }

    /// The value of the longest prefix of `number`, with the number of digits of that prefix.
    pub fn longest(&self, mut number: u64) -> Option<(usize, &T)> {
        for length in (1..=digits_of(number)).rev() {
            if let Some(prefixes) = self.by_length.get(length - 1)
                && let Ok(at) = prefixes.binary_search_by_key(&number, |(prefix, _)| *prefix)
            {
                return Some((length, &prefixes[at].1));
            }
            number /= 10;
        }
        None
    }
}

/// The number of decimal digits of `number`. Zero has one digit.
fn digits_of(number: u64) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}
