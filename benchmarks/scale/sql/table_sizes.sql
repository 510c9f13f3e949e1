-- Purpose: what the tables of the current database weigh on disk, the heaviest first.
SELECT table, sum(rows) AS row_count, sum(bytes_on_disk) AS bytes, count() AS parts
FROM system.parts
WHERE active AND database = currentDatabase()
GROUP BY table
ORDER BY bytes DESC
