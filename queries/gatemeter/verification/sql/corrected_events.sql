-- Purpose: the event ledger, the reasons of corrections and what they retracted speak of the same events.
-- Parameters: kept_from DateTime('UTC'), the earliest time of an event whose row cannot have expired yet.
-- Columns: those of parts/check_result.sql; the offset is the one of the event in its log.
-- `row_hash` shows an edit by somebody who does not compute it again; who does, only a seal finds.
-- The `content_hash` of the account of a correction is the location of the event in its log.
WITH
    events AS
    (
        SELECT
            log,
            concat(
                toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)
            ) AS location,
            (id_hash, topic, time, consumer_id) AS event,
            outcome,
            1 AS is_known
        FROM event_ledger FINAL
        WHERE outcome = 'corrected' OR (log, partition, offset) IN (SELECT log, partition, offset FROM corrections FINAL)
    ),
    reasons AS
    (
        SELECT
            log,
            concat(
                toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)
            ) AS location,
            (id_hash, topic, time, consumer_id) AS event,
            kept_log NOT IN (SELECT log FROM epoch_ledger) AS is_kept_unknown,
            row_hash != '' AND row_hash != lower(hex(SHA256(concat(
                log, ':', location, '\n',
                kept_log, ':', toString(kept_partition), ':', toString(kept_offset), ':', toString(kept_line), ':',
                toString(kept_event_index), '\n',
                toString(id_hash), '\n', toString(toUnixTimestamp64Milli(booked_at)), '\n', reason
            )))) AS is_edited,
            1 AS is_reasoned
        FROM corrections FINAL
    ),
    retracted AS
    (
        SELECT
            substring(ledger.log, length('correction:') + 1) AS log,
            ledger.content_hash AS location,
            groupArray((usage.hour, usage.consumer_id, usage.requests)) AS requests,
            any(ledger.counted) AS counted
        FROM api_usage_hourly AS usage FINAL
        INNER JOIN (SELECT * FROM epoch_ledger FINAL WHERE log_kind = 'correction') AS ledger
            ON usage.log = ledger.log
            AND usage.partition = ledger.partition
            AND usage.epoch_first_offset = ledger.epoch_first_offset
        WHERE startsWith(usage.log, 'correction:')
        GROUP BY log, location
    ),
    of_events AS
    (
        SELECT
            if(is_reasoned = 1, reasons.event.2, events.event.2) AS topic,
            if(is_reasoned = 1, reasons.log, events.log) AS log,
            if(is_reasoned = 1, reasons.location, events.location) AS location,
            'corrections' AS table,
            multiIf(
                is_reasoned = 0 AND outcome = 'corrected', 'the event ledger says retracted, and nothing retracts it',
                is_reasoned = 1 AND is_known = 0 AND reasons.event.3 >= {kept_from:DateTime('UTC')},
                'is retracted, and the event ledger does not know it',
                is_reasoned = 1 AND is_known = 1 AND outcome != 'corrected',
                'is retracted, and the event ledger says otherwise',
                is_reasoned = 1 AND is_known = 1 AND reasons.event != events.event,
                'is another event in the event ledger than the one that is retracted',
                is_reasoned = 1 AND is_edited, 'its reason, or something else in its row, was edited after it was booked',
                is_reasoned = 1 AND is_kept_unknown, 'the copy that is said to stay is in a log that was never counted',
                ''
            ) AS detail
        FROM events
        FULL JOIN reasons ON events.log = reasons.log AND events.location = reasons.location
    ),
    of_usage AS
    (
        SELECT
            reasons.event.2 AS topic,
            reasons.log AS log,
            reasons.location AS location,
            'api_usage_hourly' AS table,
            if(
                counted = -1
                AND requests != [(toStartOfHour(toDateTime(reasons.event.3, 'UTC')), reasons.event.4, toInt64(-1))],
                'what is retracted is not one request of the consumer and hour of the event', ''
            ) AS detail
        FROM retracted
        INNER JOIN reasons ON retracted.log = reasons.log AND retracted.location = reasons.location
    ),
    compared AS
    (
        SELECT
            topic,
            log,
            splitByChar(':', location) AS parts,
            toInt32OrZero(parts[1]) AS partition,
            toInt64OrZero(parts[2]) AS first_offset,
            first_offset + 1 AS next_offset,
            table,
            NULL AS expected,
            NULL AS found,
            if(said = '', '', concat('the event at line ', parts[3], ', index ', parts[4], ': ', said)) AS detail,
            1 AS rows
        FROM
        (
            SELECT topic, log, location, table, detail AS said FROM of_events
            UNION ALL
            SELECT topic, log, location, table, detail AS said FROM of_usage
        )
    )
${check_result}
