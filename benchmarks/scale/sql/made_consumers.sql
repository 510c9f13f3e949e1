-- Purpose: the names of consumers by their numbers, for hourly_rows.sql.
CREATE TEMPORARY TABLE made_consumers
(
    number UInt32,
    id String,
    username String,
    custom_id String,
    team String,
    organisation String
)
