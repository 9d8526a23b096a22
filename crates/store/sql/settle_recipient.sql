UPDATE recipients
   SET status = ?2, due_at = ?3, otherwise = ?4, reason = ?5,
       attempts_made = attempts_made + ?6, uncharged = uncharged + (1 - ?6),
       excused = excused + ?7,
       digits = coalesce(?8, digits),
       results = coalesce(?9, results)
 WHERE id = ?1
RETURNING attempts_made, digits, results
