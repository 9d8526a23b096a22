INSERT INTO recipients (id, batch, position, number, zones, status, due_at, reason, phone_cell, cause)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
