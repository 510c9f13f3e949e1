-- Purpose: the ranges that a number of the meters report is the sum of.
-- Parameters: meters Array(String), the meter as in the reports' meters.sql; from, to DateTime('UTC'), hours in [from, to);
--   period, time_zone, subject and consumers as in parts/named.sql and parts/chosen.sql of the reports.
-- Columns: those of parts/explained_ranges.sql.
WITH
    usage AS
    (
        SELECT *
        FROM meter_usage_hourly FINAL
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
            AND (meter IN {meters:Array(String)} OR concat(meter, '@', declaration) IN {meters:Array(String)})
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
            divideDecimal(toDecimal256(value_scaled, 0), toDecimal256(intExp10(decimals), 0), 24) AS value
        FROM chosen
    )
${explained_ranges}
