-- Purpose: `dead_letter_list`, the events that could not be counted, without those taken back since.
CREATE VIEW IF NOT EXISTS ${database}.dead_letter_list ${on_cluster} AS
SELECT topic, log, partition, offset, line, event_index, message_time, format, reason, detail, raw, raw_size_bytes
FROM ${database}.dead_letters FINAL;
