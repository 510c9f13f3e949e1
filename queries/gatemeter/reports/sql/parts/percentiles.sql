-- Purpose: the CTE `timed`: the rows of the CTE `merged` with what people ask of a latency, in milliseconds.
-- Needs: merged, with count, sum_ns, min_ns, max_ns (of rows with a count above 0 alone) and sketch, the
--   buckets in ascending order and the sums of their counts.
-- Columns: those of merged, and avg_ms, min_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms; NULL where count is 0.
--
-- The sketch: bucket 0 holds the value 0 ns, bucket b >= 1 the values v with gamma^(b-2) < v <= gamma^(b-1), where
-- gamma = 1.01 / 0.99. Sketches are merged by adding equal buckets (sumMap). A percentile is the nearest rank: of the
-- smallest bucket whose cumulative count reaches ceil(q * count), the value 2 * gamma^(b-1) / (gamma + 1), which is
-- within 1 % of every value in the bucket, kept inside the exact minimum and maximum.
-- Of maps sumMap takes a sixth of the time that it takes of two arrays.
timed AS
(
    WITH
        1.01 / 0.99 AS gamma,
        arrayCumSum(sketch.2) AS cumulative,
        -- ceil(count * q) in whole numbers; q in per mille.
        arrayMap(
            q -> sketch.1[arrayFirstIndex(reached -> reached >= intDiv(count * q + 999, 1000), cumulative)],
            [500, 900, 950, 990]
        ) AS buckets,
        arrayMap(
            bucket -> greatest(
                toFloat64(min_ns),
                least(toFloat64(max_ns), if(bucket = 0, 0., 2 * pow(gamma, toInt32(bucket) - 1) / (gamma + 1)))
            ),
            buckets
        ) AS percentiles_ns
    SELECT
        *,
        if(count = 0, NULL, round(toFloat64(sum_ns) / count / 1e6, 6)) AS avg_ms,
        if(count = 0, NULL, round(min_ns / 1e6, 6)) AS min_ms,
        if(count = 0, NULL, round(percentiles_ns[1] / 1e6, 6)) AS p50_ms,
        if(count = 0, NULL, round(percentiles_ns[2] / 1e6, 6)) AS p90_ms,
        if(count = 0, NULL, round(percentiles_ns[3] / 1e6, 6)) AS p95_ms,
        if(count = 0, NULL, round(percentiles_ns[4] / 1e6, 6)) AS p99_ms,
        if(count = 0, NULL, round(max_ns / 1e6, 6)) AS max_ms
    FROM merged
)
