//! The store of a data directory, with ids that say nothing.

use std::path::Path;

use campanile_rules::ids;
use campanile_store::{SqliteStore, StoreError};

/// Opens a data directory for a process that dials: refused while another one does.
pub fn open_to_dial(dir: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open_exclusive(dir).inspect(conceal)
}

/// Opens a data directory beside other processes.
pub fn open_beside(dir: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(dir).inspect(conceal)
}

fn conceal(store: &SqliteStore) {
    ids::conceal(store.cipher());
}
