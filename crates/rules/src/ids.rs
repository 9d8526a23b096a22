//! Identities. Internally they are integers from the store. Externally they are words such as
//! `batch_k7d20xv9m41qa`, so that no client passes a recipient where a batch is meant, and no
//! client can infer from a number how much others use the installation.
//!
//! The words need a key of the installation, which a program sets once ([`conceal`]). Without a
//! key, in tests and simulations, the integers are written plainly: `batch_12`. Earlier versions
//! always wrote them so; such words stay readable for ever.

mod cipher;

use std::{fmt, str::FromStr, sync::OnceLock};

pub use cipher::Cipher;

static CIPHER: OnceLock<Cipher> = OnceLock::new();

/// Sets the cipher for all identities in this process. Later calls have no effect: words written
/// with the first cipher must stay readable.
pub fn conceal(cipher: Cipher) {
    let _ = CIPHER.set(cipher);
}

/// The largest number that is written plainly. No identity has a larger one.
const LARGEST: i64 = 999_999_999_999_999_999;

/// A number that no identity has: the store counts from one.
const NOBODY: i64 = 0;

fn in_use(number: i64) -> Option<i64> {
    (0..=LARGEST).contains(&number).then_some(number)
}

/// The two spellings of an identity of any kind: the present one, and the plain one that older
/// stored texts contain. A text that is not an identity stays as it is.
pub fn spellings(text: &str) -> [String; 2] {
    let found = text.split_once('_').and_then(|(prefix, _)| Some((prefix, read(text, prefix)?)));
    let Some((prefix, number)) = found else { return [text.to_owned(), text.to_owned()] };
    let shown = CIPHER.get().map_or(number.to_string(), |cipher| cipher.write(prefix, number));
    [format!("{prefix}_{shown}"), format!("{prefix}_{number}")]
}

/// The error for a text that is not an identity of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the id of a {prefix}, which begins with {prefix}_")]
pub struct BadId {
    text: String,
    prefix: &'static str,
}

fn write(f: &mut fmt::Formatter<'_>, prefix: &str, number: i64) -> fmt::Result {
    match CIPHER.get() {
        Some(cipher) => write!(f, "{prefix}_{}", cipher.write(prefix, number)),
        None => write!(f, "{prefix}_{number}"),
    }
}

fn read(text: &str, prefix: &str) -> Option<i64> {
    let word = text.strip_prefix(prefix)?.strip_prefix('_')?;
    let number = match word.bytes().all(|byte| byte.is_ascii_digit()) {
        true => word.parse().ok()?,
        // Every word of the alphabet is an identity, if mostly nobody's.
        false => CIPHER.get()?.read(prefix, word).map(|number| in_use(number).unwrap_or(NOBODY))?,
    };
    in_use(number)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(f, $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                read(text, $prefix)
                    .map($name)
                    .ok_or_else(|| BadId { text: text.to_owned(), prefix: $prefix })
            }
        }

        impl $name {
            /// What such an identity looks like, as a regular expression.
            pub const PATTERN: &'static str =
                concat!("^", $prefix, "_([0-9]{1,18}|[a-hjkmnp-s][0-9a-hjkmnp-tv-z]{12})$");

            /// The identity with its number as it is: the same in every process, for what is sealed
            /// or compared and never shown.
            pub fn plain(self) -> String {
                format!(concat!($prefix, "_{}"), self.0)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::described::text($name::PATTERN, concat!($prefix, "_k7d20xv9m41qa"))
            }
        }
        impl utoipa::ToSchema for $name {}

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A tenant: its batches, agents, numbers and keys are nobody else's.
    WorkspaceId = "workspace",
    /// One batch.
    BatchId = "batch",
    /// One row of a batch's file.
    RecipientId = "recipient",
    /// One try to reach one recipient.
    AttemptId = "attempt",
    /// A way into the telephone network.
    TrunkId = "trunk",
    /// A caller ID that the workspace may use.
    PhoneNumberId = "number",
    /// An agent; its versions are numbered from 1.
    AgentId = "agent",
    /// A sound that a workspace uploaded.
    SoundId = "sound",
    /// An endpoint that is told what happens.
    WebhookId = "webhook",
    /// Something that one endpoint is told.
    DeliveryId = "delivery",
    /// A request to erase a person.
    ErasureId = "erasure",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_key_a_number_is_written_as_it_is() {
        assert_eq!(BatchId(12).to_string(), "batch_12");
        assert_eq!("batch_12".parse(), Ok(BatchId(12)));
        assert_eq!(BatchId(12).plain(), "batch_12");
    }

    #[test]
    fn what_is_described_as_an_identity_is_read_as_one() {
        let described = regex::Regex::new(BatchId::PATTERN).unwrap();
        let cipher = Cipher::new([7; 16]);
        for letter in ('0'..='9').chain('a'..='z') {
            let word = format!("k{}", letter.to_string().repeat(12));
            let is_read = cipher.read("batch", &word).is_some();
            assert_eq!(described.is_match(&format!("batch_{word}")), is_read, "{word}");
            let word = format!("{letter}000000000000");
            let is_read = cipher.read("batch", &word).is_some();
            let is_number = letter.is_ascii_digit();
            assert_eq!(
                described.is_match(&format!("batch_{word}")),
                is_read || is_number,
                "{word}"
            );
        }
    }

    #[test]
    fn whatever_is_no_identity_is_refused() {
        for text in [
            "",
            "batch_",
            "batch_x",
            "batch-1",
            "trunk_1",
            "batch_1000000000000000000",
            "batch_-1",
            "batch_+1",
            "batch_1 ",
            "batch_k7d20xv9m41qa",
        ] {
            let error = text.parse::<BatchId>().unwrap_err().to_string();
            assert!(error.contains("is not the id of a batch"), "{text}: {error}");
        }
    }
}
