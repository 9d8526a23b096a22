SELECT attempts.*, recipients.number, transcripts.utterances
  FROM attempts
  JOIN recipients ON recipients.id = attempts.recipient
  JOIN batches ON batches.id = attempts.batch
  LEFT JOIN transcripts ON transcripts.attempt = attempts.id
 WHERE attempts.id = ?1 AND batches.workspace = ?2
