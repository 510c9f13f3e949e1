-- Purpose: the database, and the table in which it remembers its migrations. Run before every migration.
-- ORDER BY number: a migration has one row, its latest state; taking it back deletes the row.
CREATE DATABASE IF NOT EXISTS ${database} ${on_cluster};

CREATE TABLE IF NOT EXISTS ${database}.schema_migrations ${on_cluster}
(
    number UInt32,
    title String,
    up_sha256 String,
    down_sha256 String,
    cluster String,
    changed_at DateTime64(6, 'UTC'),
    is_deleted UInt8
)
ENGINE = ${engine:ReplacingMergeTree(changed_at, is_deleted)}
ORDER BY number
SETTINGS ${dedup_window:0};
