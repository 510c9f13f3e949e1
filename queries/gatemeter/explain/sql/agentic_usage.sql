-- Purpose: the ranges that a number of the tools report is the sum of.
-- Parameters: metric String, tool_calls; from, to DateTime('UTC'), hours in [from, to); period, time_zone, subject and
--   consumers as in parts/named.sql and parts/chosen.sql of the reports.
-- Columns: those of parts/explained_ranges.sql.
WITH
    usage AS
    (
        SELECT *
        FROM agentic_usage_hourly FINAL
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    ),
    ${reports/named},
    ${reports/chosen},
    valued AS
    (
        SELECT hour, consumer_id, log, partition, epoch_first_offset, toDecimal256(calls, 24) AS value
        FROM chosen
    )
${explained_ranges}
