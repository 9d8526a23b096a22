//! Secrets in the database: sealed by the [`Vault`], with a proof of which key seals them.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::{StoreError, Vault};

/// Whose the proof is.
const PROOF: &str = "vault";

/// The vault of a database. The proof is there as soon as anything was sealed: then the key must
/// be the one that sealed it.
pub(super) fn vault(connection: &Connection, dir: &Path) -> Result<Vault, StoreError> {
    let sql = "SELECT proof FROM vault";
    let proof: Option<Vec<u8>> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    let vault = Vault::of(dir, proof.is_some())?;
    if let Some(proof) = proof {
        vault.open(&proof, PROOF)?;
    }
    Ok(vault)
}

/// Seals a secret of `owner` that is about to be stored.
pub(super) fn seal(
    connection: &Connection,
    vault: &Vault,
    (secret, owner): (&str, &str),
) -> Result<Vec<u8>, StoreError> {
    let proof = vault.seal(PROOF, PROOF)?;
    let sql = "INSERT INTO vault (one, proof) VALUES (1, ?1) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute([proof])?;
    vault.seal(secret, owner)
}
