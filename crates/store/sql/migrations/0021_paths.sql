-- What a request made is noted by the path at which the API shows it, such as /v1/trunks/trunk_3.
UPDATE idempotency SET made = CASE
    WHEN made LIKE 'agent\_% version %' ESCAPE '\'
        THEN '/v1/agents/' || replace(made, ' version ', '/versions/')
    WHEN made LIKE 'agent\_%' ESCAPE '\' THEN '/v1/agents/' || made
    WHEN made LIKE 'batch\_%' ESCAPE '\' THEN '/v1/batch-calls/' || made
    WHEN made LIKE 'custom-%' THEN '/v1/made/network-groups/' || made
    WHEN made LIKE 'erasure\_%' ESCAPE '\' THEN '/v1/erasures/' || made
    WHEN made LIKE 'key\_%' ESCAPE '\' THEN '/v1/made/api-keys/' || made
    WHEN made LIKE 'number\_%' ESCAPE '\' THEN '/v1/phone-numbers/' || made
    WHEN made LIKE 'sound\_%' ESCAPE '\' THEN '/v1/sounds/' || made
    WHEN made LIKE 'trunk\_%' ESCAPE '\' THEN '/v1/trunks/' || made
    WHEN made LIKE 'webhook\_%' ESCAPE '\' THEN '/v1/webhooks/' || made
    WHEN made LIKE 'workspace\_%' ESCAPE '\' THEN '/v1/made/workspaces/' || made
END WHERE made IS NOT NULL;

-- The deleted thing, such as batch_3, that the answer was about: the answer is deleted, too, and
-- whoever sends the request again is told so.
ALTER TABLE idempotency ADD COLUMN gone TEXT;
