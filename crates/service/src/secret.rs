//! API keys: `key_id:secret`. The secret has 256 random bits, so a plain SHA-256 is a safe hash and
//! no slow hash is needed.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 of a secret, as the store keeps it.
pub type SecretHash = [u8; 32];

/// A new API key. Its secret is shown once and never stored.
pub struct Minted {
    /// The public half.
    pub id: String,
    /// The secret half.
    pub secret: String,
    /// The hash for the store.
    pub hash: SecretHash,
}

impl Minted {
    /// Creates a key. Fails if the system has no source of randomness.
    pub fn new() -> Result<Minted, getrandom::Error> {
        let (mut id, mut secret) = ([0; 8], [0; 32]);
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut secret)?;
        let secret = hex(&secret);
        Ok(Minted { id: format!("key_{}", hex(&id)), hash: hash(&secret), secret })
    }

    /// The whole key: `key_id:secret`.
    pub fn bearer(&self) -> String {
        format!("{}:{}", self.id, self.secret)
    }
}

/// Hashes a secret for the store.
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Compares `secret` with a stored hash in constant time.
pub fn matches(secret: &str, kept: &[u8]) -> bool {
    hash(secret).ct_eq(kept).into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_fits_its_own_secret_and_no_other() {
        let (one, other) = (Minted::new().unwrap(), Minted::new().unwrap());
        assert!(matches(&one.secret, &one.hash));
        assert!(!matches(&other.secret, &one.hash));
        assert_ne!(one.id, other.id);
        assert_eq!(one.secret.len(), 64);
    }
}
