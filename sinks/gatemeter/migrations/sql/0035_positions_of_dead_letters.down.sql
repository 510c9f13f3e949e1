-- Purpose: takes 0035_positions_of_dead_letters back, with what the column held.
CREATE OR REPLACE VIEW ${database}.dead_letter_list ${on_cluster} AS
SELECT
    topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw, raw_size_bytes,
    is_masked, key_id, original
FROM ${database}.dead_letters FINAL;
ALTER TABLE ${database}.dead_letters ${on_cluster} DROP COLUMN IF EXISTS source_positions;
