//! Secrets in the database, sealed by the [`Vault`]; a stored proof tells which key seals them.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::sqlite::db::decode;
use crate::{StoreError, Vault};

/// The text that the proof seals, and its owner.
const PROOF: &str = "vault";

/// The vault of a database. Once anything was sealed, the proof exists, and the key must match it.
pub(crate) fn vault(connection: &Connection, dir: &Path) -> Result<Vault, StoreError> {
    let vault = Vault::of(dir, in_use(connection)?)?;
    proven(connection, &vault)?;
    Ok(vault)
}

/// Whether anything was sealed.
pub(crate) fn in_use(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM vault)", [], |row| row.get(0))?)
}

/// Refuses a key that did not seal the stored secrets.
pub(crate) fn proven(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    let sql = "SELECT proof FROM vault";
    let proof: Option<Vec<u8>> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    proof.map_or(Ok(()), |proof| vault.open(&proof, PROOF).map(drop))
}

/// Seals a secret of `owner`, such as `trunk_3`, that is about to be stored.
pub(crate) fn seal(
    (connection, vault): (&Connection, &Vault),
    secret: &[u8],
    owner: &str,
) -> Result<Vec<u8>, StoreError> {
    prove(connection, vault)?;
    vault.seal(secret, owner)
}

/// Stores the proof; from now on the database needs this key.
pub(crate) fn prove(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    let proof = vault.seal(PROOF.as_bytes(), PROOF)?;
    let sql = "INSERT INTO vault (one, proof) VALUES (1, ?1) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute([proof])?;
    Ok(())
}

/// Opens the secret of `owner` in a row's column `secret`; none when the column is NULL.
pub(crate) fn open(vault: &Vault, row: &Row<'_>, owner: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let sealed: Option<Vec<u8>> = row.get("secret")?;
    let open = |sealed: Vec<u8>| vault.open(&sealed, owner);
    sealed.map(open).transpose().map_err(|error| decode::corrupt(row, "secret", error))
}
