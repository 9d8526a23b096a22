//! The database itself: files, connections, migrations, backups, and what is done when it fails.

pub(super) mod backup;
pub(super) mod check;
pub(super) mod decode;
pub(super) mod files;
pub(super) mod health;
pub(super) mod integrity;
pub(super) mod last_known;
pub(super) mod lock;
pub(super) mod migrate;
#[cfg(test)]
pub(super) mod plans;
pub(super) mod readers;
pub(super) mod restore;
pub(super) mod running;
pub(super) mod secrets;
pub(super) mod trouble;
pub(super) mod writer;
