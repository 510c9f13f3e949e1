-- Purpose: takes 0023_dead_letter_originals back, with all encrypted originals. Texts that were masked stay masked.
CREATE OR REPLACE VIEW ${database}.dead_letter_list ${on_cluster} AS
SELECT topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw, raw_size_bytes
FROM ${database}.dead_letters FINAL;
ALTER TABLE ${database}.dead_letters ${on_cluster}
    DROP COLUMN IF EXISTS original;
ALTER TABLE ${database}.dead_letters ${on_cluster}
    DROP COLUMN IF EXISTS stored_at,
    DROP COLUMN IF EXISTS key_id,
    DROP COLUMN IF EXISTS is_masked;
