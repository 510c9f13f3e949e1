-- Purpose: the license counters of every epoch that has hourly rows.
INSERT INTO monthly_requests (month, workspace, source, log, partition, epoch_first_offset, version, requests)
SELECT
    toStartOfMonth(hour) AS month, workspace, source, log, partition, epoch_first_offset, max(version), sum(requests)
FROM api_usage_hourly
GROUP BY month, workspace, source, log, partition, epoch_first_offset
