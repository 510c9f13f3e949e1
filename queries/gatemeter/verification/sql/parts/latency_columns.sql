-- Purpose: the latencies of a row of usage as arrays with one element a latency, in the order of the table's columns.
-- Needs: a table whose latencies are stored as latency_NAME_count, _sum_ns, _min_ns, _max_ns, _buckets, _bucket_counts.
-- Columns: counts, sums_ns, minima_ns, maxima_ns, sketch_buckets, sketch_counts.
[COLUMNS('^latency_.*_count$')] AS counts,
            [COLUMNS('^latency_.*_sum_ns$')] AS sums_ns,
            [COLUMNS('^latency_.*_min_ns$')] AS minima_ns,
            [COLUMNS('^latency_.*_max_ns$')] AS maxima_ns,
            [COLUMNS('^latency_.*_buckets$')] AS sketch_buckets,
            [COLUMNS('^latency_.*_bucket_counts$')] AS sketch_counts
