-- Purpose: the counts of every row are possible: a row counts at least one event, and no part is more than the whole.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; one finding for each epoch, table and fault, found counts its rows.
-- Rows of a correction are the negated rows of one event.
WITH
    ${checked_epochs},
    row_faults AS
    (
        SELECT
            'api_usage_hourly' AS table, log, partition, epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            if(sign * requests < 1, 'a row without a request', '') AS fault
        FROM api_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'monthly_requests' AS table, log, partition, epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            if(sign * requests < 1, 'a row without a request', '') AS fault
        FROM monthly_requests FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'llm_usage_hourly' AS table, log, partition, epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            multiIf(
                sign * calls < 0 OR sign * answers < 0 OR sign * (calls + answers) < 1, 'a row without a call',
                sign * calls_without_reported_cost NOT BETWEEN 0 AND sign * calls,
                'calls without a reported cost are not among the calls',
                sign * unpriced_calls NOT BETWEEN 0 AND sign * (calls + answers),
                'calls without a price are not among the calls',
                ''
            ) AS fault
        FROM llm_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'agentic_usage_hourly' AS table, log, partition, epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            multiIf(
                sign * calls < 1, 'a row without a call',
                sign * errors NOT BETWEEN 0 AND sign * calls, 'errors are not among the calls',
                toInt64(length(session_hashes)) > greatest(calls, 0), 'more sessions than calls',
                ''
            ) AS fault
        FROM agentic_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'stream_sessions_hourly' AS table, log, partition, epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            if(sign * sessions < 1, 'a row without a session', '') AS fault
        FROM stream_sessions_hourly FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'meter_usage_hourly' AS table, log, partition, epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            multiIf(
                sign * events < 1, 'a row without an event',
                sign * without_value < 0 OR sign * refused < 0
                OR sign * (without_value + refused) > sign * events,
                'events without a usable value are not among the events',
                sign * value_scaled < 0, 'a value is negative',
                aggregation != 'sum' AND value_scaled != 0, 'a sum of values that are only told apart',
                toInt64(length(distinct_hashes)) > greatest(events - without_value - refused, 0),
                'more different values than values',
                ''
            ) AS fault
        FROM meter_usage_hourly FINAL
        WHERE ${in_checked_epochs}
    ),
    compared AS
    (
        SELECT
            ledger.topic AS topic,
            row_faults.log AS log,
            row_faults.partition AS partition,
            row_faults.epoch_first_offset AS first_offset,
            ledger.version AS next_offset,
            row_faults.table AS table,
            0 AS expected,
            if(row_faults.fault = '', 0, count()) AS found,
            row_faults.fault AS detail,
            count() AS rows
        FROM row_faults
        INNER JOIN checked_epochs AS ledger
            ON row_faults.log = ledger.log
            AND row_faults.partition = ledger.partition
            AND row_faults.epoch_first_offset = ledger.epoch_first_offset
        GROUP BY topic, log, partition, first_offset, next_offset, table, row_faults.fault
    )
${check_result}
