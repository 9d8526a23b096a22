//! The events of a run, in order: always as a digest, and as text for a replay.

use std::fmt::Write;

use campanile_rules::time::Timestamp;

/// The history of one run.
#[derive(Debug)]
pub struct History {
    digest: u64,
    text: Option<String>,
}

impl History {
    /// Creates an empty history. With `words` it can be read afterwards.
    pub fn new(words: bool) -> Self {
        History { digest: 0xcbf2_9ce4_8422_2325, text: words.then(String::new) }
    }

    /// Adds an event of kind `kind` about `id`. `words` is only called if the history is readable.
    pub fn note(&mut self, at: Timestamp, kind: &str, id: i64, words: impl FnOnce() -> String) {
        for byte in kind.bytes().chain(at.0.to_le_bytes()).chain(id.to_le_bytes()) {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(text) = &mut self.text {
            let _ = writeln!(text, "{at}  {kind:<10} {}", words());
        }
    }

    /// Whether the history is readable.
    pub fn is_read(&self) -> bool {
        self.text.is_some()
    }

    /// The FNV-1a digest of all events. Equal histories have equal digests.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The readable history, if it was requested.
    pub fn into_text(self) -> String {
        self.text.unwrap_or_default()
    }
}
