-- Purpose: the license counters: requests per calendar month (UTC), and requests whose month is not known.
-- Parameters: exclude_gateway_answers UInt8, 1 leaves out what the gateway answered itself (source kong); topics
--   Array(String), topics or files whose requests are counted, empty for all.
-- Columns: bucket (2026-02, or UNKNOWN), request_count; by bucket, UNKNOWN last.
-- UNKNOWN are the dead letters that have no time to be believed, one event each, but for stream sessions. Those with a
-- request's id are copies where all that is kept of them in clear is equal, with the hash of the id; others are where they
-- are. The texts of dead letters are large: only those of the chosen ones are read.
SELECT bucket, request_count
FROM
(
    SELECT formatDateTime(month, '%Y-%m') AS bucket, sum(requests) AS request_count, 0 AS is_unknown
    FROM monthly_requests FINAL
    WHERE NOT ({exclude_gateway_answers:UInt8} AND source = 'kong') AND ${counted_logs}
    GROUP BY bucket
    UNION ALL
    SELECT
        'UNKNOWN' AS bucket,
        toInt64(uniqExact(if(
            JSONExtractString(raw, 'request', 'id') != '',
            (raw, raw_size_bytes, toInt32(0), toInt64(0), toUInt32(0), toUInt32(0)),
            (log, toUInt64(0), partition, offset, line, event_index)
        ))) AS request_count,
        1 AS is_unknown
    FROM dead_letters FINAL
    WHERE (log, partition, offset, line, event_index) IN
        (
            SELECT log, partition, offset, line, event_index
            FROM dead_letters FINAL
            WHERE reason IN ('started_at_missing', 'started_at_invalid', 'started_at_out_of_range')
                AND (empty({topics:Array(String)}) OR topic IN {topics:Array(String)})
        )
        AND NOT (JSONHas(raw, 'session') AND NOT JSONHas(raw, 'request') AND NOT JSONHas(raw, 'response'))
    HAVING request_count != 0
)
ORDER BY is_unknown, bucket
SETTINGS do_not_merge_across_partitions_select_final = 1
