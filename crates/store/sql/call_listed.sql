SELECT a.*, n.number AS from_number, b.agent, b.agent_version, NULL AS utterances, NULL AS latencies,
       NULL AS actions, NULL AS packed, r.file, r.duration_ms, r.lost_ms, r.lost_reason
  FROM attempts a
  JOIN batches b ON b.id = a.batch
  JOIN phone_numbers n ON n.id = b.phone_number
  LEFT JOIN recordings r ON r.attempt = a.id
 WHERE a.id = ?1
