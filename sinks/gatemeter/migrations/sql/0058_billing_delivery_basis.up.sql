-- Purpose: by what files and options a delivery to a billing system was told, beside the events.
--
-- A run that would take back what was delivered compares it with its own: where both are the same, events have changed;
-- else somebody has given another file, and is asked. Rows that are there have '': nothing says what they were told by.
ALTER TABLE ${database}.billing_deliveries ${on_cluster}
    ADD COLUMN IF NOT EXISTS basis String CODEC(ZSTD(3)) AFTER at;
