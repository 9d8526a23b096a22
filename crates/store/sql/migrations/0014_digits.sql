-- What a person pressed: of an attempt in its evidence, of a recipient in the newest call in which
-- something was pressed.
ALTER TABLE recipients ADD COLUMN digits TEXT CHECK (digits <> '');

-- Of earlier calls only their transcripts tell.
CREATE TEMP TABLE pressed AS
SELECT t.attempt, group_concat(substr(u.value ->> 'text', 7), '' ORDER BY u.key) AS digits
  FROM transcripts t, json_each(t.utterances) u
 WHERE t.utterances LIKE '%"digit _"%'
   AND u.value ->> 'speaker' = 'user' AND u.value ->> 'text' GLOB 'digit ?'
 GROUP BY t.attempt;
DROP TRIGGER an_ended_attempt_never_changes;
UPDATE attempts
   SET evidence = json_set(evidence, '$.digits',
                           (SELECT digits FROM temp.pressed WHERE attempt = attempts.id))
 WHERE evidence IS NOT NULL AND id IN (SELECT attempt FROM temp.pressed);
CREATE TRIGGER an_ended_attempt_never_changes BEFORE UPDATE ON attempts
WHEN OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an ended attempt never changes');
END;
UPDATE recipients
   SET digits = (SELECT evidence ->> 'digits' FROM attempts
                  WHERE recipient = recipients.id AND evidence ->> 'digits' IS NOT NULL
                  ORDER BY number_in_row DESC LIMIT 1)
 WHERE id IN (SELECT recipient FROM attempts WHERE id IN (SELECT attempt FROM temp.pressed));
DROP TABLE temp.pressed;
