-- Purpose: the names of routes by their numbers, for hourly_rows.sql.
CREATE TEMPORARY TABLE made_routes
(
    number UInt32,
    id String,
    name String,
    service_id String,
    service_name String
)
