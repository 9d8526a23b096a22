SELECT r.*, c.cells, a.outcome AS last_outcome, a.end_reason AS last_end_reason,
       coalesce(a.dialed_at, a.claimed_at) AS last_attempt_at
  FROM recipients r
  JOIN recipient_cells c ON c.recipient = r.id
  LEFT JOIN attempts a ON a.recipient = r.id AND a.number_in_row = r.attempts_recorded
