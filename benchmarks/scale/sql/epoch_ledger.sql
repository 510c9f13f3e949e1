-- Purpose: the account of every epoch that has hourly rows; one event in a thousand came twice.
-- Parameters: topic, rules String; epoch_size Int64.
INSERT INTO epoch_ledger
(
    log, partition, epoch_first_offset, version, topic, log_kind, epoch_size, consumed, counted, duplicates, dead_letters,
    other_kind, content_hash, unterminated_line, fields_left_out, rules, unkeyed, identities, slimmed, meter_events,
    metered_other
)
SELECT
    log,
    partition,
    epoch_first_offset,
    max(version),
    {topic:String},
    'kafka',
    {epoch_size:Int64},
    sum(requests) + intDiv(sum(requests), 1000),
    sum(requests),
    intDiv(sum(requests), 1000),
    0,
    0,
    '',
    -1,
    0,
    {rules:String},
    0,
    'id',
    '',
    0,
    0
FROM api_usage_hourly
GROUP BY log, partition, epoch_first_offset
