-- Purpose: takes 0036_unknown_meter_values back: the view shows 0 for no value again.
CREATE OR REPLACE VIEW ${database}.meter_usage ${on_cluster} AS
SELECT
    *,
    divideDecimal(toDecimal256(value_scaled, 0), toDecimal256(intExp10(decimals), 0), 9) AS value
FROM ${database}.meter_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
