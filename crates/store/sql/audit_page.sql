-- A key of another workspace has no name here.
SELECT a.*, k.name AS actor_name
  FROM audit_log a
  LEFT JOIN api_keys k ON k.id = a.actor AND k.name <> '' AND (?1 IS NULL OR k.workspace = ?1)
 WHERE (?1 IS NULL OR a.workspace = ?1)
   AND (?2 IS NULL OR a.actor = ?2)
   AND (?3 IS NULL OR a.action = ?3)
   AND (?4 IS NULL OR a.subject IN (?4, ?9))
   AND (?5 IS NULL OR a.at >= ?5)
   AND (?6 IS NULL OR a.at < ?6)
   AND a.id < ?7
 ORDER BY a.id DESC LIMIT ?8
