//! Overwrites deleted data that SQLite leaves in the unused middle of its pages. `secure_delete`
//! clears a row at its last position only. A row that had moved, because its neighbours grew,
//! leaves a copy at its old position.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, params};

use crate::StoreError;
use crate::sqlite::{SqliteStore, db::integrity};

/// Pages that one read examines.
const LOOKED_AT: u32 = 4_000;

/// Pages that are written in one transaction.
const AT_ONCE: usize = 200;

/// From this number of pages on, the first byte of an overflow page may look like a page type. The
/// database then has 128 GB.
const TOO_MANY_PAGES: u32 = 0x0200_0000;

/// Bytes of a database before the header of its first page.
const FILE_HEADER: usize = 100;

impl SqliteStore {
    /// Overwrites the unused middle of every page, a few pages at a time. If SQLite cannot write
    /// single pages, rewrites the whole database; all writes wait for that.
    pub(crate) async fn scrub(&self) -> Result<(), StoreError> {
        let pages = self.read(|connection| Ok(can_scrub(connection)?)).await?;
        let Some(pages) = pages else { return self.rewrite().await };
        for first in (1..=pages).step_by(LOOKED_AT as usize) {
            let look = first..pages.min(first + LOOKED_AT - 1) + 1;
            let dirty = self.read(move |connection| dirty(connection, look)).await?;
            for some in dirty.chunks(AT_ONCE) {
                let some = some.to_vec();
                self.write(move |connection| clear(connection, &some)).await?;
            }
        }
        Ok(())
    }

    async fn rewrite(&self) -> Result<(), StoreError> {
        let path = self.shared.readers.path().to_owned();
        let rewritten = tokio::task::spawn_blocking(move || {
            Ok(integrity::open_existing(&path)?.execute_batch("VACUUM")?)
        });
        rewritten.await.map_err(|error| StoreError::Database(error.to_string()))?
    }
}

/// The number of pages, if pages can be read and their types told apart.
fn can_scrub(connection: &Connection) -> rusqlite::Result<Option<u32>> {
    let sql = "SELECT 1 FROM pragma_module_list WHERE name = 'sqlite_dbpage'";
    let module = connection.query_row(sql, [], |_| Ok(())).optional()?;
    let pages: u32 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    Ok(module.filter(|()| pages < TOO_MANY_PAGES).map(|()| pages))
}

/// The pages of a range whose unused middle is not empty.
fn dirty(connection: &Connection, pages: Range<u32>) -> Result<Vec<u32>, StoreError> {
    let mut page = connection.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?;
    let mut dirty = Vec::new();
    for number in pages {
        let mut rows = page.query([number])?;
        let Some(row) = rows.next()? else { continue };
        let data = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        if unused(number, data).is_some_and(|middle| data[middle].iter().any(|byte| *byte != 0)) {
            dirty.push(number);
        }
    }
    Ok(dirty)
}

fn clear(connection: &Connection, pages: &[u32]) -> Result<(), StoreError> {
    let mut read = connection.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?;
    let mut write =
        connection.prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?;
    for number in pages {
        let data = read.query_row([number], |row| row.get::<_, Vec<u8>>(0)).optional()?;
        let Some(mut data) = data else { continue };
        if let Some(middle) = unused(*number, &data) {
            data[middle].fill(0);
            write.execute(params![number, data])?;
        }
    }
    Ok(())
}

/// The unused middle of a table or index page: after the cell pointers and before the cells
/// (https://www.sqlite.org/fileformat2.html, section 1.6). None: the page has no unused middle.
fn unused(number: u32, page: &[u8]) -> Option<Range<usize>> {
    let header = if number == 1 { FILE_HEADER } else { 0 };
    let pointers = match page.get(header)? {
        2 | 5 => header + 12,
        10 | 13 => header + 8,
        _ => return None,
    };
    let word = |at: usize| -> Option<usize> {
        Some(usize::from(u16::from_be_bytes([*page.get(at)?, *page.get(at + 1)?])))
    };
    let begins = pointers + 2 * word(header + 3)?;
    let ends = match word(header + 5)? {
        0 => 65_536,
        cells => cells,
    };
    (begins < ends && ends <= page.len()).then_some(begins..ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Database as _;

    #[test]
    fn the_middle_of_a_page_lies_between_its_pointers_and_its_cells() {
        let mut leaf = vec![0; 4_096];
        leaf[..8].copy_from_slice(&[13, 0, 0, 0, 3, 0x0f, 0x00, 0]);
        assert_eq!(unused(2, &leaf), Some(14..0x0f00));
        let mut first = vec![0; 4_096];
        first[100..108].copy_from_slice(&[5, 0, 0, 0, 1, 0x0f, 0x00, 0]);
        assert_eq!(unused(1, &first), Some(114..0x0f00));
        for (at, byte) in [(0, 0), (0, 1), (3, 0x80), (5, 0xff)] {
            let mut page = leaf.clone();
            page[at] = byte;
            assert_eq!(unused(2, &page), None, "{at}");
        }
        assert_eq!(unused(2, &[]), None);
        assert_eq!(unused(2, &[13, 0]), None);
    }

    #[tokio::test]
    async fn a_row_that_moved_leaves_no_copy_and_nothing_else_changes() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path()).unwrap();
        let filled = store.write(|connection| {
            connection.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")?;
            let mut random = fastrand::Rng::with_seed(7);
            let mut ids: Vec<u32> = (0..2_000).collect();
            let insert = "INSERT INTO t (id) VALUES (?1)";
            ids.iter().try_for_each(|id| connection.execute(insert, [id]).map(drop))?;
            for round in 0..2 {
                random.shuffle(&mut ids);
                for id in &ids {
                    let text = format!("hidden{id:06}{}", "x".repeat(round * random.usize(..300)));
                    connection
                        .execute("UPDATE t SET text = ?2 WHERE id = ?1", params![id, text])?;
                }
            }
            Ok(())
        });
        filled.await.unwrap();
        let delete = "DELETE FROM t WHERE id % 3 = 0";
        store.write(|connection| Ok(connection.execute(delete, [])?)).await.unwrap();
        let left = async || {
            store.settle_down().await.unwrap();
            let bytes = std::fs::read(dir.path().join(crate::DATABASE_FILE)).unwrap();
            let texts = (0..2_000).step_by(3).map(|id| format!("hidden{id:06}"));
            texts.filter(|text| bytes.windows(12).any(|found| found == text.as_bytes())).count()
        };
        assert!(left().await > 0, "SQLite clears every copy by itself now");
        store.scrub().await.unwrap();
        assert_eq!(left().await, 0);
        let kept = store.read(|connection| {
            let sql = "SELECT count(*) FROM t WHERE text LIKE printf('hidden%06d%%', id)";
            Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?)
        });
        assert_eq!(kept.await.unwrap(), 1_333);
        assert_eq!(crate::check(dir.path()).unwrap(), Vec::<String>::new());
    }
}
