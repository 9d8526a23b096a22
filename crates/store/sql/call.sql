SELECT a.*, n.number AS from_number, b.agent, b.agent_version, t.utterances, t.latencies, t.actions, l.packed,
       r.file, r.duration_ms, r.lost_ms, r.lost_reason
  FROM attempts a
  JOIN batches b ON b.id = a.batch
  JOIN phone_numbers n ON n.id = b.phone_number
  LEFT JOIN transcripts t ON t.attempt = a.id
  LEFT JOIN ladders l ON l.attempt = a.id
  LEFT JOIN recordings r ON r.attempt = a.id
 WHERE a.id = ?1 AND a.workspace = ?2 AND b.visible
