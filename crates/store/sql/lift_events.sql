INSERT INTO webhook_deliveries (webhook, event, kind, body, state, due_at, created_at)
SELECT w.id, e.id, e.kind,
       json_object(
           'type', e.kind,
           'sequence', e.id,
           'timestamp', strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch')
                        || printf('.%06dZ', e.at % 1000000),
           'batch_id', 'batch_' || e.batch,
           'data', json(e.data)),
       'pending', ?3, ?3
  FROM webhooks w
  JOIN events e ON e.workspace = w.workspace AND e.id > w.cursor AND e.id <= ?2
 WHERE w.id = ?1 AND w.enabled = 1 AND e.kind IN (SELECT value FROM json_each(w.events))
   AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = e.batch AND b.deleted_at IS NOT NULL)
