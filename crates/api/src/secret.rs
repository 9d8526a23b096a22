//! API keys: `key_id:secret`. The secret has 256 random bits, so a plain SHA-256 is a safe hash and
//! no slow hash is needed.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 of a secret, as the store keeps it.
pub type SecretHash = [u8; 32];

/// A key that was just made. The secret is shown once and kept nowhere.
pub struct Minted {
    /// The public half.
    pub id: String,
    /// The secret half.
    pub secret: String,
    /// What the store keeps of the secret.
    pub hash: SecretHash,
}

impl Minted {
    /// A new key. Fails when the system has no randomness.
    pub fn new() -> Result<Minted, getrandom::Error> {
        let (mut id, mut secret) = ([0; 8], [0; 32]);
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut secret)?;
        let secret = hex(&secret);
        Ok(Minted { id: format!("key_{}", hex(&id)), hash: hash(&secret), secret })
    }

    /// What is handed over: `key_id:secret`.
    pub fn bearer(&self) -> String {
        format!("{}:{}", self.id, self.secret)
    }
}

/// What the store keeps of a secret.
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether `secret` is the one that was kept, without telling by the time it takes.
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
