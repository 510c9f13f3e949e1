-- Purpose: the ranges that a number of the billable report is the sum of.
-- Parameters: metric String, one of requests, request_bytes, response_bytes; from, to DateTime('UTC'), hours in
--   [from, to); period, time_zone, subject and consumers as in parts/named.sql and parts/chosen.sql of the reports.
-- Columns: those of parts/explained_ranges.sql.
WITH
    usage AS
    (
        SELECT *
        FROM api_usage_hourly FINAL
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    ),
    ${reports/named},
    ${reports/chosen},
    valued AS
    (
        SELECT
            hour,
            consumer_id,
            log,
            partition,
            epoch_first_offset,
            toDecimal256(multiIf(
                {metric:String} = 'requests', toInt128(requests),
                {metric:String} = 'request_bytes', request_bytes,
                response_bytes
            ), 24) AS value
        FROM chosen
    )
${explained_ranges}
