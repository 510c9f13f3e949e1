-- Purpose: takes 0039_size_sketches back, with what its columns hold.
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
