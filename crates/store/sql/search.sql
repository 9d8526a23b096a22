SELECT id, status, number, phone_cell, digits, results FROM recipients WHERE id > ?1 AND id < ?2 ORDER BY id
