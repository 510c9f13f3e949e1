-- Purpose: the CTE `stored_epochs`: what each table of usage holds of each epoch, whether the ledger knows it or not.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: table, log, partition, epoch_first_offset, last_version, in_span (has rows of the span, or has no hours),
--   stored_rows (replaced ones included).
stored_epochs AS
(
    SELECT
        'api_usage_hourly' AS table, log, partition, epoch_first_offset, max(version) AS last_version,
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})) AS in_span,
        count() AS stored_rows
    FROM api_usage_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT
        'llm_usage_hourly', log, partition, epoch_first_offset, max(version),
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})),
        count()
    FROM llm_usage_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT
        'agentic_usage_hourly', log, partition, epoch_first_offset, max(version),
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})),
        count()
    FROM agentic_usage_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT
        'stream_sessions_hourly', log, partition, epoch_first_offset, max(version),
        max({spanned:UInt8} = 0 OR (hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')})),
        count()
    FROM stream_sessions_hourly
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    SELECT 'monthly_requests', log, partition, epoch_first_offset, max(version), 1, count()
    FROM monthly_requests
    GROUP BY log, partition, epoch_first_offset
    UNION ALL
    -- A letter's epoch is where its offset lies; those before all epochs of their partition are taken together.
    SELECT
        'dead_letters', places.log, places.partition, if(any(ledger.known) = 1, any(ledger.begin), min(places.offset)),
        max(places.offset) + 1, 1, count()
    FROM (SELECT log, partition, offset FROM dead_letters FINAL) AS places
    ASOF LEFT JOIN
    (
        SELECT log, partition, epoch_first_offset AS begin, 1 AS known
        FROM epoch_ledger FINAL
    ) AS ledger
        ON places.log = ledger.log AND places.partition = ledger.partition AND places.offset >= ledger.begin
    GROUP BY places.log, places.partition, ledger.known, ledger.begin
)
