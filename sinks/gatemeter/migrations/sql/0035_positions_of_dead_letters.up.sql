-- Purpose: where the lines of a dead letter stood in what they were read from, as their sender told
-- (`gatemeter.wire.source_positions`), so that a replay knows copies of events without an id. '' where nobody told, and for
-- what was stored before.
ALTER TABLE ${database}.dead_letters ${on_cluster}
    ADD COLUMN IF NOT EXISTS source_positions String CODEC(ZSTD) AFTER is_masked;
CREATE OR REPLACE VIEW ${database}.dead_letter_list ${on_cluster} AS
SELECT
    topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw, raw_size_bytes,
    is_masked, key_id, original, source_positions
FROM ${database}.dead_letters FINAL;
