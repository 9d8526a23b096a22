INSERT INTO events (workspace, batch, at, kind, data) VALUES (?1, ?2, ?3, ?4, ?5)
