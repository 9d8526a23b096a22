INSERT INTO batches (workspace, name, phone_number, agent, agent_version, columns, settings,
                     file_name, default_country, duplicates, state, created_at, test)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'draft', ?11, ?12)
