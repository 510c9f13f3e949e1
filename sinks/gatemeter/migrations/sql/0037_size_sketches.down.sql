-- Purpose: takes 0037_size_sketches back, with what its columns hold.
ALTER TABLE ${database}.api_usage_hourly ${on_cluster}
    DROP COLUMN IF EXISTS request_size_count,
    DROP COLUMN IF EXISTS request_size_min_bytes,
    DROP COLUMN IF EXISTS request_size_max_bytes,
    DROP COLUMN IF EXISTS request_size_buckets,
    DROP COLUMN IF EXISTS request_size_bucket_counts,
    DROP COLUMN IF EXISTS response_size_count,
    DROP COLUMN IF EXISTS response_size_min_bytes,
    DROP COLUMN IF EXISTS response_size_max_bytes,
    DROP COLUMN IF EXISTS response_size_buckets,
    DROP COLUMN IF EXISTS response_size_bucket_counts;
CREATE OR REPLACE VIEW ${database}.api_usage ${on_cluster} AS
SELECT * REPLACE (
    nullIf(status, -1) AS status,
    if(request_bytes_kind = 'unknown', NULL, accurateCast(request_bytes, 'Int64')) AS request_bytes,
    if(response_bytes_kind = 'unknown', NULL, accurateCast(response_bytes, 'Int64')) AS response_bytes
)
FROM ${database}.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
