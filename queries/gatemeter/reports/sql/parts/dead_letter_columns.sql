-- Purpose: what is known of a dead letter, without its text.
-- Needs: the columns of the view dead_letter_list.
-- Columns: log, partition, offset, line, event_index, topic, message_time (text, NULL if unknown), format, reason,
--   detail, raw_size_bytes, is_masked, key_id.
log,
    partition,
    offset,
    line,
    event_index,
    topic,
    concat(replaceOne(toString(message_time), ' ', 'T'), 'Z') AS message_time,
    format,
    reason,
    detail,
    raw_size_bytes,
    is_masked,
    key_id
