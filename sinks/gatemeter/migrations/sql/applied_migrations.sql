-- Purpose: the migrations that the database remembers.
-- Columns: number, title, up_sha256, down_sha256, cluster, applied_at (ISO 8601, UTC).
SELECT
    number,
    title,
    up_sha256,
    down_sha256,
    cluster,
    formatDateTime(changed_at, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS applied_at
FROM schema_migrations FINAL
ORDER BY number
