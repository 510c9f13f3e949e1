-- Purpose: of a dead letter only a mask is kept in clear, and its original is kept encrypted for some time.
--
-- key_id, original: what only holders of the key read; both are empty where no original is kept.
-- CODEC(NONE): what is encrypted does not compress, and it was compressed before.
-- stored_at: the server fills it in; it is no value of the log, and nothing but the TTL reads it. Another number of days
-- is set with `gatemeter migrate --keep-originals-days`.
-- The texts that are stored already went through a list of words that was never complete, and there is nothing to
-- encrypt them with: they are masked, and only their sizes stay.
ALTER TABLE ${database}.dead_letters ${on_cluster}
    ADD COLUMN IF NOT EXISTS is_masked UInt8 CODEC(ZSTD) AFTER raw_size_bytes,
    ADD COLUMN IF NOT EXISTS key_id String CODEC(ZSTD) AFTER is_masked,
    ADD COLUMN IF NOT EXISTS stored_at DateTime('UTC') MATERIALIZED now() CODEC(ZSTD) AFTER key_id;
ALTER TABLE ${database}.dead_letters ${on_cluster}
    ADD COLUMN IF NOT EXISTS original String CODEC(NONE) TTL stored_at + INTERVAL 90 DAY AFTER stored_at;
ALTER TABLE ${database}.dead_letters ${on_cluster}
    UPDATE raw = concat('(text, ', toString(raw_size_bytes), ' bytes)'), is_masked = 1
    WHERE NOT is_masked AND raw != ''
    SETTINGS mutations_sync = 2;
CREATE OR REPLACE VIEW ${database}.dead_letter_list ${on_cluster} AS
SELECT
    topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw, raw_size_bytes,
    is_masked, key_id, original
FROM ${database}.dead_letters FINAL;
