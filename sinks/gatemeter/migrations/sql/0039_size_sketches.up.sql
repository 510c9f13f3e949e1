-- Purpose: percentiles of sizes: of the bytes of requests and answers the count, the extremes and a sketch, beside the sums
-- that there are. A sketch is the one of latencies (gatemeter.metering.sketch), of whole bytes.
--
-- A count is 0 where the log tells no size, and in rows that were stored before: these have sums alone, and whoever asks
-- for a percentile is told how many requests it does not hold.
ALTER TABLE ${database}.api_usage_hourly ${on_cluster}
    ADD COLUMN IF NOT EXISTS request_size_count Int64 CODEC(ZSTD) AFTER latency_gateway_bucket_counts,
    ADD COLUMN IF NOT EXISTS request_size_min_bytes Int64 CODEC(ZSTD) AFTER request_size_count,
    ADD COLUMN IF NOT EXISTS request_size_max_bytes Int64 CODEC(ZSTD) AFTER request_size_min_bytes,
    ADD COLUMN IF NOT EXISTS request_size_buckets Array(UInt16) CODEC(ZSTD) AFTER request_size_max_bytes,
    ADD COLUMN IF NOT EXISTS request_size_bucket_counts Array(Int64) CODEC(ZSTD) AFTER request_size_buckets,
    ADD COLUMN IF NOT EXISTS response_size_count Int64 CODEC(ZSTD) AFTER request_size_bucket_counts,
    ADD COLUMN IF NOT EXISTS response_size_min_bytes Int64 CODEC(ZSTD) AFTER response_size_count,
    ADD COLUMN IF NOT EXISTS response_size_max_bytes Int64 CODEC(ZSTD) AFTER response_size_min_bytes,
    ADD COLUMN IF NOT EXISTS response_size_buckets Array(UInt16) CODEC(ZSTD) AFTER response_size_max_bytes,
    ADD COLUMN IF NOT EXISTS response_size_bucket_counts Array(Int64) CODEC(ZSTD) AFTER response_size_buckets;
