-- Purpose: usage that comes late: an epoch behind all others of a partition, with requests of one hour.
-- Parameters: hour DateTime('UTC'); consumer, log String; partition, first_offset Int64.
INSERT INTO api_usage_hourly
(
    hour, consumer_id, consumer_username, workspace, method, status, source, log, partition, epoch_first_offset, version,
    requests
)
VALUES
(
    {hour:DateTime('UTC')}, {consumer:String}, {consumer:String}, 'default', 'GET', 200, 'upstream', {log:String},
    {partition:Int64}, {first_offset:Int64}, {first_offset:Int64} + 1, 7
)
