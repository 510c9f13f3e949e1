-- Purpose: the CTE `chosen`: the rows of the CTE `named` that a report adds up.
-- Needs: named (parts/named.sql).
-- Parameters: consumers Array(String), billing subjects, empty for all; consumer_names Array(String), the ids and names
--   among them.
-- Columns: those of named.
-- A subject that had one of the names within a period is chosen whole, with the rows that have other names too; of rows
-- that are not allowed nothing is.
chosen AS
(
    SELECT *
    FROM named
    WHERE empty({consumers:Array(String)}) OR (period, billing_subject) IN
    (
        SELECT period, billing_subject
        FROM named
        WHERE has({consumers:Array(String)}, billing_subject)
            OR hasAny([consumer_id, consumer_username, consumer_custom_id], {consumer_names:Array(String)})
    )
)
