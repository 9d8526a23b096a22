-- An open attempt as events name it.
SELECT s.workspace, s.batch, s.recipient, s.number, a.number_in_row, a.dialed_at, a.answered_at
  FROM slots s JOIN attempts a ON a.id = s.attempt
 WHERE s.attempt = ?1
