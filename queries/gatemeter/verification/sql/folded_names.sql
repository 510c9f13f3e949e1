-- Purpose: what is counted under the name (other), because a consumer used more names in an hour than are kept.
-- Parameters: from, to DateTime('UTC'), hours in [from, to).
-- Columns: table, calls, consumers; the tables in alphabetical order.
SELECT
    table,
    sum(folded.calls) AS calls,
    uniqExact(consumer_id) AS consumers
FROM
(
    SELECT 'agentic_usage_hourly' AS table, toInt128(calls) AS calls, consumer_id
    FROM agentic_usage_hourly FINAL
    WHERE
        hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        AND has([method, tool, task_state, error], '(other)')
    UNION ALL
    SELECT 'api_usage_hourly' AS table, toInt128(requests) AS calls, consumer_id
    FROM api_usage_hourly FINAL
    WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')} AND method = '(other)'
    UNION ALL
    SELECT 'llm_usage_hourly' AS table, calls + answers AS calls, consumer_id
    FROM llm_usage_hourly FINAL
    WHERE
        hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        AND has([request_model, response_model, embeddings_model, service_tier, modifiers, unknown_units], '(other)')
) AS folded
GROUP BY table
ORDER BY table
SETTINGS do_not_merge_across_partitions_select_final = 1
