//! The store of a data directory, with ids that say nothing.

use std::{path::Path, time::Duration};

use campanile_rules::ids;
use campanile_store::{SqliteStore, StoreError};

/// How long a start looks at a database whose last run came to no end: it is to be ready soon.
const LOOK: Duration = Duration::from_secs(2);

/// Opens a data directory for a process that dials: refused while another one does, or when the
/// database is damaged.
pub fn open_to_dial(dir: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open_to_dial(dir, Some(LOOK)).inspect(conceal)
}

/// As [`open_to_dial`], without a look at the database.
pub fn open_unseen(dir: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open_to_dial(dir, None).inspect(conceal)
}

/// Opens a data directory beside other processes.
pub fn open_beside(dir: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(dir).inspect(conceal)
}

fn conceal(store: &SqliteStore) {
    ids::conceal(store.cipher());
}
