-- A recipient that was never dialed and was put off for a moment is due again. One that waits for
-- more than time still waits. A seek for each set of zones, of which there are some hundreds at most.
UPDATE recipients SET due_at = 0
 WHERE id IN (SELECT r.id
                FROM batches b
          CROSS JOIN zone_sets z
          CROSS JOIN recipients r ON r.batch = b.id AND r.zones = z.id AND r.retry = 0
               WHERE b.finished_at IS NULL AND r.status = 'pending' AND r.due_at > 0
                 AND r.waits_for IS NULL)
