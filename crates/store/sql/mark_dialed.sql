-- The INVITE of attempt ?1 may leave: it belongs to epoch ?6 of node ?5, its batch runs, nobody suppressed the number since the
-- claim or asked to erase the person, and the policy is the one that let it pass (?4 is 0: it has been asked again).
UPDATE attempts SET dialed_at = ?2, dialog = ?3
 WHERE id = ?1 AND dialed_at IS NULL AND ended_at IS NULL
   AND (SELECT state FROM batches WHERE id = batch) = 'running'
   AND EXISTS (SELECT 1 FROM slots s
                WHERE s.attempt = ?1 AND s.node = ?5 AND s.node_epoch = ?6
                  AND (?4 = 0 OR s.policy = (SELECT version FROM policy_version WHERE one = 1))
                  AND NOT EXISTS (SELECT 1 FROM suppressions u
                                   WHERE u.workspace = s.workspace AND u.number = s.number)
                  AND NOT EXISTS (SELECT 1 FROM erasures e
                                   WHERE e.workspace = s.workspace AND e.number = s.number))
