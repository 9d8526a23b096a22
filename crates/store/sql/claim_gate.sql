-- What stands between batch ?1 and its next call: its state, its route, the room under each limit.
SELECT b.state, b.workspace, n.trunk, t.workspace IS NULL AS managed, b.settings ->> 'allow_overlapping_calls' AS overlap,
       min(w.max_concurrent_calls - (SELECT count(*) FROM slots WHERE workspace = b.workspace),
           coalesce(t.max_calls, 0) - (SELECT count(*) FROM slots WHERE trunk = n.trunk),
           coalesce(b.settings ->> 'max_concurrent_calls', 4294967295)
               - (SELECT count(*) FROM slots WHERE batch = b.id)) AS room
  FROM batches b
  JOIN workspaces w ON w.id = b.workspace
  JOIN phone_numbers n ON n.id = b.phone_number
  LEFT JOIN trunks t ON t.id = n.trunk
 WHERE b.id = ?1 AND b.visible
