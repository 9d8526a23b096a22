SELECT outcome, end_reason, ended_at - dialed_at FROM attempts
 WHERE workspace = ?1 AND batch = ?2 AND dialed_at IS NOT NULL
   AND charged = 1 AND outcome <> 'interrupted'
 ORDER BY dialed_at DESC LIMIT ?3
