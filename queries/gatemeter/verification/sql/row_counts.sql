-- Purpose: the counts of every row are such as events give: at least one of what the row is about, and parts that are no
--   more than the whole.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; one finding per epoch, table and fault, found is how many rows have it.
-- Rows of corrections are those of one event, negated.
WITH
    ${checked_epochs},
    judged AS
    (
        SELECT
            'api_usage_hourly' AS table,
            log,
            partition,
            epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            multiIf(sign * requests < 1, 'a row without a request', '') AS fault
        FROM api_usage_hourly FINAL
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
        UNION ALL
        SELECT
            'monthly_requests' AS table,
            log,
            partition,
            epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            multiIf(sign * requests < 1, 'a row without a request', '') AS fault
        FROM monthly_requests FINAL
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
        UNION ALL
        SELECT
            'llm_usage_hourly' AS table,
            log,
            partition,
            epoch_first_offset,
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
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
        UNION ALL
        SELECT
            'agentic_usage_hourly' AS table,
            log,
            partition,
            epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            multiIf(
                sign * calls < 1, 'a row without a call',
                sign * errors NOT BETWEEN 0 AND sign * calls, 'errors are not among the calls',
                toInt64(length(session_hashes)) > greatest(calls, 0), 'more sessions than calls',
                ''
            ) AS fault
        FROM agentic_usage_hourly FINAL
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
        UNION ALL
        SELECT
            'stream_sessions_hourly' AS table,
            log,
            partition,
            epoch_first_offset,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            multiIf(sign * sessions < 1, 'a row without a session', '') AS fault
        FROM stream_sessions_hourly FINAL
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
    ),
    compared AS
    (
        SELECT
            ledger.topic AS topic,
            judged.log AS log,
            judged.partition AS partition,
            judged.epoch_first_offset AS first_offset,
            ledger.version AS next_offset,
            judged.table AS table,
            0 AS expected,
            if(judged.fault = '', 0, count()) AS found,
            judged.fault AS detail,
            count() AS rows
        FROM judged
        INNER JOIN checked_epochs AS ledger
            ON judged.log = ledger.log
            AND judged.partition = ledger.partition
            AND judged.epoch_first_offset = ledger.epoch_first_offset
        GROUP BY topic, log, partition, first_offset, next_offset, table, judged.fault
    )
${check_result}
