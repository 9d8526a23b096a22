SELECT * FROM audit_log
 WHERE (?1 IS NULL OR workspace = ?1)
   AND (?2 IS NULL OR actor = ?2)
   AND (?3 IS NULL OR action = ?3)
   AND (?4 IS NULL OR subject IN (?4, ?9))
   AND (?5 IS NULL OR at >= ?5)
   AND (?6 IS NULL OR at < ?6)
   AND id < ?7
 ORDER BY id DESC LIMIT ?8
