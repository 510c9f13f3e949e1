-- Purpose: the errors of agents are stored as a class and a code. Texts that are stored already, which may quote
-- anything, become '(text removed)'.
--
-- `error` is part of the key, so no row can be changed in place: of the rows of an epoch that differ in their text alone
-- one is made, with all that they hold, and then they are deleted. No worker may run meanwhile.
-- A run that died is repeated as a whole: a row that was made already is not made again, for by then some of the rows
-- that it stands for may be gone.
INSERT INTO ${database}.agentic_usage_hourly
SETTINGS max_partitions_per_insert_block = 0
SELECT
    usage.hour, usage.consumer_id, usage.consumer_username, usage.consumer_custom_id, usage.service_id,
    usage.service_name, usage.route_id, usage.route_name, usage.workspace, usage.kind, usage.method, usage.tool,
    usage.task_state, '(text removed)',
    usage.log, usage.partition, usage.epoch_first_offset, max(usage.version),
    sum(usage.calls), sum(usage.errors), sum(usage.response_bytes),
    sum(usage.latency_call_count), sum(usage.latency_call_sum_ns),
    minIf(usage.latency_call_min_ns, usage.latency_call_count > 0),
    maxIf(usage.latency_call_max_ns, usage.latency_call_count > 0),
    tupleElement(sumMap(usage.latency_call_buckets, usage.latency_call_bucket_counts), 1),
    tupleElement(sumMap(usage.latency_call_buckets, usage.latency_call_bucket_counts), 2),
    arraySort(groupUniqArrayArray(usage.session_hashes))
FROM ${database}.agentic_usage_hourly AS usage FINAL
WHERE usage.error NOT IN ('', '(text removed)')
    AND (
        usage.hour, usage.consumer_id, usage.consumer_username, usage.consumer_custom_id, usage.service_id,
        usage.service_name, usage.route_id, usage.route_name, usage.workspace, usage.kind, usage.method, usage.tool,
        usage.task_state, usage.log, usage.partition, usage.epoch_first_offset
    ) NOT IN
    (
        SELECT
            hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
            workspace, kind, method, tool, task_state, log, partition, epoch_first_offset
        FROM ${database}.agentic_usage_hourly
        WHERE error = '(text removed)'
    )
GROUP BY
    usage.hour, usage.consumer_id, usage.consumer_username, usage.consumer_custom_id, usage.service_id,
    usage.service_name, usage.route_id, usage.route_name, usage.workspace, usage.kind, usage.method, usage.tool,
    usage.task_state, usage.log, usage.partition, usage.epoch_first_offset;
ALTER TABLE ${database}.agentic_usage_hourly ${on_cluster}
    DELETE WHERE error NOT IN ('', '(text removed)')
    SETTINGS mutations_sync = 2;
