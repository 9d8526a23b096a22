-- Some of batch ?1's recipients that a daily limit has wait until ?2: due at ?3. A seek for each
-- set of zones, of which there are some hundreds at most.
UPDATE recipients SET due_at = ?3
 WHERE id IN (SELECT r.id
                FROM zone_sets z
          CROSS JOIN recipients r ON r.zones = z.id AND r.retry IN (0, 1)
               WHERE r.batch = ?1 AND r.status = 'pending' AND r.due_at = ?2 LIMIT ?4)
