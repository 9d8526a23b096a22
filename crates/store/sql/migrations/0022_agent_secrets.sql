-- The secrets of a version's servers, sealed: a JSON object of values by their place in the settings,
-- such as {"/engine/api_key": "…"}. NULL when there are none.
ALTER TABLE agent_versions ADD COLUMN secret BLOB;
