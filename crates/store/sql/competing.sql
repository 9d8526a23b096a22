-- Batches that run beside ?3 in the workspace or through the trunk, and how many wait in each.
SELECT b.workspace, b.settings, n.trunk = ?2 AS same_trunk,
       (SELECT sum(p.recipients) FROM batch_progress p
         WHERE p.batch = b.id AND p.status IN ('pending', 'in_progress')) AS people,
       (SELECT z.names FROM recipients r JOIN zone_sets z ON z.id = r.zones
         WHERE r.batch = b.id AND r.status = 'pending' LIMIT 1) AS zones
  FROM batches b JOIN phone_numbers n ON n.id = b.phone_number
 WHERE b.state = 'running' AND b.id <> ?3 AND (b.workspace = ?1 OR n.trunk = ?2)
 ORDER BY b.id LIMIT ?4
