-- Purpose: dead letters whose stored text holds one of several texts, in the order of their logs.
-- Parameters: texts Array(String); limit UInt64.
-- Columns: those of parts/dead_letter_columns.sql of the reports.
SELECT
    ${reports/dead_letter_columns}
FROM dead_letter_list
WHERE multiSearchAny(raw, {texts:Array(String)})
ORDER BY log, partition, offset, line, event_index
LIMIT {limit:UInt64}
