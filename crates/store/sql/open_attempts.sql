SELECT s.attempt, s.recipient, s.trunk, s.number, a.number_in_row, a.dialed_at, a.answered_at,
       a.dialog, r.attempts_made, r.uncharged - r.excused AS uncharged,
       z.names AS zones
  FROM slots s
  JOIN attempts a ON a.id = s.attempt
  JOIN recipients r ON r.id = s.recipient
  JOIN zone_sets z ON z.id = r.zones
 WHERE s.batch = ?1
 ORDER BY s.attempt
