-- Purpose: a percentile of a merged sketch (see reports/parts/percentiles.sql), in the unit of the
--   values; within 1 % of the value.
-- Slots: count, min, max, sketch: names of aggregates; ppm: the share of values below it, in millionths.
greatest(
    toFloat64($min),
    least(
        toFloat64($max),
        arrayMap(
            bucket -> if(bucket = 0, 0., 2 * pow(1.01 / 0.99, toInt32(bucket) - 1) / (1.01 / 0.99 + 1)),
            -- The nearest rank, ceil(count * q), in whole numbers.
            [$sketch.1[
                arrayFirstIndex(
                    reached -> reached >= intDiv(toInt128($count) * $ppm + 999999, 1000000), arrayCumSum($sketch.2)
                )
            ]]
        )[1]
    )
)
