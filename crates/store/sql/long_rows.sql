-- Rows that may have a long cell: how many bytes they take is known without reading them.
SELECT cells FROM recipient_cells
 WHERE recipient > ?1 AND recipient < ?2 AND octet_length(cells) > ?3
