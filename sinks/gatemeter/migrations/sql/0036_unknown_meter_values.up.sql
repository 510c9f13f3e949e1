-- Purpose: `meter_usage` shows NULL, not 0, where a row has no value: where no event told a usable one, and where values
-- are only told apart, which uniqExactArray(distinct_hashes) counts.
CREATE OR REPLACE VIEW ${database}.meter_usage ${on_cluster} AS
SELECT
    *,
    if(
        aggregation = 'sum' AND events != without_value + refused,
        divideDecimal(toDecimal256(value_scaled, 0), toDecimal256(intExp10(decimals), 0), 9),
        NULL
    ) AS value
FROM ${database}.meter_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
