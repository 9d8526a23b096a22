INSERT INTO batches (workspace, name, phone_number, agent, agent_version, columns, settings,
                     file_name, default_country, duplicates, mapping, state, created_at, test,
                     importing_node, importing_epoch)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'draft', ?12, ?13,
        ?14, ?15)
