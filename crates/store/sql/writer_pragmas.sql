PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -65536;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;
-- ON and not FAST: FAST leaves what was written in a page that is freed whole, such as a long
-- transcript's, until the page is used again. The price is that freed pages are written once more.
PRAGMA secure_delete = ON;
