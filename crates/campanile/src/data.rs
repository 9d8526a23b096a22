//! Opens the store of a data directory, with IDs that reveal no counts.

use std::{path::Path, sync::Arc, time::Duration};

use campanile_rules::ids;
use campanile_store::{SqliteStore, Store, StoreError};

/// How long a start checks the database after a crash. It is short, so that the server is soon
/// ready.
const LOOK: Duration = Duration::from_secs(2);

/// Opens a data directory for a process that dials. Fails if another process dials from it, or if
/// the database is damaged.
pub fn open_to_dial(dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(concealed(SqliteStore::open_to_dial(dir, Some(LOOK))?))
}

/// Like [`open_to_dial`], without the check of the database.
pub fn open_unseen(dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(concealed(SqliteStore::open_to_dial(dir, None)?))
}

/// Opens a data directory that other processes may have open as well.
pub fn open_beside(dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(concealed(SqliteStore::open(dir)?))
}

/// The store, after its cipher is set for all IDs that this process writes.
fn concealed(store: impl Store + 'static) -> Arc<dyn Store> {
    ids::conceal(store.cipher());
    Arc::new(store)
}
